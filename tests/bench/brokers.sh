#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: brokers.sh BIN
#
# Run as root in a guest whose time counts instructions: what a message costs the
# whole machine for each subscriber that gets it, with nlbroker and with the
# brokers that Debian has, each with a program on its own library (fanout), which
# publishes one by one or fifty at a time, and with the commands that come with it.
# 64 bytes, from one to ten. BIN has fanout and busy. Prints TAP; lines "# @table"
# and "# @json" are for people and programs.
set -u
. "$(dirname "$0")/../unit/tap.sh"
bin=$1
subscribers=10 bytes=64
few=500 many=2500
run=$(mktemp -d)
chmod 755 "$run"
cd "$run" || exit
trap 'kill $(jobs -p) 2>/dev/null' EXIT

until_there() { # SOCKET
	local i
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

# Daemons as they are packaged, on a unix socket, with nothing to write to disk.
cat > mosquitto.conf <<-END
	listener 0 $run/mosquitto
	allow_anonymous true
	max_queued_messages 0
	user root
END
mosquitto -c mosquitto.conf > mosquitto.log 2>&1 &
redis-server --port 0 --unixsocket "$run/redis" --save '' --daemonize no > redis.log 2>&1 &
dbus-daemon --session --address="unix:path=$run/dbus" --nofork --nopidfile > dbus.log 2>&1 &
for broker in mosquitto redis dbus; do
	until_there "$run/$broker"
	ok $? "$broker is there" "$(cat $broker.log)"
done

# With its library: one by one, and many at a time as the library has it.
fanout() { # BROKER MESSAGES BATCH
	local address=$run/$1
	[ "$1" != dbus ] || address=unix:path=$address
	timeout 900 "$bin/fanout" "$1" "$address" "$subscribers" "$bytes" "$3" "$2"
}
one_by_one() { fanout "$1" "$2" 1; }
many_at_once() { fanout "$1" "$2" 50; }

# The commands that come with it; each message is a line.
lines() { yes "$(head -c "$bytes" /dev/zero | tr '\0' x)" | head -n "$1"; }
with_commands() { # BROKER MESSAGES
	local i pids=() pid rc=0
	for ((i = 0; i < subscribers; i++)); do
		case $1 in
		nlbroker) nlbroker sub -b 4194304 -C "$2" bench > /dev/null & ;;
		mosquitto) mosquitto_sub --unix "$run/mosquitto" -t bench -C "$2" > /dev/null & ;;
		esac
		pids+=($!)
	done
	sleep 2
	case $1 in
	nlbroker) lines "$2" | nlbroker pub -l bench ;;
	mosquitto) lines "$2" | mosquitto_pub --unix "$run/mosquitto" -t bench -l ;;
	esac || rc=1
	for pid in "${pids[@]}"; do wait "$pid" || rc=1; done
	return "$rc"
}
export -f fanout one_by_one many_at_once with_commands lines
export bin run subscribers bytes

# What goes with MESSAGES, and not with the beginning and the end, is the
# difference between many and few; the very first time programs are read from disk
# and modules loaded, which isn't counted.
declare -A cost
measure() { # HOW BROKER
	local a b
	"$bin/busy" timeout 900 bash -c "$1 $2 100" > err 2>&1 &&
		a=$("$bin/busy" timeout 900 bash -c "$1 $2 $few" 2> err) &&
		b=$("$bin/busy" timeout 900 bash -c "$1 $2 $many" 2>> err)
	ok $? "$2, ${1//_/ }: $many messages reach $subscribers subscribers" "$(cat err)"
	cost[$1.$2]=$(((${b:-0} - ${a:-0}) / ((many - few) * subscribers)))
	echo "# @json {\"type\":\"broker\",\"broker\":\"$2\",\"clients\":\"${1#with_}\",\"subscribers\":$subscribers,\"bytes\":$bytes,\"instructions_per_delivery\":${cost[$1.$2]}}"
}
for broker in nlbroker mosquitto dbus redis; do
	measure one_by_one $broker
	measure many_at_once $broker
done
for broker in nlbroker mosquitto; do measure with_commands $broker; done

{
	echo "Instructions of the whole machine for each of $bytes bytes delivered, one publisher, $subscribers subscribers,"
	echo "Linux $(uname -r), and how many times nlbroker's:"
	printf '\n%-28s %20s %22s %22s\n' '' 'library, one by one' 'library, 50 at once' 'its own commands'
	for broker in nlbroker mosquitto dbus redis; do
		case $broker in
		nlbroker) name="nlbroker $(nlbroker --version | sed 's/.* //')" ;;
		dbus) name="dbus-daemon $(dpkg-query -W -f '${Version}' dbus-daemon)" ;;
		redis) name="redis $(dpkg-query -W -f '${Version}' redis-server)" ;;
		*) name="$broker $(dpkg-query -W -f '${Version}' $broker)" ;;
		esac
		printf '%-28s' "$name"
		for how in one_by_one many_at_once with_commands; do
			v=${cost[$how.$broker]:-} own=${cost[$how.nlbroker]}
			[ -n "$v" ] && printf ' %12d  %5s x' "$v" "$(awk "BEGIN { printf \"%.1f\", $v / ($own ? $own : 1) }")"
		done
		echo
	done
} | sed 's/^/# @table /'

at_most() { # PERCENT HOW BROKER [ITS-HOW]
	local own=${cost[$2.nlbroker]} other=${cost[${4:-$2}.$3]}
	[ "$own" -gt 0 ] && [ $((own * 100)) -le $((other * $1)) ]
	ok $? "${2//_/ }, nlbroker costs $own, at most $1 % of $3's $other (${4:-$2})"
}
for how in many_at_once with_commands; do at_most 33 $how mosquitto; done
for how in one_by_one many_at_once; do at_most 33 $how dbus; done
at_most 50 many_at_once redis
# These have no command that publishes what it reads: their best, then.
at_most 33 with_commands dbus many_at_once
at_most 50 with_commands redis many_at_once
# Each message then wakes each subscriber, which is most of the cost.
at_most 50 one_by_one mosquitto
at_most 60 one_by_one redis
echo "1..$n"
exit "$failed"
