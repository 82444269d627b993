#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: brokers.sh BIN [quick]
#
# Run as root in a guest whose time counts instructions: what a message costs the
# whole machine for each subscriber that gets it, with nlbroker, with the kernel's
# primitives and with the brokers that Debian has, each with a program on its own
# library (fanout), one by one or fifty at a time, and with the commands that come
# with it; what one that reads nothing changes; how late messages come. BIN has
# fanout and busy; quick has less of it done, for all that is asserted. Prints TAP; lines "# @json" are the figures.
set -u
bin=$1 quick=${2:-}
. "$(dirname "$0")/daemons.sh"
start_daemons
versions
subscribers=10 bytes=64
counts=(1 10 100 1000) sizes=(64 1024 61440)
[ -z "$quick" ] || counts=(10) sizes=(64)

# The figures that assertions are about.
declare -A cost
# Runs a fanout, and shows what it says; its exit code.
figures() { # HOW BROKER FANOUT-ARGUMENT...
	local how=$1 rc=0 line
	shift
	fanout "$@" > out 2> err || rc=$?
	cat out
	sed 's/^/# /' err
	while read -r line; do
		[[ $line =~ \"bytes\":\ ([0-9]+),\ \"n\":\ ([0-9]+),\ \"value\":\ ([0-9.e+]+),\ \"unit\":\ \"ns\" ]] || continue
		cost[$how.$1.${BASH_REMATCH[1]}.${BASH_REMATCH[2]}]=$(printf %.0f "${BASH_REMATCH[3]}")
	done < out
	return "$rc"
}

for broker in $brokers; do
	for many in "${counts[@]}"; do
		# With a thousand, most of the time goes with their beginning.
		options=(-s "$many")
		[ "$many" != 1000 ] || options+=(-w 3 -d 3000)
		figures one "$broker" "${options[@]}" -- "${sizes[@]}"
		ok $? "$broker: messages reach $many subscribers" "$(cat err)"
	done
done

# A batch is what the library hands over at once; for who knows none it is a loop.
for broker in $brokers; do
	figures many "$broker" -t batched -n "$broker" -b 50 -- 64
	ok $? "$broker: fifty at once" "$(cat err)"
done

for broker in $brokers; do
	[ -z "$quick" ] || [ "$broker" = nlbroker ] || continue
	rc=0
	figures stalled "$broker" -t stalled -x -w 9 -- 64 || rc=$?
	if [ "$rc" = 3 ]; then
		missing stalled "$broker" $bytes $subscribers 'the publisher waits for it, for ever'
		rc=0
	fi
	ok "$rc" "$broker: a subscriber that reads nothing" "$(cat err)"
done

for broker in $brokers; do
	[ -z "$quick" ] || [ "$broker" = nlbroker ] || continue
	figures latency "$broker" -r 1000 -- 64
	ok $? "$broker: a thousand messages a second" "$(cat err)"
done

# The commands that come with it; each message is a line. What goes with messages,
# and not with the beginning and the end, is the difference between many and few;
# the very first time programs are read from disk, which isn't counted.
few=500 many=2500
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
	sleep 1
	case $1 in
	nlbroker) lines "$2" | nlbroker pub -l bench ;;
	mosquitto) lines "$2" | mosquitto_pub --unix "$run/mosquitto" -t bench -l ;;
	esac || rc=1
	for pid in "${pids[@]}"; do wait "$pid" || rc=1; done
	return "$rc"
}
export -f with_commands lines
export run subscribers bytes
for broker in $brokers; do
	case $broker in
	nlbroker | mosquitto) ;;
	netlink | unix | zmq | nng) continue ;;
	*)
		missing batched "$broker.commands" $bytes $subscribers \
			'it has no command that publishes what it reads'
		continue
		;;
	esac
	a=0 b=0
	"$bin/busy" timeout 900 bash -c "with_commands $broker 100" > err 2>&1 &&
		a=$("$bin/busy" timeout 900 bash -c "with_commands $broker $few" 2> err) &&
		b=$("$bin/busy" timeout 900 bash -c "with_commands $broker $many" 2>> err)
	ok $? "$broker, with its commands: $many messages reach $subscribers subscribers" "$(tr -d '\0' < err)"
	v=$(((b - a) / ((many - few) * subscribers)))
	cost[commands.$broker.$bytes.$subscribers]=$v
	[ "$v" -gt 0 ] && echo "# @json {\"table\": \"batched\", \"row\": \"$broker.commands\", \"bytes\": $bytes, \"n\": $subscribers, \"value\": $v, \"unit\": \"ns\"}"
done

of() { echo "${cost[$1.$2.$bytes.$subscribers]:-0}"; } # HOW BROKER
at_most() { # PERCENT HOW BROKER [ITS-HOW]
	local own other
	own=$(of "$2" nlbroker) other=$(of "${4:-$2}" "$3")
	[ "$own" -gt 0 ] && [ $((own * 100)) -le $((other * $1)) ]
	ok $? "$2: nlbroker costs $own, at most $1 % of $3's $other (${4:-$2})"
}
if wants nlbroker; then
	for how in many commands; do at_most 33 $how mosquitto; done
	for how in one many; do at_most 33 $how dbus-daemon; done
	at_most 50 many redis
	# These have no command that publishes what it reads: their best, then.
	at_most 33 commands dbus-daemon many
	at_most 50 commands redis many
	# Each message then wakes each subscriber, which is most of the cost.
	at_most 50 one mosquitto
	at_most 60 one redis
	# One that reads nothing costs the others next to nothing.
	own=$(of one nlbroker) other=$(of stalled nlbroker)
	[ "$other" -gt 0 ] && [ $((other * 100)) -le $((own * 115)) ]
	ok $? "beside one that reads nothing, nlbroker costs $other, at most 115 % of $own"
fi
echo "1..$n"
exit "$failed"
