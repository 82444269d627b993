#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# long: bookworm trixie-backports debug
#
# The command ulp-caesar as it was installed: every subcommand, exit codes, JSON,
# for unprivileged users too, and what it says when the driver isn't there.
set -u
# It takes modules away.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
SCALE=${SCALE:-1}
here=$(realpath "$(dirname "$0")")
. "$here/../lib/cli.sh"
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
preload=$(echo /usr/lib/*/sockmods/caesar-preload.so)

# A connection in TIME-WAIT holds the module: none is to get there from here on,
# and those of the tests before leave within a minute.
sysctl -q net.ipv4.tcp_max_tw_buckets=0
absent() {
	local i
	for ((i = 0; i < 700; i++)); do
		modprobe -r ulp_caesar 2> err && return
		sleep 0.1
	done
}
# The results of a scenario of preloaded.py, which out has.
scenario() { # NAME
	local line
	while IFS= read -r line; do
		case $line in
		'ok '*) ok 0 "$1: ${line#ok }" ;;
		'not ok '*) ok 1 "$1: ${line#not ok }" ;;
		esac
	done < out
	[ "$rc" = 0 ] && [ "$(tail -n 1 out)" = end ]; ok $? "$1: to the end"
}
# Waits until $pid says in FILE where it listens; sets port.
await_port() { # FILE
	local i
	for ((i = 0; i < 100; i++)); do
		port=$(sed -n 's/.*listening on .*[ :]\([0-9]*\)$/\1/p' "$1")
		[ -z "$port" ] || return 0
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/# /' "$1"
	return 1
}
# Starts a listener in the background, on a port that the kernel chooses; it
# writes received and server.err, reads to-send. Sets pid, port.
: > to-send
start() { # COMMAND...: one that says "listening on ADDRESS port PORT"
	: > server.err
	timeout 60 "$@" > received 2> server.err < to-send &
	pid=$!
	await_port server.err
}
# The same with socat, which writes socat.err.
start_socat() { # COMMAND...: one that ends as socat -d -d
	: > socat.err
	"$@" 2> socat.err &
	pid=$!
	await_port socat.err
}
# It ends: its exit code and its words become those that `is` judges.
stop() {
	rc=0
	wait $pid || rc=$?
	cp received out
	cp server.err err
}

### The driver isn't there
absent
[ ! -e /sys/module/ulp_caesar ]; ok $? 'the module is not loaded'
while IFS= read -r words; do
	# shellcheck disable=SC2086  # words are arguments
	run "${user[@]}" ulp-caesar $words
	is "not loaded: $words" 3 NONE 'ulp_caesar is not loaded'
	grep -q 'modprobe ulp_caesar' err; ok $? "not loaded: $words: the command that mends it"
	grep -q '/etc/modules-load.d' err; ok $? "not loaded: $words: and at each boot"
done <<-END
	show
	show -j
	run -K 3 -- touch ran
	listen -K 3 0
	connect -K 3 127.0.0.1 1
END
[ ! -e ran ]; ok $? 'no program runs without it'
run "${user[@]}" env LD_PRELOAD="$preload" ULP_CAESAR_KEY=3 python3 "$here/preloaded.py" fails ENOENT
scenario 'preloaded, not loaded'
run env LD_PRELOAD="$preload" ULP_CAESAR_KEY=3 ULP_CAESAR_ONLY=both \
	python3 "$here/preloaded.py" fails EINVAL
scenario 'preloaded, neither client nor server'
while IFS='|' read -r name want words; do
	# shellcheck disable=SC2086  # words are arguments
	run env LD_PRELOAD="$preload" $words bash -c ': <> /dev/tcp/127.0.0.1/1'
	is "preloaded, $name" 1 NONE "connect: $want"
done <<-END
	no key|Required key not available|
	an empty key|Required key not available|ULP_CAESAR_KEY=
	a wrong key|Invalid argument|ULP_CAESAR_KEY=3:
	a wrong key, for servers|Invalid argument|ULP_CAESAR_KEY=x ULP_CAESAR_ONLY=server
	wrong ports|Invalid argument|ULP_CAESAR_KEY=3 ULP_CAESAR_PORTS=80-
	a wrong port behind another|Invalid argument|ULP_CAESAR_KEY=3 ULP_CAESAR_PORTS=80,http
	another port|Connection refused|ULP_CAESAR_KEY=3 ULP_CAESAR_PORTS=80
	servers only|Connection refused|ULP_CAESAR_KEY=3 ULP_CAESAR_ONLY=server
END
[ ! -e /sys/module/ulp_caesar ]; ok $? 'none of that loads the module'
run ulp-caesar show
is 'root: it loads itself' 0 '^state +recv-q' NONE
[ "$(wc -l < out)" = 1 ]; ok $? 'no socket has it yet'
[ -e /sys/module/ulp_caesar ]; ok $? 'the module is loaded'
absent
run ulp-caesar run -K 3 sh -c 'echo "$ULP_CAESAR_KEY $LD_PRELOAD"'
is 'root: run loads it, too' 0 "^3:3 $preload\$" NONE

### Words
run ulp-caesar --version
is 'version' 0 '^ulp-caesar \(sockmods\) [0-9]+\.[0-9]+\.[0-9]+$' NONE
run ulp-caesar --help
is 'help' 0 'protects nothing' NONE
run ulp-caesar run --help
is 'help of a command' 0 'PROGRAM' NONE
run "${user[@]}" ulp-caesar run -K 3 sh -c 'exit 77'
is 'once it is loaded, everybody may; the exit code of a program' 77 NONE NONE
run ulp-caesar run -K 3 echo -K 5 --nosuch -- x
is 'options end at PROGRAM' 0 '^-K 5 --nosuch -- x$' NONE
run ulp-caesar run -K 3 -- echo x
is 'or at --' 0 '^x$' NONE
run ulp-caesar run -K 3 no-such-program
is 'no such program' 127 NONE 'no-such-program: No such file'
: > no-program
run ulp-caesar run -K 3 ./no-program
is 'not a program' 126 NONE 'no-program: Permission denied'
run env LD_PRELOAD="$preload" ulp-caesar run -K 3 -p 80 -p 8000-8100,443 -S -- sh -c \
	'echo "$LD_PRELOAD $ULP_CAESAR_PORTS $ULP_CAESAR_ONLY"'
is 'what the program finds in its environment' 0 \
	"^$preload:$preload 80-80,8000-8100,443-443 server\$" NONE
run env ULP_CAESAR_ONLY=client ULP_CAESAR_PORTS=1 ulp-caesar run -K 3 -- sh -c \
	'echo "${ULP_CAESAR_ONLY-unset} ${ULP_CAESAR_PORTS-unset}"'
is 'and no more than was asked for' 0 '^unset unset$' NONE
printf '1:2\nnot read\n' > two-keys
run ulp-caesar run -f two-keys sh -c 'echo "$ULP_CAESAR_KEY"'
is 'the keys of a file, its first line' 0 '^1:2$' NONE

while IFS= read -r words; do
	# shellcheck disable=SC2086  # words are arguments
	run ulp-caesar $words
	is "wrong: $words" 2 NONE '^ulp-caesar: '
done <<-END
	nosuch
	show extra
	show -K 3
	run true
	run -K 3
	run -K x true
	run -K 1: true
	run -K 4294967296 true
	run -K 3 -f /dev/null true
	run -f /dev/null true
	run -f /nosuch true
	run -f / true
	run -K 3 -p 0 true
	run -K 3 -p http true
	run -K 3 -p 2-1 true
	run -K 3 -C -S true
	listen -K 3
	listen -K 3 a b c
	listen 4242
	listen -K 3 -4 -6 0
	listen -K 3 -w 0 0
	connect -K 3
	connect -K 3 127.0.0.1
	connect 127.0.0.1 1
	connect -k -K 3 127.0.0.1 1
END
run env ULP_CAESAR_KEY=secret ulp-caesar run true
is 'wrong: a key in the environment' 2 NONE 'ULP_CAESAR_KEY'
! grep -q secret err; ok $? 'which is not repeated'
run bash -c 'ulp-caesar show > /dev/full'
is 'a full disk is noticed' 1 '' 'No space left on device'

### listen and connect
size=$((2000000 / SCALE))
head -c $size /dev/urandom > a
head -c $((size / 2)) /dev/urandom > b
echo 3 > key
for addr in 127.0.0.1 ::1; do
	cp a to-send
	start "${user[@]}" ulp-caesar listen -v -K 3 $addr 0; ok $? "$addr: listen"
	rc=0
	timeout 60 "${user[@]}" ulp-caesar connect -f key $addr "$port" < b > out 2> err || rc=$?
	is "$addr: connect" 0 '' NONE
	cmp a out; ok $? "$addr: what the listener had to send"
	stop
	is "$addr: the listener ends" 0 '' 'connection from '
	cmp b out; ok $? "$addr: what the other one had to send"
done
: > to-send

# Against plain TCP, which shows what is on the wire.
plain() { # NAME WANT-ON-WIRE ANSWER WANT-BACK COMMAND...: reads "abc" sent by COMMAND PORT
	local name=$1 wire=$2 answer=$3 back=$4
	shift 4
	rm -f wire
	printf '#!/bin/sh\ncat > wire\nprintf %%s "%s"\n' "$answer" > answer
	chmod +x answer
	start_socat socat -t 60 -d -d TCP-LISTEN:0,bind=127.0.0.1 EXEC:./answer
	rc=0
	printf abc | timeout 60 "$@" 127.0.0.1 "$port" > out 2> err || rc=$?
	wait $pid
	is "$name" 0 "^$back\$" NONE
	[ "$(cat wire)" = "$wire" ]; ok $? "$name: the wire"
}
plain 'key 3' def klm hij ulp-caesar connect -K 3
plain 'key 259, of which 3 counts' def klm hij ulp-caesar connect -K 259
plain 'key -1' '`ab' klm lmn ulp-caesar connect -K -1
plain 'key 0 is plain TCP' abc klm klm ulp-caesar connect -K 0
plain 'two keys' bcd klm ijk ulp-caesar connect -K 1:2
plain 'the key of the environment' def klm hij env ULP_CAESAR_KEY=3 ulp-caesar connect
plain 'an option comes before the environment' bcd klm jkl env ULP_CAESAR_KEY=3 ulp-caesar connect -K 1
plain 'a program that attaches the protocol itself, under run' bcd klm jkl \
	ulp-caesar run -K 3 -- ulp-caesar connect -K 1
plain 'run in run: the inner one counts' bcd klm jkl \
	ulp-caesar run -K 3 -- ulp-caesar run -K 1 -- sh -c 'exec socat -t 60 - TCP:$0:$1'

start ulp-caesar listen -v -k -K 3 -w 20 127.0.0.1 0; ok $? 'listen -k'
for i in 1 2 3; do
	rc=0
	echo "connection $i" | timeout 60 ulp-caesar connect -v -K 3 127.0.0.1 "$port" > out 2> err || rc=$?
	is "listen -k: connection $i" 0 NONE 'connected to 127.0.0.1 port '
done
kill -TERM $pid
stop
[ "$(cat out)" = $'connection 1\nconnection 2\nconnection 3' ]; ok $? 'listen -k: what they said'
start ulp-caesar listen -v -K 3 0; ok $? 'listen everywhere'
run ulp-caesar connect -K 3 -w 10 127.0.0.1 "$port"
is 'IPv4 to a listener of both' 0 NONE NONE
stop
grep -q 'connection from ::ffff:127.0.0.1' err; ok $? 'it was one of both'
start ulp-caesar listen -v -6 -K 3 0; ok $? 'listen -6'
run ulp-caesar connect -4 -K 3 127.0.0.1 "$port"
is 'IPv4 to a listener of IPv6 only' 1 NONE 'Connection refused'
kill -TERM $pid; stop
start ulp-caesar listen -v -4 -K 3 0; ok $? 'listen -4'
printf '::1 both.example\n127.0.0.1 both.example\n' >> /etc/hosts
run ulp-caesar connect -n -K 3 both.example "$port"
is 'connect -n: a name' 1 NONE 'both.example'
run ulp-caesar connect -6 -K 3 both.example "$port"
is 'connect -6: nobody there' 1 NONE 'Connection refused'
run ulp-caesar connect -v -K 3 both.example "$port"
is 'a name with an address where nobody is' 0 NONE 'connected to 127.0.0.1'
stop
run ulp-caesar listen -K 3 -w 0.3 127.0.0.1 0
is 'listen -w: nobody comes' 1 NONE 'no connection: '
start ulp-caesar listen -v -K 3 -w 20 127.0.0.1 0
rc=0
mkfifo silent
timeout 10 ulp-caesar connect -K 3 -w 0.5 127.0.0.1 "$port" 0<> silent > out 2> err || rc=$?
is 'connect -w: nothing comes or goes' 1 NONE 'for 0.5 s'
stop
# A listener with room for one connection, which nobody accepts.
timeout 60 python3 -c '
import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 4402)); s.listen(0)
c = socket.create_connection(s.getsockname())
print("full", flush=True)
time.sleep(60)' > full &
pid=$!
for _ in $(seq 300); do
	[ ! -s full ] || break
	sleep 0.1
done
run ulp-caesar connect -K 3 -w 0.5 127.0.0.1 4402
is 'connect -w: nobody answers' 1 NONE '4402: Connection timed out'
kill $pid
wait $pid 2>/dev/null
start env ULP_CAESAR_KEY=3 ulp-caesar listen -v 127.0.0.1 0
run ulp-caesar listen -K 3 127.0.0.1 "$port"
is 'a port that is taken' 1 NONE 'Address already in use'
rc=0
head -c 100000 /dev/zero | timeout 10 ulp-caesar connect -K 3 127.0.0.1 "$port" > out 2> err || rc=$?
is 'zeros, to a listener with the key of its environment' 0 NONE NONE
stop
[ "$(wc -c < out)" = 100000 ] && [ -z "$(tr -d '\0' < out)" ]; ok $? 'zeros have come'
start ulp-caesar listen -v -K 3 127.0.0.1 0
rc=0
echo x | timeout 10 ulp-caesar connect -K 4 127.0.0.1 "$port" > out 2> err || rc=$?
stop
is 'another key gives other bytes' 0 '^y' ''

### show
cat > holder.py <<'END'
import os, socket
a = socket.socket(); a.bind(("127.0.0.1", 4400)); a.listen(7)
b = socket.create_connection(("127.0.0.1", 4400)); c = a.accept()[0]
d = socket.socket(socket.AF_INET6); d.bind(("::1", 4401)); d.listen(1)
e = socket.create_connection(("::1", 4401)); f = d.accept()[0]
b.sendall(b"12345")
print(os.fstat(b.fileno()).st_ino, b.getsockname()[1], flush=True)
open("hold").read()
for s in (b, c, e, f):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
END
mkfifo hold
"${user[@]}" ulp-caesar run -K 3 -- python3 holder.py > held 2> held.err &
pid=$!
for _ in $(seq 300); do
	[ ! -s held ] || break
	sleep 0.1
done
read -r inode port < held
sed 's/^/# /' held.err
run ulp-caesar show
is 'show: a listener' 0 '^LISTEN +0 +7 +65534 +[1-9][0-9]* +127\.0\.0\.1:4400 +0\.0\.0\.0:\*$' NONE
is 'show: a connection' 0 "^ESTAB +0 +0 +65534 +$inode +127\.0\.0\.1:$port +127\.0\.0\.1:4400\$"
is 'show: what waits to be read' 0 "^ESTAB +5 +0 +65534 +[1-9][0-9]* +127\.0\.0\.1:4400 +127\.0\.0\.1:$port\$"
is 'show: IPv6' 0 '^LISTEN +0 +1 +65534 +[1-9][0-9]* +\[::1\]:4401 +\[::\]:\*$'
[ "$(wc -l < out)" = 7 ]; ok $? 'show: nothing else'
ss -tie 'sport = :4400' > out
grep -q 'caesar' out; ok $? 'ss -ti shows the name, too'
run ulp-caesar -- show
is 'show: it is the default command' 0 ':4400 '
run ulp-caesar show -j
is 'show -j' 0 '' NONE
json 'show -j: six sockets' '
	len(r) == 6 and all(o["type"] == "socket" and o["protocol"] == "caesar" and o["uid"] == 65534 for o in r)'
json 'show -j: a connection' '[o for o in r if o["inode"] == '"$inode"' and o["cookie"] > 0 and
	o["family"] == "inet" and o["state"] == "ESTAB" and o["local"] == "127.0.0.1" and
	o["local_port"] == '"$port"' and o["peer"] == "127.0.0.1" and o["peer_port"] == 4400 and
	o["recv_queue"] == 0 and o["send_queue"] == 0 and o["interface"] == 0]'
json 'show -j: both families, and what waits' '
	sorted((o["family"], o["state"], o["recv_queue"]) for o in r) == [
	("inet", "ESTAB", 0), ("inet", "ESTAB", 5), ("inet", "LISTEN", 0),
	("inet6", "ESTAB", 0), ("inet6", "ESTAB", 0), ("inet6", "LISTEN", 0)] and
	len(set(o["cookie"] for o in r)) == 6'
# Whom does this kernel tell? ss(8) knows.
tells=''
! "${user[@]}" ss -tie 'sport = :4400' 2>/dev/null | grep -q caesar || tells=everybody
run "${user[@]}" ulp-caesar show
if [ -n "$tells" ]; then
	is 'show: to everybody' 0 '127\.0\.0\.1:4400' NONE
else
	is 'show: only to CAP_NET_ADMIN' 1 '' 'only CAP_NET_ADMIN'
	grep -q 'sudo ulp-caesar show' err; ok $? 'show: the command that helps'
fi
ip netns add elsewhere
run ip netns exec elsewhere ulp-caesar show
is 'show: in another network namespace' 0 '^state' NONE
[ "$(wc -l < out)" = 1 ]; ok $? 'show: nothing of this one'
ip netns del elsewhere
echo > hold
wait $pid
if [ -n "$tells" ]; then
	run "${user[@]}" ulp-caesar show
	is 'show: to everybody, nothing' 0 '^state' NONE
	[ "$(wc -l < out)" = 1 ]; ok $? 'show: it was nothing'
fi

### run: each way in which a socket becomes a connection
sysctl -q net.ipv4.tcp_fastopen=0x207
program() { # SCENARIOS [OPTION...]: root's, as raw sockets are
	local s=$1
	shift
	# shellcheck disable=SC2086  # scenarios are arguments
	run ulp-caesar run -K 3 "$@" -- python3 "$here/preloaded.py" $s
	scenario run
}
program 'client server others threads'
program client_only -C
program server_only -S
program ports -p 4300 -p 4310-4312,4320
program any_port -p 1-65535

### Other programs
head -c 300000 /dev/urandom > file
for who in socat bash; do
	start_socat socat -u -d -d TCP-LISTEN:0,bind=127.0.0.1 CREATE:wire
	case $who in
	socat) run ulp-caesar run -K 255 -- socat -u FILE:file "TCP:127.0.0.1:$port" ;;
	bash) run ulp-caesar run -K 255 -- bash -c 'exec 3<>/dev/tcp/127.0.0.1/'"$port"'; cat file >&3' ;;
	esac
	wait $pid
	is "$who as a client" 0 NONE NONE
	python3 -c 'open("want", "wb").write(bytes((b + 255) & 255 for b in open("file", "rb").read()))'
	cmp want wire; ok $? "$who as a client: the wire"
done
start_socat ulp-caesar run -K 3 -- socat -t 60 -d -d TCP-LISTEN:0,bind=127.0.0.1,fork EXEC:'wc -c'
for i in 1 2 3; do
	rc=0
	head -c $((i * 100000)) file | timeout 60 ulp-caesar connect -K 3 127.0.0.1 "$port" > out 2> err || rc=$?
	is "socat as a server that forks: connection $i" 0 "^${i}00000\$" NONE
done
kill $pid
wait $pid 2>/dev/null

absent
[ ! -e /sys/module/ulp_caesar ]; ok $? 'nothing holds the module in the end'
cli_end
