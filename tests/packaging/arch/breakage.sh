# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # lint.sh sets P and B
#
# Breaks each rule of rules.sh in the least way that it has to notice: break_RULE
# in P, a copy of sockmods-tools, or in the PKGBUILD of B; break_RULE_of_dkms in a
# copy of sockmods-dkms. A second way of breaking a rule is break_RULE_MORE.

pkginfo() { sed -i "$1" "$P/.PKGINFO"; }
recipe() { sed -i "$1" "$B/PKGBUILD"; }
a_command() { echo "$P"/usr/bin/* | cut -d' ' -f1; }
# A program in a command's place, compiled with other flags than Arch's.
program() { echo 'int main(void) { return 0; }' | gcc -x c - -s -o "$(a_command)" "$@"; }

break_anyelf() { pkginfo 's/^arch = .*/arch = any/'; }
break_anyelf_of_dkms() { pkginfo 's/^arch = .*/arch = x86_64/'; }
break_capsnamespkg() { pkginfo 's/^pkgname = .*/pkgname = Sockmods/'; }
break_pkgnameindesc() { pkginfo 's/^pkgdesc = /&sockmods-tools: /'; }
break_pkgnameindesc_none() { pkginfo '/^pkgdesc = /d'; }
break_licensepkg() { rm "$P"/usr/share/licenses/*/BSD-3-Clause.txt; }
break_licensepkg_none() { pkginfo '/^license = /d'; }
break_missingbackups() { echo 'backup = etc/sockmods.conf' >> "$P/.PKGINFO"; }

break_directoryname() { install -D /dev/null "$P/usr/local/share/x"; }
break_directoryname_temporary() { install -D /dev/null "$P/tmp/x"; }
break_emptydir() { mkdir "$P/usr/share/sockmods/empty"; }
break_filenames() { : > "$P/usr/share/sockmods/naïve"; }
break_fileownership() { chown nobody "$(a_command)"; }
break_hardlinks() { ln "$(a_command)" "$P/usr/share/sockmods/x"; }
break_symlink() { ln -s nowhere "$P/usr/share/sockmods/x"; }
break_permissions() { chmod 700 "$(a_command)"; }
break_permissions_folder() { chmod 700 "$P/usr/share/sockmods"; }
break_permissions_writable() { chmod o+w "$P"/usr/include/sockmods/*; }
break_permissions_setuid() { chmod u+s "$(a_command)"; }
break_permissions_executable() { chmod +x "$P"/usr/include/sockmods/*; }
break_permissions_library() { install -D -m 664 /dev/null "$P/usr/lib/libx.a"; }
break_permissions_not() { chmod 644 "$(a_command)"; }
break_fhs-manpages() { gunzip "$(echo "$P"/usr/share/man/man1/* | cut -d' ' -f1)"; }
break_fhs-manpages_section() { mv "$P"/usr/share/man/man1/* "$P/usr/share/man/man7/"; }
break_fhs-manpages_place() { mv "$P"/usr/share/man/man7/* "$P/usr/share/sockmods/"; }
break_lotsofdocs() {
	mkdir -p "$P/usr/share/doc/x"
	head -c 10M /dev/zero > "$P/usr/share/doc/x/x"
}
break_libtool() { : > "$P/usr/share/sockmods/x.la"; }
break_systemdlocation() { install -D /dev/null "$P/etc/systemd/system/x.service"; }

break_elffiles() { cp "$(a_command)" "$P/usr/share/sockmods/"; }
break_elfexecstack() { program -z execstack; }
break_elfgnurelro() { program -Wl,-z,lazy; }
break_elfgnurelro_none() { program -Wl,-z,norelro,-z,now; }
break_elfnopie() { program -no-pie; }
break_elftextrel() {
	printf '.globl main\nmain: movabs $main, %%rax\nret\n.section .note.GNU-stack,"",%%progbits\n' |
		gcc -x assembler - -s -pie -Wl,-z,notext -o "$(a_command)" 2>/dev/null
}
break_elfunstripped() { echo 'int main(void) { return 0; }' | gcc -x c - -o "$(a_command)"; }
break_rpath() { program -Wl,-rpath,/usr/local/lib; }

break_sodepends() { pkginfo '/^depend = json-c/d'; }
break_sodepends_unneeded() { echo 'depend = gtk4' >> "$P/.PKGINFO"; }
break_unusedsodepends() { program -Wl,--no-as-needed -ljson-c; }
break_shebangdepends() { printf '#!/usr/bin/python3\n' > "$P/usr/bin/x"; }

break_array() { recipe "s/^license=.*/license='GPL-2.0-only' #(/"; }
break_badbackups() { echo 'backup=(/etc/x)' >> "$B/PKGBUILD"; }
break_capsnames() { recipe 's/^pkgbase=.*/pkgbase=Sockmods/'; }
break_carch() { recipe 's/^build() {/&\n\techo x86_64/'; }
break_checksums() { recipe "s/^sha256sums=.*/sha256sums=('$(printf '0%.0s' {1..64})')/"; }
break_checksums_skipped() { recipe "s/^sha256sums=.*/sha256sums=(SKIP)/"; }
break_checksums_missing() { recipe 's/^sha256sums=.*/sha256sums=()/'; }
break_extravars() { echo 'folder=src' >> "$B/PKGBUILD"; }
break_invalidstartdir() { recipe 's/"\$pkgdir/"$startdir\/pkg/'; }
break_makepkgfunctions() { recipe 's/^build() {/&\n\tmsg2 "building"/'; }
break_missingvars() { recipe '/^pkgrel=/d'; }
break_missingvars_maintainer() { recipe '/^# Maintainer/d'; }
break_nonuniquesource() { recipe 's/^source=.*/source=(sockmods.tar.xz)/'; }
break_splitpkgfunctions() { recipe 's/^package_sockmods-tools()/package_tools()/'; }
break_splitpkgmakedeps() { recipe '/^makedepends=/s/json-c//'; }

break_dkms() { : > "$P/usr/share/sockmods/x.ko.zst"; }
break_dkms_script() { : > "$P/.INSTALL"; }
break_dkms_headers_of_dkms() { echo 'depend = linux-headers' >> "$P/.PKGINFO"; }
break_dkms_itself_of_dkms() { pkginfo '/^depend = dkms/d'; }
break_dkms_without_of_dkms() { rm "$P"/usr/src/*/dkms.conf; }
break_dkms_name_of_dkms() { pkginfo 's/^pkgname = .*/pkgname = sockmods/'; }
break_builddir() { echo /tmp/sockmods-arch/src > "$P/usr/share/sockmods/x"; }
