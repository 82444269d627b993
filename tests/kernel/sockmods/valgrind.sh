#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: valgrind
# timeout: 1200
#
# Every command under valgrind: nothing is read before it is written or after it is
# freed, and nothing is lost. Each subcommand, and the objects that `run` preloads and
# iptables loads; with LONG=1 in text and in JSON, where it works and where it can't.
# The whole test of each command is another test then, DRIVER/valgrind-cli.
set -u
. "$(dirname "$0")/../lib/valgrind.sh"
for c in genl-echo nlbroker ulp-caesar myproto sockmods; do under "$c" "/usr/bin/$c"; done

### Can it find anything? By a program that does it, whose name is that of a command.
cat > wrong.py <<'END'
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
p = libc.malloc(16)
libc.free(p)
ctypes.string_at(p, 16)
for i in range(1000):
    libc.malloc(4321)
END
under python-wrong "$(realpath "$(command -v python3)")"
rc=0
timeout 900 python-wrong -I -S wrong.py > out 2> err || rc=$?
faults python-wrong > out
is 'found: memory that was freed is read' 0 'Invalid read'
is 'found: memory is lost' 0 ' in (1,000|99[0-9]) blocks are definitely lost'
rm -f $vg/log/*

# Runs each line: the exit code that it has to have, and a command. With a plus, what
# takes much the same way as another: with LONG=1 only, as each takes seconds.
typed() {
	local want words
	while read -r want words; do
		case $want in
		*+) [ -n "${LONG:-}" ] || continue ;;
		esac
		want=${want%+}
		rc=0
		timeout 300 bash -c "$words" > out 2> err < /dev/null || rc=$?
		[ "$rc" = "$want" ]
		ok $? "exit code $want: $words"
	done
}
# Starts a command and waits until there is a line of another's output.
behind=()
start() { # PATTERN SHOW COMMAND...
	local pattern=$1 show=$2 i
	shift 2
	"$@" > behind.out 2>&1 < /dev/null &
	behind+=($!)
	for ((i = 0; i < 100; i++)); do
		! $show 2> /dev/null | grep -qE -- "$pattern" || return 0
		sleep 1
	done
	return 1
}
finish() {
	kill "${behind[@]}" 2> /dev/null
	wait "${behind[@]}" 2> /dev/null
	behind=()
}

start . 'cat /sys/module/genl_echo/refcnt' genl-echo -j monitor
typed <<-'END'
	0 genl-echo -c 3 -i 0 -a
	0 genl-echo -t libnl -j ping -c 3 -i 0 -s 60000
	0+ genl-echo dump -c 300 text
	0+ genl-echo -t libnl -j dump
	1+ genl-echo fail ENOSPC 'some text'
	1 genl-echo -t libnl -j fail 4095
	0+ genl-echo -j stat
	2+ genl-echo nosuch
	2+ genl-echo -c x
	3+ genl-echo -F nosuch stat
	0+ genl-echo bench -n 10
	0+ genl-echo --help
	0+ genl-echo --print-completion bash
END
finish
judge genl-echo

start '[1-9]' "/usr/bin/nlbroker peers" nlbroker sub -F '%t %p %u %x %%' 'a/#' b
typed <<-'END'
	0+ nlbroker
	0 nlbroker -j status
	0 nlbroker pub -r a/b hello
	0 seq 300 | nlbroker pub -l a/c
	0+ seq 300 | nlbroker pub -l --wait 100000 a/c
	0+ nlbroker -j pub -e nobody text
	0+ nlbroker pub -f /etc/passwd -a 0644 a/d
	0 nlbroker -j sub -c -C 1 a/b
	0+ nlbroker topics
	0 nlbroker -j topics 'a/+'
	0+ nlbroker peers
	0+ nlbroker -j peers
	0+ nlbroker limits
	0+ nlbroker -j limits
	0+ nlbroker limits topics=5000 mode=0664
	1+ nlbroker limits peers=100000000
	0+ nlbroker limits mode=0666
	2+ nlbroker sub -F '%q' a
	2+ nlbroker limits nosuch=1
	2+ nlbroker pub 'a/#' text
	0+ nlbroker pub -r a/b ''
	0+ nlbroker bench -i 10 -S 1
END
finish
judge nlbroker

start ':4300 ' '/usr/bin/ulp-caesar show' ulp-caesar listen -k -v -K 3 127.0.0.1 4300
echo 3:3 > key
typed <<-'END'
	0 echo hello | ulp-caesar connect -f key 127.0.0.1 4300
	0+ echo hello | ULP_CAESAR_KEY=3 ulp-caesar connect -v localhost 4300
	0+ ulp-caesar show
	0 ulp-caesar show -j
	0 ulp-caesar run -K 3 -p 80,8000-8100 -- true
	127+ ulp-caesar run -K 3 nosuch
	1+ ulp-caesar connect -K 3 127.0.0.1 1
	2+ ulp-caesar connect -K x 127.0.0.1 1
	2+ ulp-caesar run -K 3 -p 0 true
	0+ ulp-caesar bench -N 10 -o messages
END
finish
judge ulp-caesar

start '^stream +listen +4242 ' /usr/bin/myproto myproto listen -k -e cat 4242
typed <<-'END'
	0+ myproto
	0 myproto -j
	0 echo hello | myproto connect 4242
	0 myproto -j ping -c 3 -i 0 4242
	0+ myproto -t dgram ping -c 2 -i 0
	0+ myproto channel @name @myproto/4242
	0 myproto run -x /run -- true
	1+ myproto connect 4243
	2+ myproto connect x
	0+ myproto -j bench -N 10 --only costs
END
finish
judge myproto

# What `run` preloads, in a program of somebody else's: only what is in the objects
# is judged, not that program.
under socat /usr/bin/socat
start relay.sock ls /usr/bin/myproto run -- /usr/bin/socat UNIX-LISTEN:relay.sock,fork EXEC:cat
/usr/bin/ulp-caesar run -K 3 -- /usr/bin/socat -d -d TCP-LISTEN:4301,bind=127.0.0.1,fork EXEC:cat 2> listening &
behind+=($!)
for ((i = 0; i < 60; i++)); do
	! grep -q listening listening || break
	sleep 1
done
typed <<-'END'
	0 [ "$(echo hello | /usr/bin/myproto run -- socat -t 60 - UNIX-CONNECT:relay.sock)" = hello ]
	0+ /usr/bin/myproto run -- socat -u OPEN:key UNIX-CONNECT:relay.sock
	1+ /usr/bin/myproto run -- socat -u OPEN:key UNIX-CONNECT:nosuch.sock
	0 [ "$(echo hello | /usr/bin/ulp-caesar run -K 3 -p 4300-4310 -- socat -t 60 - TCP:127.0.0.1:4301)" = hello ]
	0+ /usr/bin/ulp-caesar run -K 3 -S -- socat TCP-LISTEN:4302,accept-timeout=5 EXEC:cat
END
finish
times=2
[ -z "${LONG:-}" ] || times=5
[ "$(runs socat)" = $times ]
ok $? "socat ran $times times"
judge socat '(caesar|myproto)-preload[.]so'

# And what iptables loads.
for c in iptables-{legacy,nft}{,-save}; do under "$c" "/usr/sbin/$c"; done
typed <<-'END'
	0 iptables-legacy -t mangle -A OUTPUT -p tcp -j CAESAR --encrypt --key 3
	0 iptables-nft -t mangle -A INPUT -p tcp -j CAESAR --decrypt --key 0x10
	2+ iptables-legacy -t mangle -A INPUT -p tcp -j CAESAR --decrypt --key x
	0 iptables-legacy-save -t mangle | grep -q 'CAESAR --encrypt --key 3'
	0 iptables-nft-save -t mangle | grep -q 'CAESAR --decrypt --key 16'
	0 /usr/sbin/iptables-legacy -t mangle -F
	0 /usr/sbin/iptables-nft -t mangle -F
END
for c in iptables-{legacy,nft}{,-save}; do judge "$c" libxt_CAESAR; done

typed <<-'END'
	0+ sockmods
	0+ sockmods -j
	0+ sockmods doctor
	0 sockmods -j doctor
	2+ sockmods nosuch
END
# A module that is empty, which only loading it would tell; then one that isn't there.
ko=$(modinfo -n nlbroker)
modprobe -r nlbroker
mv "$ko" kept.ko
: > "$ko"
rc=0
sockmods doctor > out 2> err || rc=$?
[ "$rc" -lt 2 ] && [ -s out ]
ok $? 'sockmods doctor: an empty module'
rm "$ko"
rc=0
sockmods -j doctor > out 2> err || rc=$?
[ "$rc" != 0 ] && [ -s out ]
ok $? 'sockmods doctor: a module that is missing'
run nlbroker
is 'nlbroker says why' 3 NONE .
mv kept.ko "$ko"
judge sockmods
judge nlbroker
cli_end
