#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every file that can carry one has the SPDX line of its folder's licence, as
# its first line or after a line that has to be first. Then the test tests
# itself on files that haven't.
#
# Run at the top of the tree.
set -u

. tests/unit/tap.sh

# The tree's own files: what git knows or would add; in a tarball, all but what
# a build leaves.
files() {
	if [ -e .git ] && git -c safe.directory="$PWD" ls-files -co --exclude-standard 2>/dev/null; then
		return
	fi
	find . -path ./.git -prune -o -path ./build -prune -o -path ./debian/tmp -prune -o \
		-path './debian/sockmods-*/*' -prune -o -type f ! -name '*.o' ! -name '*.ko' \
		! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' ! -name modules.order \
		! -name Module.symvers ! -name '*.pyc' -print | sed 's,^\./,,'
}

# The licence that a file has to be under, "either" of two where a file
# can be a module or a program, or nothing for a file that has no place for the
# line: its format has no comments or fixes the first line, or all of it is
# shown to people.
licence_of() { # PATH
	case $1 in
	LICENSES/* | *.md | *.json | *.svg | *.png) ;;
	debian/rules | debian/examples/* | debian/tests/*) echo 'GPL-2.0-or-later' ;;
	debian/*) ;;
	tests/*.golden | tests/*.expected | tests/*/corpus/* | tests/*/demo | *.ignore) ;;
	src/* | include/compat/*) echo 'GPL-2.0-only' ;;
	include/uapi/* | include/netlink/specs/*)
		echo '(GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause' ;;
	include/sockmods/*) echo 'GPL-2.0-only OR BSD-3-Clause' ;;
	tools/libnlbroker/*) echo 'LGPL-2.1-or-later' ;;
	tests/*.c | tests/*.h | tests/*/Kbuild) echo either ;;
	*) echo 'GPL-2.0-or-later' ;;
	esac
}

# The licence that a file says it is under.
licence_in() { # PATH
	local first line
	{ IFS= read -r first; IFS= read -r line; } < "$1" 2>/dev/null
	case $first in
	# These have to be first; the SPDX line comes after.
	'#!'* | '#compdef'* | '#autoload'* | '%YAML'* | '---') ;;
	*) line=$first ;;
	esac
	case $line in
	*SPDX-License-Identifier:*) ;;
	*) return ;;
	esac
	line=${line#*SPDX-License-Identifier: }
	line=${line%\*/}
	line=${line%-->}
	line=${line%"${line##*[![:space:]]}"}
	# The kernel's own specs put all of it in parentheses.
	case $line in '(('*')') line=${line#(} line=${line%)} ;; '('*')'*) ;; esac
	echo "$line"
}

problems() { # reads paths
	local f want got
	while IFS= read -r f; do
		[ -f "$f" ] || continue
		[ ! -L "$f" ] || continue
		want=$(licence_of "$f")
		[ -n "$want" ] && [ -s "$f" ] || continue
		got=$(licence_in "$f")
		case $want:$got in
		either:GPL-2.0-or-later | either:GPL-2.0-only) ;;
		"$want:$want") ;;
		*) echo "$f: '${got:-no SPDX line}', not '$want'" ;;
		esac
	done
}

texts() { # the licences and exceptions whose text is missing in LICENSES/
	local id
	while IFS= read -r f; do
		[ -n "$(licence_of "$f")" ] && licence_in "$f"
	done | sed 's/[()]//g; s/ \(OR\|AND\|WITH\) /\n/g' | sort -u | while IFS= read -r id; do
		[ "$id" != GPL-2.0 ] || id=GPL-2.0-only
		[ -s "LICENSES/$id.txt" ] || echo "no LICENSES/$id.txt"
	done
}

all=$(files)
[ "$(wc -l <<< "$all")" -gt 20 ]; ok $? "there are files" "$all"
what=$(problems <<< "$all")
[ -z "$what" ]; ok $? "every file has its folder's licence" "$what"
what=$(texts <<< "$all")
[ -z "$what" ]; ok $? "every licence has its text in LICENSES/" "$what"

# From here on: can this test fail?
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp"/{src/x,include/{uapi,compat,sockmods}/x,tools/{lib,libnlbroker,x},debian,tests/unit}
judge() { # WANTED PATH LINE...
	local want=$1 f=$2 got
	shift 2
	printf '%s\n' "$@" > "$tmp/$f"
	got=$(cd "$tmp" && problems <<< "$f")
	[ "$want" = "$([ -z "$got" ] && echo right || echo wrong)" ]
	ok $? "$want: $f with $1${2:+, $2}" "$got"
}
judge right src/x/a.c '// SPDX-License-Identifier: GPL-2.0-only'
judge wrong src/x/a.c '// SPDX-License-Identifier: GPL-2.0-or-later'
judge wrong src/x/a.c 'int a;'
judge wrong src/x/a.c '/* a */' '// SPDX-License-Identifier: GPL-2.0-only'
judge wrong include/compat/x/a.h '/* SPDX-License-Identifier: GPL-2.0-or-later */'
judge right include/uapi/x/a.h '/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */'
judge wrong include/uapi/x/a.h '/* SPDX-License-Identifier: GPL-2.0-only */'
judge right include/sockmods/a.h '/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */'
judge wrong include/sockmods/a.h '/* SPDX-License-Identifier: GPL-2.0-only */'
judge right tools/libnlbroker/a.c '// SPDX-License-Identifier: LGPL-2.1-or-later'
judge wrong tools/libnlbroker/a.c '// SPDX-License-Identifier: GPL-2.0-or-later'
judge right tools/x/a '#!/bin/sh' '# SPDX-License-Identifier: GPL-2.0-or-later'
judge wrong tools/x/a '#!/bin/sh' 'echo'
judge wrong debian/rules '#!/usr/bin/make -f' '%:'
judge wrong Makefile 'all:'

echo "1..$n"
exit "$failed"
