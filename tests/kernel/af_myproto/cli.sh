#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 180
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

# The driver may not come.
echo 'install af_myproto /bin/false' > /etc/modprobe.d/test.conf
run modprobe -r af_myproto
run setpriv --reuid=65534 --clear-groups myproto
is 'without the driver' 3 NONE af_myproto
rm /etc/modprobe.d/test.conf
cli_end
