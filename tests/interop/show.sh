#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: interop
# timeout: 600
#
# Programs that show what the kernel has: genl(8) and genl-ctrl-list(8) the families,
# ss(8) and lsof(8) the sockets, strace(1) the system calls. None of them knows these
# drivers; what they make of them has to be right, or plainly a number or bytes.
set -u
# It counts the sockets of the machine.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../kernel/lib/cli.sh"
modprobe -a genl_echo nlbroker ulp_caesar af_myproto || exit 2
before=()
af=$(cat /sys/module/af_myproto/parameters/family)
# Tries for half a minute.
wait_for() { # COMMAND...
	local i
	for ((i = 0; i < 300; i++)); do
		! "$@" > /dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}
prints() { # PATTERN COMMAND...
	local pattern=$1
	shift
	"$@" 2>/dev/null | grep -qE -- "$pattern"
}

### The families
run genl ctrl list
is 'genl ctrl list' 0 '' NONE
cp out families
for f in genl_echo nlbroker; do
	# Its lines, up to the next family's.
	awk -v f="$f" '$1 == "Name:" { on = $2 == f } on' families > out
	grep -qE 'ID: 0x[0-9a-f]+ +Version: 0x1 +header size: 0 +max attribs: [0-9]+' out
	ok $? "genl ctrl list: $f has an ID and its version"
	grep -qE 'ID-0x[0-9a-f]+ +name: events' out
	ok $? "genl ctrl list: $f has the group events"
done
run genl ctrl get name genl_echo
is 'genl ctrl get' 0 '^Name: genl_echo$'
for id in 1 2 3; do
	grep -qE "ID-0x$id *\$" out; ok $? "genl ctrl get: genl_echo has command $id"
done
! grep -qE 'ID-0x4 *$' out; ok $? 'genl ctrl get: its event is no command'
run genl ctrl get name genl_ech0
[ "$rc" != 0 ]; ok $? 'genl ctrl get: a family that is not there'
run genl-ctrl-list
is 'genl-ctrl-list' 0 '^0x[0-9a-f]+ genl_echo version 1' NONE
grep -qE '^0x[0-9a-f]+ nlbroker version 1' out; ok $? 'genl-ctrl-list: nlbroker'
run genl-ctrl-list -d
is 'genl-ctrl-list -d' 0 '' NONE
awk '/^0x/ { on = $2 == "genl_echo" } on' out | grep -q events
ok $? 'genl-ctrl-list -d: the group events'

### Open sockets: a subscriber, a stream of channels, a connection
# As every machine has it: ss looks for the group of a connection there.
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
# What ss has to say on standard error is about families that the kernel lacks: as much
# with these sockets as without them.
ways=(-a -s -nap -eai '-f netlink -n' '-f unix -n')
# shellcheck disable=SC2086  # words
says() { ss $1 2>&1 > /dev/null | sort -u; }
for o in "${ways[@]}"; do before+=("$(says "$o")"); done
nlbroker sub 'show/#' > sub.out 2>&1 &
sub=$!
wait_for prints portid nlbroker -j peers; ok $? 'somebody subscribes'
mkfifo in
myproto listen -k -e cat 4242 2> listen.err &
listener=$!
wait_for prints '^stream +listen +4242 ' myproto; ok $? 'somebody listens to a channel'
myproto connect 4242 < in > /dev/null 2>&1 &
client=$!
exec 5> in
connected() { [ "$(myproto | grep -cE '^stream +connected ')" -ge 2 ]; }
wait_for connected; ok $? 'both ends of a connection are there'
ulp-caesar listen --keep --key 3 4245 > /dev/null 2> ulp.err < /dev/null &
ulp=$!
wait_for prints . ss -Htln 'sport = :4245'; ok $? 'somebody listens to a port'

# ss has no name for an address of a family that it doesn't know, and nothing to say.
for i in "${!ways[@]}"; do
	# shellcheck disable=SC2086  # words
	run ss ${ways[i]}
	is "ss ${ways[i]}, with sockets of a family that it doesn't know" 0
	[ "$(says "${ways[i]}")" = "${before[i]}" ]; ok $? "ss ${ways[i]}: has no more to say than without"
done
# A port is a signed number to ss.
port=$(nlbroker -j peers | python3 -c '
import json, sys
port = json.loads(sys.stdin.readline())["portid"]
print(port - (1 << 32) if port >= 1 << 31 else port)')
run ss -Hn -f netlink
is "ss: the subscriber is a socket of generic netlink with the port $port" 0 "(genl|16):$port "
run ss -Htlnie 'sport = :4245'
is 'ss: the listener has the protocol' 0 'tcp-ulp-caesar'

run lsof -n -P -a -p "$listener" -U
! grep -q . out; ok $? 'lsof -U: a channel is no unix socket'
run lsof -n -P -p "$listener"
is 'lsof: a socket of channels has its protocol' 0 ' sock +[0-9]+,[0-9]+ .* protocol: MYPROTO$'
run lsof -n -P -p "$client"
is 'lsof: its peer, too' 0 ' sock +[0-9]+,[0-9]+ .* protocol: MYPROTO$'
run lsof -n -P -p "$sub"
is 'lsof: a subscriber has a socket of generic netlink' 0 ' netlink .*GENERIC'
run lsof -n -P -a -p "$ulp" -i TCP:4245
is 'lsof: the listener with the protocol is one of TCP' 0 'TCP \*:4245 \(LISTEN\)'
run lsof -n -P
[ "$rc" -le 1 ] && [ "$(grep -c 'protocol: MYPROTO' out)" -ge 3 ]
ok $? 'lsof: all files of the machine'

exec 5>&-
kill $sub $listener $client $ulp 2> /dev/null
wait 2> /dev/null

### System calls
# Generic netlink: the family by its name, flags and error by theirs.
run strace -o trace -e trace=%network genl-echo ping -c 1 --transport raw
is 'strace of genl-echo' 0
grep -E 'socket\(AF_NETLINK, SOCK_RAW(\|[A-Z_]+)*, NETLINK_GENERIC\) += [0-9]+$' trace > out
ok $? 'strace: a socket of generic netlink'
cp trace out
grep -qE '^send.*nlmsg_type=(0x[0-9a-f]+ /\* )?genl_echo' trace; ok $? 'strace: the message is to genl_echo'
grep -qE '^recv.*nlmsg_type=(0x[0-9a-f]+ /\* )?genl_echo' trace; ok $? 'strace: the answer is from genl_echo'
run strace -o trace -e trace=%network genl-echo fail ENOSPC 'the disk is full (not really)'
cp trace out
grep -qE '^recv.*nlmsg_type=NLMSG_ERROR.*error=-ENOSPC' trace; ok $? 'strace: the refusal has its errno'
grep -q 'nla_type=NLMSGERR_ATTR_MSG.*the disk is full (not really)' trace; ok $? 'strace: and its text'

# ulp_caesar: the kernel's option by its name, the other by its number; no pointers.
socat -u TCP-LISTEN:4246,reuseaddr OPEN:/dev/null &
wait_for prints . ss -Htln 'sport = :4246'
run strace -o trace -e trace=setsockopt,getsockopt ulp-caesar connect --key 77 127.0.0.1 4246 <<< hello
is 'strace of ulp-caesar' 0
wait
cp trace out
grep -qE 'setsockopt\([0-9]+, SOL_TCP, TCP_ULP, "caesar(\\0)?", [67]\) = 0$' trace
ok $? 'strace: TCP_ULP and the name'
grep -qE 'setsockopt\([0-9]+, SOL_TCP, 0x64 /\* TCP_\?\?\? \*/, (\[77\]|"M\\0\\0\\0(M\\0\\0\\0)?"), [48]\) = 0$' trace
ok $? 'strace: the option 100 and the key'

# af_myproto: strace has the number's other name.
name=AF_MCTP
[ "$af" = 45 ] || name='AF_[A-Z0-9]+'
myproto listen 4242 > /dev/null 2>&1 < /dev/null &
wait_for prints '^stream +listen +4242 ' myproto
run strace -yy -o trace -e trace=%network myproto connect 4242 <<< hello
is 'strace of myproto' 0
wait
cp trace out
grep -qE "^socket\\($name, SOCK_STREAM(\\|[A-Z_]+)*, 0\\) += [0-9]+<" trace
ok $? "strace: a socket of family $af"
grep -qE '<socket:\[[0-9]+\]>' trace; ok $? 'strace -yy: a socket, as of any protocol that it has no name for'
# 16 bits that are 0, and 4242 in the order of the machine.
grep -qE "^connect\\([0-9]+<.*, \\{sa_family=$name, sa_data=\"\\\\0\\\\0\\\\222\\\\20\\\\0\\\\0\"\\}, 8\\) += 0\$" trace
ok $? 'strace: connect() to a channel, whose bytes are there'
grep -v ' = -1 ' trace | grep -E '0x[0-9a-f]{7,}' > out
[ ! -s out ]; ok $? 'strace: nothing is shown as a pointer'

# It changes nothing: a traced program gets what another gets.
run genl-echo -j ping -c 3 -i 0.1
json 'not traced: three answers' '[m["type"] for m in r] == ["reply"] * 3 + ["summary"]'
run strace -f -o trace genl-echo -j ping -c 3 -i 0.1
json 'traced: three answers' '[m["type"] for m in r] == ["reply"] * 3 + ["summary"]'
cli_end
