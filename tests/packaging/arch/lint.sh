#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lint.sh DIR
#
# Run as root in a root tree with packages/arch.list: the packages and the
# PKGBUILD in DIR against the rules of rules.sh. Then every rule gets a package or
# a PKGBUILD that breaks it, and must find that. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../unit/tap.sh"
. "$here/rules.sh"
. "$here/breakage.sh"
dir=$1
work=/tmp/lint
builddir=/tmp/sockmods-arch/
rm -rf "$work"
mkdir "$work"

rules=$(compgen -A function rule_ | sort)
# Rules about the PKGBUILD come with none of the packages.
about_pkgbuild() { declare -f "$1" | grep -qE '\$B/|pkgbuild'; }

B=$work/B
mkdir "$B"
cp "$dir/PKGBUILD" "$B/"
found=0
for f in "$dir"/*.pkg.tar.zst; do
	P=$work/$(basename "$f")
	mkdir "$P"
	bsdtar -xpf "$f" -C "$P"
	for r in $rules; do
		about_pkgbuild "$r" && continue
		what=$("$r" 2>&1)
		[ -z "$what" ]
		ok $? "$(info pkgname): ${r#rule_}" "$what"
	done
	found=$((found + 1))
done
for r in $rules; do
	about_pkgbuild "$r" || continue
	what=$("$r" 2>&1)
	[ -z "$what" ]
	ok $? "PKGBUILD: ${r#rule_}" "$what"
done
# shellcheck disable=SC1091,SC2154  # it is the PKGBUILD
[ "$found" = "$(. "$B/PKGBUILD" && echo "${#pkgname[@]}")" ]
ok $? "every package of the PKGBUILD was read"

# From here on: can this test fail? Each breakage is in a copy of its own.
for b in $(compgen -A function break_ | sort); do
	r=${b#break_} r=rule_${r%%_*}
	P=$work/bad B=$work/badB
	rm -rf "$P" "$B"
	mkdir "$B"
	cp "$dir/PKGBUILD" "$B/"
	case $b in
	*_of_dkms) cp -a "$work"/sockmods-dkms-* "$P" ;;
	*) cp -a "$work"/sockmods-tools-* "$P" ;;
	esac
	before=$("$r" 2>&1)
	"$b"
	what=$("$r" 2>&1)
	[ -z "$before" ] && [ -n "$what" ]
	ok $? "found: ${b#break_}: ${what%%$'\n'*}" "$before"$'\n'"$what"
done
what=$(for r in $rules; do
	compgen -A function "break_${r#rule_}" > /dev/null || echo "${r#rule_}"
done)
[ -z "$what" ]
ok $? "every rule has something that breaks it" "$what"

echo "1..$n"
exit "$failed"
