# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# sparse reads Linux 7.x from 0.6.5 on (__typeof_unqual__), and kbuild leaves an
# older one out, silently; Debian has it in forky. Its program needs only libc.
# A testing suite's Release file can be past its date on a mirror.
uri=$(sed -n 's/^deb \([^ ]*\) trixie main$/\1/p' /etc/apt/sources.list | head -n 1)
echo "deb [check-valid-until=no] $uri forky main" > /etc/apt/sources.list.d/forky.list
apt-get -qq update
cd /tmp
apt-get -qq download sparse/forky
dpkg-deb -x sparse_*.deb /opt/sparse
install /opt/sparse/usr/bin/sparse /usr/bin/sparse
rm /etc/apt/sources.list.d/forky.list

# Debian's headers of Linux 7.x lack the script by which kbuild asks whether the
# checker is recent enough, and then leave it out. It is.
for common in /usr/src/linux-headers-*-common; do
	[ -e "$common/scripts/checker-valid.sh" ] || {
		printf '#!/bin/sh\necho 1\n' > "$common/scripts/checker-valid.sh"
		chmod +x "$common/scripts/checker-valid.sh"
	}
done
