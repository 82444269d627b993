# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What install.sh and remove.sh share. Sourced by them, after tests/unit/tap.sh.

export LC_ALL=C.UTF-8
kver=$(cd /lib/modules && printf '%s\n' * | sort -V | tail -n 1)

# The drivers whose sources are in place, or were (kept in a file).
drivers() { (cd /usr/src && for f in sockmods-*/src/*/main.c; do basename "$(dirname "$f")"; done); }

# Every file of the tree: its kind, rights, size, name. What isn't pacman's to
# remove: its own database and log, and the key that DKMS makes once.
snapshot() {
	find / -xdev \( -path /var/lib/pacman -o -path /var/log -o -path /var/cache \) -prune -o \
		! -path '/var/lib/dkms/mok.*' \
		\( -type d -printf '%y %m %p\n' -o -printf '%y %m %s %p\n' \) | sort -k 3
}

# Is DRIVER built and in place, by DKMS's word and by the file's?
built() {
	dkms status sockmods -k "$kver" | grep -q ': installed' &&
		[[ $(modinfo -k "$kver" -F filename "$1" 2>&1) == /lib/modules/$kver/updates/dkms/$1.ko* ]]
}
