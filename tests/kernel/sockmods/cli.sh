#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 400
#
# The command sockmods as it was installed, on a machine that is well and on one
# that is broken, where that takes a real kernel, its modules and kmod. What
# doctor says is typed here, and then all is well again. All states, on trees of
# a few files: tests/unit/cli-sockmods*.c.
set -u
# It breaks the machine that it runs on.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../lib/common.sh"
tmp=$(mktemp -d)
chmod 755 "$tmp"
cd "$tmp" || exit 2

# Runs a command; leaves rc, and in files out and err.
run() {
	rc=0
	"$@" > out 2> err || rc=$?
}

# Judges the last run by the exit code of the command before it.
judge() { # NAME
	[ $? = 0 ] || { out="rc: $rc"$'\n'$(cat err out); false; }
	t "$1"
}

# NAME RC [PATTERN of out]...: nothing else on standard error.
is() {
	local good=0 p
	[ "$rc" = "$2" ] && [ ! -s err ] || good=1
	for p in "${@:3}"; do
		grep -qE -- "$p" out || good=1
	done
	[ $good = 0 ]; judge "$1"
}

# doctor's words to anybody and its JSON to root: the exit code, "LEVEL ID" of the
# only finding (or '' for none), patterns of the text.
finds() { # NAME RC "LEVEL ID" [PATTERN]...
	local name=$1 want=$2 what=$3 got
	shift 3
	run setpriv --reuid=65534 --regid=65534 --clear-groups sockmods doctor
	is "$name" "$want" "$@"
	run sockmods -j doctor
	cat out >> json
	got=$(sed -n 's/^{"type":"finding","level":"\([a-z]*\)","id":"\([a-z-]*\)",.*/\1 \2/p' out)
	[ "$rc" = "$want" ] && [ "$got" = "$what" ]; judge "$name: -j"
}

# Types what doctor says; then all is well.
mend() { # NAME
	sockmods doctor | sed -n 's/^    //p' > commands
	# There is no sudo here, and nobody to use it.
	run env PATH="$tmp/bin:$PATH" sh -ex commands
	[ $rc = 0 ]; judge "$1: doctor's commands work"
	run sockmods doctor
	is "$1: and mend it" 0 '^nothing is wrong: '
}

release=$(uname -r)
re=${release//[+.]/.}	# as a regular expression
ko=$(modinfo -n genl_echo)
version=$(modinfo -F version genl_echo)
[ -f "$ko" ] || { echo 'Bail out! nothing is installed'; exit 2; }
mapfile -t drivers < <(sockmods -j | sed -n 's/^{"type":"driver","name":"\([^"]*\)".*/\1/p')
all="${drivers[*]}" all=${all// /, }
are=is
[ ${#drivers[@]} = 1 ] || are=are

# A kernel's modules, but only those that are needed here: depmod reads them all.
modules=/lib/modules/$release
mkdir -p "modules/$release" bin
cp -a "$modules"/{build,updates,modules.builtin*,modules.order} "modules/$release/"
mount --bind modules /lib/modules
mkdir modprobe.d
mount --bind modprobe.d /etc/modprobe.d
trap 'cd /; umount /etc/modprobe.d /lib/modules; rm -rf "$tmp"' EXIT
depmod "$release"
# shellcheck disable=SC2016  # for the script
printf '#!/bin/sh\nexec "$@"\n' > bin/sudo
chmod 755 bin/sudo

# Somebody who has asked for a long dump and doesn't read it holds the module.
hold() {
	[ -p pipe ] || mkfifo pipe
	genl-echo dump -c 1000000 > pipe 2> /dev/null &
	exec 6< pipe
	for _ in {1..100}; do
		[ "$(cat /sys/module/genl_echo/refcnt)" = 0 ] || break
		sleep 0.1
	done
}
let_go() { exec 6<&-; wait; }

### All is well
for d in "${drivers[@]}"; do
	unload "$d"; t "$d isn't loaded"
done
finds 'well' 0 '' "^nothing is wrong: sockmods $version is built for $re; drivers load when"
run sockmods
is 'status is what it does without a command' 0 \
	'^DRIVER +PACKAGE +ON DISK +LOADED +IN USE$' "^genl_echo +$version +$version +- +-$" \
	'^BUILT FOR +.*genl_echo' "^$re \(running\) +$version"
! loaded genl_echo; t 'neither has loaded it'

### Loaded, in use, another version
modprobe genl_echo
hold
run sockmods
is 'in use' 0 "^genl_echo +$version +$version +$version +yes \(1\)$"
run sockmods -j
cat out >> json
grep -F "{\"type\":\"driver\",\"name\":\"genl_echo\",\"package\":\"$version\",\"disk_version\":\"$version\",\"loaded\":true,\"loaded_version\":\"$version\",\"in_use\":true,\"refcnt\":1,\"holders\":[],\"loaded_for\":\"anyone\",\"shown_by\":null,\"kernels\":[{\"release\":\"$release\",\"running\":true,\"built\":true,\"state\":\"not-loaded\",\"version\":\"$version\",\"file\":\"$ko\"}]}" out > /dev/null
judge 'in use: -j'
let_go
unload genl_echo

case $ko in
*.xz) xz -dc "$ko" ;;
*) cat "$ko" ;;
esac | sed "s/\(version=\)$version/\1${version%.*}.x/" > genl_echo.ko
insmod ./genl_echo.ko
old=${version%.*}.x
finds 'another version is loaded' 1 'warning other-version-loaded' \
	"^warning: genl_echo: version $old is loaded, and $version is on disk; nothing holds it, so it is safe" \
	'^    sudo modprobe -r genl_echo && sudo modprobe genl_echo$'
run sockmods
is 'another version is loaded: status has both' 0 "^genl_echo +$version +$version +$old +no$"
hold
run sockmods doctor
is 'another version is loaded, and in use' 1 'it is in use \(1\), so reload it when that has ended'
[ "$(cat /sys/module/genl_echo/version)" = "$old" ]; t 'and nothing was unloaded'
let_go
mend 'another version is loaded'
[ "$(cat /sys/module/genl_echo/version)" = "$version" ]; t 'the version on disk is loaded'
unload genl_echo

# The rest has nothing that the sanitizer kernel could find, which is slow.
[ "${SCALE:-1}" -lt 100 ] || end

### modprobe.d
printf '# a line\ninstall genl_echo /bin/false\n' > modprobe.d/test.conf
finds 'forbidden' 3 'error forbidden' \
	"^error: genl_echo can not be loaded: modprobe.d has an 'install genl_echo' line.*\(/etc/modprobe.d/test.conf:2\)$"
mend 'forbidden'
echo 'blacklist genl-echo' > modprobe.d/test.conf
finds 'blacklisted' 3 'error blacklisted' '^error: genl_echo is not loaded when it is asked for: .*test.conf:1\)$'
modprobe genl_echo
finds 'blacklisted, loaded' 1 'warning blacklisted' '\(what is loaded works until it is unloaded\)$'
unload genl_echo
mend 'blacklisted'
modprobe -b genl_echo && loaded genl_echo; t 'it loads itself again'
unload genl_echo

### Packages
sed '/^Package: sockmods-dkms$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status > status
mount --bind status /var/lib/dpkg/status
finds 'half configured' 1 'warning half-configured' "dpkg has it as 'half-configured'$" '^    sudo dpkg --configure -a$'
umount /var/lib/dpkg/status

### Files
mkdir "$modules/extra"
cp "$ko" "$modules/extra/"
mkdir -p /run/depmod.d
echo 'override genl_echo * extra' > /run/depmod.d/test.conf
depmod "$release"
finds 'a file that hides DKMS'\''s' 1 'warning not-from-dkms' "which DKMS has not built: it hides DKMS's$" \
	"^    sudo rm /lib/modules/$re/extra/genl_echo.ko[.xz]*\$"
mend 'a file that hides DKMS'\''s'
rm -r /run/depmod.d/test.conf "$modules/extra"

# As an upgrade of the kernel goes: it comes without headers, they come, DKMS runs.
mv "$modules/updates" "$modules/build" .
depmod "$release"
finds 'no headers' 3 'error no-headers' \
	"^error: $all $are not built for this kernel \($re\): the package linux-headers-$re is not installed$" \
	"^    sudo apt install linux-headers-$re\$"
run sockmods
is 'no headers: status' 0 "^genl_echo +$version +no-headers +- +-$" "^$re \(running\) +no-headers"
# What DKMS has put in place, by its own account.
mv /var/lib/dkms/sockmods/"$version/$release" .
mkdir "$modules/build"
: > "$modules/build/Makefile"
finds 'headers came later' 3 'error not-built' 'though its headers are here: DKMS has not run, or failed' \
	"^    sudo dkms install sockmods/$version -k $re\$"
mv "$release" "/var/lib/dkms/sockmods/$version/"
mv updates "$modules/"
finds 'no depmod' 3 'error not-indexed' 'depmod has not run since$' "^    sudo depmod $re\$"
mend 'no depmod'

### An upgrade has taken the running kernel's modules away
mkdir /lib/modules/6.99.9-test
cp "$modules"/modules.{builtin*,order} /lib/modules/6.99.9-test/
depmod 6.99.9-test
mv "$modules" gone
finds 'gone' 3 "error modules-gone
warning no-headers" "^error: the modules of the running kernel \($re\) are gone" '^    sudo reboot$' \
	"^warning: $all $are not built for kernel 6.99.9-test: the package linux-headers-6.99.9-test is not installed$" \
	'^    sudo apt install linux-headers-6.99.9-test$'
run sockmods doctor -k 6.99.9-test
is 'the next kernel, by its name' 3 "^error: $all $are not built for kernel 6.99.9-test: "
mv gone "$modules"
rm -r /lib/modules/6.99.9-test
finds 'after all that' 0 '' '^nothing is wrong: '
out=$(python3 -c 'import json; [json.loads(line) for line in open("json", encoding="utf-8")]' 2>&1)
t 'each line of -j is JSON'

end
