#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# timeout: 900
#
# What goes wrong: the link is cut for half a minute, mosquitto is killed and stops
# answering, a bridge is killed, the kernel's limits are reached, queues run over.
# Nothing hangs, memory stays bounded, and what is lost is counted to the message.
set -u
. "$(dirname "$0")/../lib/cli.sh"
. "$(dirname "$0")/../lib/mqtt.sh"
cut=${CUT:-30}
world 2 || exit 2
mosquitto_start; ok $? 'mosquitto is there'
for i in 1 2; do
	bridge "b$i" $i <<-END
	keepalive_interval 5
	restart_timeout 1 3
	max_queued_messages 3001
	connection line
	address HERE
	topic sure/# both 1 "" line/
	topic quick/# both 0 "" line/
	END
done
for i in 1 2; do connected b$i; done
sleep 2
reader 2 sure.2 -b 4000000 sure/n
reader 2 quick.2 -b 4000000 quick/n
sleep 1
# Published in the first namespace, one second's worth after the other.
say() { seq "$2" "$3" | in_ns 1 nlbroker pub -w 20000 -l "$1/n"; }	# TOPIC FROM TO
have() { sort -un "$1" | wc -l; }	# FILE: how many different ones
# All that was said is there or counted: TOPIC TOLD
exactly() { # FILE SAID WHAT
	until_true 90 eval "look b1 && [ \$out_queued = 0 ]"
	sleep 2
	look b1
	local got
	got=$(have "$1")
	[ $((got + out_lost)) = "$2" ]
	ok $? "$3: of $2 came $got, and $out_lost are counted as lost"
}

say sure 1 1000
until_true 60 eval '[ $(have sure.2) -ge 1000 ]'
exactly sure.2 1000 'with nothing broken'
[ "$out_lost" = 0 ]; ok $? 'none of them lost'

### The link is cut
ip link set v1 down
say sure 1001 2000
becomes 60 b1 '$state != connected' "the bridge sees that the link is cut"
say sure 2001 3000
sleep "$cut"
look b1
[ "$out_queued" -ge 1000 ]; ok $? "after $cut s, $out_queued wait"
ip link set v1 up
connected b1
exactly sure.2 3000 'the link was cut'
[ "$out_lost" = 0 ]; ok $? "the queue had room for all: $out_lost lost"
sums b1

# For so long that the queue runs over.
ip link set v1 down
becomes 60 b1 '$state != connected' 'the link is cut again'
# QoS 0 without a connection; but a value is of use later, too.
say quick 1 100
in_ns 1 nlbroker pub -r quick/kept yes
look b1
[ "${lost[out.link]}" = 100 ] && [ "$out_queued" = 1 ]
ok $? "QoS 0 isn't kept: ${lost[out.link]} lost; a value is: $out_queued"
say sure 3001 10000
look b1
[ "$out_queued" = 3001 ] && [ "${lost[out.queue]}" = 4000 ]
ok $? "the queue is full with $out_queued, ${lost[out.queue]} are counted as lost"
ip link set v1 up
connected b1
until_true 60 eval '[ $(have sure.2) -ge 6000 ]'
sleep 2
[ "$(have sure.2)" = 6000 ]; ok $? "what the queue had came: $(have sure.2) of 10000"
[ "$(in_ns 2 nlbroker sub -O quick/kept)" = yes ]; ok $? 'and the value'
look b1
[ "$out_lost" = 4100 ]; ok $? "and the rest is counted: $out_lost"
sums b1

### mosquitto is killed, and knows nothing any more
mosquitto_stop KILL
becomes 60 b1 '$state != connected' 'mosquitto is killed, and the bridge sees it'
say sure 10001 11000
# Who sends comes after who receives: a broker that has forgotten all keeps nothing.
ip link set v1 down
mosquitto_again; ok $? 'mosquitto is there again'
connected b2
ip link set v1 up
connected b1
until_true 60 eval '[ $(have sure.2) -ge 7000 ]'
[ "$(have sure.2)" = 7000 ]; ok $? "what was said meanwhile came: $(have sure.2)"
look b1
[ "$sessions_lost" = 1 ]; ok $? "that it forgot the client is counted: $sessions_lost"
mosquitto_stop TERM
mosquitto_again
for i in 1 2; do connected b$i; done
look b2
[ "$sessions_lost" = 1 ]; ok $? "one that was told to end remembers: $sessions_lost"

### mosquitto doesn't answer
kill -STOP "$mosquitto_pid"
say sure 11001 12000
sleep 2
look b1 && [ "$out_queued" -gt 0 ]; ok $? "a broker that doesn't answer: $out_queued wait, and status is told"
kill -CONT "$mosquitto_pid"
until_true 120 eval '[ $(have sure.2) -ge 8000 ]'
[ "$(have sure.2)" = 8000 ]; ok $? "it answers again, and all came: $(have sure.2)"

### A bridge is killed
bridge_end b2 KILL
say sure 12001 13000
bridge_again b2
connected b2
until_true 60 eval '[ $(have sure.2) -ge 9000 ]'
[ "$(have sure.2)" = 9000 ]; ok $? "killed and begun again, it has what the broker kept: $(have sure.2)"
# The one that sends: what waited in it is lost, and nobody is left to count it.
in_ns 1 nlbroker pub sure/n 13001
until_true 30 eval '[ $(have sure.2) -ge 9001 ]'
bridge_end b1 KILL
bridge_again b1
connected b1
say sure 13002 14000
until_true 60 eval '[ $(have sure.2) -ge 10000 ]'
[ "$(have sure.2)" = 10000 ]; ok $? "and the one that sends, too: $(have sure.2)"
sums b1
sums b2

### A bridge is told to end while there is no broker
mosquitto_stop KILL
becomes 60 b1 '$state != connected' 'no broker'
say sure 14001 14100
from=$SECONDS
bridge_end b1
[ "$rc" = 1 ]; ok $? "it says that it lost something ($rc)"
[ $((SECONDS - from)) -le 20 ]; ok $? "it took $((SECONDS - from)) s"
grep -q 'lost 100 messages' b1/log; ok $? "and what: $(tail -n 1 b1/log)"
mosquitto_again
bridge_again b1
connected b1

### The kernel's limits
# A user's subscriptions: the bridge says so, and goes on as soon as it may.
in_ns 1 nlbroker limits subscriptions=1 > out 2> err; ok $? 'one subscription a user'
bridge_end b1
bridge_again b1
until_true 30 grep -q EDQUOT b1/log; ok $? "the bridge says what it lacks: $(tail -n 1 b1/log)"
kill -0 "${bridge_pid[b1]}"; ok $? 'and lives'
in_ns 1 nlbroker limits subscriptions=1000 > out 2> err
reader 2 limits.2 quick/limits
until_true 60 eval 'in_ns 1 nlbroker pub quick/limits hello; [ -s limits.2 ]'
ok $? 'with the limit raised, it subscribes without being told'
# Values that find no room: refused, and counted.
before=$(in_ns 1 nlbroker -j limits | sed 's/.*"retained_bytes":{"limit":\([0-9]*\).*/\1/')
in_ns 1 nlbroker limits retained-bytes=2000 > out 2> err
look b1
refused=${lost[in.refused]}
for i in $(seq 30); do in_ns 2 nlbroker pub -r "sure/value/$i" "$(head -c 200 /dev/zero | tr '\0' x)"; done
becomes 60 b1 "\${lost[in.refused]} -gt $refused" 'values that find no room are counted as refused'
sums b1
grep -q 'EDQUOT' b1/log; ok $? "and said: $(grep EDQUOT b1/log | tail -n 1)"
in_ns 1 nlbroker limits "retained-bytes=$before" > out 2> err

### A flood: memory stays bounded
kill -STOP "$mosquitto_pid"
head -c 60000 /dev/zero | tr '\0' y > long
for i in $(seq 400); do in_ns 1 nlbroker pub -f long sure/long; done
sleep 1
look b1
[ "$(peak b1)" -lt 80000 ]; ok $? "24 MB to a broker that takes nothing: the peak is $(peak b1) KiB"
[ $((out_queued + out_lost)) -gt 0 ]; ok $? "queued $out_queued, lost $out_lost"
kill -CONT "$mosquitto_pid"
becomes 120 b1 '$out_queued = 0' 'the queue empties'
sums b1
for i in 1 2; do bridge_end b$i; done
logs
cli_end
