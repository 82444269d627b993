#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# timeout: 300
# long: bookworm trixie-backports
#
# The command nlbroker as it was installed: every subcommand, its options, exit
# codes, JSON, signals, and what it says when it can't.
set -u
. "$(dirname "$0")/../lib/cli.sh"
SCALE=${SCALE:-1}

user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
absent() { modprobe -r nlbroker; }
peers() { nlbroker -j peers 2>/dev/null | wc -l; }

# Starts COMMAND... in the background, its output in files NAME.out and
# NAME.err, and waits until it is a peer. It ends by itself after a time, PATIENCE
# seconds where all takes longer.
declare -A pids
start() { # NAME COMMAND...
	local name=$1 before
	before=$(peers)
	shift
	timeout "${PATIENCE:-100}" "$@" > "$name.out" 2> "$name.err" &
	pids[$name]=$!
	for _ in $(seq 200); do
		[ "$(peers)" -le "$before" ] || return
		sleep 0.05
	done
}
# Waits until it ends; its output becomes that of the last run.
end() { # NAME [SIGNAL]
	# Not to timeout, which would pass it on twice.
	[ $# = 1 ] || pkill -"$2" -P "${pids[$1]}" || kill -"$2" "${pids[$1]}"
	rc=0
	wait "${pids[$1]}" || rc=$?
	cp "$1.out" out
	cp "$1.err" err
}
line() { grep -qxF -- "$2" "$1"; }	# FILE TEXT
same() { printf '%s\n' "$@" | cmp -s - out; ok $? "and that is all: $*"; }	# LINE...

### The driver loads itself
absent
run "${user[@]}" nlbroker status
is 'an unprivileged user; the first message loads the driver' 0 '^messages published +0$' NONE
[ -d /sys/module/nlbroker ]; ok $? 'it is loaded'
run nlbroker
is 'status is the default command' 0 '^peers +0$' NONE
run nlbroker --version
is 'version' 0 '^nlbroker \(sockmods\) [0-9]+\.[0-9]+\.[0-9]+$' NONE
run nlbroker --help
is 'help' 0 '^Commands' NONE
run nlbroker sub --help
is 'help of a command' 0 'PATTERN\.\.\.' NONE

### One talks, one listens
start s nlbroker sub -C 2 a/b
run nlbroker pub a/b hello
is 'pub prints nothing' 0 NONE NONE
run nlbroker pub a/b 'two words'
end s
is 'sub -C 2 prints messages, and ends' 0 '' NONE
same hello 'two words'
start s nlbroker sub -v -C 3 'a/+' 'b/#' a/b
for t in a/b a/b/c b c b/x; do nlbroker pub $t "$t!"; done
end s
is 'sub -v, several patterns, each message once' 0 '' NONE
same 'a/b a/b!' 'b b!' 'b/x b/x!'
start s nlbroker sub -c -C 1 who
"${user[@]}" nlbroker pub who me
end s
is 'sub -c says who' 0 '^\[uid 65534 pid [0-9]+\] me$' NONE
before=$(date +%s)
start s nlbroker sub -C 1 -F '%t|%p|%x|%l|%r|%u|%g|%%|\t|\\|\e|%I|%U|%P|%n|%s' f/1
nlbroker pub f/1 'ab c'
end s
is 'sub -F' 0 '^f/1\|ab c\|61622063\|4\|0\|0\|0\|%\|	\|\\\|'$'\e''\|20[0-9-]*T[0-9:]*\.[0-9]{6}Z\|[0-9]+\.[0-9]{9}\|[0-9]+\|[0-9]+\|[0-9]+$' NONE
t=$(cut -d'|' -f13 out)
[ "${t%.*}" -ge "$before" ] && [ "${t%.*}" -le $((before + 20)) ]; ok $? '%U is when it was'
date -u -d "$(cut -d'|' -f12 out)" +%s | grep -qx "${t%.*}"; ok $? '%I is the same'
start s nlbroker sub -N -C 2 n
printf 'a\0b' | nlbroker pub -f - n
nlbroker pub n c
end s
is 'sub -N' 0 '' NONE
printf 'a\0bc' | cmp -s - out; ok $? 'no newlines, and a NUL comes as it was'
start s nlbroker -j sub -C 2 j
nlbroker pub j 'text "ü"'
printf '\377' | nlbroker pub -f - -r j
end s
is 'sub -j' 0 '' NONE
json 'sub -j: the objects' '
	[o["type"] for o in r] == ["message"] * 2 and r[0]["topic"] == "j" and
	r[0]["payload"] == "text \"ü\"" and r[0]["bytes"] == 9 and r[0]["retained"] is False and
	r[0]["uid"] == 0 and r[0]["gid"] == 0 and r[0]["pid"] > 0 and r[0]["portid"] > 0 and
	r[1]["time_ns"] > r[0]["time_ns"] > 1.7e18 and r[1]["seq"] == r[0]["seq"] + 1 and
	r[1]["payload"] == "\ufffd" and r[1]["payload_hex"] == "ff"'
start s nlbroker sub -C 1 -F '%j' f/2
nlbroker pub f/2 x
end s
json 'sub -F %j' 'r[0]["topic"] == "f/2" and r[0]["payload"] == "x"'
nlbroker pub -r -n j
rm -f typescript
start s script -qec "nlbroker sub -v -C 1 tty" typescript
nlbroker pub tty $'a\eb\rc\xff'
end s
grep -q 'tty a\\x1bb\\x0dc\\xff' typescript; ok $? 'what a terminal would obey is not printed there'

### Where a message comes from
start s nlbroker sub -C 4 p
echo 'a file' > file
run nlbroker pub -f file p
is 'pub -f' 0 NONE NONE
nlbroker pub -n p
run nlbroker pub -f - p < file
is 'pub -f -' 0 NONE NONE
run nlbroker pub -- p -x
is 'pub -- TOPIC -MESSAGE' 0 NONE NONE
end s
printf 'a file\n\n\na file\n\n-x\n' | cmp -s - out; ok $? 'they came: a file, nothing, a file, text'
lines=$((20000 / SCALE))
start s nlbroker sub -b 50000000 -C $lines lines
seq $lines > file
run nlbroker pub -l lines < file
is "pub -l, $lines lines" 0 NONE NONE
end s
cmp -s file out; ok $? 'each line is a message, in order'
start s nlbroker sub -b 50000000 -C 6 lines
printf 'a\n\nlast' > file
run nlbroker pub -l lines < file
is 'pub -l, an empty line, and one without end' 0 NONE NONE
{ echo b; head -c 61440 /dev/zero | tr '\0' x; echo; head -c 61441 /dev/zero | tr '\0' y; echo
	head -c 400000 /dev/zero | tr '\0' z; echo; echo c; } > file
run nlbroker pub -l lines < file
is 'pub -l, lines that are too long' 1 NONE 'EMSGSIZE\): payload is longer than 61440 bytes$'
end s
[ "$(cut -c -4 out | paste -sd,)" = 'a,,last,b,xxxx,c' ]; ok $? 'the others came'
head -c 61441 /dev/zero > file
run nlbroker pub -f file p
is 'pub -f, too long' 1 NONE '61440'
run nlbroker pub -f nosuch p
is 'pub -f, no such file' 2 NONE 'nosuch: No such file'
run bash -c 'seq 5 | nlbroker -j pub -l -e lines'
json 'pub -j -l -e: an object for each line' '
	len(r) == 5 and all(o["type"] == "published" and o["topic"] == "lines" and o["delivered"] == 0 and o["lost"] == 0 for o in r)'

### Values that are kept
run nlbroker pub -r r/1 one
is 'pub -r' 0 NONE NONE
nlbroker pub -r r/2 two
run nlbroker sub -v -C 2 'r/#'
is 'sub gets the values' 0 '^r/1 one$' NONE
run nlbroker sub -O -v '#'
is 'sub -O' 0 '^r/2 two$' NONE
run nlbroker sub -O -F '%r %t' -C 1 'r/+'
same '1 r/1'
run nlbroker sub -R -W 0.3 'r/#'
is 'sub -R, -W' 0 NONE NONE
nlbroker pub -r -n r/1
run nlbroker sub -O 'r/#'
same two
run nlbroker sub -C 2 -W 0.5 r/2
is 'fewer than -C asks for' 1 '^two$' NONE
"${user[@]}" nlbroker pub -r r/3 three
run nlbroker sub -O -F '%t %u' 'r/3'
same 'r/3 65534'

### What there is
start a bash -c 'sleep 100 | nlbroker pub -l -a 0640 t/own'
start s nlbroker sub t/own 't/#'
run nlbroker topics
is 'topics' 0 '^ +[0-9]+  0640 +0 +0 +[0-9]+ +1 +-  t/own$' NONE
matches out '^ +[0-9]+  0666 +0 +0 +- +0 +3  r/2$'; ok $? 'topics: one with a value'
run nlbroker topics 'r/+'
[ "$(wc -l < out)" = 3 ]; ok $? 'topics with a pattern'
run nlbroker -j topics
json 'topics -j' '
	sorted(o["topic"] for o in r) == ["r/2", "r/3", "t/own"] and
	all(o["type"] == "topic" and o["mode"] == (0o640 if "own" in o["topic"] else 0o666) for o in r) and
	[("portid" in o, o.get("retained_bytes"), o["subscribers"]) for o in sorted(r, key=lambda o: o["topic"])] ==
	[(False, 3, 0), (False, 5, 0), (True, None, 1)]'
run nlbroker peers
is 'peers' 0 '^ +[0-9]+ +[0-9]+ +0 +2 +0 +0 +[0-9]+ +0 +0$' NONE
run nlbroker -j peers
json 'peers -j' '
	len(r) == 2 and sorted((o["subscriptions"], o["advertised"]) for o in r) == [(0, 1), (2, 0)] and
	all(o["type"] == "peer" and o["uid"] == 0 and o["queue_size"] > 1000 and o["raw"] is False for o in r)'
ps -o comm= -p "$(python3 -c 'import json; print([json.loads(l)["pid"] for l in open("out")][0])')" | grep -qx nlbroker
ok $? 'peers -j: the process'
run nlbroker -j status
json 'status -j' '
	len(r) == 1 and r[0]["type"] == "status" and r[0]["peers"] == 2 and r[0]["topics"] == 3 and r[0]["retained"] == 2 and
	r[0]["publishes"] > 0 and r[0]["deliveries"] > 0 and r[0]["publish_bytes"] > r[0]["publishes"] and
	set(r[0]) == {"type", "peers", "topics", "retained", "publishes", "publish_bytes", "deliveries", "lost", "held", "refused"}'

### Owners and modes
run "${user[@]}" nlbroker pub t/own x
is 'no right to publish' 1 NONE 'refused by the kernel: Permission denied \(EACCES\): .*right'
matches err "^nlbroker: hint: 'nlbroker topics'"; ok $? 'with a hint'
run "${user[@]}" nlbroker sub t/own
is 'no right to subscribe' 1 NONE 'EACCES'
run "${user[@]}" nlbroker sub -W 0.1 't/#'
is 'a wildcard skips it' 0 NONE NONE
run nlbroker pub -a 0600 t/own x
is 'advertised by another' 1 NONE 'EBUSY'
pkill -x sleep
end a; end s INT
is 'SIGINT ends sub' 0 NONE NONE

### A subscriber that does not read
start s nlbroker -j sub -b 20000 -R slow
kill -STOP "$(pgrep -nx nlbroker)"
run nlbroker pub -e slow first
is 'pub -e' 0 '^seq [0-9]+: delivered to 1, lost by 0$' NONE
# One by one, until there is no room for another one.
seq 1000 | nlbroker pub -l -e slow > /dev/null 2>&1
run nlbroker pub -e slow x
is 'pub -e, a full one' 1 'delivered to 0, lost by 1$' NONE
began=$(date +%s%N)
run nlbroker pub -w 300 slow x
took=$((($(date +%s%N) - began) / 1000000))
is 'pub -w gives up' 1 NONE '^nlbroker: 1 subscribers had no room'
[ $took -ge 300 ] && [ $took -lt 5000 ]; ok $? "after its time ($took ms)"
(
	for _ in $(seq 600); do
		[ "$(pgrep -cx nlbroker)" != 2 ] || break
		sleep 0.1
	done
	sleep 0.3
	kill -INT "$(pgrep -nx nlbroker)"
) &
run nlbroker pub -w 50000 slow x
wait $!
is 'pub -w, SIGINT' 1 NONE 'had no room'
(sleep 0.5; pkill -CONT -x nlbroker) &
run nlbroker pub -w 50000 -e slow waited
wait $!
is 'pub -w waits until it reads' 0 '^seq [0-9]+: delivered to 1, lost by 0$' NONE
sleep 0.5
end s INT
is 'sub ends with 1, as something was lost' 1 '"lost"' NONE
json 'and all are accounted for' '
	sum(o["count"] for o in r if o["type"] == "lost") + sum(o["type"] == "message" for o in r) == 1005 and
	r[0]["payload"] == "first" and r[-1]["payload"] == "waited" and
	all(o["topic"] == "slow" and 0 < o["first_seq"] <= o["last_seq"] for o in r if o["type"] == "lost")'
start s nlbroker sub -b 20000 -R slow
kill -STOP "$(pgrep -nx nlbroker)"
seq 1000 | nlbroker pub -l slow
pkill -CONT -x nlbroker
sleep 0.5
end s INT
is 'for people, on standard error' 1 '^1$' '^nlbroker: lost [0-9]+ messages of slow \(seq [0-9]+ to [0-9]+\)'

### Events
nlbroker monitor -W 100 > m.out 2> m.err & pids[m]=$!
nlbroker -j monitor -C 5 > j.out 2> j.err & pids[j]=$!
for _ in $(seq 100); do
	[ "$(awk '$2 == 16 && $4 != "00000000" && $4 > 0' /proc/net/netlink | wc -l)" -lt 2 ] || break
	sleep 0.1
done
sleep 0.3
start s nlbroker sub -b 20000 -W 2 ev
kill -STOP "$(pgrep -nx nlbroker)"
seq 100 | nlbroker pub -l -e ev > /dev/null 2>&1
kill -CONT "$(pgrep -nx nlbroker)"
end s
end j
is 'monitor -C' 0 '' NONE
json 'monitor -j' '
	sorted(o["type"] for o in r) == ["loss", "peer-add", "peer-del", "topic-add", "topic-del"] and
	all(o["topic"] == "ev" for o in r if "topic" in o) and
	len({o["portid"] for o in r if "portid" in o}) == 1 and
	[o["mode"] for o in r if o["type"] == "topic-add"] == [0o666] and
	sum("topic" in o for o in r) == 3'
sleep 0.3
end m INT
is 'monitor, SIGINT' 0 '^peer is there: port [0-9]+ uid 0$' NONE
for t in 'topic is there: ev mode 0666 uid 0 gid 0' 'topic is gone: ev'; do
	line out "$t"; ok $? "$t"
done
matches out '^peer begins to lose messages: port [0-9]+ ev$'; ok $? 'a peer begins to lose'
run nlbroker monitor -W 0.2
is 'monitor -W' 0 NONE NONE

### Limits
run nlbroker limits
is 'limits' 0 '^topics +10000 +10000 +0$' NONE
matches out '^mode +0666$'; ok $? 'limits: the mode'
run nlbroker limits topics=1 mode=0640 queue-share=0
is 'limits NAME=VALUE' 0 NONE NONE
run nlbroker -j limits
json 'limits -j' '
	r[0]["type"] == "limits" and r[0]["topics"]["limit"] == 1 and r[0]["topics"]["ceiling"] == 10000 and
	r[0]["mode"] == 0o640 and r[0]["queue_share"]["limit"] == 0 and "used" not in r[0]["queue_share"] and
	r[0]["retained_bytes"]["used"] > 0'
start a bash -c 'sleep 100 | nlbroker pub -l -a 0640 t/1'
run nlbroker pub -a 0640 t/2 x
is 'a limit is named' 1 NONE 'EDQUOT\): .*topic'
matches err "^nlbroker: hint: 'nlbroker limits'"; ok $? 'with a hint'
pkill -x sleep
end a
run "${user[@]}" nlbroker limits topics=5
is 'not without CAP_NET_ADMIN' 1 NONE 'EPERM\): needs CAP_NET_ADMIN'
run nlbroker limits topics=unlimited
is 'not above the ceiling' 1 NONE '^nlbroker: topics=unlimited:$'
echo unlimited > /sys/module/nlbroker/parameters/max_topics
run nlbroker limits topics=unlimited mode=666 queue-share=50
is 'the ceiling can be raised' 0 NONE NONE
run nlbroker limits
is 'unlimited' 0 '^topics +unlimited +unlimited +0$' NONE
run nlbroker -j limits
json 'unlimited is null' 'r[0]["topics"]["limit"] is None and r[0]["mode"] == 0o666'
echo 10000 > /sys/module/nlbroker/parameters/max_topics

### Wrong usage: 2, said on standard error, nothing sent
nlbroker -j status > before
while IFS= read -r words; do
	# shellcheck disable=SC2086  # words are arguments
	run nlbroker $words
	is "wrong: $words" 2 NONE '^nlbroker: '
done <<-END
	nosuch
	pub
	pub topic
	pub topic message more
	pub topic message -n
	pub topic -l -n
	pub top+ic message
	pub a/# message
	pub -w -1 topic message
	pub -a rw topic message
	pub -a 888 topic message
	sub
	sub a/b+
	sub a #/b
	sub -F %q a
	sub -F %t\\q a
	sub -F 100% a
	sub -R -O a
	sub -C 0 a
	sub -W 0 a
	sub -W x a
	sub -b 0 a
	topics a b
	topics a#
	peers a
	monitor a
	limits topics
	limits topics=
	limits topics=many
	limits topic=1
	limits topics=1 mode=rw
	limits =1
	status -v
	-v sub a
	bench -s 61441
	bench -i 1
END
run nlbroker pub '' x
is 'wrong: an empty topic' 2 NONE 'topic is empty'
run nlbroker sub "$(head -c 256 /dev/zero | tr '\0' x)"
is 'wrong: a topic too long' 2 NONE 'longer than 255'
run nlbroker sub $'a\xff\e'
is 'wrong: not UTF-8, and not printed' 2 NONE "'a.xff.x1b': topic is not UTF-8"
run nlbroker -j status
cmp -s before out; ok $? 'none of it reached the driver'

### Standard output that can't be written
run bash -c 'nlbroker status > /dev/full'
is 'a full disk is noticed' 1 '' 'No space left on device'
nlbroker pub -r full x
run bash -c 'nlbroker sub full > /dev/full'
is 'by sub, too, which ends' 1 '' 'No space left on device'
run bash -c 'nlbroker sub -O full > /dev/full'
is 'and by sub -O' 1 '' 'No space left on device'
nlbroker pub -r -n full
run bash -c 'nlbroker pub -l full < /'
is 'pub -l, what can not be read' 1 '' 'standard input: '

### Signals
for sig in INT TERM; do
	start s nlbroker sub sig
	nlbroker pub sig "$sig"
	sleep 0.3
	end s $sig
	is "SIG$sig ends sub, with what it has" 0 "^$sig\$" NONE
done
start a bash -c 'sleep 100 | nlbroker pub -l -a 0600 sig'
pkill -INT -x nlbroker
pkill -x sleep
end a
is 'SIGINT ends pub -l' 0 NONE NONE
start s nlbroker sub sig
kill -KILL "$(pgrep -nx nlbroker)"
end s 2>/dev/null
[ "$(peers)" = 0 ]; ok $? 'SIGKILL leaves no peer'

### Namespaces
ip netns add blue
start s nlbroker sub -W 1 ns
run ip netns exec blue nlbroker pub -e ns x
is 'a namespace has its own subscribers' 0 'delivered to 0, lost by 0' NONE
run ip netns exec blue nlbroker -j status
json 'and its own counters' 'r[0]["publishes"] == 1 and r[0]["peers"] == 0'
end s
is 'and messages do not cross' 0 NONE NONE
ip netns del blue

### The programs in the man pages
if [ -x /tests/bin/man-example/nlbroker_sub ] && [ -x /tests/bin/man-example/nlbroker_upper ]; then
	start e stdbuf -oL /tests/bin/man-example/nlbroker_sub 'ex/#'
	"${user[@]}" nlbroker pub ex/1 hello
	sleep 0.3
	end e TERM
	line out 'ex/1 from uid 65534: hello'; ok $? 'the example of nlbroker(7) prints'
	start e /tests/bin/man-example/nlbroker_upper
	start s nlbroker sub -v -C 1 'reply/+'
	nlbroker pub rpc/upper 'make me big'
	end s
	is 'the example of nlbroker(3) answers' 0 '^reply/[0-9]+ MAKE ME BIG$' NONE
	end e TERM
else
	rc=; : > out; : > err
	ok 1 'the examples of nlbroker(3) and nlbroker(7) were built'
fi
for s in 1/nlbroker 3/nlbroker 3/nlbroker_publish_wait 7/nlbroker; do
	run man "${s%%/*}" "${s#*/}"
	is "man ${s%%/*} ${s#*/}" 0 'NAME' NONE
done

# What nlbroker(1) shows, typed as it stands there.
zcat /usr/share/man/man1/nlbroker.1.gz | sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\$ //p' > typed
[ "$(wc -l < typed)" -ge 8 ]; ok $? 'nlbroker(1) has examples'
(while sleep 0.2; do nlbroker pub sensors/attic/temp 21.5; done) & talker=$!
while IFS= read -r words; do
	# Some end by themselves.
	case $words in *'-C 1'*) limit=30 ;; *) limit=4 ;; esac
	run timeout --preserve-status -s INT $limit bash -c "$words"
	case $rc in 0 | 130) ok 0 "example: $words" ;; *) ok 1 "example: $words" ;; esac
	case $words in
	*'sub -v'*) line out 'sensors/attic/temp 21.5' ;;
	*'-O -v'*) line out 'sensors/door open' ;;
	*'-F'*) matches out '^sensors/attic/temp: 21.5 \(uid 0, pid [0-9]+\)$' ;;
	*json.tool*) matches out '"payload": "21.5"' ;;
	*) continue ;;
	esac
	ok $? 'and it prints that'
done < typed
kill $talker

### The driver isn't there
nlbroker monitor -j > m.out 2> m.err & pids[m]=$!
for _ in $(seq 100); do
	awk '$2 == 16 && $4 != "00000000" && $4 > 0' /proc/net/netlink | grep -q . && break
	sleep 0.1
done
sleep 0.3
start s nlbroker sub busy
run rmmod nlbroker
is 'a subscriber holds the driver' 1 '' 'in use'
end s TERM
absent
end m
is 'monitor ends when the driver is unloaded' 3 '"unloaded"' 'unloaded'
printf 'blacklist nlbroker\ninstall nlbroker /bin/false\n' > /etc/modprobe.d/test.conf
for c in status 'pub a b' 'sub a' topics peers monitor limits bench; do
	# shellcheck disable=SC2086  # words are arguments
	run nlbroker $c
	is "forbidden by an install line: $c" 3 NONE "modprobe.d has an 'install nlbroker' line"
done
matches err '^nlbroker: hint: grep '; ok $? 'with a hint'
rm /etc/modprobe.d/test.conf
helper=$(cat /proc/sys/kernel/modprobe)
echo /bin/false > /proc/sys/kernel/modprobe
run "${user[@]}" nlbroker
is 'not loaded, and the kernel does not load it' 3 NONE 'nlbroker is not loaded$'
matches err '^nlbroker: hint: modprobe nlbroker$'; ok $? 'the hint is modprobe'
run nlbroker
is 'root: it is loaded' 0 '^peers' NONE
echo "$helper" > /proc/sys/kernel/modprobe

cli_end
