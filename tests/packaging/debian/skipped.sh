#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie
#
# A kernel that is too old runs while the packages are installed; one that lacks
# what the drivers need comes afterwards. DKMS skips them, as dkms.conf says, and
# apt goes on. The kernels are the stock one's headers under other names.
. "$(dirname "$0")/lib.sh"
old=4.19.0-27-cloud-amd64
small=${stock%-cloud-amd64}-small-amd64

# The stock kernel's headers as those of another kernel, without OPTION.
headers_as() { # KERNEL NAME [OPTION]
	repack "$cache/linux-headers-${stock}_"*.deb "$stock" "$1" "$2" change "$1" "${3:-no option}"
	apt_install "$cache/$2.deb"
	ok "apt installs the headers of $1"
	depmod "$1"	# as its image would
	healthy
}
change() { # KERNEL OPTION
	# Debian 13's want the kernel's image.
	sed -i '/^Depends:/s/linux-image-[^,]*, *//' DEBIAN/control
	sed -i "/^$2=/d" "usr/src/linux-headers-$1/.config"
}

the_kernel_is_too_old() {
	running=$old
	headers_as "$old" old
	install_packages
	healthy
	none_built "$old"
	all_built "$stock"
	ends_with 3 sockmods doctor -k "$old"
	said "^error: .* is older than 5\.10, the oldest that sockmods supports"
	ok 'sockmods doctor says that it is too old'
	try dkms autoinstall -k "$old"
	ok 'DKMS, told to build for it, skips it'
	none_built "$old"
}

one_lacks_an_option() {
	headers_as "$small" small CONFIG_INET
	none_built "$small"
	all_built "$stock"
	ends_with 3 sockmods doctor -k "$small"
	said "^error: .* not built for .*, which DKMS skips: it was configured without CONFIG_INET"
	ok 'sockmods doctor says what it lacks'
}

inside the_kernel_is_too_old
# Debian 11's DKMS doesn't look at a kernel's options.
[ "$suite" = bullseye ] || inside one_lacks_an_option
end
