#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
#
# Every module comes and goes: many times, while its sockets are open, while it
# is in use, and with network namespaces that were there before it.
set -u
. /tests/kernel/lib/common.sh
times=20 seconds=2 between=14
case ${SCALE:-1} in
1) ;;
100) times=5 between=4 ;;
*) times=5 between=7 ;;
esac
[ -z "${LONG:-}" ] || times=100 seconds=6 between=42

for x in $(exercises); do
	m=$("$x" --module)
	unload "$m"

	out=$(for ((i = 1; i <= times; i++)); do
		modprobe "$m" 2>&1 || { echo "load $i"; break; }
		# Used in between, now and then.
		[ $((i % 5)) != 0 ] || "$x" 2>&1 | grep '^not ok'
		# What was used is in use for a moment longer.
		rmmod "$m" 2> /dev/null || unload "$m" || { echo "unload $i: $out"; break; }
	done)
	[ -z "$out" ] && ! loaded "$m"
	t "$m is loaded and unloaded $times times"

	modprobe "$m"
	start_holder "$x"
	t "$m: sockets are open"
	# Either the kernel refuses, or it lets go of what the sockets had.
	out=$(rmmod "$m" 2>&1 && ! loaded "$m" || loaded "$m")
	t "$m: unloading with open sockets is refused or works"
	end_holders
	unload "$m"
	t "$m unloads when they are closed"

	"$x" --loop $seconds > /tmp/loop1 2>&1 &
	"$x" --loop $seconds > /tmp/loop2 2>&1 &
	# Both run before the first unload.
	modprobe "$m"
	sleep 1
	for ((i = 0; i < between; i++)); do
		rmmod "$m" 2> /dev/null
		sleep 0.05
		modprobe "$m"
		sleep 0.05
	done
	wait
	out=$(cat /tmp/loop1 /tmp/loop2)
	[ "$(grep -cE '^[1-9][0-9]* worked' <<< "$out")" = 2 ]
	t "$m comes and goes while two programs use it"
	modprobe "$m"
	out=$("$x" 2>&1)
	t "$m works after that"
	unload "$m"

	for i in 1 2 3 4 5; do ip netns add before$i; done
	modprobe "$m"
	out=$(for i in 1 2 3 4 5; do
		ip netns exec before$i "$x" 2>&1 || echo "namespace $i"
	done)
	! grep -q '^not ok\|^namespace' <<< "$out"
	t "$m works in network namespaces that were there before it"
	unload "$m"
	t "$m unloads before they go"
	for i in 1 2 3 4 5; do ip netns del before$i; done
done
end
