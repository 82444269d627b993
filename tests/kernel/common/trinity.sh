#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie debug
# long: trixie
# timeout: 900
# tree: trinity
#
# Trinity, which makes system calls with arguments of their own kind, on sockets of
# af_myproto, then on those of netlink that genl_echo and nlbroker are behind: as
# nobody, for a time. Then each driver has to do all that it did before, and to let
# itself be unloaded.
set -u
# It makes any system call.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../lib/cli.sh"
seconds=20
[ -z "${LONG:-}" ] || seconds=200

# A number that trinity has a name for, and knows nothing else about: IB.
family=27 domain=IB
calls=(accept accept4 bind connect getpeername getsockname getsockopt ioctl listen
	poll read readv recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto setsockopt
	shutdown socket socketpair splice write writev)

unload() {
	local i
	for ((i = 0; i < 300; i++)); do
		[ -e "/sys/module/$1" ] || return 0
		rmmod "$1" 2> err
		sleep 0.1
	done
	return 1
}

# The sockets that it begins with, from its own cache: those that it finds by itself
# are of protocols that these don't have.
cache() { # FAMILY:TYPE:PROTOCOL...
	python3 -c '
import struct, sys
with open("trinity.socketcache", "wb") as f:
    for i in range(50):
        want = sys.argv[1 + i % (len(sys.argv) - 1)]
        f.write(struct.pack("=3I", *map(int, want.split(":"))))
' "$@"
}

# The module is back as it was, whatever has happened to it.
still() { # MODULE
	run "/tests/bin/kernel/$1/exercise"
	is "$1 does everything afterwards" 0
	unload "$1"; ok $? "nothing holds $1"
}

# Runs it, and asks COMMAND meanwhile whether there are sockets of ours.
trinity_on() { # NAME DOMAIN SEEN
	local name=$1 domain=$2 seen=$3 seed=$((RANDOM * 32768 + RANDOM)) pid i there=1 ran good
	# Each call would be a line: that costs more than the calls.
	local options=(-q -a 64 -l off -C 4 -s "$seed" -P "$domain" --enable-fds=sockets)
	for i in "${calls[@]}"; do options+=(-c "$i"); done
	echo "# $name: trinity -s $seed, $seconds s"
	timeout --signal=INT --kill-after=60 "$seconds" \
		setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
		trinity "${options[@]}" > said 2>&1 &
	pid=$!
	for ((i = 0; i < seconds * 5; i++)); do
		"$seen" && { there=0; break; }
		kill -0 $pid 2>/dev/null || break
		sleep 0.2
	done
	wait $pid
	rc=$?
	# What was left of it, if the children didn't follow.
	pkill -KILL -u 65534
	tail -n 30 said > out
	: > err
	ok $there "$name: it has sockets of ours"
	ran=$(sed -n 's/.*Ran \([0-9]*\) syscalls.*/\1/p' said | tail -n 1)
	good=$(sed -n 's/.*Ran .*Successes: *\([0-9]*\).*/\1/p' said | tail -n 1)
	echo "# $name: ${ran:-none} system calls, ${good:-none} of them succeeded"
	# The sanitizers let it make 25 a second.
	[ "${ran:-0}" -ge 300 ] && [ "${good:-0}" -ge 30 ]
	ok $? "$name: it went on to the end of its time"
}

myproto_seen() { [ "$(wc -l < /proc/net/myproto)" -gt 20 ]; }
# Of unit 16 and of unit 31, of others than the kernel.
netlink_seen() {
	awk '$3 != 0 && $2 == 16 { a++ } $3 != 0 && $2 == 31 { b++ } END { exit !(a > 2 && b > 2) }' \
		/proc/net/netlink
}

mkdir fuzz
chmod 777 fuzz
cd fuzz || exit 2

unload af_myproto
run modprobe af_myproto "family=$family"
is 'af_myproto is loaded at a number that trinity knows' 0
grep -qx "$family" /sys/module/af_myproto/parameters/family; ok $? "which is $family"
cache "$family:1:0" "$family:2:0" "$family:5:0"
trinity_on af_myproto "$domain" myproto_seen
still af_myproto

unload nlbroker
run modprobe nlbroker usersock=31
is 'nlbroker is loaded with its raw unit' 0
run modprobe genl_echo
is 'genl_echo is loaded' 0
cache 16:3:16 16:3:31
trinity_on netlink NETLINK netlink_seen
still genl_echo
still nlbroker
cli_end
