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
	local d
	ends_with 3 as_nobody sockmods doctor &&
		[ "$(grep -m1 '^    ' "$out")" = "    sudo apt install linux-headers-$(uname -r)" ]
	ok 'sockmods doctor says which package of headers to install'
	for d in $drivers; do
		try as_nobody sockmods doctor
		said "^error: .*$d.* not built for this kernel" && ! loaded "$d"
		ok "and that $d is not built; nor is it loaded"
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
