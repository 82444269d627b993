#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# cmdline: module.sig_enforce=1
#
# A kernel that takes signed modules only, and doesn't know DKMS's key (on Debian
# 11 DKMS doesn't sign): doctor says so of every driver, and what to do. This
# guest has no UEFI, so the key can't be enrolled; what is said then with UEFI is
# in tests/unit/cli-sockmods-kernel.c.
set -u
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../lib/common.sh"
code=''
doctor() { # UID ARG...
	out=$(setpriv --reuid="$1" --regid="$1" --clear-groups sockmods doctor "${@:2}" 2>&1)
	code=$?
	out+=$'\n'"rc: $code"
}
said() { [[ $out == *"$1"* ]]; }

[ "$(cat /sys/module/module/parameters/sig_enforce)" = Y ]
t 'this kernel enforces signatures'
mapfile -t drivers < <(sockmods -j | sed -n 's/^{"type":"driver","name":"\([^"]*\)".*/\1/p')
[ "${#drivers[@]}" -gt 0 ]; t 'there are drivers'
all="${drivers[*]}" all=${all// /, }
pub=/var/lib/dkms/mok.pub
for user in 0 65534; do
	doctor $user
	[ $code = 3 ]; t "uid $user: exit code 3"
	[[ $out == "error: $all can not be loaded: this kernel takes signed modules only"* ]]
	t "uid $user: no driver can be loaded, as this kernel takes signed modules only"
	if [ -e $pub ]; then
		said 'seems not to know the key of this signature'
		t "uid $user: the key isn't known"
		said "without UEFI no key can be enrolled (with it: mokutil --import $pub)"
		t "uid $user: where DKMS's key is, and how to enrol it"
		said 'command line: module.sig_enforce=1'; t "uid $user: what enforces signatures here"
		said $'\n    sudo -e /etc/default/grub\n    sudo update-grub\n    sudo reboot'; t "uid $user: the commands"
	else
		said 'and the module has no signature'; t "uid $user: the module has no signature"
		said $'\n    zless /usr/share/doc/sockmods-dkms/README.Debian*'; t "uid $user: what to read"
	fi
	case $user in
	0) ! said $'\nnote: '; t 'root sees all' ;;
	*) said $'\nnote: the kernel'\''s list of keys (/proc/keys) can be read by root only'; t 'not all can be seen' ;;
	esac
done
doctor 0 -j
[ $code = 3 ] && said '{"type":"finding","level":"error","id":"signature-rejected","drivers":["'"${drivers[0]}"'"'
t 'doctor -j'
for d in "${drivers[@]}"; do
	! modprobe "$d" 2> /dev/null && [ ! -d "/sys/module/$d" ]; t "and so it is: $d"
done
end
