# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # those who source this set P and B
#
# What namcap, which Debian doesn't have, would say about the packages: its rules
# under its names, except those for what these packages can't have (the last
# part). Sourced by lint.sh. A rule prints what is wrong, a line each, about
#
#   P   a package's folder: what pacman would unpack, with .PKGINFO
#   B   a folder with the PKGBUILD

info() { sed -n "s/^$1 = //p" "$P/.PKGINFO"; }
# What a package installs, as paths below P: all, or what find's arguments say.
paths() { (cd "$P" && find . -mindepth 1 ! -path './.[A-Z]*' "$@" -printf '%P\n' | sort); }
is_elf() { [ "$(head -c 4 "$P/$1" | tr -d '\0')" = $'\x7fELF' ]; }
elfs() { paths -type f | while IFS= read -r f; do ! is_elf "$f" || echo "$f"; done; }
# Those lines of a list that aren't a value of KEY in .PKGINFO.
not_in() { grep -vxFf <(info "$1" | sed 's/[<>=:].*//'); }

# ---- packages: what they are ----

rule_anyelf() {
	case $(info arch):$(elfs | wc -l) in
	any:0) ;;
	any:*) echo "built for any machine, with programs for one" ;;
	*:0) echo "built for $(info arch), with no program" ;;
	esac
}

rule_capsnamespkg() { info pkgname | grep '[A-Z]'; }

rule_pkgnameindesc() {
	info pkgdesc | grep -q . || echo 'no description'
	info pkgdesc | grep -wiF -- "$(info pkgname)"
}

# Arch has the text of the GPLs; the others come with the package.
rule_licensepkg() {
	local id
	info license | grep -q . || echo 'no licence'
	info license | sed 's/[()]//g; s/ \(OR\|AND\|WITH\) /\n/g' | sort -u | while read -r id; do
		case $id in
		GPL-* | LGPL-* | AGPL-*) ;;
		*) [ -s "$P/usr/share/licenses/$(info pkgname)/$id.txt" ] || echo "no text of $id" ;;
		esac
	done
}

rule_missingbackups() { info backup | while read -r f; do [ -e "$P/$f" ] || echo "$f"; done; }

# ---- packages: their files ----

# usr/src is where DKMS looks.
rule_directoryname() {
	paths ! -type d |
		grep -vE '^(etc|opt|usr/(bin|include|lib|share|src)|var/(cache|lib|log|opt|spool))/'
}
rule_emptydir() { paths -type d -empty; }
rule_filenames() { paths | LC_ALL=C grep '[^ -~]'; }
rule_fileownership() { paths \( ! -uid 0 -o ! -gid 0 \); }
rule_hardlinks() { paths -type f -links +1; }
rule_symlink() { (cd "$P" && find . -xtype l -printf '%P\n'); }
rule_permissions() {
	paths ! -type l ! -perm -o=r
	paths -type d ! -perm -o=x
	paths ! -type l -perm /6002
	# In these packages only commands are run, and libraries are as ld makes them.
	paths -type f -perm /111 ! -path './usr/bin/*' ! -path './usr/lib/lib*.so*'
	paths -type f -name '*.a' ! -perm 644
	paths -type f ! -perm -111 -path './usr/bin/*'
}
rule_fhs-manpages() {
	paths -type f -path '*/man/*' | grep -vE '^usr/share/man/man([1-8])/[^/]+\.\1\.gz$'
	paths -type f -name '*.[1-8].gz' | grep -v '^usr/share/man/'
}
rule_lotsofdocs() {
	local all docs
	all=$(cd "$P" && find . -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
	docs=$(cd "$P" && find usr/share/{doc,info,man} -type f -printf '%s\n' 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }')
	[ $((docs * 2)) -le "$all" ] || echo "$docs of $all bytes are documentation"
}
rule_libtool() { paths -name '*.la'; }
rule_systemdlocation() { paths -path './etc/systemd/*'; }

# ---- packages: their programs ----

each_elf() { elfs | while IFS= read -r f; do (cd "$P" && "$@" "$f"); done; }
rule_elffiles() { elfs | grep -vE '^(usr/(bin|lib)|opt)/'; }
rule_elfexecstack() {
	each_elf bash -c 'readelf -lW "$0" | grep -q "GNU_STACK.* RW  " || echo "$0"'
}
rule_elfgnurelro() {
	each_elf bash -c '{ readelf -lW "$0" | grep -q GNU_RELRO &&
		readelf -dW "$0" | grep -qE "BIND_NOW|FLAGS.*NOW"; } || echo "$0"'
}
rule_elfnopie() { each_elf bash -c 'readelf -hW "$0" | grep -q "Type: *DYN" || echo "$0"'; }
rule_elftextrel() { each_elf bash -c '! readelf -dW "$0" | grep -q TEXTREL || echo "$0"'; }
rule_elfunstripped() { each_elf bash -c '! readelf -SW "$0" | grep -q " \.symtab " || echo "$0"'; }
rule_rpath() { each_elf bash -c '! readelf -dW "$0" | grep -qE "RPATH|RUNPATH" || echo "$0"'; }

# ---- packages: what they depend on ----

# Arch's package of each library that a program can ask for. A library that isn't
# here: look it up, add it.
library_of() {
	case $1 in
	libc.so.* | libm.so.* | ld-linux* | libpthread.so.* | libdl.so.*) echo glibc ;;
	libgcc_s.so.*) echo libgcc ;;
	libjson-c.so.*) echo json-c ;;
	libkmod.so.*) echo kmod ;;
	libmosquitto.so.*) echo mosquitto ;;
	libnl-*.so.*) echo libnl ;;
	libnlbroker.so.*) echo sockmods-tools ;;
	libxtables.so.*) echo iptables ;;
	*) echo "the package of $1" ;;
	esac
}
needed() {
	each_elf readelf -dW | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u |
		while read -r lib; do [ -e "$P/usr/lib/$lib" ] || library_of "$lib"; done | sort -u
}
rule_sodepends() {
	needed | not_in depend | sed 's/$/ is needed and not in depends/'
	# What a -dkms package depends on, no program of it tells.
	[ -z "$(elfs)" ] ||
		info depend | grep -vxFf <(needed) | sed 's/$/ is in depends and not needed/'
}
rule_unusedsodepends() {
	each_elf env LD_LIBRARY_PATH="$P/usr/lib" bash -c 'ldd -u -r "$0" 2>&1 |
		sed -n "s/^\t\(\/.*\)/$(basename "$0") has no use for \1/p"'
}
# A script's interpreter, when it has one: the completions are read by a shell
# that is there.
rule_shebangdepends() {
	paths -type f | while IFS= read -r f; do
		(cd "$P" && LC_ALL=C sed -n '1{/^#!/{s/^#! *\([^ ]*\).*/\1/;s/.*\///p}}' "$f")
	done | sort -u | not_in depend
}

# ---- the PKGBUILD ----

pkgbuild() { (cd "$B" && bash -c ". ./PKGBUILD; $1" 2>&1); }
functions() { pkgbuild 'compgen -A function'; }
# The value that a package function gives to a list.
of_package() { # PACKAGE LIST
	pkgbuild "$2=(); pkgdir=/nowhere; cd() { :; }; make() { :; }; install() { :; }
		package_$1; printf '%s\n' \"\${$2[@]}\""
}

rule_array() {
	local v
	for v in arch license depends makedepends checkdepends optdepends provides conflicts \
		replaces backup options source sha256sums; do
		grep -E "^[[:space:]]*$v\+?=" "$B/PKGBUILD" | grep -vE "$v\+?=\("
	done
}
rule_badbackups() { pkgbuild 'printf "%s\n" "${backup[@]}"' | grep '^/'; }
rule_capsnames() { pkgbuild 'printf "%s\n" "$pkgbase" "${pkgname[@]}"' | grep '[A-Z]'; }
rule_carch() { sed '/^[[:space:]]*arch=/d' "$B/PKGBUILD" | grep -E 'x86_64|aarch64|i[36]86'; }
rule_checksums() {
	pkgbuild '[ "${#source[@]}" = "${#sha256sums[@]}" ] || echo "a checksum a source"
		for s in "${sha256sums[@]}"; do
			[[ $s =~ ^[0-9a-f]{64}$ && $s =~ [1-9a-f] ]] || echo "checksum $s"
		done'
}
# Other variables than makepkg's own start with an underscore.
rule_extravars() {
	sed -n 's/^\([a-zA-Z][a-zA-Z0-9_]*\)+\?=.*/\1/p' "$B/PKGBUILD" | grep -vxE \
		'pkg(base|name|ver|rel|desc)|epoch|arch|url|license|groups|(|make|check|opt)depends|provides|conflicts|replaces|backup|options|install|changelog|source|noextract|validpgpkeys|(md5|sha[0-9]*|b2)sums'
}
rule_invalidstartdir() { grep -n 'startdir' "$B/PKGBUILD"; }
rule_makepkgfunctions() { grep -nE '\<(msg2?|warning|error|plain)\> ["'\'']' "$B/PKGBUILD"; }
rule_missingvars() {
	grep -q '^# Maintainer: .*<.*@.*>' "$B/PKGBUILD" || echo 'no maintainer'
	# Not its `url`: the project has no public address yet.
	local v
	for v in pkgver pkgrel pkgdesc arch license source; do
		pkgbuild "[ -n \"\$$v\" ] || echo no $v"
	done
}
rule_nonuniquesource() { pkgbuild 'printf "%s\n" "${source[@]##*/}"' | grep -vF "$(pkgbuild 'echo "$pkgver"')"; }
rule_splitpkgfunctions() {
	pkgbuild 'printf "%s\n" "${pkgname[@]}"' | while read -r p; do
		functions | grep -qxF "package_$p" || echo "$p has no function"
	done
}
# glibc is always there, and dkms is for where the package is used.
rule_splitpkgmakedeps() {
	pkgbuild 'printf "%s\n" "${pkgname[@]}"' | while read -r p; do
		of_package "$p" depends
	done | grep -vxE 'glibc|dkms' |
		grep -vxFf <(pkgbuild 'printf "%s\n" "${makedepends[@]}" "${depends[@]}" "${pkgname[@]}"')
}

# ---- not namcap's ----

# Arch's guideline for DKMS packages: no built module, no script that loads one
# or calls dkms, no headers of one kernel among its dependencies.
rule_dkms() {
	paths -name '*.ko*'
	[ ! -e "$P/.INSTALL" ] || echo .INSTALL
	info depend | grep -- '-headers$'
	case $(info pkgname):$(paths -path './usr/src/*/dkms.conf' | wc -l) in
	*-dkms:1) info depend | grep -qx dkms || echo 'dkms is not in depends' ;;
	*-dkms:*) echo 'not one dkms.conf' ;;
	*:0) ;;
	*) echo 'a dkms.conf in a package that is not called -dkms' ;;
	esac
}
# makepkg warns of these: names of the folders that it builds in.
rule_builddir() { (cd "$P" && grep -rlF "${builddir:?}" --exclude='.[A-Z]*' .); }

# Not here, as these packages have no such files: externalhooks, hookdepends
# (pacman hooks), giomodules, glibschemas, gnomemime, hicoloricons, mimedesktop,
# mimefiles, kdeprograms, scrollkeeper (desktops), infodirectory, infoinstall,
# fhs-infopages (info), javafiles, perllocal, pydepends, py_mtime, py_requires,
# rubypaths (languages), sfurl (sources at SourceForge), urlpkg and url (no
# address yet). pathdepends looks at folders of those. `license` and `tags` are
# in licensepkg and missingvars, runpath in rpath, filenames of ELF in elffiles.
