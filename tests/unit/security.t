#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What SECURITY.md says is what the code does: drivers, limits and their defaults,
# rights, the lines that forbid loading, what is off. Then the test tests itself: on a
# copy of the tree it changes each of that, and each must be found.
#
# Run at the top of the tree.
set -u

. tests/unit/tap.sh

drivers() { (cd "$1/src" && for d in */; do echo "${d%/}"; done); }

# The rows of a table: "A|B|C", without blanks and backquotes.
rows() { # FILE SECTION
	sed -n "/^## $2/,/^## /p" "$1" | sed -n 's/^| *`/`/p' | sed 's/ *| */|/g; s/`//g'
}

# What a parameter is before anybody sets it.
default() { # FOLDER PARAMETER
	local p=${2^^}
	sed -nE "s/^unsigned int [a-z_]*_$2 = ([0-9]+);/\1/p
		s/^\\[NLB_${p#MAX_}\\][[:space:]]*= ([0-9 <]+),/\1/p" < <(sed 's/^\t//' "$1"/*.c)
}

# Prints what is wrong, a line each.
problems() { # TREE
	local t=$1 doc=$1/SECURITY.md d p n page want got
	for d in $(drivers "$t"); do
		rows "$doc" 'Who loads what' | grep -q "^$d|" || echo "no row of who loads $d"
		rows "$doc" 'What a user can do' | grep -q "^$d|" || echo "no row of what $d lets a user do"
		# What the kernel loads for anybody has an alias that anybody can ask for.
		case $(rows "$doc" 'Who loads what' | sed -n "s/^$d|//p") in
		'any user, asking for the family|'*) want='MODULE_ALIAS_GENL_FAMILY' ;;
		'any user, by socket(2)'*) want='MODULE_ALIAS_NETPROTO' ;;
		'root of a network namespace, with a rule'*) want='MODULE_ALIAS("ipt_' ;;
		'CAP_NET_ADMIN in the initial user namespace|'*) want='MODULE_ALIAS_TCP_ULP' ;;
		*) want='no such words' ;;
		esac
		grep -qF "$want" "$t/src/$d/main.c" || echo "$d is loaded by others: no $want"
	done
	want=$(grep '^install ' "$t/debian/examples/modprobe-forbid.conf")
	got=$(grep '^install ' "$doc")
	[ "$want" = "$got" ] || echo "the lines that forbid are others than in the example"

	# Limits: each parameter max_*, with the default that it has itself.
	while IFS='|' read -r d p n _; do
		grep -qs "MODULE_PARM_DESC($p,.*($n))" "$t/src/$d/"*.c ||
			tr -d '\n' < <(cat "$t/src/$d/"*.c) | grep -q "MODULE_PARM_DESC($p,[^;]*($n)\")" ||
			echo "$d: the default of $p is not $n"
		got=$(default "$t/src/$d" "$p")
		[ "$((got))" = "$n" ] || echo "$d: $p begins as ${got:-nothing}"
		page=${d#af_}
		tr '\n\t' '  ' < "$t/man/$page.7" | grep -q "$p" || echo "$page(7) has no $p"
	done < <(rows "$doc" Limits)
	want=$(cd "$t/src" && grep -rhoE 'module_param[a-z_]*\(max_[a-z_]*' . | sed 's/.*(//' | sort)
	got=$(rows "$doc" Limits | cut -d'|' -f2 | sort)
	[ "$want" = "$got" ] || echo "the limits are others: $(diff <(echo "$want") <(echo "$got"))"

	# Rights: what the code asks for, where.
	want=$(cd "$t/src" && grep -rnoE '(ns_|netlink_net_|netlink_|)capable\([^;]*CAP_[A-Z_]+' . |
		sed -E 's,^\./([^/]*)/.*(CAP_[A-Z_]+)$,\1 \2,' | sort -u)
	got=$(printf '%s\n' 'af_myproto CAP_NET_BIND_SERVICE' 'nlbroker CAP_NET_ADMIN')
	[ "$want" = "$got" ] || echo "the code asks for other rights: ${want//$'\n'/, }"
	while read -r d p; do
		rows "$doc" 'What a user can do' | grep -q "^$d|.*$p" || echo "$d: $p is not among its rights"
	done <<< "$got"
	n=$(sed -nE 's/.*unprivileged_channel_start = ([A-Z_0-9]+);.*/\1/p' "$t/src/af_myproto/"*.c)
	case $n in
	[A-Z]*) n=$(sed -nE "s/^#define ${n}[[:space:]]+([0-9]+)U?\$/\1/p" "$t/include/uapi/sockmods/myproto.h" "$t/src/af_myproto/af_myproto.h") ;;
	esac
	grep -q "channels below $n: " "$doc" || echo "channels are privileged below $n"

	# Off unless asked for.
	grep -qE '^int nlb_raw_unit .*= -1;' "$t/src/nlbroker/"*.c || echo "the raw unit is on"
	grep -qE '^char \*myproto_greeting;' "$t/src/af_myproto/main.c" || echo "the greeting is on"

	# Sizes.
	grep -qE '^#define MYPROTO_UNDER_WAY[[:space:]]+\(INT_MAX / 2\)' "$t/src/af_myproto/dgram.c" ||
		echo "what is under way ends elsewhere than at 1 GiB"
	grep -qE '^#define GENL_ECHO_DATA_MAX[[:space:]]+\(?(61440|60 \* 1024)' "$t/include/uapi/sockmods/genl_echo.h" ||
		echo "an echo isn't 60 KiB"
	grep -qE '^#define GENL_ECHO_COUNT_MAX[[:space:]]+1000000$' "$t/include/uapi/sockmods/genl_echo.h" ||
		echo "a dump isn't a million messages"
	grep -qE '^#define NLBROKER_MODE_DEFAULT[[:space:]]+0666$' "$t/include/uapi/sockmods/nlbroker.h" ||
		echo "the default mode isn't 0666"

	# It is shipped, and found.
	grep -qx 'SECURITY.md' "$t/debian/sockmods-dkms.docs" || echo "the Debian package hasn't SECURITY.md"
	grep -q 'install .*doc/.* SECURITY.md$' "$t/PKGBUILD" || echo "the Arch package hasn't SECURITY.md"
	grep -qF '[SECURITY.md](SECURITY.md)' "$t/README.md" || echo "README.md has no link to SECURITY.md"
}

here=$(problems .)
[ -z "$here" ]; ok $? "SECURITY.md says what is so" "$here"
n_lines=$(wc -l < SECURITY.md)
[ "$n_lines" -le 150 ]; ok $? "it is short enough to be read: $n_lines lines"

# From here on: can this test fail?
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
copy() {
	rm -rf "$tmp/t"
	mkdir -p "$tmp/t/debian"
	cp -a src include man SECURITY.md README.md PKGBUILD "$tmp/t/"
	cp -a debian/examples debian/sockmods-dkms.docs "$tmp/t/debian/"
}
red() { # NAME PATTERN: the copy must be found wrong, for that reason
	local what
	what=$(problems "$tmp/t")
	[ "$what" != "$here" ] && grep -qE -- "$2" <<< "$what"
	ok $? "found: $1" "wanted: $2; got: ${what:-nothing}"
}
change() { # FILE SED NAME PATTERN
	copy
	sed -i -E "$2" "$tmp/t/$1"
	if cmp -s "$1" "$tmp/t/$1"; then
		ok 1 "found: $3" "nothing was changed by: $2"
	else
		red "$3" "$4"
	fi
}
copy
what=$(problems "$tmp/t")
[ "$what" = "$here" ]; ok $? "the copy is judged as the tree is" "$what"

copy; mkdir "$tmp/t/src/zz_dummy"; : > "$tmp/t/src/zz_dummy/main.c"
red 'a driver that it does not know' 'no row of who loads zz_dummy'
for d in $(drivers .); do
	change SECURITY.md "/^\| \`$d\` \|.*(any user|root of a network)/d" "$d in no table of users" "no row of .*$d"
	change SECURITY.md "/^install $d /d" "no line that forbids $d" 'lines that forbid'
done
while IFS='|' read -r d p num _; do
	change SECURITY.md "/\`$p\`/s/\| $num \|/| 77$num |/" "another default of $d's $p" "$d: the default of $p is not 77$num"
	change SECURITY.md "/^\| \`$d\` \| \`$p\` \|/d" "$p is no limit" 'the limits are others'
done < <(rows SECURITY.md Limits)
change src/nlbroker/limits.c 's/\(1000\)"/(1001)"/' 'a default that has changed' 'the default of max_peers is not 1000'
change src/nlbroker/limits.c 's/16 << 20/32 << 20/' 'a limit that begins higher' 'max_retained_bytes begins as 32'
change src/af_myproto/main.c 's/(max_channels) = 65536;/\1 = 65537;/' 'a channel more' 'max_channels begins as 65537'
change src/nlbroker/limits.c 's/CAP_NET_ADMIN\)/CAP_SYS_ADMIN)/' 'a right that has changed' 'asks for other rights'
change src/genl_echo/main.c 's/^MODULE_ALIAS_GENL_FAMILY.*//' 'a driver that is not loaded by itself' 'genl_echo is loaded by others'
change src/nlbroker/raw.c 's/nlb_raw_unit (.*)= -1/nlb_raw_unit \1= 31/' 'a raw unit that is on' 'raw unit is on'
change SECURITY.md 's/channels below 1024: /channels below 512: /' 'other privileged channels' 'privileged below 1024'
change include/uapi/sockmods/genl_echo.h 's/(GENL_ECHO_COUNT_MAX[[:space:]]+)1000000/\12000000/' 'a longer dump' 'a million'
change README.md 's/SECURITY\.md/NOTHING.md/g' 'no link to it' 'no link'
change PKGBUILD '/SECURITY.md/d' 'an Arch package without it' 'Arch package'
change debian/sockmods-dkms.docs '/SECURITY.md/d' 'a Debian package without it' 'Debian package'

echo "1..$n"
exit "$failed"
