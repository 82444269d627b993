#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bookworm trixie
#
# The modules don't build, as the kernel's headers lack a file. sockmods doctor
# shows the compiler's first error, and, when the cause has gone, what it says
# mends it.
. "$(dirname "$0")/lib.sh"
header=/lib/modules/$stock/source/include/net/genetlink.h

a_build_fails() {
	mv "$header" "$cache/"
	ok 'the headers lack a file'
	# DKMS fails, and so does the package's installation.
	! apt_install "$debs"/*.deb
	ok 'apt says that the installation failed'
	none_built "$stock"
	ends_with 3 sockmods doctor -k "$stock"
	cp "$out" /tmp/doctor
	said "^error: .* DKMS has failed; the first error in .*make.log: .*fatal error: net/genetlink\.h: No such file or directory\$"
	ok 'sockmods doctor shows the first error of the build'
	grep -qE '^warning: .*half-configured' /tmp/doctor
	cp /tmp/doctor "$out"
	ok 'and that the package is half configured'
}

it_is_mended() {
	mv "$cache/genetlink.h" "$header"
	ok 'the file is there again'
	sockmods doctor -k "$stock" | sed -n 's/^    sudo //p' > /tmp/commands
	commands=$(tr '\n' ';' < /tmp/commands)
	[ -s /tmp/commands ] && try sh -ex /tmp/commands
	ok "what sockmods doctor says works: $commands"
	healthy
	all_built "$stock"
	ends_with 0 sockmods doctor -k "$stock"
	ok 'sockmods doctor is content'
}

inside a_build_fails
inside it_is_mended
end
