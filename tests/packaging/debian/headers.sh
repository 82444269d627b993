#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie
#
# The packages are installed where there are no headers to build with. That
# works; sockmods doctor says what is missing; when that comes, the modules do.
. "$(dirname "$0")/lib.sh"

there_are_no_headers() {
	# shellcheck disable=SC2046  # a list of packages
	apt purge $(dpkg-query -W -f '${Package}\n' 'linux-headers-*')
	[ "$?" = 0 ] && [ ! -e "/lib/modules/$stock/build" ]
	ok 'the headers are gone'
	install_packages
	healthy
	none_built "$stock"
	try dkms status && said "^sockmods[/, ]+$version: added"
	ok 'DKMS knows the sources'
}

the_doctor_says_what_to_install() {
	ends_with 3 as_nobody sockmods doctor
	said "^error: ${drivers// /.*} not built for this kernel" &&
		[ "$(grep -m1 '^    ' "$out")" = "    sudo apt install linux-headers-$(uname -r)" ]
	ok 'sockmods doctor says which package of headers to install'
	local d
	for d in $drivers; do
		! loaded "$d"
		ok "$d isn't loaded"
	done
}

that_is_installed() {
	local missing
	try sockmods doctor -k "$stock"
	missing=$(sed -n 's/^    sudo apt install //p' "$out" | tr '\n' ' ')
	# shellcheck disable=SC2086  # a list of packages
	apt_install $missing
	ok "apt installs $missing, as the doctor said"
	healthy
	all_built "$stock"
	ends_with 0 sockmods doctor -k "$stock"
	ok 'sockmods doctor is content'
}

inside there_are_no_headers
boot "$stock" the_doctor_says_what_to_install
inside that_is_installed
end
