# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The brokers that are compared, started as they are packaged: on a unix socket,
# with nothing to write to disk. Sourced, with $bin where the programs are, as root.

. "$(dirname "${BASH_SOURCE[0]}")/../unit/tap.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=$(mktemp -d)
: "${bin:?}"
chmod 755 "$run"
cd "$run" || exit
trap 'kill $(jobs -p) 2>/dev/null' EXIT
# A thousand subscribers, each a connection.
ulimit -n 8192

# What is compared, in the order of the tables; and which of them are daemons.
# shellcheck disable=SC2034  # read by those who source this
brokers=${BROKERS:-nlbroker netlink unix mosquitto dbus-daemon dbus-broker redis zmq nng}

wants() { case " $brokers " in *" $1 "*) ;; *) return 1 ;; esac; }

until_there() { # SOCKET
	local i
	for ((i = 0; i < 600; i++)); do
		[ ! -S "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

start_daemons() {
	local broker
	cat > mosquitto.conf <<-END
		listener 0 $run/mosquitto
		allow_anonymous true
		max_queued_messages 0
		user root
	END
	if wants mosquitto; then
		mosquitto -c mosquitto.conf > mosquitto.log 2>&1 &
	fi
	if wants redis; then
		redis-server --port 0 --unixsocket "$run/redis" --save '' --maxclients 4000 \
			--daemonize no > redis.log 2>&1 &
	fi
	if wants dbus-daemon; then
		dbus-daemon --session --address="unix:path=$run/dbus-daemon" --nofork --nopidfile \
			> dbus-daemon.log 2>&1 &
	fi
	if wants dbus-broker; then
		"$here/dbus-broker.py" "$run/dbus-broker" > dbus-broker.log 2>&1 &
	fi
	for broker in mosquitto redis dbus-daemon dbus-broker; do
		wants "$broker" || continue
		until_there "$run/$broker"
		ok $? "$broker is there" "$(cat "$broker.log")"
	done
	# A socket is there before its owner has looked at it.
	sleep 1
	# More peers of one user than it lets by itself; datagrams as systemd sets it.
	if wants nlbroker; then
		modprobe nlbroker && echo 4000 > /sys/module/nlbroker/parameters/max_peers
		ok $? 'nlbroker is there'
	fi
	sysctl -q -w net.unix.max_dgram_qlen=512 2> /dev/null
}

# Runs fanout with a broker: its own name is the row, and where there is no daemon
# the address is a new one each time.
declare -i fanouts=0
fanout() { # BROKER [OPTION]... -- BYTES...
	local broker=$1 library=$1 address=$run/$1 options=()
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	fanouts+=1
	case $broker in
	dbus-*) library=dbus address=unix:path=$address ;;
	unix) address=$address.$fanouts ;;
	zmq | nng) address=ipc://$address.$fanouts ;;
	esac
	timeout 900 "$bin/fanout" -n "$broker" "${options[@]}" "$library" "$address" "$@"
}

# For a record of what isn't there. The reason has no quotes.
missing() { # TABLE ROW BYTES N REASON
	echo "# @json {\"table\": \"$1\", \"row\": \"$2\", \"bytes\": $3, \"n\": $4, \"missing\": \"$5\"}"
}

version_of() { # BROKER
	local package=$1
	case $1 in
	nlbroker) nlbroker --version | sed 's/.* //'; return ;;
	netlink | unix) uname -r; return ;;
	redis) package=redis-server ;;
	zmq) package=libzmq5 ;;
	nng) package=libnng1 ;;
	esac
	dpkg-query -W -f '${Version}\n' "$package" 2> /dev/null |
		sed 's/^[0-9]*://; s/-.*//; s/+.*//'
}

versions() {
	local broker
	for broker in $brokers; do
		echo "# @version {\"name\": \"$broker\", \"version\": \"$(version_of "$broker")\"}"
	done
}
