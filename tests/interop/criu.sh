#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
# timeout: 600
#
# What CRIU, which saves processes and makes them again, does with each kind of socket.
# First that it works here: a process with a plain TCP connection is saved, is gone, is
# there again, and the connection goes on. Then:
#
#   af_myproto   refused: it knows the families that it saves. The process lives on
#   nlbroker     a netlink socket is saved without what was said to the kernel by it:
#                the process is there again, its subscription isn't
#   ulp_caesar   refused: the connection would be made again without the protocol, and
#                its program read shifted bytes. It lives on. A listener is saved, and
#                is there again without the protocol
set -u
# It stops processes.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../kernel/lib/cli.sh"
run() {
	rc=0
	timeout 120 "$@" > out 2> err || rc=$?
}
modprobe -a nlbroker ulp_caesar af_myproto || exit 2
key=3
# The kernel keeps its ends of closed connections for a minute otherwise.
sysctl -q net.ipv4.tcp_max_tw_buckets=0

until_true() { # COMMAND...: tries for half a minute
	local i
	for ((i = 0; i < 300; i++)); do
		! "$@" > /dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}
listens() { [ -n "$(ss -Htln "sport = :$1")" ]; }
has() { [ "$(cat "$1")" = "$2" ]; } # FILE TEXT
gone() { ! kill -0 "$1" 2> /dev/null; }
# A process that CRIU can save: a session of its own, no terminal, files that stay, and
# not the pipe.
alone() { # NAME COMMAND...: its standard output is the file NAME; sets pid
	local name=$1
	shift
	setsid "$@" < /dev/null > "$name" 2> "$name.err" 5>&- &
	pid=$!
}
save() { # PID
	rm -rf image
	mkdir image
	run criu dump -v4 -o dump.log -D image -t "$1" --tcp-established
	grep -E 'Error|Warn' image/dump.log >> err
}
again() {
	run criu restore -v4 -o restore.log -D image -d --tcp-established
	grep -E 'Error|Warn' image/restore.log >> err
}

run criu --version
sed 's/^/# /' out
run criu check
is 'criu check' 0

### Connections. The server isn't saved; what it sends comes through a pipe with a name.
connection() { # NAME PORT OPTIONS: with the server's and the client's socket options
	local name=$1 port=$2 options=$3
	rm -f pipe got
	mkfifo pipe
	socat -u PIPE:pipe "TCP-LISTEN:$port,reuseaddr$options" 2> server.err &
	server=$!
	# Open for writing all the time: the server doesn't see an end between two lines.
	exec 5<> pipe
	until_true listens "$port"; ok $? "$name: somebody listens"
	alone got socat -u "TCP:127.0.0.1:$port$options" -
	client=$pid
	echo 'before' >&5
	until_true has got 'before'; ok $? "$name: a line comes"
	save $client
}
goes_on() { # NAME
	echo 'after' >&5
	until_true has got $'before\nafter'; ok $? "$1: the next line comes"
	kill $client $server 2> /dev/null
	wait $server 2> /dev/null
	until_true gone $client
	exec 5>&-
}

name='plain TCP'
connection "$name" 4501 ''
is "$name: saved" 0
until_true gone $client; ok $? "$name: the process is gone"
wait $client 2> /dev/null
ss -Htn state established '( dport = :4501 )' > out
! grep -q . out; ok $? "$name: so is its end of the connection"
again
is "$name: there again" 0
kill -0 $client; ok $? "$name: as the same process"
ss -Htn state established '( dport = :4501 )' > out
[ "$(grep -c '127.0.0.1:4501' out)" = 1 ]; ok $? "$name: with the same connection"
goes_on "$name"

name='ulp_caesar'
connection "$name" 4502 ",setsockopt-string=6:31:caesar,setsockopt-int=6:100:$key"
[ "$rc" != 0 ]; ok $? "$name: refused"
grep -q 'TCP repair mode.*not supported' image/dump.log
ok $? "$name: CRIU says why"
kill -0 $client; ok $? "$name: the process lives on"
ss -Htnie state established '( dport = :4502 )' > out
grep -q tcp-ulp-caesar out; ok $? "$name: with the protocol"
goes_on "$name"

name='a listener with ulp_caesar'
alone heard ulp-caesar listen --key $key 4503
listener=$pid
until_true listens 4503; ok $? "$name: is there"
save $listener
is "$name: saved" 0
until_true gone $listener; ok $? "$name: the process is gone"
again
is "$name: there again" 0
listens 4503; ok $? "$name: listens"
ss -Htlnie 'sport = :4503' > out
! grep -q tcp-ulp-caesar out; ok $? "$name: has the protocol no more"
# The program knows nothing of that: what comes is not shifted back.
timeout 60 socat -u - TCP:127.0.0.1:4503 <<< 'veni' > out 2> err
until_true has heard 'veni'; ok $? "$name: what comes is as it is on the wire"
kill $listener 2> /dev/null
until_true gone $listener

### A socket of af_myproto
name='af_myproto'
alone listener myproto listen 4242
listener=$pid
listening() { myproto | grep -q '^stream *listen *4242 '; }
until_true listening; ok $? "$name: somebody listens"
save $listener
[ "$rc" != 0 ]; ok $? "$name: refused"
family=$(cat /sys/module/af_myproto/parameters/family)
grep -qi "unknown socket.*family $family" image/dump.log
ok $? "$name: CRIU says that it doesn't know the family $family"
kill -0 $listener; ok $? "$name: the process lives on"
run myproto connect 4242 <<< 'still here'
is "$name: and is connected to" 0
wait $listener; ok $? "$name: it ends well"
has listener 'still here'; ok $? "$name: and has what was sent"

### A subscriber
name='nlbroker'
alone sub nlbroker sub 'criu/#'
sub=$pid
peers() { [ "$(nlbroker -j peers | wc -l)" = "$1" ]; }
until_true peers 1; ok $? "$name: somebody subscribes"
run nlbroker pub criu/a before
until_true has sub 'before'; ok $? "$name: a message comes"
save $sub
is "$name: saved" 0
until_true peers 0; ok $? "$name: the peer is gone with the process"
again
is "$name: there again" 0
kill -0 $sub; ok $? "$name: as the same process"
peers 0; ok $? "$name: and no peer: the kernel doesn't know the new socket"
run nlbroker -j pub criu/a after
is "$name: a publisher isn't held up" 0
sleep 1
has sub 'before'; ok $? "$name: nothing comes"
kill -0 $sub; ok $? "$name: and the process waits"
kill $sub
until_true gone $sub; ok $? "$name: until it is ended"

### Nothing stays behind
for m in nlbroker ulp_caesar af_myproto; do
	until_true rmmod $m
	[ ! -e /sys/module/$m ]; ok $? "$m can be unloaded"
done
cli_end
