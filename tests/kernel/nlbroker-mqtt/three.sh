#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# timeout: 900
#
# Three network namespaces, each with a broker of the kernel's own, and one mosquitto:
# 100,000 messages cross, and the sums add up; values appear where somebody comes
# late; a star in which all share all, and a triangle of three connections, have no
# loop and no duplicate.
set -u
. "$(dirname "$0")/../lib/cli.sh"
. "$(dirname "$0")/../lib/mqtt.sh"
many=${MANY:-100000}
world 3 || exit 2
mosquitto_start; ok $? 'mosquitto is there'

### A star: everybody's "shared/" is everybody's
for i in 1 2 3; do
	bridge "b$i" $i <<-END
	max_queued_messages 20000
	connection star
	address HERE
	local_queue_bytes 4194304
	topic # both 1 shared/ star/
	END
done
for i in 1 2 3; do connected b$i; done
sleep 2
for i in 2 3; do reader $i from1.$i -b 4000000 shared/load; done
sleep 1
# Who publishes waits for the bridge where it has no room.
seq "$many" | in_ns 1 nlbroker pub -w 60000 -l shared/load; ok $? "$many messages are published in the first namespace"
seq "$many" > want
for i in 2 3; do
	becomes 600 b$i "\$in_sent -ge $many" "all of them are published in namespace $i"
	until_true 60 eval "[ \$(wc -l < from1.$i) -ge $many ]"
	cmp -s want from1.$i; ok $? "a subscriber there has them all, in order, each once ($(wc -l < from1.$i))"
	[ ! -s from1.$i.err ]; ok $? "and was told of no loss: $(head -c 200 from1.$i.err)"
done
becomes 60 b1 '$out_queued = 0' 'nothing waits in the first'
look b1
[ "$out_sent" = "$many" ] && [ "$out_lost" = 0 ]; ok $? "its bridge sent $out_sent, lost $out_lost"
[ "$in_received" = "$in_skipped" ]; ok $? "and took none back: received $in_received, skipped $in_skipped"
for i in 1 2 3; do sums b$i; done
for i in 2 3; do
	look b$i
	[ "$out_received" = 0 ]; ok $? "what came to namespace $i did not go out again: $out_received"
done

# From each to the two others, at once.
for i in 1 2 3; do reader $i all.$i -b 4000000 'shared/+/x'; done
sleep 1
for i in 1 2 3; do
	seq 2000 | sed "s/^/$i./" | in_ns $i nlbroker pub -w 60000 -l "shared/$i/x" &
	pubs[i]=$!
done
wait "${pubs[@]}"
for i in 1 2 3; do
	until_true 120 eval "[ \$(wc -l < all.$i) -ge 6000 ]"
	sleep 1
	[ "$(wc -l < all.$i)" = 6000 ] && [ "$(sort -u all.$i | wc -l)" = 6000 ]
	ok $? "namespace $i has what all three said, each once: $(wc -l < all.$i) lines, $(sort -u all.$i | wc -l) different"
	for j in 1 2 3; do
		grep "^${j}[.]" all.$i | sort -c -t. -k2n 2> /dev/null
		ok $? "and that of $j in its order"
	done
done

### Values
in_ns 1 nlbroker pub -r shared/door open
in_ns 2 nlbroker pub -r shared/lamp on
for i in 1 2 3; do
	until_true 30 eval "[ \"\$(in_ns $i nlbroker sub -O -v 'shared/#' | sort | tr '\n' ,)\" = 'shared/door open,shared/lamp on,' ]"
	ok $? "both values are kept in namespace $i"
done
# Who comes late: the third namespace's bridge ends, all it has kept goes, and what
# changes meanwhile it hasn't heard.
bridge_end b3
[ "$rc" = 0 ]; ok $? "a bridge that is told to ends well ($rc)"
in_ns 3 nlbroker pub -r -n shared/door
in_ns 3 nlbroker pub -r -n shared/lamp
in_ns 1 nlbroker pub -r shared/door closed
in_ns 2 nlbroker pub -r -n shared/lamp
bridge_again b3
connected b3
until_true 30 eval '[ "$(in_ns 3 nlbroker sub -O -v "shared/#")" = "shared/door closed" ]'
ok $? "a late joiner has the values as they are now: $(in_ns 3 nlbroker sub -O -v 'shared/#' | tr '\n' ,)"
sleep 3
for i in 1 2; do
	[ "$(in_ns $i nlbroker sub -O -v 'shared/#')" = 'shared/door closed' ]
	ok $? "and changed nothing in namespace $i: $(in_ns $i nlbroker sub -O -v 'shared/#' | tr '\n' ,)"
done
for i in 1 2 3; do sums b$i; bridge_end b$i; [ "$rc" = 0 ]; ok $? "b$i ends well ($rc)"; done

### A triangle: a connection for each side, so that there are two ways to each
sides=(x '12 13' '12 23' '13 23')
for i in 1 2 3; do
	bridge "t$i" $i < <(for s in ${sides[i]}; do
		printf '%s\n' "connection side$s" 'address HERE' "topic # both 1 tri/ side$s/"
	done)
done
for i in 1 2 3; do connected t$i; done
sleep 3
for i in 1 2 3; do reader $i tri.$i -b 4000000 'tri/#'; done
sleep 1
for i in 1 2 3; do seq 500 | sed "s/^/$i./" | in_ns $i nlbroker pub -w 60000 -l "tri/$i"; done
for i in 1 2 3; do until_true 60 eval "[ \$(wc -l < tri.$i) -ge 1500 ]"; done
sleep 3
for i in 1 2 3; do
	[ "$(wc -l < tri.$i)" = 1500 ] && [ "$(sort -u tri.$i | wc -l)" = 1500 ]
	ok $? "triangle: namespace $i has each message once: $(wc -l < tri.$i), $(sort -u tri.$i | wc -l) different"
	for s in ${sides[i]}; do
		sums t$i "side$s"
		[ "$out_sent" = 500 ]; ok $? "what another connection brought did not go out: $out_sent"
	done
done
logs
cli_end
