#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# long: debug
#
# socat(1), which knows nothing of the family but its number: files that its generic
# addresses have carried, each way and both ways at once, and between it and the
# command myproto, are compared by their hashes.
set -u
# It takes the channel 4242.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
SCALE=${SCALE:-1}
. "$(dirname "$0")/../lib/cli.sh"

# MiB of the file.
mib=100
if [ "$SCALE" != 1 ]; then
	mib=4
	echo "# on this suite, without LONG=1: $mib MiB"
fi
myproto > out 2> err || { cat err; echo 'Bail out! no family'; exit 2; }
family=$(cat /sys/module/af_myproto/parameters/family)
# What follows sa_family in an address: 16 bits that are 0, and the channel, in the
# order of the machine.
address() { python3 -c 'import struct, sys; print("x" + struct.pack("=HI", 0, int(sys.argv[1])).hex())' "$1"; }
ours=$(address 4242)
theirs=$(address 4243)
[ "$ours" = x000092100000 ]; ok $? 'the address is as myproto(7) has it'

head -c $((mib << 20)) /dev/urandom > file
sum() { sha256sum < "$1" | cut -d' ' -f1; }
want=$(sum file)
same() { # NAME FILE
	local got
	got=$(sum "$2")
	[ "$got" = "$want" ]; ok $? "$1: what has come ($got, $want)"
	rm -f "$2"
}
wait_for() { # PATTERN
	local i
	for ((i = 0; i < 300; i++)); do
		! myproto | grep -qE -- "$1" || return 0
		sleep 0.1
	done
	echo "# nobody has come: $1"
	return 1
}
patient() { timeout 250 "$@" 2> err; }

# A server in the background, a client; how both end is judged.
pair() { # NAME PATTERN-OF-THE-SERVER COMMAND... -- COMMAND...
	local name=$1 pattern=$2 server=() pid
	shift 2
	while [ "$1" != -- ]; do
		server+=("$1")
		shift
	done
	shift
	timeout 250 "${server[@]}" 2> server.err &
	pid=$!
	wait_for "$pattern"; ok $? "$name: somebody listens"
	patient "$@"
	rc=$?
	ok $rc "$name: the client ends well"
	wait $pid
	rc=$?
	cp server.err err
	ok $rc "$name: so does the server"
}

for type in stream:1 seqpacket:5; do
	name=${type%:*}
	type=socktype=${type#*:}
	listen=SOCKET-LISTEN:$family:0:$ours,$type
	connect=SOCKET-CONNECT:$family:0:$ours,$type
	pattern="^$name +listen +4242 "
	pair "$name, to the server" "$pattern" \
		socat -u "$listen" CREATE:copy -- socat -u OPEN:file "$connect"
	same "$name, to the server" copy
	pair "$name, to the client" "$pattern" \
		socat -u OPEN:file "$listen" -- socat -u "$connect" CREATE:copy
	same "$name, to the client" copy
done

# Both at once: each half is closed when its file has been sent.
pair 'both ways' '^stream +listen +4242 ' \
	socat -t 100 'OPEN:file!!CREATE:copy1' "SOCKET-LISTEN:$family:0:$ours" -- \
	socat -t 100 'OPEN:file!!CREATE:copy2' "SOCKET-CONNECT:$family:0:$ours"
same 'both ways, to the server' copy1
same 'both ways, to the client' copy2

# With a program that sends it back.
socat -t 100 "SOCKET-LISTEN:$family:0:$ours" EXEC:cat 2> server.err &
pid=$!
wait_for '^stream +listen +4242 '; ok $? 'there and back: somebody listens'
patient socat -t 100 - "SOCKET-CONNECT:$family:0:$ours" < file > copy
rc=$?
ok $rc 'there and back: the client ends well'
wait $pid
same 'there and back' copy

# Between socat and the command.
myproto listen 4242 > copy 2> server.err < /dev/null &
pid=$!
wait_for '^stream +listen +4242 '; ok $? 'myproto listens'
patient socat -u OPEN:file "SOCKET-CONNECT:$family:0:$ours"
wait $pid; ok $? 'myproto has listened to socat'
same 'myproto has listened to socat' copy
socat -u "SOCKET-LISTEN:$family:0:$ours" CREATE:copy 2> server.err &
pid=$!
wait_for '^stream +listen +4242 '; ok $? 'socat listens'
patient myproto connect 4242 < file > out; ok $? 'myproto connects to socat'
wait $pid
same 'myproto connects to socat' copy

# Datagrams have no end: until so many bytes have come.
all_there() { # FILE
	local i
	for ((i = 0; i < 1200; i++)); do
		[ "$(stat -c %s "$1" 2>/dev/null)" != $((mib << 20)) ] || return 0
		sleep 0.1
	done
	return 1
}
datagrams() { # NAME RECEIVER... -- SENDER...: the receiver writes copy
	local name=$1 receiver=() pid
	shift
	while [ "$1" != -- ]; do
		receiver+=("$1")
		shift
	done
	shift
	"${receiver[@]}" > copy 2> server.err < /dev/null &
	pid=$!
	wait_for '^dgram +- +4242 '; ok $? "$name: somebody is there"
	patient "$@" < file
	rc=$?
	ok $rc "$name: all is sent"
	all_there copy; ok $? "$name: all has come"
	kill $pid
	wait $pid 2> /dev/null
	same "$name" copy
}
recv=SOCKET-RECV:$family:2:0:$ours
sendto=SOCKET-SENDTO:$family:2:0:$ours
datagrams 'SOCKET-SENDTO' socat -u "$recv" - -- socat -u - "$sendto"
datagrams 'SOCKET-SENDTO, bound' socat -u "$recv" - -- socat -u - "$sendto,bind=$theirs"
datagrams 'SOCKET-SENDTO to myproto' myproto -t dgram listen 4242 -- socat -u - "$sendto"
# (which sends what it reads at once, 64 KiB of a file)
datagrams 'myproto to SOCKET-RECV' socat -b 65536 -u "$recv" - -- myproto -t dgram connect 4242

# And back: who answers has the sender's address from the datagram.
socat "SOCKET-RECVFROM:$family:2:0:$ours" PIPE 2> server.err &
pid=$!
wait_for '^dgram +- +4242 '; ok $? 'a datagram and its answer: somebody is there'
echo hello | patient socat -t 3 - "$sendto,bind=$theirs" > out
rc=$?
is 'a datagram and its answer' 0 '^hello$'
kill $pid 2> /dev/null
wait $pid 2> /dev/null

# The other errors are socat's to tell.
run socat -u OPEN:file "SOCKET-CONNECT:$family:0:$ours"
is 'nobody is there' 1 '' 'Connection refused'
run socat -u "SOCKET-LISTEN:$family:0:x010092100000" -
is '16 bits that must be 0' 1 '' 'Invalid argument'
cli_end
