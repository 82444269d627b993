#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every driver and every command is in every list that it has to be in, and
# there is one version. Then the test tests itself: on a copy of the tree it
# adds a driver and a command that are in no list, takes every entry away in
# turn, and changes every copy of the version, and each must be found.
#
# Run at the top of the tree.
set -u

. tests/unit/tap.sh

# What a tree has: a folder is a driver or a command when it builds one.
drivers() { (shopt -s nullglob; cd "$1/src" && for d in */; do echo "${d%/}"; done); }
commands() { (shopt -s nullglob; cd "$1/tools" && for f in */main.c; do echo "${f%/main.c}"; done); }

# A folder tools/libNAME is the library libNAME.
libraries() { (shopt -s nullglob; cd "$1/tools" && for f in lib*/lib*.h; do echo "${f%/*}"; done); }

# What other programs open by its path: FOLDER/NAME.so, below the libraries' own.
objects() {
	(shopt -s nullglob; cd "$1/tools" && for f in xt/libxt_*.c; do
		f=${f##*/}
		echo "xtables/${f%.c}.so"
	done)
	sed -n 's,.*[(]O[)]/lib/\(sockmods/[a-z-]*[.]so\)$,\1,p' "$1/tools/"*/build.mk
}

# The Debian package that has a command.
package_of() { case $1 in nlbroker-mqtt) echo sockmods-mqtt ;; *) echo sockmods-tools ;; esac; }

# Does the description of a Debian package have an entry for NAME?
described() { # TREE PACKAGE NAME
	local l on=''
	while IFS= read -r l; do
		case $l in
		Package:*) [ "${l#Package: }" = "$2" ] && on=1 || on='' ;;
		"  * $3:"*) [ -z "$on" ] || return 0 ;;
		esac
	done < "$1/debian/control"
	return 1
}

# A shell file's own idea of what it holds: $2 is evaluated after it.
ask() { (cd "$1" && bash -c ". './$2' >/dev/null; $3" 2>&1); }

# Is LINE, blanks around it and in it not counted, in FILE? Asked thousands of
# times: by the shell itself, without a process.
line() { # FILE LINE
	local words
	[ -f "$1" ] || return 1
	while read -r -a words; do
		[ "${words[*]}" != "$2" ] || return 0
	done < "$1"
	return 1
}

# Prints what is wrong with a tree, a line each; nothing when it is right.
problems() { # TREE
	local t=$1 d p c l v want i
	for d in $(drivers "$t"); do
		line "$t/src/Kbuild" "obj-m += $d/" ||
			echo "src/Kbuild has no line 'obj-m += $d/'"
		ask "$t" dkms.conf 'printf "%s\n" "${BUILT_MODULE_NAME[@]}"' | grep -qxF -- "$d" ||
			echo "dkms.conf doesn't build $d"
		# The family of af_NAME is NAME: so is its page, and its header.
		p=${d#af_}
		[ -f "$t/man/$p.7" ] || [ -f "$t/man/$p.8" ] || echo "man/ has neither $p.7 nor $p.8"
		[ ! -f "$t/man/$p.7" ] || line "$t/debian/sockmods-tools.install" "usr/share/man/man7/$p.7" ||
			echo "debian/sockmods-tools.install has no $p.7"
		[ ! -f "$t/man/$p.8" ] || line "$t/debian/sockmods-tools.install" "usr/share/man/man8/$p.8" ||
			echo "debian/sockmods-tools.install has no $p.8"
		[ ! -f "$t/include/uapi/sockmods/$p.h" ] ||
			line "$t/debian/sockmods-dev.install" "usr/include/sockmods/$p.h" ||
			echo "debian/sockmods-dev.install has no $p.h"
		[ ! -f "$t/include/netlink/specs/$d.yaml" ] ||
			line "$t/debian/sockmods-dev.install" "usr/share/sockmods/specs/$d.yaml" ||
			echo "debian/sockmods-dev.install has no $d.yaml"
		described "$t" sockmods-dkms "$d" ||
			echo "debian/control doesn't describe the driver $d"
		line "$t/debian/examples/modprobe-forbid.conf" "install $d /bin/false" ||
			echo "debian/examples/modprobe-forbid.conf has no $d"
		grep -qE "^#?$d\$" "$t/debian/examples/modules-load.conf" ||
			echo "debian/examples/modules-load.conf has no $d"
		grep -qE "provides=.*\<${d^^}-MODULE\>|^[[:space:]]+${d^^}-MODULE\>" "$t/PKGBUILD" ||
			echo "PKGBUILD doesn't provide ${d^^}-MODULE"
		grep -qs 'MODULE_VERSION(SOCKMODS_VERSION)' "$t/src/$d/"*.c ||
			echo "src/$d has no MODULE_VERSION(SOCKMODS_VERSION)"
		grep -q "^use_$d() {" "$t/debian/tests/runtime" ||
			echo "debian/tests/runtime has no use_$d"
	done
	ask "$t" dkms.conf 'printf "%s\n" "${BUILT_MODULE_NAME[@]}" "${BUILT_MODULE_LOCATION[@]##*/}"' |
		sort -u | while read -r d; do
			[ -d "$t/src/$d" ] || echo "dkms.conf builds '$d', which src/ hasn't"
		done
	for c in $(commands "$t"); do
		p=$(package_of "$c")
		[ -f "$t/man/$c.1" ] || [ -f "$t/man/$c.8" ] || echo "man/ has neither $c.1 nor $c.8"
		for v in bin/"$c" share/bash-completion/completions/"$c" \
			share/zsh/vendor-completions/_"$c"; do
			line "$t/debian/$p.install" "usr/$v" ||
			{ v=${v/#bin/sbin}; line "$t/debian/$p.install" "usr/$v"; } ||
				echo "debian/$p.install has no ${v##*/} in ${v%/*}"
		done
		for i in 1 8; do
			[ ! -f "$t/man/$c.$i" ] ||
				line "$t/debian/$p.install" "usr/share/man/man$i/$c.$i" ||
				echo "debian/$p.install has no $c.$i"
		done
		[ ! -f "$t/man/$c.conf.5" ] ||
			line "$t/debian/$p.install" "usr/share/man/man5/$c.conf.5" ||
			echo "debian/$p.install has no $c.conf.5"
		described "$t" "$p" "$c" ||
			echo "debian/control doesn't describe the command $c"
	done
	for v in $(objects "$t"); do
		line "$t/debian/sockmods-tools.install" "usr/lib/*/$v" ||
			echo "debian/sockmods-tools.install has no $v"
	done
	for l in $(libraries "$t"); do
		[ -f "$t/man/${l#lib}.3" ] || echo "man/ has no ${l#lib}.3"
		for v in include/"$l".h lib/*/"$l".so lib/*/pkgconfig/"$l".pc "share/man/man3/${l#lib}*.3"; do
			line "$t/debian/$l-dev.install" "usr/$v" || echo "debian/$l-dev.install has no $v"
		done
		v=$(sed -n 's/^LIBNLBROKER_SO .*:= .*[.]so[.]//p' "$t/tools/$l/build.mk")
		line "$t/debian/$l$v.install" "usr/lib/*/$l.so.*" ||
			echo "debian/$l$v.install has no $l.so.*"
		want=$(sed -n 's/^\t\([a-z_]*\);$/\1/p' "$t/tools/$l/$l.map" | LC_ALL=C sort)
		for v in "debian/$l$v.symbols:s/^ \([a-z_]*\)@.*/\1/p" \
			"man/${l#lib}.3:s/^\.Nm \([a-z_]*\).*/\1/p" \
			"tools/$l/$l.h:s/^[a-z].*[ *]\(${l#lib}_[a-z_]*\)(.*/\1/p"; do
			[ "$(sed -n "${v#*:}" "$t/${v%%:*}" 2>/dev/null | LC_ALL=C sort -u)" = "$want" ] ||
				echo "${v%%:*} has other functions than tools/$l/$l.map"
		done
	done

	want=$(sed -n 's/.*SOCKMODS_VERSION "\(.*\)"/\1/p' "$t/include/sockmods/version.h")
	[ -n "$want" ] || echo "include/sockmods/version.h has no version"
	v=$(ask "$t" dkms.conf 'echo "$PACKAGE_VERSION"')
	[ "$v" = "$want" ] || echo "dkms.conf: version '$v', not '$want'"
	v=$(ask "$t" PKGBUILD 'echo "$pkgver"')
	[ "$v" = "$want" ] || echo "PKGBUILD: version '$v', not '$want'"
	# A build for a release has put an entry of its own on top.
	v=$(sed -n '1s/^sockmods (\(.*\)-[^-]*) .*/\1/p' "$t/debian/changelog")
	[ "$v" = "$want" ] || echo "debian/changelog: version '$v', not '$want'"
}

here=$(problems .)
[ -z "$here" ]; ok $? "every driver and command is in every list, and there is one version" "$here"

for c in $(commands .); do
	want=$(sed -n 's/.*SOCKMODS_VERSION "\(.*\)"/\1/p' include/sockmods/version.h)
	got=$("${BIN:-build/bin}/$c" --version 2>&1)
	[[ " $got " == *[[:space:]]"$want"[[:space:]]* ]]
	ok $? "$c --version says $want" "$got"
done

# From here on: can this test fail?
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
copy() {
	rm -rf "$tmp/t"
	mkdir -p "$tmp/t/debian"
	cp -a src tools man include dkms.conf PKGBUILD "$tmp/t/"
	cp -a debian/control debian/changelog debian/examples debian/tests debian/*.install \
		debian/*.symbols "$tmp/t/debian/"
}
red() { # NAME PATTERN: the copy must be found wrong, for that reason
	local what
	what=$(problems "$tmp/t")
	[ "$what" != "$here" ] && grep -qE -- "$2" <<< "$what"
	ok $? "found: $1" "wanted: $2; got: ${what:-nothing}"
}

copy
what=$(problems "$tmp/t")
[ "$what" = "$here" ]; ok $? "the copy is judged as the tree is" "$what"

copy; mkdir "$tmp/t/src/zz_dummy"
for p in src/Kbuild dkms.conf 'man/' debian/control modprobe-forbid modules-load PKGBUILD MODULE_VERSION \
	debian/tests/runtime; do
	red "a driver that is not in ${p%/}" "$p.*(zz_dummy|ZZ_DUMMY)|zz_dummy.*$p"
done
copy; mkdir "$tmp/t/tools/zz-dummy"; : > "$tmp/t/tools/zz-dummy/main.c"
for p in 'man/' sockmods-tools.install debian/control; do
	red "a command that is not in ${p%/}" "$p.*zz-dummy"
done

# Each line of each list that names a driver or a command.
for f in src/Kbuild dkms.conf debian/control debian/sockmods-tools.install \
	debian/sockmods-mqtt.install debian/sockmods-dev.install debian/examples/modules-load.conf \
	debian/examples/modprobe-forbid.conf PKGBUILD debian/tests/runtime; do
	for e in $( (drivers .; commands .) | sort -u); do
		case $f in
		*.install) e=${e#af_} ;;
		esac
		case $f in
		# Comments and sentences name drivers too, and aren't lists.
		src/Kbuild) re="^obj-m.* $e/" ;;
		dkms.conf) re="^[[:space:]]*$e\$" ;;
		debian/control) re="^  [*] $e:" ;;
		*.install) re="^usr/.*[/_]$e([.]|\$)" ;;
		*/modules-load.conf) re="^#?$e\$" ;;
		*/modprobe-forbid.conf) re="^install $e " ;;
		debian/tests/runtime) re="^use_${e}[(]" ;;
		PKGBUILD) re="(^|[^A-Z0-9_])${e^^}-MODULE" ;;
		esac
		while IFS=: read -r i text; do
			[ -n "$i" ] || continue
			copy
			if [ "$f" = PKGBUILD ]; then
				sed -i "${i}s/${e^^}-MODULE//" "$tmp/t/$f"
			else
				sed -i "${i}d" "$tmp/t/$f"
			fi
			text=${text#"${text%%[![:space:]]*}"}
			red "$f without '${text%%:*}'" "^$f "
		done < <(grep -nE -- "$re" "$f")
	done
done
for f in man/*[!3]; do
	e=$(basename "${f%.*}")
	case " $(drivers . | sed 's/^af_//' | tr '\n' ' ')$(commands . | tr '\n' ' ')" in
	*" $e "*) copy; rm "$tmp/t/$f"; red "no $f" "^man/ has neither $e" ;;
	esac
done
for d in $(drivers .); do
	copy; sed -i '/MODULE_VERSION/d' "$tmp/t/src/$d/"*.c
	red "$d without a version" "src/$d has no MODULE_VERSION"
	copy; rm -r "$tmp/t/src/$d"
	red "$d gone, and dkms.conf still builds it" "dkms.conf builds '$d'"
done

[ "$(objects . | wc -l)" = 3 ]; ok $? "there are three objects that others open" "$(objects .)"
for v in $(objects .); do
	copy; sed -i "\\,/$v\$,d" "$tmp/t/debian/sockmods-tools.install"
	red "no $v in sockmods-tools.install" "^debian/sockmods-tools.install has no $v"
done
for l in $(libraries .); do
	copy; rm "$tmp/t/man/${l#lib}.3"
	red "$l without a page" "^man/ has no ${l#lib}.3"
	for f in "debian/$l"*.install; do
		copy; sed -i '$d' "$tmp/t/$f"
		red "${f##*/} without its last line" "^$f has no "
	done
	for f in "debian/$l"*.symbols "tools/$l/$l.h" "man/${l#lib}.3" "tools/$l/$l.map"; do
		copy; sed -i "s/${l#lib}_open\>/${l#lib}_opened/" "$tmp/t/$f"
		red "$f with another function" "functions than tools/$l/$l.map"
	done
done

copy; sed -i 's/SOCKMODS_VERSION ".*"/SOCKMODS_VERSION "99.0"/' "$tmp/t/include/sockmods/version.h"
red "another version in version.h" 'PKGBUILD: version'
red "another version in version.h" 'debian/changelog: version'
copy; sed -i 's/^PACKAGE_VERSION=.*/PACKAGE_VERSION="99.0"/' "$tmp/t/dkms.conf"
red "another version in dkms.conf" "dkms.conf: version '99.0'"
copy; sed -i 's/^pkgver=.*/pkgver=99.0/' "$tmp/t/PKGBUILD"
red "another version in PKGBUILD" "PKGBUILD: version '99.0'"
copy; sed -i '1s/(.*)/(99.0-1)/' "$tmp/t/debian/changelog"
red "another version in debian/changelog" "debian/changelog: version '99.0'"

echo "1..$n"
exit "$failed"
