#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
# timeout: 900
#
# Containers: those that anybody makes with unshare(1), three at once, and one of
# systemd-nspawn(1). In each the drivers are used (container) as if it were alone: what
# is inside isn't seen outside, nor the other way round, and when they have gone nothing
# is left and the drivers can be unloaded.
set -u
# It takes the drivers away.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../kernel/lib/cli.sh"
# A container has no right to have modules loaded from a place that it doesn't see.
modprobe -a genl_echo nlbroker ulp_caesar af_myproto xt_CAESAR nft_compat || exit 2
# What is tried in each.
things=18
until_true() { # COMMAND...: tries for half a minute
	local i
	for ((i = 0; i < 300; i++)); do
		! "$@" > /dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}

### Outside: a value, a channel, a port, a rule with the same names and numbers
run nlbroker pub -r outside/value 'not for containers'
is 'outside: a value is kept' 0
genl-echo -j stat > before
myproto listen -k -e 'tr a-z A-Z' 4242 2> listen.err &
listener=$!
listens() { myproto | grep -qE '^stream +listen +4242 '; }
until_true listens; ok $? 'outside: somebody listens to channel 4242'
ulp-caesar listen --keep --key 77 4300 > /dev/null 2> ulp.err < /dev/null &
ulp=$!
port() { [ -n "$(ss -Htln 'sport = :4300')" ]; }
until_true port; ok $? 'outside: somebody listens to port 4300'

verdict() { # NAME FILE RC
	local count
	echo "# $1:"
	sed 's/^/#   /' "$2"
	cp "$2" out
	grep -q '^end$' out; ok $? "$1: comes to its end (exit code $3)"
	! grep -q '^bad ' out; ok $? "$1: all is good"
	count=$(grep -c '^good ' out)
	[ "$count" = $things ]; ok $? "$1: $count things of $things"
}

### unshare: anybody's, with all the namespaces there are
own() { # NAME
	timeout 300 setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --net --mount --pid --fork --kill-child \
		--mount-proc --uts --ipc --cgroup "$here/container" "$1" > "$1.out" 2> "$1.err"
	echo $? > "$1.rc"
}
for i in 1 2 3; do own "own$i" & made[i]=$!; done
wait "${made[@]}"
for i in 1 2 3; do
	cat "own$i.err" >> "own$i.out"
	verdict "unshare, the container $i" "own$i.out" "$(cat "own$i.rc")"
done

### systemd-nspawn: a tree of its own above this one's, and no systemd outside
mkdir -p nspawn/upper nspawn/work nspawn/root
chmod 755 nspawn nspawn/upper
mount -t overlay root -o "lowerdir=/,upperdir=$PWD/nspawn/upper,workdir=$PWD/nspawn/work" nspawn/root
ok $? 'nspawn: a tree'
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
rc=0
timeout 300 systemd-nspawn --quiet --register=no --keep-unit --private-network --as-pid2 \
	--pipe --resolv-conf=off --timezone=off --link-journal=no --machine=sockmods \
	--directory="$PWD/nspawn/root" --bind-ro="$here:/interop" \
	/interop/container nspawn > nspawn.out 2> nspawn.err || rc=$?
cat nspawn.err >> nspawn.out
verdict 'nspawn' nspawn.out $rc
# In it the number of the family is to be had from a socket only.
timeout 60 systemd-nspawn --quiet --register=no --keep-unit --private-network --as-pid2 \
	--pipe --resolv-conf=off --timezone=off --link-journal=no --machine=sockmods \
	--directory="$PWD/nspawn/root" /usr/bin/test -e /sys/module/af_myproto > out 2> err
rc=$?
[ $rc = 1 ]; ok $? 'nspawn: it shows no /sys/module'
umount nspawn/root; ok $? 'nspawn: nothing keeps its tree'

### Outside, nothing has changed
run nlbroker topics
is 'outside: the value is there' 0 'outside/value'
! grep -q 'inside' out; ok $? 'outside: nothing of the containers'
genl-echo -j stat > out
cmp -s before out; ok $? 'outside: the counters are what they were'
run myproto connect 4242 <<< 'still here'
is 'outside: channel 4242 is who it was' 0 '^STILL HERE$'
iptables -t mangle -S > out 2> err
! grep -q CAESAR out; ok $? 'outside: no rule'
kill $listener $ulp
wait $listener $ulp 2> /dev/null

### Nothing is left
nlbroker pub -r outside/value '' > out 2>&1
for m in genl_echo nlbroker ulp_caesar af_myproto xt_CAESAR; do
	until_true rmmod $m
	[ ! -e /sys/module/$m ]; ok $? "$m can be unloaded"
done
cli_end
