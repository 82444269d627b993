#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
# timeout: 900
#
# The wire, as tcpdump(8) captures it and tcpdump and tshark(1) read it: two network
# namespaces with a cable between them, on which checksums are real. What goes over it
# is the text with each byte more by the key, in segments whose checksums are right and
# that nobody has sent twice: of ulp_caesar in both directions, and of xt_CAESAR.
# Then the netlink families' messages, captured on a netlink monitor.
set -u
# It makes network namespaces.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../kernel/lib/cli.sh"
run() {
	rc=0
	timeout 120 "$@" > out 2> err || rc=$?
}
modprobe -a ulp_caesar genl_echo nlbroker || exit 2
key=77 port=4400

for side in left right; do ip netns add $side; done
trap 'ip netns del left; ip netns del right' EXIT
ip -n left link add cable type veth peer name cable netns right
i=1
for side in left right; do
	# As a wire has them: no segment longer than it, no checksum left for the card.
	ip netns exec $side ethtool -K cable tx off rx off tso off gso off gro off > out 2> err
	ok $? "$side: checksums are made, segments are those of the wire"
	ip -n $side address add 192.0.2.$i/24 dev cable
	ip -n $side address add 2001:db8::$i/64 dev cable nodad
	ip -n $side link set lo up
	ip -n $side link set cable up
	i=$((i + 1))
done
left() { ip netns exec left "$@"; }
right() { ip netns exec right "$@"; }

# A text each way, of several segments.
seq -f 'from the client, line %g' 800 > up
seq -f 'from the server, line %g' 700 > down
# The bytes of a file, each more by N, as hexadecimal digits.
more() { # N FILE
	python3 -c '
import sys
n = int(sys.argv[1])
data = open(sys.argv[2], "rb").read()
print(data.translate(bytes((b + n) % 256 for b in range(256))).hex())' "$1" "$2"
}

# Everything on the cable while COMMAND runs is in the file wire.
capture() { # COMMAND...
	local pid i
	rm -f wire
	ip netns exec right tcpdump -i cable -w wire -U -Z root -s 0 tcp port $port 2> tcpdump.err &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		! grep -q 'listening on' tcpdump.err || break
		sleep 0.1
	done
	"$@"
	# What the last acknowledgement was is there by now.
	sleep 1
	kill $pid
	wait $pid
}
# What tshark makes of the capture, which takes it a while: a line a segment, with tabs.
frames() {
	tshark -n -r wire -o tcp.check_checksum:TRUE -T fields -e tcp.srcport -e tcp.dstport \
		-e tcp.len -e tcp.checksum.status -e tcp.analysis.flags \
		-e tcp.analysis.window_update -e tcp.payload > frames 2> tshark.err
}
# The bytes of one direction: 1 for what the server has sent, 2 for the client.
payload() { awk -F '\t' -v side="$1" -v port=$port '$side == port && $3 > 0 { print $7 }' frames | tr -d '\n:'; }
judged() { # NAME BYTES-OF-THE-CLIENT BYTES-OF-THE-SERVER: what the wire is to have
	local name=$1 count
	frames
	payload 2 > got
	[ -s got ] && [ "$(cat got)" = "$2" ]; ok $? "$name: tshark: what the client has sent"
	payload 1 > got
	[ -s got ] && [ "$(cat got)" = "$3" ]; ok $? "$name: tshark: what the server has sent"
	head -n 40 frames | cut -c -60 > out
	count=$(cut -f 4 frames | sort | uniq -c | tr -s ' \n' ' ')
	[[ $count =~ ^' '[0-9]+' 1 '$ ]]; ok $? "$name: tshark: every checksum is right ($count)"
	count=$(awk -F '\t' '$5 != "" && $6 == ""' frames | wc -l)
	[ "$count" = 0 ]; ok $? "$name: tshark: nothing lost, out of order or sent twice ($count)"
	tcpdump -r wire -nn -v 2> tcpdump.err > out
	count=$(grep -c 'cksum 0x[0-9a-f]* (correct)' out)
	[ "$count" -gt 8 ] && ! grep -q 'incorrect' out; ok $? "$name: tcpdump: every checksum is right ($count)"
	count=$(tcpdump -r wire -nn 'tcp[tcpflags] & tcp-rst != 0 or ip6[53] & 4 != 0' 2> tcpdump.err | wc -l)
	[ "$count" = 0 ]; ok $? "$name: tcpdump: no reset"
}
listens() { # PORT
	local i
	for ((i = 0; i < 300; i++)); do
		[ -z "$(right ss -Htln "sport = :$1")" ] || return 0
		sleep 0.1
	done
	return 1
}
# SERVER and CLIENT are commands; each sends a file and has the other's afterwards.
talk() { # NAME SERVER... -- CLIENT...
	local name=$1 server=() pid
	shift
	while [ "$1" != -- ]; do
		server+=("$1")
		shift
	done
	shift
	ip netns exec right timeout 60 "${server[@]}" < down > got-up 2> server.err &
	pid=$!
	listens "$port"; ok $? "$name: somebody listens"
	rc=0
	left timeout 60 "$@" < up > got-down 2> err || rc=$?
	: > out
	is "$name: the client ends well" 0
	wait "$pid"; ok $? "$name: the server ends well"
	cmp got-up up > out; ok $? "$name: the server has the client's text"
	cmp got-down down > out; ok $? "$name: the client has the server's text"
}

for to in 192.0.2.2 2001:db8::2; do
	name="ulp_caesar, $to"
	capture talk "$name" ulp-caesar listen --key $key $port -- ulp-caesar connect --key $key $to $port
	judged "$name" "$(more $key up)" "$(more $key down)"
done
# A key for each direction.
name='ulp_caesar, two keys'
capture talk "$name" ulp-caesar listen --key 200:3 $port -- ulp-caesar connect --key 3:200 192.0.2.2 $port
judged "$name" "$(more 3 up)" "$(more 200 down)"
# The text itself is nowhere on the wire, nor in what tshark makes of it.
tshark -n -r wire -x 2> tshark.err | grep -c 'line' > out
[ "$(cat out)" = 0 ]; ok $? "$name: the text is not to be seen"
# tshark can undo it, as anybody can.
payload 2 | python3 -c '
import sys
data = bytes.fromhex(sys.stdin.read())
sys.stdout.buffer.write(bytes((b - 3) % 256 for b in data))' > undone
cmp undone up > out; ok $? "$name: it hides nothing from who knows the key"

# The same on the wire, of packets: neither end knows. The rules of the client's side
# shift, those of the server's shift back.
for c in iptables ip6tables; do
	left $c -t mangle -A OUTPUT -p tcp --dport $port -j CAESAR --encrypt --key $key
	left $c -t mangle -A INPUT -p tcp --sport $port -j CAESAR --decrypt --key $key
	right $c -t mangle -A INPUT -p tcp --dport $port -j CAESAR --decrypt --key $key
	right $c -t mangle -A OUTPUT -p tcp --sport $port -j CAESAR --encrypt --key $key
done
for to in 192.0.2.2 2001:db8::2; do
	name="xt_CAESAR, $to"
	family=4
	[[ $to != *:* ]] || family=6 to="[$to]"
	capture talk "$name" socat -t 5 - "TCP$family-LISTEN:$port,reuseaddr" -- socat -t 5 - "TCP$family:$to:$port"
	judged "$name" "$(more $key up)" "$(more $key down)"
done
# And one with the other: a socket here, rules there.
for c in iptables ip6tables; do left $c -t mangle -F; done
name='ulp_caesar to xt_CAESAR'
capture talk "$name" socat -t 5 - "TCP4-LISTEN:$port,reuseaddr" -- ulp-caesar connect --key $key 192.0.2.2 $port
judged "$name" "$(more $key up)" "$(more $key down)"
for c in iptables ip6tables; do right $c -t mangle -F; done

# Netlink: the monitor has the messages of this network namespace, as they are.
ip link add monitor type nlmon && ip link set monitor up
ok $? 'a netlink monitor'
tcpdump -i monitor -w netlink -U -Z root -s 0 2> tcpdump.err &
pid=$!
for ((i = 0; i < 300; i++)); do
	! grep -q 'listening on' tcpdump.err || break
	sleep 0.1
done
genl-echo ping -c 1 --transport raw > out
genl-echo fail ENOSPC 'the disk is full (not really)' > out 2>&1
nlbroker pub wire/topic 'a message on the monitor'
sleep 1
kill $pid
wait $pid
ip link del monitor
run tshark -n -r netlink -Y genl
is 'tshark: generic netlink' 0 .
[ "$(wc -l < out)" -ge 6 ]; ok $? 'tshark: at least the three requests and what came back'
run tshark -n -r netlink -V
is 'tshark: all of it' 0 'Netlink'
! grep -iE 'malformed|dissector bug' out > err; ok $? 'tshark: no message is malformed'
tshark -n -r netlink -x 2> err | sed 's/^[0-9a-f]* *//; s/.*   //' | tr -d '\n' > out
for word in genl_echo nlbroker wire/topic; do
	grep -qF "$word" out; ok $? "tshark: '$word' is in them"
done
cli_end
