#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# cmdline: module.sig_enforce=1
#
# A kernel that takes signed modules only: genl-echo says so, and ends with 3.
# (DKMS signs with a key of its own, which this kernel doesn't know; on Debian 11
# it doesn't sign.)
set -u
n=0 failed=0
t() { # NAME: takes the exit code of the command before it
	local rc=$?
	n=$((n + 1))
	if [ $rc = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "# rc $code: $out"
		failed=1
	fi
}
[ "$(cat /sys/module/module/parameters/sig_enforce)" = Y ]
out='' code=''
t 'this kernel enforces signatures'
for user in 0 65534; do
	for t in raw libnl; do
		out=$(setpriv --reuid=$user --regid=$user --clear-groups \
			genl-echo ping -c 1 -t $t 2>&1)
		code=$?
		[ $code = 3 ]; t "uid $user, $t: exit code 3"
		[[ $out == *signature* ]]; t "uid $user, $t: names the signature"
		[[ $out == *hint:* ]]; t "uid $user, $t: says what to do"
		[[ ! -e /var/lib/dkms/mok.pub || $out == *'mokutil --import /var/lib/dkms/mok.pub'* ]]
		t "uid $user, $t: which is to enrol the key of DKMS, if there is one"
	done
done
echo "1..$n"
exit $failed
