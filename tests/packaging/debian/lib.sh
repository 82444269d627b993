# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP and apt for the scenarios, which run as root in a stock root tree with the
# built packages in /debs. Sourced by them.

export DEBIAN_FRONTEND=noninteractive
n=0
failed=0
ok() { # NAME: the command before it decides; shows /tmp/out when it failed
	local rc=$?
	n=$((n + 1))
	if [ "$rc" = 0 ]; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		tail -n 80 /tmp/out | sed 's/^/# /'
	fi
}
end() {
	echo "1..$n"
	exit "$failed"
}
apt() { apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@" < /dev/null > /tmp/out 2>&1; }
kernels() { (cd /lib/modules && printf '%s\n' *); }
# Is NAME built and in place for KERNEL, by DKMS's word and by the file's?
built() { # KERNEL NAME
	{ dkms status sockmods -k "$1"; modinfo -k "$1" "$2"; } > /tmp/out 2>&1
	dkms status sockmods -k "$1" | grep -q ': installed' &&
		modinfo -k "$1" -F filename "$2" 2>&1 | grep -q "^/lib/modules/$1/updates/dkms/$2\.ko"
}
