#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# long: bookworm trixie-backports debug
#
# The command myproto, and the examples in myproto(7).
set -u
. /tests/kernel/lib/cli.sh

run modprobe -r af_myproto
run myproto
is 'without a command it shows sockets, of which there are none' 0 '^TYPE +STATE +CHANNEL' NONE
[ "$(wc -l < out)" = 1 ]
ok $? 'and the module is there then'

# Options and arguments.
run myproto listen x
is 'a channel is a number' 2 NONE "'x' is not a channel"
run myproto connect
is 'connect needs a channel' 2 NONE 'needs a channel'
run myproto connect 4294967295
is 'the last number is no channel' 2 NONE 'is not a channel'
run myproto connect 4242
is 'nobody is there' 1 NONE 'channel 4242: Connection refused \(ECONNREFUSED\)'
run myproto -t carrier
is 'an unknown type' 2 NONE carrier

# Waits until somebody has the channel, or this many sockets are there.
wait_for() {
	local i
	for ((i = 0; i < 100; i++)); do
		! myproto | grep -qE -- "$1" || return 0
		sleep 0.1
	done
	return 1
}

head -c 300000 /dev/urandom > file
for type in stream seqpacket; do
	myproto -t $type listen 4242 > copy < /dev/null &
	wait_for "^$type +listen +4242 "
	ok $? "$type: it listens"
	run myproto -t $type connect 4242 < file
	is "$type: a file is sent" 0 NONE NONE
	wait $!
	cmp file copy
	ok $? "$type: and comes as it was"
done

myproto -t dgram listen 4242 > copy < /dev/null &
listener=$!
wait_for '^dgram +- +4242 '
ok $? 'dgram: it is bound'
echo hello > message
run myproto -t dgram connect 4242 < message
is 'dgram: a message is sent' 0 NONE NONE
for ((i = 0; i < 50; i++)); do
	! cmp -s message copy || break
	sleep 0.1
done
cmp message copy
ok $? 'dgram: and comes'
kill $listener
wait $listener 2> /dev/null

# One without a peer sends nothing, and goes on when there is nothing to be sent.
myproto -t dgram listen 4242 > copy < file &
listener=$!
wait_for '^dgram +- +4242 '
ok $? 'dgram: it is bound, with something to send'
for i in 1 2; do
	run myproto -t dgram connect 4242 < message
	is "dgram: message $i is sent" 0 NONE NONE
done
cat message message > both
for ((i = 0; i < 50; i++)); do
	! cmp -s both copy || break
	sleep 0.1
done
cmp both copy
ok $? 'dgram: both have come'
kill -0 $listener
ok $? 'dgram: and it waits for more'
kill $listener
wait $listener 2> /dev/null

# Only the listener has something to say.
myproto listen 4242 > copy < file &
wait_for '^stream +listen +4242 '
run myproto connect 4242 < /dev/null
is 'who says nothing is sent a file' 0 '' NONE
cmp file out
ok $? 'and it comes as it was'
wait $!
ok $? 'the listener ends well'
[ ! -s copy ]
ok $? 'and got nothing'

# Neither direction waits for the other: what comes is more than what is sent, and
# the program behind doesn't read on before that is read.
head -c 3000000 /dev/urandom > large
myproto listen -e 'base64 -w 0' 4242 &
wait_for '^stream +listen +4242 '
run myproto connect 4242 < large
is 'a program that says more than it is told' 0 '' NONE
base64 -d out > copy
cmp large copy
ok $? 'all of it has come'
wait $!
rm large

# Who has closed is not waited for, even if there may be more to send.
mkfifo silent
myproto listen -e 'echo bye' 4242 &
wait_for '^stream +listen +4242 '
run myproto connect 4242 0<> silent
is 'the other side closes' 0 '^bye$' NONE
wait $!
# But what it didn't read is lost, and said.
myproto listen -e 'head -c 10' 4242 &
wait_for '^stream +listen +4242 '
cat file file file > lots
run myproto connect 4242 < lots
is 'the other side closes too early' 1 '' 'EPIPE|ECONNRESET'
cmp -n 10 lots out
ok $? 'what it said before that is there'
wait $!

# A message without bytes is no end.
cat > empty.py <<'END'
import ctypes, socket, struct
family = int(open("/sys/module/af_myproto/parameters/family").read())
s = socket.socket(family, socket.SOCK_SEQPACKET)
address = struct.pack("=HHI", family, 0, 4242)
if ctypes.CDLL(None).connect(s.fileno(), address, len(address)):
    raise OSError("no connection")
for message in b"one ", b"", b"two", b"":
    s.send(message)
END
myproto -t seqpacket listen 4242 > copy &
wait_for '^seqpacket +listen +4242 '
run python3 empty.py
is 'messages without bytes are sent' 0 NONE NONE
wait $!
ok $? 'the listener ends well'
[ "$(cat copy)" = 'one two' ]
ok $? 'what comes after them has come'

# A service.
myproto listen -k -e cat 4242 &
service=$!
wait_for '^stream +listen +4242 '
ok $? 'a service listens'
for i in 1 2 3; do
	echo "hello $i" > message
	run myproto connect 4242 < message
	is "it answers, $i" 0 "^hello $i\$" NONE
done
run myproto ping -c 3 -i 0 -s 1000 4242
is 'it is pinged' 0 '^3 sent, 3 received$' NONE
run myproto -j
json 'shown in JSON' 'len([s for s in r if s["type"] == "socket" and s["channel"] == 4242 and s["state"] == "listen" and s["socktype"] == "stream"]) == 1'
run myproto -t dgram connect 4242
is 'another type' 1 NONE 'EPROTOTYPE.*'
run myproto listen 4242
is 'the channel is taken' 1 NONE 'channel 4242: Address already in use \(EADDRINUSE\)'
kill $service
wait $service 2> /dev/null

# The same as the example for systemd starts it, without privileges.
unit=/usr/share/doc/sockmods-dkms/examples/myproto-echo.service
start=$(sed -n 's/^ExecStart=//p' "$unit")
[ -n "$start" ]
ok $? 'the example of a unit starts something'
if command -v systemd-analyze > /dev/null; then
	systemd-analyze verify --man=no "$unit" > out 2> err
	! cat out err | grep myproto-echo > said
	ok $? 'systemd finds nothing wrong with it'
fi
# shellcheck disable=SC2086  # words of a command line
setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs $start &
service=$!
wait_for '^stream +listen +4242 '
ok $? 'and that listens'
for i in 1 2; do
	echo "hello $i" > message
	run myproto connect 4242 < message
	is "the unit answers, $i" 0 "^hello $i\$" NONE
done
kill $service
wait $service 2> /dev/null

# Any channel.
myproto listen > copy 2> said < /dev/null &
wait_for '^stream +listen +1024 '
ok $? 'the lowest channel that is free'
grep -qx 'channel 1024' said
ok $? 'is said'
run myproto connect 1024 < message
wait $!
cmp message copy
ok $? 'and serves'

# Ping, with itself.
for type in stream seqpacket dgram; do
	run myproto -t $type -j ping -c 5 -i 0
	json "$type: ping" 'len(r) == 6 and r[5]["sent"] == 5 and r[5]["received"] == 5 and 0 < r[5]["min_ns"] <= r[5]["avg_ns"] <= r[5]["max_ns"]'
done
run myproto ping -q -c 2 -i 0.01 -s 65536
is 'only the summary' 0 '^2 sent, 2 received$' NONE
[ "$(wc -l < out)" = 2 ]
ok $? 'and nothing else'
run myproto ping -s 0
is 'no payload' 2 NONE .

# Bench.
run myproto bench -N 10 -m 1
is 'bench' 0 '^connect, accept, close +[0-9]+ +[0-9]+ +[0-9]+\.[0-9]{2}$' NONE
grep -qE '^stream of 1 MiB, 64 KiB a write +[0-9]+ +[0-9]+ +[0-9.]+$' out
ok $? 'bench: streams'
run myproto -j bench -N 10 --only costs
json 'bench: costs' 'len(r) == 1 and r[0]["type"] == "bench" and r[0]["batches"] >= 12 and [(c["name"], c["bytes"]) for c in r[0]["costs"]] == [(t, b) for b in (64, 4096) for t in ("stream", "seqpacket", "dgram")] + [("writes", 64), ("connect", 0)] and all(abs(c["ratio"] - c["myproto_ns"] / c["unix_ns"]) < 0.01 for c in r[0]["costs"]) and "runs" not in r[0]'
run myproto -j bench --stream 1 --only streams
json 'bench: streams' 'len(r) == 1 and r[0]["stream_bytes"] == 1 << 20 and r[0]["speed_ratio"] > 0 and "costs" not in r[0]'
run taskset 1 myproto bench -m 1 -o streams
is 'bench: one CPU' 0 'there is one CPU' NONE
for words in '-N 9' '-m 0' '-o nothing' 4242; do
	# shellcheck disable=SC2086  # words are arguments
	run myproto bench $words
	is "bench: wrong: $words" 2 NONE .
done

# Without privileges.
run setpriv --reuid=65534 --clear-groups myproto listen 7
is 'a privileged channel' 1 NONE 'channel 7: Permission denied \(EACCES\)'
grep -q CAP_NET_BIND_SERVICE err
ok $? 'with a hint'

# The examples of the man page.
/tests/bin/man-example/myproto_server &
wait_for '^stream +listen +4242 '
ok $? "the page's server listens"
run /tests/bin/man-example/myproto_client hello
is "the page's client has it echo" 0 '^hello$' NONE
wait $!
ok $? 'the server ends then'

cat > client.py <<'END'
import ctypes, socket, struct
family = int(open("/sys/module/af_myproto/parameters/family").read())
s = socket.socket(family, socket.SOCK_STREAM)
address = struct.pack("=HHI", family, 0, 4242)
if ctypes.CDLL(None).connect(s.fileno(), address, len(address)):
    raise OSError("no connection")
f = s.makefile("rwb")
f.write(b"from python\n")
f.flush()
print(f.readline().decode(), end="")
END
myproto listen -e cat 4242 &
wait_for '^stream +listen +4242 '
run python3 client.py
is "the page's Python" 0 '^from python$' NONE
wait $!

# Where /sys/module isn't to be seen, as in containers, a socket says what it is.
myproto listen 4242 > copy < /dev/null &
wait_for '^stream +listen +4242 '
run unshare -m sh -c 'mount -t tmpfs none /sys && myproto && echo hello | myproto connect 4242'
is 'without /sys/module' 0 '^stream +listen +4242 ' NONE
wait $!
grep -qx hello copy
ok $? 'without /sys/module there are connections'

# The driver may not come.
echo 'install af_myproto /bin/false' > /etc/modprobe.d/test.conf
run modprobe -r af_myproto
run setpriv --reuid=65534 --clear-groups myproto
is 'without the driver' 3 NONE af_myproto
rm /etc/modprobe.d/test.conf
cli_end
