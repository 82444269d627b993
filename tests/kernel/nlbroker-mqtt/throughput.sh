#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# icount: yes
# timeout: 1500
#
# How fast one bridged topic is beside mosquitto's own publisher and subscriber, with
# one processor for all of them, whose time counts instructions; and how that grows
# from one namespace that listens to fifty.
set -u
. "$(dirname "$0")/../lib/cli.sh"
. "$(dirname "$0")/../lib/mqtt.sh"
most=${MOST:-50} many=${MANY:-5000} rounds=${ROUNDS:-7}
room=16777216
sizes=(1 2 5 10 20 50)
# What a bridge that isn't root may have of a queue.
sysctl -q net.core.rmem_max=$room
world $((most + 1)) || exit 2
mosquitto_start; ok $? 'mosquitto is there'
mkfifo pipe
now() { date +%s%N; }
# Messages a second, of COUNT since NS.
rate() { awk -v n="$1" -v ns="$(($(now) - $2))" 'BEGIN { printf "%d", n * 1e9 / ns }'; }
# A publisher that takes lines is connected before the time begins: mosquitto_pub looks
# whether it is once in 100 ms. Then COUNT lines of 63 bytes, and the time until all
# who subscribed have them.
timed() { # COUNT SUBSCRIBER... -- PUBLISHER COMMAND...
	local count=$1 pids=() from
	shift
	while [ "$1" != -- ]; do pids+=("$1"); shift; done
	shift
	seq -f '%063.0f' "$count" > lines
	in_ns 1 "$@" < pipe &
	exec 9> pipe
	sleep $((2 + ${#pids[@]} / 10))
	from=$(now)
	cat lines >&9
	wait "${pids[@]}"
	rate "$count" "$from"
	exec 9>&-
	wait $!
}

# mosquitto_pub to mosquitto_sub, of QoS 0, over the same way.
plain() { # COUNT
	in_ns $((most + 1)) mosquitto_sub -h "10.99.$((most + 1)).1" -V 5 -t plain -C "$1" -W 300 > plain.got &
	timed "$1" $! -- mosquitto_pub -h 10.99.1.1 -V 5 -t plain -l
}
# A bridged topic, from the first namespace to N others, whose bridges take it. Like
# mosquitto_pub, the publisher waits for nobody: the bridge's queue has room.
bridged() { # N COUNT [OPTION OF pub...]
	local i last=$(($1 + 1)) pids=()
	for ((i = 2; i <= last; i++)); do
		in_ns "$i" nlbroker sub -b 30000000 -C "$2" -W 300 "fast/$1" > "fast.$i" 2> "fast.$i.err" &
		pids+=($!)
	done
	timed "$2" "${pids[@]}" -- nlbroker pub "${@:3}" -l "fast/$1"
}

for ((i = 1; i <= most + 1; i++)); do
	{
		printf '%s\n' 'connection fast' 'address HERE' "local_queue_bytes $room"
		for to in "${sizes[@]}"; do
			if [ $i = 1 ]; then echo "topic fast/$to out"
			elif [ $((i - 1)) -le "$to" ]; then echo "topic fast/$to in"; fi
		done
	} > lines
	bridge "b$i" "$i" < lines
done
all_connected $((most + 1))
sleep 5

# A reading of a third of a second is at the mercy of what else happens in it: a page
# that is read from the disk passes for many instructions. So both ways are gone once
# first, then in turn, and their medians are compared.
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
plain 500 > /dev/null
bridged 1 500 > /dev/null
ps=() ones=() came=0
for ((round = 0; round < rounds; round++)); do
	ps+=("$(plain "$many")")
	ones+=("$(bridged 1 "$many")")
	came=$((came + $(cat plain.got fast.2 | wc -l)))
done
[ $came = $((2 * rounds * many)) ]; ok $? "$came messages came, of $rounds times $many both ways"
p=$(median "${ps[@]}") one=$(median "${ones[@]}")
echo "# mosquitto_pub to mosquitto_sub: $p messages a second, the median of ${ps[*]}"
echo "# nlbroker, bridge, mosquitto, bridge, nlbroker: $one, the median of ${ones[*]}"
echo "# with a publisher that waits for room, message by message: $(bridged 1 "$many" -w 600000)"
ratio=$(awk -v a="$one" -v b="$p" 'BEGIN { printf "%.2f", a / b }')
awk -v r="$ratio" 'BEGIN { exit !(r >= 0.8) }'
ok $? "one bridged topic: $ratio of mosquitto_pub to mosquitto_sub"
echo "# namespaces, messages a second published, delivered in all:"
for to in "${sizes[@]}"; do
	[ "$to" -le "$most" ] || break
	count=$((many / to))
	r=$(bridged "$to" $count)
	short=$(cat fast.*.err | head -c 300)
	[ -z "$short" ] && [ "$(cat fast.*[0-9] | wc -l)" = $((to * count)) ]
	ok $? "to $to namespaces: $r messages a second, $((r * to)) delivered; lost: ${short:-nothing}"
	rm -f fast.*
done
for i in 1 2 $((most + 1)); do sums b$i; done
logs
cli_end
