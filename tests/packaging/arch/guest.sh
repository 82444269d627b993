#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run in the guest: every driver that the package brought loads, is of the
# package's version, and passes its exercise. Forbidden, by the example that the
# package has for that, it doesn't, and the exercise says so. (The commands, and
# modules that are loaded by nobody, are guest/demo's.) Prints TAP.
set -u
# shellcheck source=tests/unit/tap.sh
. /tests/unit/tap.sh
version=$(pacman -Q sockmods-dkms | sed 's/.* //; s/-.*//')
for m in "/usr/src/sockmods-$version"/src/*/main.c; do
	d=$(basename "$(dirname "$m")")
	x=/tests/bin/kernel/$d/exercise
	cp /usr/share/doc/sockmods-dkms/examples/modprobe-forbid.conf /etc/modprobe.d/
	what=$(modprobe "$d" 2>&1; "$x" 2>&1)
	[ $? != 0 ] && grep -q '^not ok' <<< "$what" && [ ! -e "/sys/module/$d" ]
	ok $? "found: $d is missing when it is forbidden" "$what"
	rm /etc/modprobe.d/modprobe-forbid.conf

	what=$(modprobe -v "$d" 2>&1) && grep -q "^insmod .*/updates/dkms/$d.ko" <<< "$what"
	ok $? "$d is loaded from where DKMS put it" "$what"
	what=$(cat "/sys/module/$d/version" 2>&1)
	[ "$what" = "$version" ]
	ok $? "$d is version $version" "$what"
	what=$("$x" 2>&1) && grep -q '^ok' <<< "$what"
	ok $? "$d: its exercise" "$what"
	# What was closed may hold it for a minute (TIME-WAIT), and a namespace goes late.
	for ((i = 0; i < 90; i++)); do
		[ "$(cat "/sys/module/$d/refcnt")" != 0 ] || break
		sleep 1
	done
	what=$(modprobe -r "$d" 2>&1) && [ ! -e "/sys/module/$d" ]
	ok $? "$d is unloaded" "$what"
done
[ "$n" -gt 0 ]
ok $? "there are drivers" "$(ls /usr/src)"
echo "1..$n"
exit "$failed"
