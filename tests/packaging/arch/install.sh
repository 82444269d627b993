#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: install.sh DIR STATE
#
# Run as root in a root tree with packages/arch.list: pacman installs the packages
# in DIR, and its hook has DKMS build the modules. Leaves in the folder STATE what
# remove.sh needs. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../unit/tap.sh"
. "$here/lib.sh"
dir=$1 state=$2
log=/tmp/pacman.log

# The tree's packages are Debian's: what sockmods depends on is there, and pacman
# doesn't know (rules.sh looks whether the dependencies are right).
assume=()
for f in "$dir"/*.pkg.tar.zst; do
	while read -r d; do assume+=(--assume-installed "$d=99"); done < <(
		bsdtar -xOf "$f" .PKGINFO | sed -n 's/^depend = //p')
done
add() { pacman --noconfirm "${assume[@]}" -U "$dir"/*.pkg.tar.zst > "$log" 2>&1 < /dev/null; }

# Without the hook nothing is built, which these checks have to see.
add
ok $? "pacman installs the packages, with no hooks" "$(cat "$log")"
mapfile -t all < <(drivers)
what=$(for d in "${all[@]}"; do ! built "$d" || echo "$d"; done)
[ "${#all[@]}" -gt 0 ] && [ -z "$what" ]
ok $? "no hook, no module" "$what"
pacman --noconfirm -Rns sockmods-dkms sockmods-mqtt sockmods-tools > "$log" 2>&1 < /dev/null
ok $? "pacman removes them" "$(cat "$log")"

install -D -m 644 -t /usr/share/libalpm/hooks "$here"/hooks/*.hook
install -D -m 755 -t /usr/share/libalpm/scripts "$here/hooks/dkms"
snapshot > "$state/before"
printf '%s\n' "${all[@]}" > "$state/drivers"

add && grep -q 'Install DKMS modules' "$log" && ! grep -iE 'warning|error|deprecated' "$log"
ok $? "pacman installs the packages, and its hook calls DKMS" "$(cat "$log")"
what=$(pacman -Qkk sockmods-dkms sockmods-mqtt sockmods-tools 2>&1)
[ "$(grep -c ' 0 altered files$' <<< "$what")" = 3 ]
ok $? "every file is there as it was packaged" "$what"
version=$(pacman -Q sockmods-dkms | sed 's/.* //; s/-.*//')
what=$(pacman -Qo "/var/lib/dkms/sockmods/$version/source/" 2>&1;
	readlink -f "/var/lib/dkms/sockmods/$version/source")
grep -qx "/usr/src/sockmods-$version" <<< "$what"
ok $? "DKMS has its sources from the package" "$what"
for d in "${all[@]}"; do
	built "$d" && [ "$(modinfo -k "$kver" -F version "$d")" = "$version" ]
	ok $? "$d $version is built for $kver" "$(dkms status; modinfo -k "$kver" "$d" 2>&1; cat "$log")"
done
for f in $(pacman -Qlq sockmods-mqtt sockmods-tools | grep '^/usr/bin/.'); do
	what=$("$f" --version 2>&1) && grep -qF "$version" <<< "$what"
	ok $? "${f##*/} --version" "$what"
	what=$(man -w "${f##*/}" 2>&1) && pacman -Qqo "$what" "$f" | uniq -d | grep -qx 'sockmods-[mt].*'
	ok $? "man ${f##*/}" "$what"
done
echo "1..$n"
exit "$failed"
