#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# suites: bookworm trixie
# long: bookworm
# tree: programs
#
# Real programs, unmodified, as client and server under `ulp-caesar run`: what
# they have carried is compared by its hash, and while they work ss(8) is asked
# what each socket of theirs has: every connection has the protocol, none is
# plain.
set -u
# It starts servers, as root.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../lib/cli.sh"
# As lib/cli.sh has it, with more patience: here bytes are counted in millions.
run() {
	rc=0
	timeout 300 "$@" > out 2> err || rc=$?
}
sysctl -q net.ipv4.tcp_max_tw_buckets=0
modprobe ulp_caesar || exit 2

# MiB of the large file of HTTP and of the session of SSH.
http=100 ssh=50
operations=100000 transactions=2000 rows=100000
if grep -q 'QEMU Virtual CPU' /proc/cpuinfo; then
	operations=1000 transactions=40 rows=20000
	echo "# emulated: $operations operations of redis, $transactions transactions of PostgreSQL a client, $rows of its rows"
fi
caesar=(ulp-caesar run -K 77 --)
took=$SECONDS
section() { # NAME
	echo "# $((SECONDS - took)) s until: $1"
}

sum() { sha256sum "$@" | cut -d' ' -f1; }
same() { # NAME FILE FILE
	local a b
	a=$(sum "$2") b=$(sum "$3")
	[ -s "$2" ] && [ "$a" = "$b" ]
	ok $? "$1"
}

# What the sockets of a port have, as long as it is watched.
watch() { # PORT
	watched=$1
	: > seen
	while :; do
		ss -HtniO state established "( sport = :$1 or dport = :$1 )" >> seen
		sleep 0.3
	done &
	watcher=$!
}
# Both ends were seen, and none without the protocol. One that is just being closed
# may be listed as established and without it: the kernel reads the state, waits for
# who closes, then reads the protocol. Such a socket was seen with it before.
proved() { # NAME
	kill $watcher
	wait $watcher 2>/dev/null
	awk -v port=":$watched\$" '
		/tcp-ulp-caesar/ { has[$3, $4] = 1 }
		!/tcp-ulp-caesar/ { lacks[$3, $4] = $0 }
		$3 ~ port { server++ }
		$4 ~ port { client++ }
		END {
			for (ends in lacks) if (!(ends in has)) { plain++; print lacks[ends] }
			print NR " seen: " server+0 " servers, " client+0 " clients, " plain+0 " plain"
			exit !(server && client && !plain)
		}' seen > out 2> err
	ok $? "$1: each connection has the protocol, at both ends"
	tail -n 1 out | sed 's/^/# /'
}
await() { # PORT: somebody listens there
	local i
	for ((i = 0; i < 600; i++)); do
		[ -z "$(ss -Htln "sport = :$1")" ] || return 0
		sleep 0.1
	done
	return 1
}
finish() { # PID
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

head -c $((http << 20)) /dev/urandom > large
head -c $((ssh << 20)) large > medium

### iperf3
section iperf3
iperf() { # NAME FROM TO OPTION...: the client's; TO is to have the beginning of FROM
	local name=$1 from=$2 got=$3 size
	shift 3
	rm -f from-client from-server
	"${caesar[@]}" iperf3 -s -1 -p 5300 -F "$server_file" > server.out 2>&1 &
	pid=$!
	await 5300
	run "${caesar[@]}" iperf3 -c 127.0.0.1 -p 5300 -F "$client_file" "$@"
	is "iperf3 $name" 0 'receiver'
	wait $pid
	size=$(stat -c %s "$got")
	# What was under way at the end of its time is dropped by the program.
	[ "$size" -gt 1000000 ]; ok $? "iperf3 $name: a megabyte and more has come"
	echo "# $size bytes"
	head -c "$size" "$from" > part
	same "iperf3 $name: the bytes" part "$got"
}
watch 5300
client_file=large server_file=from-client
iperf plain large from-client -t 3
# Its sendfile() takes the file behind its buffer, in which are zeros whatever the
# buffer, a private mapping of it, has. It is the same over plain TCP.
iperf -Z /dev/zero from-client -Z -t 3
client_file=from-server server_file=large
iperf -R large from-server -R -t 3
"${caesar[@]}" iperf3 -s -1 -p 5300 > server.out 2>&1 &
pid=$!
await 5300
run "${caesar[@]}" iperf3 -c 127.0.0.1 -p 5300 --bidir -t 2 -J
wait $pid
is 'iperf3 --bidir' 0
python3 -c '
import json
end = json.load(open("out"))["end"]
for name in ("sum_sent", "sum_received", "sum_sent_bidir_reverse", "sum_received_bidir_reverse"):
    assert end[name]["bytes"] > 1000000, (name, end[name])
' 2> err
ok $? 'iperf3 --bidir: both ways'
proved iperf3
rm -f part from-client from-server

### nginx and curl
section nginx
mkdir -p www
chmod 755 www
ln large www/large
for i in $(seq 64); do head -c $((i * 997)) large > "www/small$i"; done
cat > nginx.conf <<-END
	user www-data;
	worker_processes 2;
	pid $PWD/nginx.pid;
	error_log $PWD/nginx.log;
	events { worker_connections 256; }
	http {
		access_log off;
		sendfile on;
		tcp_nopush on;
		server {
			listen 127.0.0.1:8080 reuseport;
			listen [::1]:8080 reuseport;
			root $PWD/www;
		}
	}
END
chmod 644 large
run "${caesar[@]}" nginx -c "$PWD/nginx.conf"
is 'nginx starts' 0
await 8080
watch 8080
run "${caesar[@]}" curl -sS -o got http://127.0.0.1:8080/large
is "curl: $http MiB" 0 NONE NONE
same 'curl: the bytes' large got
rm -f got
for i in $(seq 64); do
	printf 'url = "http://%s:8080/small%d"\noutput = "got%d"\n' \
		"$([ $((i % 2)) = 0 ] && echo 127.0.0.1 || echo '[::1]')" "$i" "$i"
done > curl.conf
run "${caesar[@]}" curl -sS --parallel --parallel-max 64 -K curl.conf
is 'curl: 64 at once' 0
(cd www && sha256sum small*) | sed 's/small/got/' > sums
sha256sum --quiet -c sums > out 2> err; ok $? 'curl: the bytes of all 64'
rm -f got[0-9]*
# Nobody reads what comes until there are new workers.
mkfifo slowly
"${caesar[@]}" curl -sS http://127.0.0.1:8080/large > slowly 2> slow.err &
pid=$!
exec 5< slowly
head -c 1 <&5 > slow
old=$(pgrep -P "$(cat nginx.pid)" | sort)
run "${caesar[@]}" nginx -c "$PWD/nginx.conf" -s reload
is 'nginx: reload' 0
for _ in $(seq 300); do
	new=$(pgrep -P "$(cat nginx.pid)" | sort | comm -13 <(echo "$old") -)
	[ -z "$new" ] || break
	sleep 0.1
done
[ -n "$new" ]; ok $? 'nginx: there are new workers'
run "${caesar[@]}" curl -sS -o got http://127.0.0.1:8080/small64
is 'curl: after the reload' 0
same 'curl: the bytes after the reload' www/small64 got
kill -0 $pid; ok $? 'nginx: a request of before is under way'
cat <&5 >> slow
exec 5<&-
wait $pid; ok $? 'curl: that request ends well'
same 'curl: its bytes' large slow
rm -f slow
proved nginx
run curl -sS -m 3 -o got http://127.0.0.1:8080/small1
[ "$rc" != 0 ]; ok $? 'curl without the key gets no answer'
finish "$(cat nginx.pid)"

### OpenSSH
section ssh
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f id
cp id.pub authorized
cat > sshd.conf <<-END
	ListenAddress 127.0.0.1
	Port 2222
	HostKey /etc/ssh/ssh_host_ed25519_key
	AuthorizedKeysFile $PWD/authorized
	PermitRootLogin yes
	StrictModes no
	UsePAM no
	PidFile none
	Subsystem sftp /usr/lib/openssh/sftp-server
END
options=(-i id -o StrictHostKeyChecking=no -o UserKnownHostsFile="$PWD/hosts" -o LogLevel=ERROR)
"${caesar[@]}" /usr/sbin/sshd -D -e -f "$PWD/sshd.conf" 2> sshd.err &
pid=$!
await 2222
watch 2222
run "${caesar[@]}" ssh -p 2222 "${options[@]}" root@127.0.0.1 "cat > $PWD/there; sha256sum < $PWD/there" < medium
is "ssh: $ssh MiB go there" 0 "^$(sum medium) " NONE
same 'ssh: the bytes' medium there
run "${caesar[@]}" ssh -p 2222 "${options[@]}" root@127.0.0.1 "cat $PWD/medium"
is "ssh: $ssh MiB come back" 0 '' NONE
same 'ssh: those bytes' medium out
run "${caesar[@]}" scp -P 2222 "${options[@]}" www/small64 root@127.0.0.1:"$PWD/copy"
is 'scp' 0 NONE NONE
same 'scp: the bytes' www/small64 copy
proved OpenSSH
finish $pid
rm -f there out

### redis
section redis
"${caesar[@]}" redis-server --port 6380 --bind 127.0.0.1 ::1 --save '' --appendonly no > redis.out 2>&1 &
pid=$!
await 6380
watch 6380
run "${caesar[@]}" redis-benchmark -p 6380 -n $operations -c 20 -d 100 -t set,get,lpush,lrange_100 --csv
is 'redis-benchmark' 0 'LRANGE_100'
run "${caesar[@]}" redis-benchmark -p 6380 -n $operations -c 20 -P 16 -t set,get -q
is 'redis-benchmark, pipelined' 0 'GET: '
run "${caesar[@]}" redis-cli -p 6380 -x set large < medium
is "redis: $ssh MiB, stored" 0 '^OK$'
"${caesar[@]}" redis-cli -p 6380 get large 2> err | head -c $((ssh << 20)) > got
same 'redis: the bytes' medium got
proved redis
finish $pid

### PostgreSQL
section PostgreSQL
bin=$(echo /usr/lib/postgresql/*/bin)
version=$(basename "$(dirname "$bin")")
mkdir -p /run/postgresql
chown postgres /run/postgresql
echo 'local all all trust' > hba
echo 'host all all 127.0.0.1/32 trust' >> hba
chmod 644 hba
as=(setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql)
"${as[@]}" "${caesar[@]}" "$bin/postgres" -D "/var/lib/postgresql/$version/main" \
	-c config_file="/etc/postgresql/$version/main/postgresql.conf" -c hba_file="$PWD/hba" \
	-c listen_addresses=127.0.0.1 -c port=5433 -c ssl=off -c fsync=off -c jit=off \
	-c log_destination=stderr > postgres.out 2>&1 &
pid=$!
await 5433
for _ in $(seq 300); do
	"${as[@]}" "$bin/pg_isready" -q -h /run/postgresql -p 5433 && break
	sleep 0.2
done
# The same statement over TCP and over a local socket, which isn't shifted.
tcp() { "${as[@]}" "${caesar[@]}" "$bin/psql" -X -q -At -h 127.0.0.1 -p 5433 postgres -c "$1"; }
local_() { "${as[@]}" "$bin/psql" -X -q -At -h /run/postgresql -p 5433 postgres -c "$1"; }
watch 5433
run "${as[@]}" "${caesar[@]}" "$bin/pgbench" -h 127.0.0.1 -p 5433 -i -I dtgp -s 1 -q postgres
is 'pgbench -i' 0
run "${as[@]}" "${caesar[@]}" "$bin/pgbench" -h 127.0.0.1 -p 5433 -c 4 -j 2 -t $transactions postgres
is 'pgbench' 0 "number of transactions actually processed: $((4 * transactions))/$((4 * transactions))"
run "${as[@]}" "${caesar[@]}" "$bin/pgbench" -h 127.0.0.1 -p 5433 -c 4 -j 2 -S -M prepared -t $((transactions * 2)) postgres
is 'pgbench -S' 0 "actually processed: $((8 * transactions))/"
query="select * from pgbench_accounts where aid <= $rows order by aid"
tcp "$query" > got 2> err
local_ "$query" > want 2>> err
same 'PostgreSQL: many rows' want got
[ "$(wc -l < got)" = "$rows" ]; ok $? 'PostgreSQL: all of them'
tcp 'create table copied (like pgbench_accounts)'
"${as[@]}" "${caesar[@]}" "$bin/psql" -X -q -h 127.0.0.1 -p 5433 postgres \
	-c "copy copied from stdin with (delimiter '|')" < got 2> err
ok $? 'PostgreSQL: copied into another table'
local_ 'select * from copied order by aid' > got 2> err
same 'PostgreSQL: the rows of that one' want got
proved PostgreSQL
kill -INT $pid
wait $pid

section 'the end'
for ((i = 0; i < 100; i++)); do
	modprobe -r ulp_caesar 2> err && break
	sleep 0.1
done
[ ! -e /sys/module/ulp_caesar ]; ok $? 'nothing holds the module in the end'
cli_end
