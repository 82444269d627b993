#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 600
#
# Network namespaces go away: with sockets of every module open in them, many
# at once, while others use the module, and while it is being unloaded.
set -u
. /tests/kernel/lib/common.sh
rounds=20 last=10
case ${SCALE:-1} in
1) ;;
100) rounds=3 last=3 ;;
*) rounds=4 ;;
esac

for x in $(exercises); do
	m=$("$x" --module)
	modprobe "$m"

	ip netns add gone
	start_holder "$x" ip netns exec gone
	t "$m: sockets are open in a namespace"
	# Its name goes; the namespace is the sockets' until they close.
	ip netns del gone
	out=$("$x" 2>&1)
	t "$m works elsewhere meanwhile"
	end_holders

	"$x" --loop $((rounds * 2 / 5)) > /tmp/loop 2>&1 &
	loop=$!
	for ((i = 1; i <= rounds; i++)); do
		for j in 1 2 3; do
			ip netns add many$j
			ip netns exec many$j "$x" > /tmp/many$j 2>&1 &
			users[j]=$!
		done
		for j in 1 2 3; do
			# Every second time they lose it in the middle.
			[ $((i % 2)) = 0 ] || wait "${users[j]}"
			ip netns del many$j
			wait "${users[j]}"
		done
	done
	wait $loop
	out=$(cat /tmp/loop /tmp/many?)
	grep -q ' worked, 0 did not' /tmp/loop
	t "$m works while namespaces come and go, three at a time, $rounds times"

	for ((i = 1; i <= last; i++)); do
		ip netns add "last$i"
		ip netns exec "last$i" "$x" > /dev/null 2>&1
	done
	for ((i = 1; i <= last; i++)); do ip netns del "last$i"; done
	unload "$m"
	t "$m unloads while $last namespaces go"
	modprobe "$m"
	out=$("$x" 2>&1)
	t "$m works after that"
	unload "$m"
	t "$m unloads: no namespace holds it"
done
end
