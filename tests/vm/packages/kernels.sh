# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Fetches the headers that the tree has, and the kernel that it can be upgraded
# to: that of backports. bullseye's are gone: there, the one other kernel that its
# archive has, which is older.
mkdir -p /var/cache/kernels/partial
. /etc/os-release
fetch() {
	apt-get -qq -d -y --no-install-recommends -o Dir::Cache::archives=/var/cache/kernels install "$@"
}
# shellcheck disable=SC2046  # a list of packages
fetch --reinstall $(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 'linux-headers-*' 'linux-kbuild-*' |
	sed -n 's/^ii *//p')
if [ "$VERSION_CODENAME" = bullseye ]; then
	other=$(apt-cache search --names-only '^linux-image-[0-9.-]*-cloud-amd64$' | cut -d' ' -f1 |
		grep -vxF "$(cd /lib/modules && printf 'linux-image-%s\n' *)" | sort -V | tail -n 1)
	fetch "$other" "linux-headers-${other#linux-image-}"
else
	sed -n "s/^deb \([^ ]*\) $VERSION_CODENAME main$/deb \1 $VERSION_CODENAME-backports main/p" \
		/etc/apt/sources.list > /etc/apt/sources.list.d/backports.list
	apt-get -qq update
	fetch -t "$VERSION_CODENAME-backports" linux-image-cloud-amd64 linux-headers-cloud-amd64
fi
