#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
# timeout: 600
#
# socat(1) puts the protocol on its connections itself, by its options for any socket
# option there is: a program that has ulp_caesar without a line of code for it. Files
# go from and to it and `ulp-caesar`, and are compared by their hashes; what a peer
# without the key sees is the file, shifted. (Its sockets of af_myproto:
# tests/kernel/af_myproto/socat.sh.)
set -u
# It takes ports.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../kernel/lib/cli.sh"
modprobe ulp_caesar || exit 2
sysctl -q net.ipv4.tcp_max_tw_buckets=0
mib=16
[ "${LONG:-}" = 1 ] || ! grep -q 'QEMU Virtual CPU' /proc/cpuinfo || mib=2
head -c $((mib << 20)) /dev/urandom > file
# Level SOL_TCP: TCP_ULP is 31, TCP_CAESAR_KEY 100.
key=77
ours=setsockopt-string=6:31:caesar,setsockopt-int=6:100:$key

sum() { sha256sum < "$1" | cut -d' ' -f1; }
want=$(sum file)
# Every byte less by N.
less() { # N FILE
	python3 -c '
import sys
n = int(sys.argv[1])
data = open(sys.argv[2], "rb").read()
sys.stdout.buffer.write(data.translate(bytes((b - n) % 256 for b in range(256))))' "$1" "$2"
}
listens() { # PORT
	local i
	for ((i = 0; i < 300; i++)); do
		[ -z "$(ss -Htln "sport = :$1")" ] || return 0
		sleep 0.1
	done
	return 1
}
# A receiver in the background, which writes copy; a sender, which reads file.
port=4300
pass() { # NAME RECEIVER... -- SENDER...: PORT in their words is the port
	local name=$1 receiver=() pid
	shift
	port=$((port + 1))
	while [ "$1" != -- ]; do
		receiver+=("${1//PORT/$port}")
		shift
	done
	shift
	rm -f copy
	timeout 120 "${receiver[@]}" > copy 2> receiver.err < /dev/null &
	pid=$!
	listens $port; ok $? "$name: somebody listens"
	rc=0
	timeout 120 "${@//PORT/$port}" < file > out 2> err || rc=$?
	is "$name: all is sent" 0
	wait $pid; ok $? "$name: the receiver ends well"
}
same() { # NAME
	local got
	got=$(sum copy)
	[ "$got" = "$want" ]; ok $? "$1: what has come ($got, $want)"
}

name='socat to socat, both with the key'
pass "$name" socat -u "TCP-LISTEN:PORT,reuseaddr,$ours" - -- socat -u - "TCP:127.0.0.1:PORT,$ours"
same "$name"
name='socat to ulp-caesar'
pass "$name" ulp-caesar listen --key $key PORT -- socat -u - "TCP:127.0.0.1:PORT,$ours"
same "$name"
name='ulp-caesar to socat'
pass "$name" socat -u "TCP-LISTEN:PORT,reuseaddr,$ours" - -- ulp-caesar connect --key $key 127.0.0.1 PORT
same "$name"
name='the same over IPv6'
pass "$name" socat -u "TCP6-LISTEN:PORT,reuseaddr,$ours" - -- ulp-caesar connect --key $key ::1 PORT
same "$name"

# The name of the program that this follows, with its blank, is another for the same.
old='setsockopt-string=6:31:Caesar cipher,setsockopt-int=6:100:'$key
name='with the other name'
pass "$name" socat -u "TCP-LISTEN:PORT,reuseaddr,$old" - -- socat -u - "TCP:127.0.0.1:PORT,$ours"
same "$name"

# One end only: what is on the wire.
name='to a peer without the key'
pass "$name" socat -u TCP-LISTEN:PORT,reuseaddr - -- socat -u - "TCP:127.0.0.1:PORT,$ours"
less $key copy > shifted
mv shifted copy
same "$name: the bytes, each less by $key"
name='from a peer without the key'
pass "$name" socat -u "TCP-LISTEN:PORT,reuseaddr,$ours" - -- socat -u - TCP:127.0.0.1:PORT
less -$key copy > shifted
mv shifted copy
same "$name: the bytes, each more by $key"

# What the kernel says is what socat says.
run socat -u OPEN:file "TCP:127.0.0.1:4300,setsockopt-string=6:31:caesar"
is 'nobody listens' 1 '' 'Connection refused'
socat -u TCP-LISTEN:4399,reuseaddr,fork OPEN:/dev/null 2> /dev/null &
pid=$!
listens 4399
run socat -u OPEN:file "TCP:127.0.0.1:4399,setsockopt-int=6:100:$key"
grep -q 'Protocol not available' err; ok $? 'a key without the protocol'
run socat -u OPEN:file "TCP:127.0.0.1:4399,setsockopt-string=6:31:caesar,setsockopt-string=6:31:caesar"
grep -q 'File exists' err; ok $? 'the protocol twice'
run socat -u OPEN:file "TCP:127.0.0.1:4399,setsockopt-string=6:31:caesar,setsockopt-string=6:100:secret"
grep -q 'Invalid argument' err; ok $? 'a key of 7 bytes'
kill $pid
wait $pid 2> /dev/null
cli_end
