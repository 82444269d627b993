#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# timeout: 600
#
# nlbroker-mqtt as it was installed: what it says, whose messages are whose, values
# both ways, what is never bridged, its state, TLS and passwords, reload and end,
# metrics.
set -u
. "$(dirname "$0")/../lib/cli.sh"
. "$(dirname "$0")/../lib/mqtt.sh"
world 2 || exit 2
mosquitto_start; ok $? 'mosquitto is there'
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)

### The command line
run nlbroker-mqtt --version
is 'version' 0 '^nlbroker-mqtt \(sockmods\) [0-9]+\.[0-9]+\.[0-9]+$' NONE
run nlbroker-mqtt --help
is 'help' 0 '^Commands' NONE
run nlbroker-mqtt nonsense
is 'a command that there is not' 2 NONE ''
run nlbroker-mqtt -c /nosuch check
is 'a configuration that is not there' 1 NONE '^nlbroker-mqtt: /nosuch: No such file or directory$'
printf 'connection a\naddress h\nkeepalive_interval soon\ntopic # both\n' > broken.conf
run nlbroker-mqtt check -c broken.conf
is 'a broken configuration' 1 NONE '^nlbroker-mqtt: broken.conf: 2 errors$'
grep -qx "broken.conf:3: keepalive_interval: 'soon' is not a number, 5 to 65535" err; ok $? 'file, line and reason'
grep -qx "broken.conf:4: topic: the same names on both sides can make loops: add 'force'" err; ok $? 'of each error'
run nlbroker-mqtt -c broken.conf
is 'the daemon does not begin with it' 1 NONE '2 errors$'
example=/usr/share/doc/sockmods-mqtt/examples/nlbroker-mqtt.conf
if [ -z "${STUB:-}" ]; then
	run nlbroker-mqtt check -c $example
	is 'the example is right' 0 NONE NONE
fi
printf 'status_socket %s/none\nconnection a\naddress h\ntopic t\n' "$tmp" > none.conf
run nlbroker-mqtt -c none.conf status
is 'no daemon' 1 NONE 'no daemon is there'

### Out and in
mkdir b
bridge b 1 <<-END
metrics_file $tmp/b/b.prom
metrics_interval 1
connection c
address HERE
remote_clientid test-client
notification_topic state/c
sender_uid true
topic out/# out 1 "" from/
topic in/# in 0 "" to/
topic both/# both 1 "" shared/
topic # out 0 every/
END
connected b
sleep 2
mosquitto_sub -V 5 -t '#' -F '%t|%p|%q|%r|%P' > mqtt.out &
all_pids+=($!)
reader 1 local.out -F '%t|%p|%r|%u' '#'
sleep 1
came() { until_true 20 grep -qE -- "$2" "$1"; ok $? "$3: $(tail -n 1 "$1" | head -c 200)"; }	# FILE PATTERN WHAT
in_ns 1 "${user[@]}" nlbroker pub out/a hello
came mqtt.out '^from/out/a\|hello\|.*nlbroker-origin:b' 'a message goes out, and says by whom'
grep -qE '^from/out/a\|.*nlbroker-hops:1' mqtt.out; ok $? 'and through how many'
grep -qE '^from/out/a\|.*nlbroker-uid:65534' mqtt.out; ok $? 'with sender_uid: who has published it'
mosquitto_pub -V 5 -t to/in/a -m there
came local.out "^in/a\\|there\\|0\\|$bridge_uid\$" "a message comes in, the bridge's own"
head -c 61440 /dev/zero | tr '\0' l > longest
{ cat longest; echo; } > longer
in_ns 1 nlbroker pub -f longest out/long
until_true 20 grep -q '^from/out/long' mqtt.out; ok $? 'the longest goes out'
mosquitto_pub -V 5 -t to/in/long -f longest
mosquitto_pub -V 5 -t to/in/longer -f longer
becomes 20 b '${lost[in.size]} = 1' 'one that is too long is counted'
look b
[ "$in_sent" = 2 ]; ok $? "the longest came in: $in_sent"

### Values
kept_there() { mosquitto_sub -V 5 -t "$1" -C 1 -W "$2" -F '%p %r' 2> /dev/null; }	# TOPIC SECONDS
in_ns 1 nlbroker pub -r both/kept value
until_true 20 eval '[ "$(kept_there shared/both/kept 5)" = "value 1" ]'
ok $? 'a value is a retained message there'
in_ns 1 nlbroker pub both/kept passing
sleep 1
[ "$(kept_there shared/both/kept 5)" = 'value 1' ]; ok $? 'what is not kept here is not kept there'
in_ns 1 nlbroker pub -r -n both/kept
until_true 20 eval '[ -z "$(kept_there shared/both/kept 2)" ]'; ok $? 'nor one that was ended'
mosquitto_pub -V 5 -r -t to/in/kept -m 'from there'
until_true 20 eval '[ "$(in_ns 1 nlbroker sub -O in/kept)" = "from there" ]'; ok $? 'a retained message is a value here'
mosquitto_pub -V 5 -t to/in/kept -m passing
sleep 1
[ "$(in_ns 1 nlbroker sub -O in/kept)" = 'from there' ]; ok $? 'what is not kept there is not kept here'
mosquitto_pub -V 5 -r -n -t to/in/kept
until_true 20 eval '[ -z "$(in_ns 1 nlbroker sub -O in/kept)" ]'; ok $? 'nor one that was ended'

### What is never bridged
in_ns 1 nlbroker pub every/x yes
came mqtt.out '^x\|yes' 'what is below a prefix'
in_ns 1 nlbroker pub 'every/$SYS/x' no
in_ns 1 nlbroker pub other no
in_ns 1 nlbroker pub '$own/x' no
sleep 2
! grep -q '|no|' mqtt.out; ok $? "nothing with a \$ in front, nothing that wasn't named"
# A message with this bridge's own name, and one that has been everywhere.
mosquitto_pub -V 5 -t to/in/loop -m loop -D publish user-property nlbroker-origin b
mosquitto_pub -V 5 -t to/in/hops -m hops -D publish user-property nlbroker-hops 8
mosquitto_pub -V 5 -t to/in/fine -m fine -D publish user-property nlbroker-hops 7
came local.out '^in/fine\|fine' 'seven hops are fine'
! grep -qE '\|(loop|hops)\|' local.out; ok $? "eight are not, nor is what began here"
look b
[ "${skipped[in.loop]}" = 1 ] && [ "${skipped[in.hops]}" = 1 ]
ok $? "they are counted: ${skipped[in.loop]}, ${skipped[in.hops]}"
sums b

### Rights: the bridge is who it is
if [ -z "${STUB:-}" ]; then
	sleep 60 | in_ns 1 nlbroker pub -a 0600 -l in/private &
	all_pids+=($!)
	until_true 20 eval 'in_ns 1 nlbroker topics | grep -q in/private'
	before=${lost[in.refused]}
	mosquitto_pub -V 5 -t to/in/private -m secret
	becomes 20 b "\${lost[in.refused]} = $((before + 1))" 'a topic of somebody else refuses it'
	grep -q 'EACCES' b/log; ok $? "and it says so: $(grep EACCES b/log | tail -n 1)"
fi

### The state
state() { mosquitto_sub -V 5 -t state/c -C 1 -W 5; }
[ "$(state)" = 1 ]; ok $? 'the state is 1'
bridge_end b KILL
until_true 30 eval '[ "$(state)" = 0 ]'; ok $? 'killed: the broker says 0'
bridge_again b
connected b
until_true 10 eval '[ "$(state)" = 1 ]'; ok $? 'there again: 1'

### Status and metrics
run nlbroker-mqtt -c b/conf status
is 'status for people' 0 '^c +connected +out +[0-9]+ ' NONE
run nlbroker-mqtt -j -c b/conf status
is 'status for programs' 0 '^\{"type":"connection","name":"c","address":"10.99.1.1:1883","state":"connected"' NONE
json 'every member' 'set(r[0]) == {"type", "name", "address", "state", "error", "bridge_id", "connects",
	"failures", "sessions_lost", "queued_bytes", "out", "in"} and set(r[0]["out"]) == {"received",
	"sent", "lost", "skipped", "in_doubt", "queued", "resent"}'
run "${user[@]}" nlbroker-mqtt status -s "$tmp/b/sock"
is 'anybody may ask' 0 '^c +connected' NONE
until_true 10 grep -q '^nlbroker_mqtt_connected{connection="c"} 1$' b/b.prom; ok $? 'metrics say that it is connected'
! grep -vE '^(#|nlbroker_mqtt_[a-z_]+\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\} [0-9]+$)' b/b.prom
ok $? "in Prometheus's text format"

### Reload
cp b/conf good
echo 'nonsense here' >> b/conf
kill -HUP "${bridge_pid[b]}"
until_true 20 grep -q 'all stays as it was' b/log; ok $? "a reload with an error: $(grep nonsense b/log)"
looks b '$state = connected'; ok $? 'and all stays as it was'
cp good b/conf
look b
before=$connects
kill -HUP "${bridge_pid[b]}"
sleep 2
look b
[ "$connects" = "$before" ]; ok $? "a reload of the same: the connection stays ($connects)"
{ cat good; printf '%s\n' 'topic new/# out' 'connection second' 'address 10.99.1.1' 'topic two/# out'; } > b/conf
kill -HUP "${bridge_pid[b]}"
until_true 30 eval 'look b second && [ $state = connected ]'; ok $? 'a connection more'
until_true 30 eval "look b c && [ \$connects = $((before + 1)) ]"
ok $? "the one that changed is made anew, and its counters go on: $connects"
in_ns 1 nlbroker pub new/x news
came mqtt.out '^new/x\|news' 'with what it has now'
# A socket that can't be where it is wanted, as there is something of somebody else's.
echo precious > b/precious
sed "s|^status_socket .*|status_socket $tmp/b/precious|" good > b/conf
kill -HUP "${bridge_pid[b]}"
until_true 20 grep -q 'precious: Address already in use' b/log; ok $? "it says so: $(grep precious b/log)"
until_true 30 eval '! look b second && look b'; ok $? 'the rest is as it is to be, and status where it was'
cp good b/conf
kill -HUP "${bridge_pid[b]}"
sleep 1
look b; ok $? 'and one connection less'
connected b
sleep 2

### The end: what waits goes
kill -STOP "$mosquitto_pid"
seq 50 | in_ns 1 nlbroker pub -l out/end
kill -TERM "${bridge_pid[b]}"
sleep 1
kill -CONT "$mosquitto_pid"
rc=0
wait "${bridge_pid[b]}" || rc=$?
[ $rc = 0 ]; ok $? "told to end, it gets rid of what waits ($rc)"
until_true 10 eval '[ "$(grep -c "^from/out/end" mqtt.out)" = 50 ]'; ok $? "all of it: $(grep -c '^from/out/end' mqtt.out)"
[ "$(state)" = 0 ]; ok $? 'and says that it is gone'
[ ! -e b/sock ]; ok $? 'no socket is left'
[ "$(cat b/precious)" = precious ]; ok $? "and what was somebody else's is"
bridge_again b
connected b
STUB_DIR=$tmp/stub/1 run ip netns exec n1 nlbroker-mqtt -c b/conf
is 'a second daemon with the same socket' 1 NONE 'another daemon is there'
bridge_end b

### TLS, certificates, passwords
mkdir tls
chmod 755 tls
(
	cd tls || exit
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2
	for name in IP:10.99.1.1 DNS:client; do
		f=${name#*:}
		openssl req -newkey rsa:2048 -nodes -keyout "$f.key" -out "$f.csr" -subj "/CN=$f"
		openssl x509 -req -in "$f.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
			-out "$f.crt" -extfile <(echo "subjectAltName=$name")
	done
	chown mosquitto 10.99.1.1.key
	chown "$bridge_uid" client.key
	chmod 600 client.key
) > tls.log 2>&1
mosquitto_passwd -b -c passwords bridge secret > out 2>&1
chown mosquitto passwords
mosquitto_stop TERM
# After the lines of the plain listener; who is allowed what holds for both.
mosquitto_more=('listener 8883' "cafile $tmp/tls/ca.crt" "certfile $tmp/tls/10.99.1.1.crt"
	"keyfile $tmp/tls/10.99.1.1.key" 'require_certificate true' "password_file $tmp/passwords")
mosquitto_start
ok $? 'mosquitto with TLS'
private() { # FILE WORDS
	echo "$2" > "$1"
	chown "$bridge_uid" "$1"
	chmod 600 "$1"
}
private good.pw secret
private wrong.pw wrong
tls() { # NAME LINE...: a bridge with TLS
	local name=$1
	shift
	bridge "$name" 1 < <(printf '%s\n' 'connection t' 'restart_timeout 1' 'address HERE' \
		"bridge_cafile $tmp/tls/ca.crt" "bridge_certfile $tmp/tls/client.crt" \
		"bridge_keyfile $tmp/tls/client.key" 'topic t/# out 1' "$@")
}
tls right 'remote_username bridge' "remote_password_file $tmp/good.pw"
connected right
in_ns 1 nlbroker pub t/x secret
becomes 20 right '$out_sent = 1' 'a message goes over TLS'
bridge_end right
says() { # NAME PATTERN WHAT
	until_true 30 grep -qE -- "$2" "$1/log"; ok $? "$3: $(tail -n 1 "$1/log")"
	looks "$1" '$state != connected'; ok $? 'and there is no connection'
	bridge_end "$1"
}
tls password 'remote_username bridge' "remote_password_file $tmp/wrong.pw"
says password 'refused the connection: Not authorized' 'a wrong password'
cp good.pw readable.pw
chmod 644 readable.pw
tls readable 'remote_username bridge' "remote_password_file $tmp/readable.pw"
says readable 'others can read or change it' 'a password that others can read'
# The same broker by an address that is not in its certificate.
ip addr add 10.98.1.1/32 dev lo
ip -n n1 route add 10.98.1.1 via 10.99.1.1
cat > name.conf <<-END
connection t
restart_timeout 1
address 10.98.1.1
bridge_cafile $tmp/tls/ca.crt
bridge_certfile $tmp/tls/client.crt
bridge_keyfile $tmp/tls/client.key
topic t/# out 1
END
bridge name 1 < name.conf
says name 'TLS' "a certificate with another's name"

### The example of nlbroker-mqtt(8), pasted into terminals one after the other
if [ -z "${STUB:-}" ]; then
	zcat /usr/share/man/man8/nlbroker-mqtt.8.gz |
		sed '1,/^[.]Bd -literal/d; /^[.]Ed/,$d; s/\\e/\\/g' > example
	[ "$(grep -c '^\$ ' example)" = 5 ]; ok $? 'the page has an example of five commands'
	sed -n 's/^\$ //p; /^    /p' example | sed ':a; /\\$/{N; s/\\\n//; ba}' > typed
	i=0
	while IFS= read -r line; do
		i=$((i + 1))
		bash -c "exec 0< /dev/null; $line" > "terminal.$i" 2>&1 &
		all_pids+=($!)
		sleep 3
	done < typed
	grep -v '^\$ \|^    ' example > promised
	until_true 30 cmp -s promised terminal.4
	ok $? "it prints what it promises: $(cat promised) / $(head -c 200 terminal.4)"
	run nlbroker-mqtt -c try.conf status
	is 'and is connected' 0 '^try +connected +out +[0-9]+ '
	nlbroker pub -r -n demo/door
	pkill -f 'nlbroker-mqtt -c try.conf|mosquitto -p 18830|mosquitto_sub -p 18830'
fi
logs
cli_end
