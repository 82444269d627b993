#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie
#
# A machine's life with the packages: they are installed and used, they are
# upgraded while a program uses them, the kernel is upgraded, they are removed.
# Nobody types a command besides apt's, and the drivers work in each kernel.
. "$(dirname "$0")/lib.sh"

the_packages_are_installed() {
	install_packages
	healthy
	all_built "$stock"
	signed "$stock"
	pages
	ends_with 0 sockmods doctor -k "$stock"
	ok 'sockmods doctor is content'
}

# Debian 11's DKMS doesn't sign.
signed() { # KERNEL
	local d pub=/var/lib/dkms/mok.pub name serial
	[ "$suite" != bullseye ] || return 0
	name=$(openssl x509 -inform der -in $pub -noout -subject -nameopt multiline |
		sed -n 's/^ *commonName *= //p')
	serial=$(openssl x509 -inform der -in $pub -noout -serial | sed 's/.*=//; s/../&:/g; s/:$//')
	for d in $drivers; do
		try modinfo -k "$1" "$d"
		said '^sig_id: *PKCS#7' && said "^signer: *$name\$" && said "^sig_key: *$serial\$"
		ok "$d is signed with DKMS's key"
	done
	grep -q "mokutil --import $pub" /usr/share/doc/sockmods-dkms/README.Debian
	ok 'README.Debian tells how to enrol that key'
}

pages() {
	local file page section
	try as_nobody man genl-echo && said '^NAME' && try as_nobody man 7 genl_echo && said '^NAME'
	ok 'man genl-echo and man 7 genl_echo show their pages'
	# shellcheck disable=SC2046  # a list of names, as below
	for file in $(dpkg -L $(packages) | grep '/man/man.*\.gz$'); do
		page=${file##*/} page=${page%.gz} section=${page##*.}
		try man -w "$section" "${page%.*}" && said_line "$(readlink -f "$file")"
		ok "man $section ${page%.*} finds its page"
	done
}

the_next_version_is_released() {
	local src=/tmp/next/usr/src/sockmods-$next/src
	repack "$debs"/sockmods-dkms_*.deb "$version" "$next" next
	ok "there is a package of version $next"
	# For the emulated machine, see quick_make.
	dpkg-deb -x "$cache/next.deb" /tmp/next
	try make -C "/lib/modules/$stock/build" "M=$src" modules && mkdir "$cache/next" &&
		cd "$src" && cp --parents -t "$cache/next" ./*/*.ko
	ok 'its modules are compiled'
}

inside the_packages_are_installed
inside the_next_version_is_released

they_are_used_and_upgraded() {
	local d
	all_work
	for d in $drivers; do
		hold "$d"
		ok "$d: a program has its sockets open"
	done
	quick_make
	use_it_all &
	try dpkg -i "$cache/next.deb"
	ok "the package is upgraded to $next"
	touch /tmp/enough
	wait $! || { cp /tmp/meanwhile "$out"; false; }
	ok 'programs that started meanwhile worked'
	for d in $drivers; do
		try sockmods status
		said "^$d +$next +$next +$version " && [ "$(version_loaded "$d")" = "$version" ]
		ok "sockmods status: $d is $next on disk, and $version is loaded"
	done
	for d in $drivers; do
		ends_with 1 sockmods doctor
		said "^warning: $d: version $version is loaded, and $next is on disk"
		ok "sockmods doctor warns that $d is still $version"
	done
	still_held
	ok 'the programs with open sockets go on'
	let_go
	for d in $drivers; do
		unloads "$d"
		ok "$d can be unloaded now"
	done
	version=$next
	all_work
	ends_with 0 sockmods doctor
	ok 'and sockmods doctor is content'
}

# The compiler takes minutes in an emulator, and has done this already. In its
# place: Debian 11's DKMS has a PATH of its own.
quick_make() {
	rm /usr/bin/make
	cat > /usr/bin/make <<-END
		#!/bin/sh
		for arg; do
			case \$arg in M=*) exec cp -r $cache/next/. "\${arg#M=}/" ;; esac
		done
		exit 1
	END
	chmod +x /usr/bin/make
}

use_it_all() {
	local d out=/tmp/meanwhile
	while [ ! -e /tmp/enough ]; do
		for d in $drivers; do works "$d" || return; done
		sleep 5
	done
}

boot "$stock" they_are_used_and_upgraded

the_kernel_is_upgraded() {
	# The archive of Debian 11 has no newer one, and one that is older.
	case $suite in
	bullseye) apt_install "linux-image-$other" "linux-headers-$other" ;;
	*) apt_install -t "$suite-backports" linux-image-cloud-amd64 linux-headers-cloud-amd64 ;;
	esac
	ok "apt installs the kernel $other"
	healthy
	all_built "$other"
	signed "$other"
	all_built "$stock"
	ends_with 0 sockmods doctor -k "$other"
	ok 'sockmods doctor is content with it'
}

the_package_is_upgraded() {
	# DKMS builds for the kernel that runs, and for the newest.
	running=$(printf '%s\n' "$stock" "$other" | sort -V | head -n 1)
	apt_install "$cache/next.deb"
	ok "apt upgrades the package to $next"
	healthy
	version=$next
	all_built "$stock"
	all_built "$other"
}

they_are_used_there() {
	version=$next
	all_work
}

inside the_kernel_is_upgraded
inside the_package_is_upgraded
boot "$other" they_are_used_there

the_packages_are_removed() {
	local kernel file files names=(-name '*sockmods*') d all
	mapfile -t all < <(packages)
	for d in $drivers; do names+=(-o -name "*$d*" -o -name "*${d//_/-}*"); done
	mapfile -t files < <(dpkg -L "${all[@]}" | grep -vxF /. | sort -u)
	apt remove "${all[@]}"
	ok 'apt removes the packages'
	healthy
	for kernel in "$stock" "$other"; do none_built "$kernel"; done
	try dpkg --purge "${all[@]}"
	ok 'dpkg purges them'
	healthy
	{
		dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${all[@]}" 2> /dev/null |
			grep -v ' not-installed$'
		dkms status
	} > "$out"
	[ ! -s "$out" ]
	ok 'neither dpkg nor DKMS knows them'
	for file in "${files[@]}"; do
		# Folders of others stay.
		[ ! -e "$file" ] || dpkg -S "$file" 2>&1 | grep 'no path found'
	done > "$out"
	find / -xdev \( -path /proc -o -path /run -o -path /tmp -o -path "$cache" -o -path /var/lib/apt \) -prune -o \
		\( "${names[@]}" \) -print >> "$out"
	[ ! -s "$out" ]
	ok 'no file of theirs is left'
}

inside the_packages_are_removed
end
