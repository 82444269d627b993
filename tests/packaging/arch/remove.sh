#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: remove.sh STATE
#
# Run as root in the root tree that install.sh left: pacman removes the packages,
# and nothing of them stays. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../unit/tap.sh"
. "$here/lib.sh"
state=$1
log=/tmp/pacman.log
mapfile -t all < "$state/drivers"

differs() { snapshot | diff "$state/before" -; }
what=$(differs)
[ "$(grep -c "^> .*/updates/dkms/" <<< "$what")" -ge "${#all[@]}" ] &&
	grep -q '^> .*/usr/src/sockmods-[^/]*/dkms.conf$' <<< "$what"
ok $? "found: what is there before they are removed" "$what"
for d in "${all[@]}"; do
	built "$d"
	ok $? "$d is there" "$(dkms status)"
done

pacman --noconfirm -Rns sockmods-dkms sockmods-mqtt sockmods-tools > "$log" 2>&1 < /dev/null &&
	grep -q 'Remove DKMS modules' "$log" && ! grep -iE 'warning|error|deprecated' "$log"
ok $? "pacman removes the packages, and its hook calls DKMS" "$(cat "$log")"
[ -z "$(dkms status)" ]
ok $? "DKMS knows nothing of them" "$(dkms status)"
for d in "${all[@]}"; do
	what=$(find -L /lib/modules -name "$d.ko*"; modinfo -k "$kver" "$d" 2>&1)
	grep -q 'not found' <<< "$what" && ! grep -q '^/' <<< "$what"
	ok $? "there is no $d" "$what"
done
what=$(pacman -Q 2>&1)
[ -z "$what" ]
ok $? "pacman knows nothing of them" "$what"
what=$(differs)
[ -z "$what" ]
ok $? "no file is left" "$what"

# From here on: can that test fail?
mkdir /usr/src/sockmods-left
what=$(differs)
[ "$what" = "${what%$'\n'*}"$'\n'"> d 755 /usr/src/sockmods-left" ]
ok $? "found: a folder that was left" "$what"
echo "1..$n"
exit "$failed"
