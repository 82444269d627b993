#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 900
# long: bookworm trixie-backports debug
#
# `myproto run`: programs that know nothing of the family, on it. That they are is
# seen in what `myproto` shows, or in /proc/net/myproto, each time: the channel of
# the name is there.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/cli.sh"

preload=$(echo /usr/lib/*/sockmods/myproto-preload.so)
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
# MiB of a file.
size=100
if [ "${LONG:-}" != 1 ] && grep -q 'QEMU Virtual CPU' /proc/cpuinfo; then
	size=10
	echo "# emulated, without LONG=1: files of $size MiB"
fi

# The results of a scenario of mapped.py, which out has.
scenario() { # NAME
	local line
	while IFS= read -r line; do
		case $line in
		'ok '*) ok 0 "$1: ${line#ok }" ;;
		'not ok '*) ok 1 "$1: ${line#not ok }" ;;
		esac
	done < out
	[ "$rc" = 0 ] && [ "$(tail -n 1 out)" = end ]
	ok $? "$1: to the end"
}
# Waits until the sockets shown have a line.
wait_for() { # PATTERN
	local i
	for ((i = 0; i < 200; i++)); do
		! myproto | grep -qE -- "$1" || return 0
		sleep 0.1
	done
	myproto > out
	return 1
}

# Without the driver.
modprobe -r af_myproto
echo 'install af_myproto /bin/false' > /etc/modprobe.d/run.conf
run myproto run -- touch ran
is 'without the driver' 3 NONE af_myproto
[ ! -e ran ]
ok $? 'nothing runs'
for family in '' 19 45 1; do
	run env LD_PRELOAD="$preload" MYPROTO_FAMILY="$family" python3 "$here/mapped.py" fails EAFNOSUPPORT
	scenario "without the driver, family '$family'"
done
rm /etc/modprobe.d/run.conf

# The command line and the environment.
run myproto run
is 'no program' 2 NONE 'which program'
run myproto run -x '' -- true
is 'no name' 2 NONE '--except'
run myproto run -x "$(printf '%4096s' x)" -- true
is 'too long a name' 2 NONE '--except'
run myproto run -- /nonexistent/program
is 'no such program' 127 NONE '/nonexistent/program: No such file'
run myproto run /etc/passwd
is 'no program at all' 126 NONE '/etc/passwd: Permission denied'
run myproto run sh -c 'exit 42'
is "the program's exit code" 42 NONE NONE
run env LD_PRELOAD="$preload" MYPROTO_PAIRS=no MYPROTO_EXCEPT=x myproto run -- sh -c \
	'echo "$LD_PRELOAD ${MYPROTO_PAIRS-unset} ${MYPROTO_EXCEPT-unset} $MYPROTO_FAMILY"'
is 'what it gets is what the command line says' 0 \
	"^$preload:$preload unset unset $(cat /sys/module/af_myproto/parameters/family)\$" NONE
run myproto run -P -x /run -x @a -- sh -c 'echo "$MYPROTO_PAIRS $MYPROTO_EXCEPT"'
is 'all of it' 0 '^no /run:@a$' NONE
for words in MYPROTO_PAIRS=yes MYPROTO_FAMILY=0 MYPROTO_FAMILY=256 MYPROTO_FAMILY=x \
	"MYPROTO_EXCEPT=$(printf '%4096s' x)"; do
	run env LD_PRELOAD="$preload" "$words" python3 "$here/mapped.py" fails EINVAL
	scenario "$(head -c 30 <<< "$words")"
done

# Which channel: numbers that another program has computed.
run myproto channel @name @myproto/4242 '@'
is 'channels of abstract names' 0 '^1084430834$' NONE
[ "$(tr '\n' ' ' < out)" = '1084430834 4242 2719491216 ' ]
ok $? 'of each'
run myproto channel gone.sock
is 'of a path that is not there' 1 NONE 'gone.sock: No such file'
run myproto channel /etc/passwd
is 'of a file that is no socket' 1 NONE 'ECONNREFUSED'
run myproto channel
is 'of nothing' 2 NONE 'which name'
run myproto -j channel @name
json 'in JSON' 'r == [{"type": "name", "name": "@name", "channel": 1084430834}]'

# Python.
for s in connections dgram many files names options pairs processes threads library; do
	mkdir "$s"
	cd "$s" || exit 2
	run myproto run -- python3 "$here/mapped.py" $s
	scenario $s
	cd ..
done
run myproto run -P -- python3 "$here/mapped.py" no_pairs
scenario 'no pairs'
run myproto run -x "$PWD/kept" -x @kept -- python3 "$here/mapped.py" except
scenario except
python3 -c 'import os, socket
socket.socket(socket.AF_UNIX).bind("denied.sock")
os.chmod("denied.sock", 0o700)'
run "${nobody[@]}" myproto run -- python3 "$here/mapped.py" permission
scenario 'no permission'

# socat: a file through a connection, which is looked at while it is open.
head -c $((size << 20)) /dev/urandom > file
sum=$(sha256sum < file)
mkfifo slow
transfer() { # NAME TYPE CHANNEL-OF LISTENER CLIENT
	local channel
	timeout 120 myproto run -- socat -u "$4" CREATE:copy 2> server.err &
	server=$!
	case $3 in
	@*) channel=$(myproto channel "$3") ;;
	*)
		for ((i = 0; i < 200; i++)); do
			[ ! -S "$3" ] || break
			sleep 0.1
		done
		channel=$(myproto channel "$3")
		;;
	esac
	wait_for "^$2 +listen +$channel "
	ok $? "$1: it listens on the name's channel"
	timeout 120 myproto run -- socat -u - "$5" < slow 2> client.err &
	client=$!
	exec 7> slow
	wait_for "^$2 +connected +[0-9*]+ +$channel "
	ok $? "$1: the client has it as its peer"
	wait_for "^$2 +connected +$channel +[0-9*]+ "
	ok $? "$1: the server is at it"
	cat file >&7
	exec 7>&-
	rc=0
	wait $client || rc=$?
	wait $server || rc=$?
	cat client.err server.err > err
	[ $rc = 0 ] && [ "$(sha256sum < copy)" = "$sum" ]
	ok $? "$1: $size MiB arrive as they were"
	rm -f copy
}
transfer 'socat, path' stream socat.sock UNIX-LISTEN:socat.sock UNIX-CONNECT:"$PWD/socat.sock"
[ ! -e socat.sock ]
ok $? 'socat takes the file away'
transfer 'socat, path again' stream socat.sock UNIX-LISTEN:socat.sock UNIX-CONNECT:socat.sock
transfer 'socat, abstract' stream @socat ABSTRACT-LISTEN:socat ABSTRACT-CONNECT:socat
transfer 'socat, seqpacket' seqpacket seq.sock UNIX-LISTEN:seq.sock,socktype=5 \
	UNIX-CONNECT:seq.sock,socktype=5

# A server that forks, and clients at once. Without -t it would give them half a
# second.
myproto run -- socat -t 20 UNIX-LISTEN:fork.sock,fork SYSTEM:'tr a-z A-Z' 2> /dev/null &
server=$!
for ((i = 0; i < 200; i++)); do
	[ ! -S fork.sock ] || break
	sleep 0.1
done
wait_for "^stream +listen +$(myproto channel fork.sock) "
ok $? 'socat, a server that forks'
clients=()
for i in 1 2 3 4; do
	echo "client $i" | timeout 60 myproto run -- socat -t 20 - UNIX-CONNECT:fork.sock > "out.$i" &
	clients+=($!)
done
wait "${clients[@]}"
for i in 1 2 3 4; do
	[ "$(cat out.$i)" = "CLIENT $i" ]
	ok $? "it serves client $i"
done
# Who isn't run so reaches it by its number.
echo 'by number' > message
run myproto connect "$(myproto channel fork.sock)" < message
is 'and myproto connect' 0 '^BY NUMBER$' NONE
# AF_UNIX itself has nobody there.
run socat -u OPEN:message UNIX-CONNECT:fork.sock
is 'a program without run finds nobody' 1 NONE 'refused'
kill $server
wait $server 2> /dev/null

# Datagrams.
myproto run -- socat -u UNIX-RECV:dgram.sock CREATE:copy 2> /dev/null &
server=$!
for ((i = 0; i < 200; i++)); do
	[ ! -S dgram.sock ] || break
	sleep 0.1
done
wait_for "^dgram +- +$(myproto channel dgram.sock) "
ok $? 'socat, datagrams: bound to the channel'
run myproto run -- socat -u OPEN:message UNIX-SENDTO:dgram.sock
is 'socat, datagrams: sent' 0 NONE NONE
for ((i = 0; i < 100; i++)); do
	! cmp -s message copy || break
	sleep 0.1
done
cmp message copy
ok $? 'socat, datagrams: received'
kill $server
wait $server 2> /dev/null
myproto run -- socat UNIX-RECVFROM:echo.sock,fork EXEC:'tr a-z A-Z' 2> /dev/null &
server=$!
for ((i = 0; i < 200; i++)); do
	[ ! -S echo.sock ] || break
	sleep 0.1
done
wait_for "^dgram +- +$(myproto channel echo.sock) "
ok $? 'socat, datagrams: a server'
run myproto run -- socat -t 10 - UNIX-SENDTO:echo.sock,bind=here.sock < message
is 'answers by the name that it is told' 0 '^BY NUMBER$' NONE
kill $server
wait $server 2> /dev/null

# Nothing is left that holds the driver.
for ((i = 0; i < 100; i++)); do
	run modprobe -r af_myproto
	[ $rc != 0 ] || break
	sleep 0.1
done
is 'and the driver goes' 0 NONE NONE
cli_end
