#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: relays.sh BIN counting|clock
#
# Run as root in a guest. What a person would put between two programs that speak
# TCP, so that what is on the wire isn't what they say: a relay beside each of them,
# with TLS between the relays. Counting: 64 bytes there and back, and connections,
# in instructions of the whole machine. Clock: streams, on two processors, five runs
# that take turns; of all that bytes go through. Prints TAP; lines "# @json" are the
# figures.
set -u
bin=$1 how=$2
. "$(dirname "$0")/../unit/tap.sh"
run=$(mktemp -d)
cd "$run" || exit
trap 'kill $(jobs -p) 2>/dev/null' EXIT
# bulk's server listens there.
server=4790

modprobe ulp_caesar && modprobe af_myproto && modprobe vsock_loopback
ok $? 'modules are there'
# Debian 11's kernel for clouds has no TLS.
ktls=ktls
modprobe -q tls || ktls=
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
	-subj /CN=localhost -keyout key.pem -out cert.pem 2> err
ok $? 'a certificate' "$(cat err)"

# Each end of a relay: the program's side, and TLS.
socat tcp-listen:4791,bind=127.0.0.1,fork,reuseaddr,nodelay \
	openssl:127.0.0.1:4792,cafile=cert.pem,commonname=localhost,nodelay 2> socat1.log &
socat openssl-listen:4792,bind=127.0.0.1,fork,reuseaddr,nodelay,cert=cert.pem,key=key.pem,verify=0 \
	tcp:127.0.0.1:$server,nodelay 2> socat2.log &
cat > stunnel.conf <<-END
	foreground = yes
	debug = warning
	pid =
	socket = l:TCP_NODELAY=1
	socket = r:TCP_NODELAY=1
	[near]
	client = yes
	accept = 127.0.0.1:4793
	connect = 127.0.0.1:4794
	CAfile = $run/cert.pem
	verifyChain = yes
	checkHost = localhost
	[far]
	accept = 127.0.0.1:4794
	connect = 127.0.0.1:$server
	cert = $run/cert.pem
	key = $run/key.pem
	END
stunnel stunnel.conf 2> stunnel.log &
for port in 4791 4792 4793 4794; do
	for ((i = 0; i < 600; i++)); do
		! ss -Hltn "sport = :$port" | grep -q . || break
		sleep 0.1
	done
	ss -Hltn "sport = :$port" | grep -q .
	ok $? "a relay listens on port $port" "$(cat ./*.log)"
done

t() { # NAME BULK-ARGUMENT...
	local name=$1 rc=0
	shift
	timeout 300 "$bin/bulk" "$@" > out 2> err || rc=$?
	cat out
	ok "$rc" "$name" "$(cat err ./*.log)"
}

case $how in
counting)
	# Other kernel threads are busy for a while after boot.
	sleep 3
	for row in tcp caesar socat=4791 stunnel=4793; do
		t "messages through ${row%=*}" messages relay "$row" 500
		t "connections through ${row%=*}" connects relay-connect "$row" 20
	done
	;;
clock)
	iptables -t mangle -A OUTPUT -p tcp --dport 4798 -j ACCEPT &&
		iptables -t mangle -A INPUT -p tcp --dport 4798 -j ACCEPT &&
		iptables -t mangle -A OUTPUT -p tcp --dport 4799 -j CAESAR --encrypt --key 167 &&
		iptables -t mangle -A INPUT -p tcp --dport 4799 -j CAESAR --decrypt --key 167
	ok $? 'rules with the target'
	[ -n "$ktls" ] ||
		echo '# @json {"table": "stream", "row": "ktls", "missing": "this kernel has none"}'
	for round in 1 2 3 4 5; do
		for row in tcp caesar $ktls tcp_rule xt_caesar; do
			t "$row, $round" stream stream "$row" 32
		done
		for row in socat=4791 stunnel=4793; do
			t "${row%=*}, $round" stream stream "$row" 16
		done
		for row in unix_stream myproto_stream pipe tcp vsock_stream; do
			t "$row, of the family's table, $round" stream family-stream "$row" 32
		done
	done
	iptables -t mangle -F
	;;
esac
echo "1..$n"
exit "$failed"
