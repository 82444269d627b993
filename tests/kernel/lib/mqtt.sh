# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of nlbroker-mqtt share: network namespaces, each with a broker of
# the kernel's own and a way to mosquitto, as Debian has it, in the first namespace;
# bridges, and their counters. Sourced by them, after cli.sh. With STUB=1 it runs
# without a kernel module (tests/mqtt).
#
# shellcheck disable=SC2034,SC2154  # counters are for who sources this, and come from look

bridge_uid=$(id -u nlbroker-mqtt 2> /dev/null) || bridge_uid=9999
mosquitto_pid='' all_pids=()
mosquitto_conf=/etc/mosquitto/conf.d/test.conf
declare -A bridge_pid bridge_ns

# Tests share a boot: nothing of one is there when the next one begins.
mqtt_end() {
	local n
	kill -KILL "${all_pids[@]}" ${mosquitto_pid:+"$mosquitto_pid"} 2> /dev/null
	wait "${all_pids[@]}" ${mosquitto_pid:+"$mosquitto_pid"} 2> /dev/null
	for n in $(ip netns list | grep -oE '^n[0-9]+'); do ip netns del "$n"; done
	rm -f "$mosquitto_conf"
}
trap mqtt_end EXIT

# Tries for some seconds.
until_true() { # SECONDS COMMAND...
	local end=$((SECONDS + $1 * ${SCALE:-1}))
	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# Network namespaces n1 to nN. In each, the first namespace is 10.99.N.1.
world() { # N
	local i
	ip link set lo up
	for ((i = 1; i <= $1; i++)); do
		ip netns add "n$i" &&
			ip link add "v$i" type veth peer name eth0 netns "n$i" &&
			ip addr add "10.99.$i.1/30" dev "v$i" && ip link set "v$i" up &&
			ip -n "n$i" addr add "10.99.$i.2/30" dev eth0 &&
			ip -n "n$i" link set eth0 up && ip -n "n$i" link set lo up || return 1
		[ -z "${STUB:-}" ] || { mkdir -p "$tmp/stub/$i" && chmod 777 "$tmp/stub/$i"; }
	done
}
in_ns() { # N COMMAND...
	local n=$1
	shift
	STUB_DIR=$tmp/stub/$n ip netns exec "n$n" "$@"
}
# The same in the background, which is $! itself, not a shell that waits for it.
behind() { # N COMMAND...
	local n=$1
	shift
	STUB_DIR=$tmp/stub/$n exec ip netns exec "n$n" "$@"
}

# mosquitto, with lines more than its package's configuration: mosquitto_more.
mosquitto_more=()
mosquitto_start() {
	# Its package is there as files, and the user that it has made may not be.
	id mosquitto > /dev/null 2>&1 || useradd --system mosquitto
	# A listener that others than this machine reach, and queues without an end.
	printf '%s\n' 'listener 1883' 'allow_anonymous true' 'max_queued_messages 0' "${mosquitto_more[@]}" \
		> "$mosquitto_conf"
	mosquitto_again
}
mosquitto_again() {
	mkdir -p /run/mosquitto
	chown mosquitto /run/mosquitto /var/lib/mosquitto /var/log/mosquitto
	mosquitto -c /etc/mosquitto/mosquitto.conf > "$tmp/mosquitto.log" 2>&1 &
	mosquitto_pid=$!
	until_true 30 eval '(: < /dev/tcp/127.0.0.1/1883) 2> /dev/null'
}
mosquitto_stop() { # SIGNAL
	kill -"$1" "$mosquitto_pid"
	wait "$mosquitto_pid" 2> /dev/null
	mosquitto_pid=
}

# A bridge in namespace N; what its configuration has besides its socket comes on
# standard input, with HERE for the address of mosquitto.
bridge() { # NAME N
	local dir=$tmp/$1
	mkdir -p "$dir"
	{
		echo "status_socket $dir/sock"
		echo "bridge_id $1"
		sed "s/HERE/10.99.$2.1/"
	} > "$dir/conf"
	chown -R "$bridge_uid" "$dir"
	bridge_ns[$1]=$2
	bridge_again "$1"
}
bridge_again() { # NAME
	behind "${bridge_ns[$1]}" setpriv --reuid="$bridge_uid" --regid="$bridge_uid" \
		--clear-groups "${daemon:-nlbroker-mqtt}" -c "$tmp/$1/conf" 2>> "$tmp/$1/log" &
	bridge_pid[$1]=$!
	all_pids+=($!)
}
# Ends one; its exit code is rc.
bridge_end() { # NAME [SIGNAL]
	kill -"${2:-TERM}" "${bridge_pid[$1]}"
	rc=0
	wait "${bridge_pid[$1]}" 2> /dev/null || rc=$?
}

# Reads a bridge's counters, of its first connection or the one named: state,
# out_received, out_sent, out_lost, out_skipped, out_queued, out_resent, in_received...
# and by reason lost[out.queue], skipped[in.loop].
declare -A lost skipped
look() { # NAME [CONNECTION]
	local json way rest pair re
	json=$(nlbroker-mqtt -j status -s "$tmp/$1/sock" 2> "$tmp/look.err" |
		grep "\"name\":\"${2:-}" | head -n 1)
	state='' lost=() skipped=()
	[[ $json =~ \"state\":\"([a-z]+)\" ]] || return 1
	state=${BASH_REMATCH[1]}
	[[ $json =~ \"connects\":([0-9]+),\"failures\":([0-9]+),\"sessions_lost\":([0-9]+) ]] || return 1
	connects=${BASH_REMATCH[1]} failures=${BASH_REMATCH[2]} sessions_lost=${BASH_REMATCH[3]}
	for way in out in; do
		re="\"$way\":\{\"received\":([0-9]+),\"sent\":([0-9]+),\"lost\":\{([^}]*)\},\"skipped\":\{([^}]*)\}"
		re+=',"in_doubt":([0-9]+),"queued":([0-9]+),"resent":([0-9]+)'
		[[ $json =~ $re ]] || return 1
		printf -v "${way}_received" %s "${BASH_REMATCH[1]}"
		printf -v "${way}_sent" %s "${BASH_REMATCH[2]}"
		printf -v "${way}_in_doubt" %s "${BASH_REMATCH[5]}"
		printf -v "${way}_queued" %s "${BASH_REMATCH[6]}"
		printf -v "${way}_resent" %s "${BASH_REMATCH[7]}"
		rest=${BASH_REMATCH[4]}
		printf -v "${way}_lost" %s 0
		for pair in ${BASH_REMATCH[3]//,/ }; do
			pair=${pair//\"/}
			lost[$way.${pair%:*}]=${pair#*:}
			printf -v "${way}_lost" %s "$((${way}_lost + ${pair#*:}))"
		done
		printf -v "${way}_skipped" %s 0
		for pair in ${rest//,/ }; do
			pair=${pair//\"/}
			skipped[$way.${pair%:*}]=${pair#*:}
			printf -v "${way}_skipped" %s "$((${way}_skipped + ${pair#*:}))"
		done
	done
}
# Do the sums add up, as nlbroker-mqtt(8) says?
adds_up() { # NAME [CONNECTION]
	look "$@" &&
		[ "$out_received" = $((out_sent + out_lost + out_skipped + out_queued)) ] &&
		[ "$in_received" = $((in_sent + in_lost + in_skipped)) ]
}
sums() { # NAME [CONNECTION]
	adds_up "$@"
	ok $? "the sums of $*: out $out_received = $out_sent + $out_lost + $out_skipped + $out_queued, in $in_received = $in_sent + $in_lost + $in_skipped"
}
looks() { look "$1" && eval "[ $2 ]"; }	# NAME CONDITION
# Waits until a bridge's counters are so; the test is that it comes to be.
becomes() { # SECONDS NAME CONDITION WHAT
	local rc=0
	until_true "$1" looks "$2" "$3" || rc=1
	ok $rc "$4"
	[ $rc = 0 ] || nlbroker-mqtt -c "$tmp/$2/conf" status | sed 's/^/# /'
}
connected() { becomes 60 "$1" '$state = connected' "$1 is connected"; }
all_connected() { # N: b1 to bN
	local i
	for ((i = 1; i <= $1; i++)); do
		until_true 120 looks "b$i" '$state = connected' || break
	done
	[ $i -gt "$1" ]; ok $? "$((i - 1)) bridges are connected"
}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/${bridge_pid[$1]}/status"; }	# KiB
peak() { awk '/^VmHWM/ { print $2 }' "/proc/${bridge_pid[$1]}/status"; }

# Who reads in a namespace, into a file, until it is killed.
reader() { # N FILE ARGUMENT...
	local n=$1 file=$2
	shift 2
	behind "$n" nlbroker sub "$@" > "$file" 2> "$file.err" &
	reader_pid=$!
	all_pids+=($!)
}
# The bridges' logs, for who has to find out.
logs() {
	[ "$failed" = 0 ] || tail -n 20 "$tmp"/*/log | sed 's/^/# /'
}
