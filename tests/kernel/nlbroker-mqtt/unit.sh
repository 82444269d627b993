#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# timeout: 600
#
# The systemd unit: what systemd-analyze(1) thinks of it; then systemd itself, in a
# container that has the guest's network, runs it beside Debian's mosquitto.service:
# nothing without a configuration, the example as it is installed, what the daemon may
# and what not, reload, death and end.
set -u
# It has the guest's own packages started.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/cli.sh"
. "$here/../lib/mqtt.sh"
unit=nlbroker-mqtt.service
file=/usr/lib/systemd/system/$unit
conf=/etc/nlbroker-mqtt/nlbroker-mqtt.conf
prop() { systemctl show -P "$1" $unit; }
active() { [ "$(prop ActiveState)" = active ] && nlbroker-mqtt status -s /run/nlbroker-mqtt/status.sock | grep -qE '^local +connected '; }

### In the container
inside() {
	local pid was got
	run systemctl start mosquitto.service
	is "Debian's mosquitto is started" 0 NONE
	run systemctl start $unit
	[ "$rc" = 0 ] && [ "$(prop ActiveState)" = inactive ] && [ "$(prop ConditionResult)" = no ]
	ok $? 'without a configuration it is not started, and that is no failure'

	# As the example says that it is done.
	run install -D -m 644 /usr/share/doc/sockmods-mqtt/examples/nlbroker-mqtt.conf $conf
	is 'the example is installed' 0 NONE NONE
	run systemctl enable --now $unit
	is 'the service is enabled and started' 0
	until_true 60 active; ok $? "it is connected: $(prop ActiveState), $(prop StatusText)"
	mosquitto_sub -v -t 'demo/#' -C 1 -W 60 > there &
	all_pids+=($!)
	until_true 60 eval 'nlbroker pub demo/hello world; [ -s there ]'
	[ "$(cat there)" = 'demo/hello world' ]; ok $? "a message goes out: $(cat there)"
	nlbroker sub -v 'commands/#' > here &
	all_pids+=($!)
	until_true 60 eval 'mosquitto_pub -t demo/commands/x -m go; [ -s here ]'
	got=$(head -n 1 here)
	[ "$got" = 'commands/x go' ]; ok $? "and one comes in: $got"
	run setpriv --reuid=nobody --regid=nogroup --clear-groups nlbroker-mqtt status
	is 'anybody may ask how it is' 0 '^local +connected '

	pid=$(prop MainPID)
	[ "$(stat -c %U "/proc/$pid")" = nlbroker-mqtt ]; ok $? "it has a user of its own: $(stat -c %U "/proc/$pid")"
	got=$(awk '/^(NoNewPrivs|Seccomp|CapPrm|CapEff|CapBnd|CapAmb):/ { print $2 }' "/proc/$pid/status" | sort | tr '\n' ' ')
	[ "$got" = '0000000000000000 0000000000000000 0000000000000000 0000000000000000 1 2 ' ]
	ok $? "no capability, no new privileges, system calls filtered: $got"
	for f in /etc/x /usr/x /var/lib/x; do
		run nsenter -t "$pid" -m touch $f
		is "it can't write to ${f%/x}" 1 NONE 'Read-only file system'
	done
	touch /root/seen
	run nsenter -t "$pid" -m ls /root
	! grep -q seen out; ok $? 'it has no home of others'

	sed -i 's/^#metrics_file/metrics_file/' $conf
	run systemctl reload $unit
	is 'it is told to read its configuration again' 0 NONE NONE
	until_true 60 grep -q '^nlbroker_mqtt_connected{.*} 1' /run/nlbroker-mqtt/nlbroker-mqtt.prom
	ok $? 'it writes metrics now'
	[ "$(prop MainPID)" = "$pid" ]; ok $? 'and is the same process'
	echo nonsense >> $conf
	run systemctl reload $unit
	until_true 30 eval "journalctl -u $unit | grep -q 'nlbroker-mqtt.conf:[0-9]*: option: .nonsense. is not known'"
	ok $? "the journal has what is wrong: $(journalctl -o cat -u $unit | grep nonsense | tail -n 1)"
	until_true 30 active; ok $? 'and it goes on'
	sed -i '$d' $conf

	kill -KILL "$pid"
	until_true 60 eval '[ "$(prop NRestarts)" = 1 ] && active'
	ok $? "killed, it is started again: $(prop NRestarts), $(prop ActiveState)"
	was=$SECONDS
	run systemctl stop $unit
	[ "$(prop ActiveState)" = inactive ] && [ "$(prop Result)" = success ]
	ok $? "it ends well when it is told to, in $((SECONDS - was)) s: $(prop ActiveState), $(prop Result)"
	[ ! -e /run/nlbroker-mqtt ]; ok $? 'and leaves nothing'
}
if [ "${1:-}" = inside ]; then
	inside
	[ $failed = 0 ] || journalctl -o cat -u $unit -u mosquitto -u test | tail -n 40 | sed 's/^/# /'
	cli_end
fi

### What systemd-analyze thinks
run systemd-analyze verify --man=no "$file"
! cat out err | grep $unit > said; ok $? "nothing is wrong with it: $(head -n 1 said)"
run systemd-analyze security --offline=true --threshold=20 "$file"
is 'its exposure is 2.0 of 10 at most' 0 'Overall exposure level' NONE
echo "# $(grep Overall out)"
sed 's/^NoNewPrivileges=.*//; s/^CapabilityBoundingSet=.*//; s/^SystemCallFilter=.*//' "$file" > weaker.service
run systemd-analyze security --offline=true --threshold=20 "$tmp/weaker.service"
[ "$rc" != 0 ]; ok $? "found: one with less ($(grep Overall out))"

### systemd runs it
modprobe nlbroker
mkdir -p upper work root
chmod 755 "$tmp" upper
mount -t overlay root -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" root
ok $? 'there is a tree for a container'
id mosquitto > /dev/null 2>&1 || useradd --root "$PWD/root" --system mosquitto
cat > root/etc/systemd/system/test.service <<'END'
[Unit]
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
ExecStart=/tests/kernel/nlbroker-mqtt/unit.sh inside
StandardOutput=file:/tap
StandardError=inherit
END
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
rc=0
timeout 400 systemd-nspawn --quiet --register=no --keep-unit --boot --bind-ro=/tests \
	--console=pipe --resolv-conf=off --timezone=off --link-journal=no --machine=mqtt \
	--directory="$PWD/root" -- --unit=test.service > out 2> err < /dev/null || rc=$?
ok $rc "the container ends well ($rc)"
sed 's/^/# /' root/tap
while read -r line; do
	case $line in
	'ok '*) ok 0 "systemd: ${line#* - }" ;;
	'not ok '*) ok 1 "systemd: ${line#* - }" ;;
	esac
done < root/tap
[ "$(tail -n 1 root/tap)" = "1..$(grep -cE '^(not )?ok ' root/tap)" ]; ok $? 'all that was to be tried was'
umount root
cli_end
