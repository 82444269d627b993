#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# long: bookworm trixie-backports debug
#
# The command genl-echo as it was installed: every subcommand over both
# transports, exit codes, JSON, signals, system calls, and what it says when the
# driver isn't there.
set -u
# It takes modules away.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
SCALE=${SCALE:-1}
. "$(dirname "$0")/../lib/cli.sh"
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
absent() { modprobe -r genl_echo; }

### The driver loads itself
absent
run "${user[@]}" genl-echo ping -c 1
is 'an unprivileged user; the first message loads the driver' 0 '1 sent, 1 received, 0% loss' NONE
[ -d /sys/module/genl_echo ]; ok $? 'it is loaded'
run genl-echo -c 2 -i 0
is 'ping is the default command' 0 '2 sent, 2 received'
run genl-echo --version
is 'version' 0 '^genl-echo \(sockmods\) [0-9]+\.[0-9]+\.[0-9]+$' NONE
run genl-echo --help
is 'help' 0 '^Commands' NONE
run genl-echo fail --help
is 'help of a command' 0 'ERRNO' NONE

### Every command over both transports
for t in raw libnl; do
	run genl-echo ping -c 3 -i 0.01 --transport $t
	is "$t: ping" 0 '^3 sent, 3 received, 0% loss' NONE
	grep -qE '^56 bytes from genl_echo: seq=3 time=[0-9.]+ us$' out; ok $? "$t: a line for each reply"
	grep -qE '^rtt min/avg/max/mdev = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ us$' out; ok $? "$t: times"
	run genl-echo ping -t $t -c 20 -i 0 -q
	is "$t: ping -q" 0 '20 received'
	[ "$(wc -l < out)" = 4 ]; ok $? "$t: prints only the summary"
	run genl-echo ping -t $t -c 3 -i 0 -s 61440
	is "$t: 60 KiB" 0 '^61440 bytes from .*seq=3' NONE
	run genl-echo ping -t $t -c 2 -i 0 -s 0
	is "$t: no payload" 0 '^0 bytes from .*seq=2' NONE
	run genl-echo ping -t $t -f -c 100
	is "$t: flood" 0 '100 sent, 100 received' NONE
	[ "$(tr -cd . < out | cut -c -100 | tr -d '\n' | wc -c)" = 100 ]; ok $? "$t: flood: a dot each"
	run genl-echo -j ping -t $t -c 3 -i 0
	is "$t: ping -j" 0 '' NONE
	json "$t: ping -j: an object for each reply, and a summary" '
		[o["type"] for o in r] == ["reply"] * 3 + ["summary"] and
		[o["seq"] for o in r[:3]] == [1, 2, 3] and
		all(o["time_ns"] > 0 and o["bytes"] == 56 for o in r[:3]) and
		r[3]["sent"] == 3 and r[3]["received"] == 3 and r[3]["lost"] == 0 and
		r[3]["loss_percent"] == 0 and r[3]["transport"] == "'$t'" and
		0 < r[3]["min_ns"] <= r[3]["avg_ns"] <= r[3]["max_ns"]'
	run genl-echo dump -t $t
	is "$t: dump" 0 '^2: genl_echo$' NONE
	run genl-echo dump -t $t -c $((20000 / SCALE)) 'hello, world'
	[ "$(wc -l < out)" = $((20000 / SCALE)) ]; ok $? "$t: dump -c $((20000 / SCALE))"
	is "$t: dump: the last one" 0 "^$((20000 / SCALE - 1)): hello, world$" NONE
	run genl-echo dump -t $t -c 1 $'tab\there \e[31mred \xff \\'
	is "$t: dump: what a terminal would obey is not printed" 0 '^0: tab\\there \\x1b\[31mred \\xff \\\\$'
	run genl-echo dump -t $t -j -c 2 $'\xff\xc3\xa9'
	json "$t: dump -j: text that is not UTF-8" '
		len(r) == 2 and r[1]["index"] == 1 and r[1]["msg"] == "\ufffd\u00e9" and r[1]["msg_hex"] == "ffc3a9"'
	run genl-echo dump -t $t "$(head -c 1024 /dev/zero | tr '\0' x)"
	is "$t: dump: the longest text" 0 '^2: x{1024}$' NONE
	run genl-echo fail -t $t
	is "$t: fail" 1 NONE 'refused by the kernel: Invalid argument \(EINVAL\)$'
	run genl-echo fail -t $t enospc 'the disk is full'
	is "$t: fail with a reason" 1 NONE 'No space left on device \(ENOSPC\): the disk is full$'
	run genl-echo fail -t $t 4095
	is "$t: fail with a number" 1 NONE 'error 4095$'
	run genl-echo fail -t $t ENOENT 'still there'
	is "$t: fail with ENOENT is not a missing driver" 1 NONE 'ENOENT\): still there$'
	run genl-echo fail -t $t EAGAIN 'not a time-out'
	is "$t: fail with EAGAIN is not a time-out" 1 NONE 'EAGAIN\): not a time-out$'
	run genl-echo fail -t $t ENOBUFS 'not an overrun'
	is "$t: fail with ENOBUFS is not an overrun" 1 NONE 'ENOBUFS\): not an overrun$'
	run genl-echo fail -t $t EINTR 'not a signal'
	is "$t: fail with EINTR is not a signal" 1 NONE 'EINTR\): not a signal$'
	run genl-echo fail -t $t -j ENODEV 'no "such" thing'
	is "$t: fail -j" 1 '' NONE
	json "$t: fail -j: the object" '
		r == [{"type": "error", "errno": 19, "error": "ENODEV", "text": "no \"such\" thing"}]'
	run genl-echo stat -t $t
	is "$t: stat" 0 '^messages dumped +[0-9]+$' NONE
	run genl-echo stat -t $t -j
	json "$t: stat -j" '
		len(r) == 1 and r[0]["echoes"] > 0 and r[0]["dumps"] > 0 and r[0]["fails"] > 0 and
		set(r[0]) == {"type", "echoes", "echo_bytes", "dumps", "dump_messages", "fails", "events", "refused", "overruns"}'
done
run genl-echo -j stat
python3 -m json.tool out > /dev/null 2> err; ok $? 'json.tool agrees'

### Wrong usage: 2, said on standard error, nothing sent
genl-echo -j stat > before
while IFS= read -r words; do
	# shellcheck disable=SC2086  # words are arguments
	run genl-echo $words
	is "wrong: $words" 2 NONE '^genl-echo: '
	# None of it reaches the kernel: one will do where everything is slow.
	[ "$SCALE" -lt 100 ] || break
done <<-END
	nosuch
	ping extra
	dump one two
	fail ENOSUCH
	fail 0
	fail 4096
	fail EPERM text more
	--nosuch
	-Z
	-c
	-c 0
	-c -1
	-c 1x
	-c 0x10
	-c 99999999999999999999
	-i -1
	-i x
	-i .
	-s 61441
	-W 0
	-c 3 dump
	dump -c 1000001
	dump -q
	stat -c 1
	--quiet=yes
	-t tcp
	-F sixteen-bytes-xx
	--print-completion fish
END
run genl-echo -F ''
is 'wrong: an empty family' 2 NONE '^genl-echo: '
run genl-echo dump "$(head -c 1025 /dev/zero | tr '\0' x)"
is 'wrong: a text too long' 2 NONE '1025 bytes'
run genl-echo -j stat
cmp -s before out; ok $? 'none of it reached the driver'

### Standard output that can't be written
run bash -c 'genl-echo stat > /dev/full'
is 'a full disk is noticed' 1 '' 'No space left on device'

### Signals
for t in raw libnl; do
	for sig in INT TERM; do
		(sleep 0.7; pkill -$sig -x genl-echo) &
		run genl-echo ping -t $t -i 0.1
		wait $!
		is "$t: SIG$sig ends it with statistics" 0 '^[0-9]+ sent, [0-9]+ received, 0% loss' NONE
	done
	(sleep 0.5; pkill -INT -x genl-echo) &
	run genl-echo -j ping -t $t -i 1000
	wait $!
	json "$t: SIGINT in a pause, -j" '[o["type"] for o in r] == ["reply", "summary"]'
done

### Events
listen() { # OPTION...: in the background; returns when it is a member

	timeout 60 genl-echo monitor "$@" > events 2> events.err &
	pid=$!
	for _ in $(seq 100); do
		# Netlink sockets, with the groups they are in.
		awk '$2 == 16 && $4 != "00000000" && $4 > 0' /proc/net/netlink | grep -q . && break
		sleep 0.1
	done
	sleep 0.3
}
for t in raw libnl; do
	listen -t $t -c 2
	run genl-echo ping -c 2 -i 0 -a
	wait $pid; rc=$?
	cp events out; cp events.err err
	is "$t: monitor -c 2" 0 '^event: port [0-9]+ data 56 bytes 0200' NONE
	[ "$(wc -l < events)" = 2 ]; ok $? "$t: monitor: a line for each event"
	listen -t $t -j
	run genl-echo ping -t $t -c 1 -a -s 4
	run genl-echo ping -t $t -c 1 -s 4
	sleep 0.5
	pkill -INT -x genl-echo
	wait $pid; rc=$?
	cp events out; cp events.err err
	is "$t: monitor -j, SIGINT" 0 '' NONE
	json "$t: monitor -j: the announced echo only" '
		len(r) == 1 and r[0]["type"] == "event" and r[0]["portid"] > 0 and
		r[0]["bytes"] == 4 and r[0]["data_hex"] == "01000000" and "msg" not in r[0]'
	listen -t $t -j
	pkill -STOP -x genl-echo
	run genl-echo ping -f -q -a -c 20 -s 61440
	is "$t: a monitor that does not read harms nobody" 0 '20 received'
	pkill -CONT -x genl-echo
	sleep 0.5
	run genl-echo ping -c 1 -a -s 1
	sleep 0.5
	pkill -INT -x genl-echo
	wait $pid; rc=$?
	cp events out; cp events.err err
	is "$t: an overrun is told, and exit code 1" 1 '^\{"type":"overrun"\}$'
	json "$t: and monitoring went on" 'r[-1]["type"] == "event" and r[-1]["bytes"] == 1'
	listen -t $t -j
	absent
	wait $pid; rc=$?
	cp events out; cp events.err err
	is "$t: monitor ends when the driver is unloaded" 3 '"unloaded"' 'unloaded'
done

### Namespaces
ip netns add blue
run ip netns exec blue genl-echo -j ping -c 1
run ip netns exec blue genl-echo -j stat
json 'a namespace has its own counters' 'r[0]["echoes"] == 1'
ip netns del blue

### System calls
run strace -o trace genl-echo ping -c 1 --transport raw
# The loader ends with the unmapping of its cache.
calls=$(tac trace | sed '/^munmap(/q' | grep -cvE '^(munmap|\+\+\+)')
echo "# ping -c 1 --transport raw: $calls system calls after the loader"
[ "$calls" -gt 5 ] && [ "$calls" -le 20 ]; ok $? "at most 20 system calls for ping -c 1 ($calls)"
[ "$calls" -le 20 ] || sed 's/^/# /' trace
steady() { # CALLS...: how many of a thousand round trips, beyond a hundred
	local a b
	run strace -c -o c100 genl-echo ping -t raw -c 100 -q -i 0
	run strace -c -o c1100 genl-echo ping -t raw -c 1100 -q -i 0
	for c in "$@"; do
		a=$(awk -v c="$c" '$NF == c { print $4 }' c100)
		b=$(awk -v c="$c" '$NF == c { print $4 }' c1100)
		echo $((${b:-0} - ${a:-0}))
	done
}
total() { awk '$NF == "total" { print ($4 == "" ? $3 : $4) }' "$1"; }
read -rd '' s r clock < <(steady sendto recvfrom clock_gettime)
[ "$s" = 1000 ] && [ "$r" = 1000 ]; ok $? "a thousand round trips: $s sends, $r receives"
# Where the clock isn't one that a program can read by itself, as on emulated
# machines, reading it is a system call too, and not netlink's.
more=$(($(total c1100) - $(total c100) - clock))
echo "# clock: $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource), $clock system calls for it"
[ "$more" = 2000 ]; ok $? "and nothing else: $more system calls"

### The program in the man page
if [ -x /tests/bin/man-example/genl_echo ]; then
	run true
	ldd /tests/bin/man-example/genl_echo > err 2>&1
	run /tests/bin/man-example/genl_echo 'hello, kernel'
	is 'the example of genl_echo(7) echoes' 0 '^hello, kernel$' NONE
	run /tests/bin/man-example/genl_echo "$(head -c 1025 /dev/zero | tr '\0' x)"
	[ "$rc" != 0 ]; ok $? 'the example is refused'
	matches err '^kernel: '; ok $? 'and prints the reason'
else
	rc=; : > out; : > err
	ok 1 'the example of genl_echo(7) was built'
fi
for s in 1/genl-echo 7/genl_echo; do
	run man -l /usr/share/man/man${s%%/*}/${s#*/}.${s%%/*}.gz
	is "man ${s%%/*} ${s#*/}" 0 'NAME' NONE
done

### Another family name
absent
modprobe genl_echo family=other_name
run genl-echo ping -c 1 --family other_name
is '--family' 0 'bytes from other_name'
run genl-echo ping -c 1
is 'loaded under another name' 3 '' "under the name 'other_name'"
matches err 'hint: --family other_name$'; ok $? 'the hint says which'
run genl-echo ping -c 1 -t libnl --family third
is 'a third name' 3 '' "under the name 'other_name'"
absent
run genl-echo ping -c 1 --family other_name
is 'not loaded, and a name the kernel knows no module for' 3 '' 'hint: modprobe genl_echo family=other_name$'

### The driver isn't there (every reason: tests/kernel/sockmods)
release=$(uname -r)
re=${release//[+.]/.}	# as a regular expression
ko=$(modinfo -n genl_echo)

printf 'blacklist genl_echo\ninstall genl_echo /bin/false\n' > /etc/modprobe.d/test.conf
for t in raw libnl; do
	run genl-echo ping -c 1 -t $t
	is "$t: forbidden by an install line" 3 NONE "modprobe.d has an 'install genl_echo' line"
done
matches err '^genl-echo: hint: grep '; ok $? 'with a hint'
for c in dump fail stat monitor bench; do
	run genl-echo $c
	is "no driver: $c" 3 NONE "'install genl_echo'"
done
run setarch --uname-2.6 genl-echo ping -c 1
is 'an older kernel' 3 NONE 'older than 5.10'
rm /etc/modprobe.d/test.conf

# Where the kernel doesn't call modprobe, root's genl-echo loads the driver.
helper=$(cat /proc/sys/kernel/modprobe)
echo /bin/false > /proc/sys/kernel/modprobe
run "${user[@]}" genl-echo ping -c 1
is 'not loaded, and the kernel does not load it' 3 NONE 'genl_echo is not loaded$'
matches err '^genl-echo: hint: modprobe genl_echo$'; ok $? 'the hint is modprobe'
run genl-echo ping -c 1
is 'root: it is loaded' 0 '1 received' NONE
absent
echo "$helper" > /proc/sys/kernel/modprobe

mv "$ko" kept.ko
mv "/lib/modules/$release/build" kept.build
run genl-echo ping -c 1
is 'not built, no headers' 3 NONE "package linux-headers-$re is not installed"
matches err "hint: apt install linux-headers-$re\$"; ok $? 'the hint is apt, and the package'
mv kept.build "/lib/modules/$release/build"
echo 'not a module' > "$ko"
run genl-echo ping -c 1
is 'a module that can not be loaded' 3 NONE 'can not be loaded'
mv kept.ko "$ko"

run genl-echo ping -c 1
is 'and after all that it works' 0 '1 received' NONE

cli_end
