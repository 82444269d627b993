# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # here
#
# Compares what was built twice. Sourced, after tests/unit/tap.sh, with `here`
# set to this folder.

# Is elsewhere.sh another place at all?
elsewhere_differs() {
	local a b
	# shellcheck disable=SC2016  # for the other shell
	local ask='date +%Y; date +%z; cat /proc/sys/kernel/hostname; umask
		locale 2>&1 | grep LC_COLLATE; printf "%s\n" a B | sort | head -n 1'
	a=$(bash -c "$ask")
	b=$("$here/elsewhere.sh" bash -c "$ask")
	[ "$(wc -l <<< "$a")" = 6 ] && [ "$(wc -l <<< "$b")" = 6 ] &&
		! paste -d: <(echo "$a") <(echo "$b") | grep -qE '^(.*):\1$'
	ok $? "elsewhere is another year, time zone, host, umask, language" "$a"$'\n'"$b"
}

# The names, rights, dates and checksums of what a package holds.
contents() { # FILE
	local d
	d=$(mktemp -d)
	case $1 in
	*.deb) dpkg-deb -R "$1" "$d" ;;
	*.dsc) cp "$1" "$d" ;;
	*) tar -xf "$1" -C "$d" ;;
	esac
	(cd "$d" && find . -mindepth 1 -printf '%M %T+ %s %p %l\n' -type f -exec sha256sum {} + | sort -k 2)
	rm -rf "$d"
}

same() { # FILE FILE: prints where they differ
	cmp "$1" "$2" 2>&1 && return
	diff <(contents "$1") <(contents "$2") | head -n 40
	return 1
}

a_byte_is_found() { # FILE: can this test fail?
	local copy=/tmp/changed.${1##*.} what
	cp "$1" "$copy"
	printf x | dd of="$copy" bs=1 seek=100 conv=notrunc status=none
	what=$(same "$1" "$copy" 2>&1)
	[ $? = 1 ] && [ -n "$what" ]
	ok $? 'found: a byte that differs' "$what"
}
