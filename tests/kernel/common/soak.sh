#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 1500
# smp: 2
# long: bullseye bookworm trixie-backports debug
#
# All modules at once, for two minutes, with LONG=1 for ten: each one's exercise in
# a network namespace of its own, all of them in one program, the commands, sockets
# in use by many threads, programs that are killed, namespaces that go. What the
# kernel then has, in sockets, slabs and memory, is what it had before.
set -u
. /tests/kernel/lib/common.sh
tmp=$(mktemp -d)
cd "$tmp" || exit 2
warm=20 long=120
[ -z "${LONG:-}" ] || long=600
together=/tests/bin/kernel/common/together
stress=/tests/bin/kernel/af_myproto/stress
modules=()
for x in $(exercises); do modules+=("$("$x" --module)"); done

### The load
# Each of these ends by itself after so many seconds, and says in a file of its name
# what it has done.
spaces=()
space() { # NAME: a network namespace
	ip netns add "$1"
	ip -n "$1" link set lo up
	# What is in TIME-WAIT holds ulp_caesar for a minute.
	ip netns exec "$1" sysctl -qw net.ipv4.tcp_max_tw_buckets=0
	spaces+=("$1")
}

# Commands of people, in one namespace.
commands() { # SECONDS
	local until=$((SECONDS + $1)) rounds=0 wrong=0 pids=()
	exec > commands.log 2>&1
	nlbroker sub -F '' '#' & pids+=($!)
	myproto listen -k -e cat 4242 & pids+=($!)
	ulp-caesar listen -k -v -K 3 127.0.0.1 4300 & pids+=($!)
	# Not all of these are there at once, with so much else going on.
	until myproto | grep -qE '^stream +listen +4242 ' && ulp-caesar show | grep -q ':4300 '; do
		((SECONDS < until)) || break
		sleep 0.5
	done
	while ((SECONDS < until)); do
		genl-echo ping -f -q -a -c 50 || wrong=$((wrong + 1))
		seq 100 | nlbroker pub -l soak/seq || wrong=$((wrong + 1))
		nlbroker pub -r soak/kept "$rounds" || wrong=$((wrong + 1))
		nlbroker -j topics > out || wrong=$((wrong + 1))
		[ "$(echo "round $rounds" | myproto connect 4242)" = "round $rounds" ] || wrong=$((wrong + 1))
		myproto > out || wrong=$((wrong + 1))
		echo "round $rounds" | ulp-caesar connect -K 3 127.0.0.1 4300 || wrong=$((wrong + 1))
		# And one that is ended in the middle of it.
		timeout -s KILL 0.3 genl-echo ping -f -q
		rounds=$((rounds + 1))
	done
	nlbroker pub -r soak/kept ''
	kill "${pids[@]}"
	wait "${pids[@]}"
	echo "$rounds worked, $wrong did not" > commands.said
}

# Namespaces go with programs in them, half of which are killed.
comings() { # SECONDS
	local until=$((SECONDS + $1)) n=0 x users=()
	while ((SECONDS < until)); do
		ip netns add coming
		users=()
		for x in $(exercises); do
			ip netns exec coming "$x" --loop 2 > /dev/null 2>&1 &
			users+=($!)
		done
		sleep 0.$((RANDOM % 9 + 1))
		[ $((n % 2)) = 0 ] || ip netns del coming
		for x in "${users[@]}"; do
			[ $((RANDOM % 2)) = 0 ] || kill -KILL "$x" 2> /dev/null
		done
		wait "${users[@]}" 2> /dev/null
		ip netns del coming 2> /dev/null
		n=$((n + 1))
	done
	echo "$n worked, 0 did not" > comings.said
}

# Threads that do anything to each other's sockets; a run of it is short.
threads() { # SECONDS
	local until=$((SECONDS + $1)) n=0 wrong=0
	while ((SECONDS < until)); do
		env -u LONG SCALE=1 nice -n 10 ip netns exec threads "$stress" > threads.log 2>&1 || wrong=$((wrong + 1))
		n=$((n + 1))
	done
	echo "$((n - wrong)) worked, $wrong did not" > threads.said
}

load() { # SECONDS
	local pids=() x m
	rm -f ./*.said
	for x in $(exercises); do
		m=$("$x" --module)
		ip netns exec "$m" "$x" --loop "$1" > "$m.said" 2>&1 &
		pids+=($!)
	done
	"$together" "$1" > together.said 2>&1 &
	pids+=($!)
	for x in commands comings threads; do
		# In shells of their own, which know nothing of what else runs here.
		(if [ $x = commands ]; then
			export -f commands
			exec ip netns exec commands bash -c "commands $1"
		fi
		$x "$1") &
		pids+=($!)
	done
	wait "${pids[@]}"
}

### What there is
# Slabs give back what is free, caches what can be read again.
give_back() {
	local f
	sync
	echo 3 > /proc/sys/vm/drop_caches
	for f in /sys/kernel/slab/*/shrink; do echo 1 > "$f"; done 2> /dev/null
}

# What has to be the same, to the piece, in each namespace that stays: a line each,
# with its number at the end.
pieces() {
	local s m
	for s in '' "${spaces[@]}"; do
		${s:+nsenter "--net=/run/netns/$s"} \
			cat /proc/net/sockstat /proc/net/sockstat6 /proc/net/netlink /proc/net/protocols |
			awk -v at="${s:-init}" '
				$1 == "sockets:" || $1 ~ /^TCP6?:$/ {
					for (i = 2; i < NF; i += 2)
						# Pages, which stay with the protocol for a while.
						if ($i != "mem" && $i != "memory") print at, $1 $i, $(i + 1)
				}
				$1 == "protocol" { protocols = 1; next }
				protocols { print at, "protocol:" $1, $3 }
				!protocols && $3 ~ /^[0-9]+$/ && length($4) == 8 { netlink++ }
				END { print at, "netlink-sockets", netlink + 0 }'
	done
	for m in "${modules[@]}"; do echo "module:$m $(cat "/sys/module/$m/refcnt")"; done
	awk '$1 ~ /^(sock_inode_cache|TCP|TCPv6|MYPROTO|tw_sock_TCP|tw_sock_TCPv6|net_namespace|ulp_caesar)$/ {
		print "slab:" $1, $2 }' /proc/slabinfo
}

# What all the rest of the kernel uses, too.
slabs() { awk 'NR > 2 { print $1, $2, $4 }' /proc/slabinfo; }
memory() { awk '$1 ~ /^(MemAvailable|SUnreclaim|KernelStack|PageTables|VmallocUsed|Percpu):$/ { print $1, $2 }' /proc/meminfo; }

# So many more of one kind than a kernel at rest makes in that time. In a soak, one
# that is lost each time has become thousands.
grown() { # BEFORE NOW
	awk '
		# Areas of vfree() are kept until there are many; memory in them is
		# VmallocUsed, which lacking() looks at. Kmemleak has some for each.
		$1 == "vmap_area" || $1 == "kmemleak_scan_area" { next }
		NR == FNR { was[$1] = $2; next }
		$2 - was[$1] > 300 + was[$1] / 10 {
			print $1 ": " was[$1] + 0 " before, " $2 " now, of " $3 " bytes"
		}' "$1" "$2"
}
lacking() { # BEFORE NOW
	paste -d' ' "$1" "$2" | awk '
		{ available = $1 == "MemAvailable:"; more = available ? $2 - $4 : $4 - $2 }
		more > (available ? 16384 : 1024) + $2 / 50 { print $1, $2, "kB before,", $4, "kB now" }'
}

# A kernel may keep the last namespaces that went, one or several, until the next one
# goes: here it goes, and of as many as there were it is one that is kept.
let_go() { unshare --net true; }

# Waits, for two minutes at most, for what goes a moment after what it was part of:
# until there is as much as a file says, or without one until nothing changes any more.
settle() { # [FILE]
	local i same=0
	: > pieces.last
	for ((i = 0; i < 60; i++)); do
		let_go
		sleep 2
		give_back
		pieces > pieces.now
		if [ $# = 1 ]; then
			! cmp -s "$1" pieces.now || return 0
		elif cmp -s pieces.last pieces.now; then
			same=$((same + 1))
			[ $same -lt 3 ] || return 0
		else
			same=0
		fi
		cp pieces.now pieces.last
	done
	return 1
}

modprobe -a "${modules[@]}"
t 'all modules are loaded'
for m in "${modules[@]}"; do space "$m"; done
space commands
space threads

# What is made only once is made, and caches are as full as they get.
load $warm
settle
t 'after warming up it comes to rest'
cp pieces.now pieces.before
give_back
slabs > slabs.before
memory > memory.before
[ "$(wc -l < pieces.before)" -gt 10 ] && grep -q '^slab:TCP ' pieces.before &&
	[ "$(wc -l < memory.before)" -ge 5 ]
out=$(cat pieces.before memory.before)
t 'there is something to compare'

load $long
for f in together commands comings threads "${modules[@]}"; do
	out=$(cat "$f.said" "$f.log" 2> /dev/null | tail -n 20)
	echo "# $f: $(head -n 1 "$f.said")"
	grep -qE '^[1-9][0-9]* worked, 0 did not$' "$f.said"
	t "$f: for $long seconds, and nothing went wrong"
done

settle pieces.before
out=$(diff pieces.before pieces.now)
t 'as many sockets as before, and as many of what they are made of'

give_back
slabs > slabs.now
memory > memory.now
paste -d' ' memory.before memory.now | awk '{ print "# " $1, $2, $4, "kB" }'
out=$(grown slabs.before slabs.now)
[ -z "$out" ]
t 'no slab has grown'
out=$(lacking memory.before memory.now)
[ -z "$out" ]
t 'no memory is gone'

# Would it be seen?
awk '{ $2 += 1000 } 1' slabs.before > slabs.more
out=$(grown slabs.before slabs.more | head -n 3)
[ -n "$out" ]
t 'found: a thousand objects of a kind'
awk '{ $2 += $1 == "MemAvailable:" ? -40000 : 40000 } 1' memory.before > memory.more
out=$(lacking memory.before memory.more)
[ "$(wc -l <<< "$out")" = "$(wc -l < memory.before)" ]
t 'found: 40 MB of any kind of memory'
start_holder "$(exercises | head -n 1)"
pieces > pieces.held
out=$(diff pieces.before pieces.held)
[ -n "$out" ]
t 'found: sockets that somebody holds'
end_holders
settle pieces.before
out=$(diff pieces.before pieces.now)
t 'and gives back'

# Nothing of it is left where people look.
out=$(for s in "${spaces[@]}"; do
	ip netns exec "$s" nlbroker -j topics
	ip netns exec "$s" nlbroker -j peers
	ip netns exec "$s" myproto -j
done 2>&1; ulp-caesar show -j)
[ -z "$out" ]
t 'no topic, no peer, no socket is left'

for s in "${spaces[@]}"; do ip netns del "$s"; done
for m in "${modules[@]}"; do
	unload "$m"
	t "$m unloads"
done
give_back
out=$(grep -E '^(MYPROTO|ulp_caesar) ' /proc/slabinfo)
[ -z "$out" ]
t 'and their slabs go with them'
cd /
rm -rf "$tmp"
end
