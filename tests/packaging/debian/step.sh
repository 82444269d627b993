# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A step of a scenario, in the root tree or in the guest: TAP, and what the steps
# look at. Sourced by lib.sh, with what that promises set by host.sh.
# shellcheck disable=SC2154

export DEBIAN_FRONTEND=noninteractive
export INITRD=No	# nothing here boots from one; a machine's takes long to make
n=0 failed=0 out=/tmp/out
: > "$out"
# What a step leaves for a later one; apt finds its packages there too.
cache=/var/cache/kernels

inside() {
	[ "$STEP" = "$*" ] || return 0
	"$@"
	echo "1..$n"
	exit "$failed"
}
boot() {
	shift
	inside "$@"
}

ok() { # NAME: the command before it decides, so NAME runs none; shows $out when it failed
	local rc=$?
	n=$((n + 1))
	if [ "$rc" = 0 ]; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		tail -n 60 "$out" | sed 's/^/# /'
	fi
	: > "$out"
}

# Runs a command; $out is what it said, and what it ended with.
try() {
	local rc=0
	"$@" > "$out" 2>&1 < /dev/null || rc=$?
	echo "($*: exit code $rc)" >> "$out"
	return "$rc"
}
ends_with() { # CODE COMMAND...
	local want=$1 rc=0
	shift
	try "$@" || rc=$?
	[ "$rc" = "$want" ]
}
said() { grep -qE -- "$1" "$out"; }
said_line() { grep -qxF -- "$1" "$out"; }
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

# --- packages ---

# The kernels are there already (tests/vm/packages/kernels.sh).
apt() {
	try apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Path="$PATH" \
		-o Dir::Cache::archives="$cache" --no-install-recommends "$@"
}
# What they depend on can have left the mirror since its list was read.
apt_install() { apt install "$@" || { apt update && apt install "$@"; }; }
packages() { (cd "$debs" && printf '%s\n' *.deb | sed 's/_.*//'); }
install_packages() {
	apt_install "$debs"/*.deb
	ok 'apt installs the packages'
}

# Nothing is half configured, nothing waits for another command.
healthy() {
	dpkg --audit > "$out" 2>&1 && [ ! -s "$out" ] && apt check
	ok 'nothing is half configured, and apt is content'
}

# Makes a package as it would be for another version of it, or of a kernel: FROM,
# in the names and texts of its files, becomes TO. COMMAND may change more, in the
# folder of the package's files. It is left in $cache as NAME.deb.
repack() { # DEB FROM TO NAME [COMMAND...]
	local deb=$1 from=$2 to=$3 name=$4 dir=/tmp/repack f base
	shift 4
	rm -rf "$dir"
	dpkg-deb -R "$deb" "$dir" && cd "$dir" || return
	find . -depth -name "*$from*" | while read -r f; do
		base=${f##*/}
		mv "$f" "${f%/*}/${base//"$from"/"$to"}"
	done
	find . -type l -lname "*$from*" | while read -r f; do
		base=$(readlink "$f")
		ln -snf "${base//"$from"/"$to"}" "$f"
	done
	grep -rlF --null -- "$from" . | xargs -0 sed -i "s/${from//./\\.}/$to/g"
	"$@"
	find usr -type f -print0 | xargs -0 md5sum > DEBIAN/md5sums
	cd /
	dpkg-deb -Znone --root-owner-group -b "$dir" "$cache/$name.deb" > /dev/null
}

# --- modules on disk ---

kernels() { (cd /lib/modules && printf '%s\n' *); }
ko_of() { find "/lib/modules/$1/" -name "$2.ko*"; } # KERNEL DRIVER

# Exactly that is built, by DKMS's word, by kmod's, and by the file's own.
built() { # KERNEL DRIVER
	local ko
	{ dkms status -k "$1"; modinfo -k "$1" "$2"; ko_of "$1" "$2"; } > "$out" 2>&1
	ko=$(modinfo -k "$1" -F filename "$2")
	dkms status -m sockmods -k "$1" 2> /dev/null | grep -F "$version, $1, " | grep -q ': installed$' &&
		[[ $ko == /lib/modules/$1/updates/dkms/$2.ko* ]] && [ "$ko" = "$(ko_of "$1" "$2")" ] &&
		[ "$(modinfo -F version "$ko")" = "$version" ] &&
		[[ $(modinfo -F vermagic "$ko") == "$1 "* ]]
}
not_built() { # KERNEL DRIVER
	{ dkms status -k "$1"; ko_of "$1" "$2"; modinfo -k "$1" "$2"; } > "$out" 2>&1
	[ -d "/lib/modules/$1" ] && ! dkms status -m sockmods -k "$1" 2> /dev/null | grep -qE ': (installed|built)' &&
		[ -z "$(ko_of "$1" "$2")" ] && ! modinfo -k "$1" "$2" > /dev/null 2>&1
}
all_built() { # KERNEL
	local d
	for d in $drivers; do
		built "$1" "$d"
		ok "$d $version is built for $1 and in place"
	done
}
none_built() { # KERNEL
	local d
	for d in $drivers; do
		not_built "$1" "$d"
		ok "$d is not there for $1"
	done
}

# --- modules in a guest ---

loaded() { [ -e "/sys/module/$1" ]; }
# What was closed may hold it for a minute (TIME-WAIT), and a namespace goes late.
unloads() { # DRIVER
	local i
	for ((i = 0; i < 90; i++)); do
		! try modprobe -r "$1" || return 0
		sleep 1
	done
	return 1
}
version_loaded() { cat "/sys/module/$1/version"; }

# Whose first use has the kernel load it: a family of generic netlink anyone's.
user_of() { # DRIVER
	case $(modinfo -F alias "$1") in
	*-proto-16-family-*) echo as_nobody ;;
	*) echo env ;;
	esac
}

# Everything that can be done with a driver, once: its exercise program.
works() { try "$(user_of "$1")" "/tests/bin/kernel/$1/exercise"; } # DRIVER
all_work() {
	local d kernel
	kernel=$(uname -r)
	for d in $drivers; do
		! loaded "$d"
		ok "$d isn't loaded"
		works "$d" && loaded "$d" && [ "$(version_loaded "$d")" = "$version" ]
		ok "$d $version: its first use loads it, and all of it works in Linux $kernel"
	done
}

# Leaves open what keeps state in the driver, until let_go.
held=() ends=()
hold() { # DRIVER
	local end i
	exec {end}> >(exec "/tests/bin/kernel/$1/exercise" --hold > "/tmp/held.$1" 2>&1)
	held+=($!) ends+=("$end")
	for ((i = 0; i < 100; i++)); do
		[ ! -s "/tmp/held.$1" ] || break
		sleep 0.1
	done
	cp "/tmp/held.$1" "$out"
	said_line holding
}
still_held() {
	local pid
	for pid in "${held[@]}"; do [[ $(readlink "/proc/$pid/exe") == */exercise ]] || return; done
}
let_go() {
	local end
	for end in "${ends[@]}"; do exec {end}>&-; done
	held=() ends=()
}
