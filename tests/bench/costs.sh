#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: costs.sh BIN [quick]
#
# Run as root in a guest whose time counts instructions: what the drivers cost in
# one process, beside primitives of the same kernel. BIN has cost and raw, and neli-client
# where that was built. Prints TAP; lines "# @json" are the figures.
set -u
bin=$1 quick=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../unit/tap.sh"
sizes='64 1024 4096 16384 61440'
[ -z "$quick" ] || sizes=64
run=$(mktemp -d)
for module in genl_echo nlbroker ulp_caesar af_myproto vsock_loopback; do
	modprobe "$module"
	ok $? "$module is there"
done
# Debian 11's kernel for clouds has none: its rows then say so.
modprobe -q tls || echo '# no TLS in this kernel'
# More peers of one user than it lets by itself.
echo 4000 > /sys/module/nlbroker/parameters/max_peers
# Other kernel threads are busy for a while after boot.
sleep 3

# It prints figures, or says what is wrong.
t() { # NAME COMMAND...
	local name=$1 rc=0
	shift
	timeout 1200 "$@" > "$run/out" 2> "$run/err" || rc=$?
	cat "$run/out"
	grep -q '"value"' "$run/out" || rc=1
	ok "$rc" "$name" "$(cat "$run/err")"
}
# shellcheck disable=SC2086  # sizes are words
{
	t 'an echo' "$bin/cost" echo $sizes
	t 'a socket, and one echo' "$bin/cost" reopen 64
	t 'sockets of the family' "$bin/cost" family $sizes
	t 'TCP, plain and shifted' "$bin/cost" tcp 64 4096
	t 'connections' "$bin/cost" connect
	t 'more and more of it' "$bin/cost" growth
	t "pyroute2's echo" python3 "$here/echo_pyroute2.py" $sizes
}
# neli's libraries are those of another release: its loader too.
neli=("$bin/neli/ld-linux-x86-64.so.2" --library-path "$bin/neli" "$bin/neli/neli-client")
if [ -e "$bin/neli" ]; then
	# shellcheck disable=SC2086
	t "neli's echo" "${neli[@]}" bench $sizes
else
	for size in $sizes; do
		echo "# @json {\"table\": \"echo\", \"row\": \"neli\", \"bytes\": $size, \"missing\": \"not built for this release\"}"
	done
fi

# What the command measures itself, in its own words: the collector knows them.
out=$(nlbroker bench -j)
ok $? 'nlbroker bench' "$out"
echo "# @nlbroker $out"

# How many system calls a whole run is: as the original's authors counted.
calls() { # ROW COMMAND...
	local row=$1 count
	shift
	strace -f -o "$run/calls" "$@" > /dev/null 2> "$run/err" &&
		count=$(grep -cE '^[0-9]+ +[a-z_0-9]+\(' "$run/calls")
	ok $? "$row: system calls of a run" "$(cat "$run/err")"
	[ "${count:-0}" -gt 0 ] && echo "# @json {\"table\": \"reopen\", \"row\": \"$row.calls\", \"bytes\": 64, \"value\": $count, \"unit\": \"calls\"}"
}
calls raw "$bin/raw"
calls libnl "$bin/cost" libnl
calls pyroute2 python3 "$here/echo_pyroute2.py"
[ ! -e "$bin/neli" ] || calls neli "${neli[@]}" once

# Last: with a rule in the table, each packet is looked at.
iptables -t mangle -A OUTPUT -p tcp --dport 4798 -j ACCEPT &&
	iptables -t mangle -A INPUT -p tcp --dport 4798 -j ACCEPT &&
	iptables -t mangle -A OUTPUT -p tcp --dport 4799 -j CAESAR --encrypt --key 167 &&
	iptables -t mangle -A INPUT -p tcp --dport 4799 -j CAESAR --decrypt --key 167
ok $? 'rules with the target'
t 'TCP through rules' "$bin/cost" rule 64 4096
iptables -t mangle -F
rm -r "$run"
echo "1..$n"
exit "$failed"
