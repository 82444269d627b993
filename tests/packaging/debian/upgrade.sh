#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bookworm trixie
#
# The packages are installed with apt, a newer kernel with its headers comes
# from backports, the packages are purged. No other command is typed, and the
# modules are there for both kernels, and then gone.
set -u
# shellcheck source=tests/packaging/debian/lib.sh
. /scenario/lib.sh

drivers=$(cd /debs && for d in sockmods-dkms_*.deb; do
	dpkg-deb -c "$d" | sed -n 's@.*/usr/src/sockmods-[^/]*/src/\([^/]*\)/main.c$@\1@p'
done)
old=$(kernels)
# shellcheck disable=SC2046  # a list of files
apt install $(echo /debs/*.deb) || { apt update && apt install $(echo /debs/*.deb); }
ok 'apt installs the packages'
for d in $drivers; do
	built "$old" "$d"
	ok "$d is built for $old"
done

# shellcheck disable=SC1091
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
sed -n "s/^deb \([^ ]*\) $release main$/deb \1 $release-backports main/p" \
	/etc/apt/sources.list > /etc/apt/sources.list.d/backports.list
apt update && apt install -t "$release-backports" linux-image-cloud-amd64 linux-headers-cloud-amd64
ok "apt installs the kernel of $release-backports"
new=$(kernels | grep -vxF "$old")
[ -n "$new" ]
ok "there is a newer kernel: $new"
for d in $drivers; do
	built "$new" "$d"
	ok "$d has been built for $new by itself"
	built "$old" "$d"
	ok "$d is still there for $old"
done
dpkg --audit > /tmp/out 2>&1 && [ ! -s /tmp/out ]
ok 'nothing is half configured'

# shellcheck disable=SC2046  # a list of names
apt purge $(cd /debs && printf '%s\n' *.deb | sed 's/_.*//')
ok 'apt purges the packages'
{
	dkms status sockmods
	find / -xdev \( -path /debs -o -path /proc -o -path /tmp -o -path /scenario -o -path /var/lib/apt \) -prune -o \
		\( -name '*sockmods*' -o -name 'genl[_-]echo*' -o -name '*nlbroker*' \) -print
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'sockmods*' '*nlbroker*' 2>/dev/null | grep -v ' not-installed$'
} > /tmp/out 2>&1
[ ! -s /tmp/out ]
ok 'no file, no DKMS entry, no package is left'
end
