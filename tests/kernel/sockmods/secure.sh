#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
# long: bookworm trixie-backports debug
#
# Where somebody may do more than who started it: what `run` preloads leaves
# set-user-ID programs alone, preloaded by whom it may be; and no command puts a
# file into a place where everybody may write.
set -u
# It changes the system's own files.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. /tests/kernel/lib/cli.sh
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
caesar=$(echo /usr/lib/*/sockmods/caesar-preload.so)
myproto=$(echo /usr/lib/*/sockmods/myproto-preload.so)
modprobe -a ulp_caesar af_myproto
ok $? 'the drivers are loaded'

### A program with set-user-ID: not in /tmp, where that counts for nothing.
python=/usr/local/bin/privileged-python
cp "$(realpath "$(command -v python3)")" $python
chown root:root $python
chmod 4755 $python

# Says which objects it has, and what its sockets are, as the kernel has it.
cat > which.py <<'END'
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
AT_SECURE, SYS_GETSOCKOPT, SO_DOMAIN, TCP_ULP = 23, 55, 39, 31
libc.getauxval.argtypes, libc.getauxval.restype = [ctypes.c_ulong], ctypes.c_ulong
def domain(s):
    value, size = ctypes.c_int(), ctypes.c_int(4)
    if libc.syscall(SYS_GETSOCKOPT, s.fileno(), socket.SOL_SOCKET, SO_DOMAIN,
                    ctypes.byref(value), ctypes.byref(size)):
        raise OSError(ctypes.get_errno(), "SO_DOMAIN")
    return value.value
print("secure", libc.getauxval(AT_SECURE))
maps = open("/proc/self/maps").read()
print("objects", *sorted(n for n in ("caesar", "myproto") if n + "-preload.so" in maps))
try:
    at = socket.create_server(("127.0.0.1", 0))
    s = socket.create_connection(at.getsockname())
    print("tcp", s.getsockopt(socket.SOL_TCP, TCP_ULP, 16).split(b"\0")[0].decode())
    print("listener", at.getsockopt(socket.SOL_TCP, TCP_ULP, 16).split(b"\0")[0].decode())
    # No TIME-WAIT, which would hold the module.
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
except OSError as e:
    print("tcp", os.strerror(e.errno))
try:
    print("unix", domain(socket.socket(socket.AF_UNIX)))
    print("pair", domain(socket.socketpair()[0]))
except OSError as e:
    print("unix", os.strerror(e.errno))
END
family=$(cat /sys/module/af_myproto/parameters/family)

# What it says is this, a line each.
says() { # NAME LINE...
	local name=$1
	shift
	printf '%s\n' "$@" > want
	[ "$rc" = 0 ] && diff want out > err.diff
	rc=$?
	[ $rc = 0 ] || cat err.diff >> err
	ok $rc "$name"
}
both=(ULP_CAESAR_KEY=3 "MYPROTO_FAMILY=$family")
# What makes either object have every call fail.
wrong=(ULP_CAESAR_KEY=x MYPROTO_PAIRS=x)

run "${user[@]}" env LD_PRELOAD="$caesar:$myproto" "${both[@]}" python3 which.py
says 'an ordinary program has both objects' 'secure 0' 'objects caesar myproto' \
	'tcp caesar' 'listener caesar' "unix $family" "pair $family"
run "${user[@]}" env LD_PRELOAD="$caesar:$myproto" "${both[@]}" $python which.py
says 'a program with set-user-ID has none' 'secure 1' 'objects' 'tcp ' 'listener ' 'unix 1' 'pair 1'
run "${user[@]}" ulp-caesar run -K 3 -- $python which.py
says 'nor under ulp-caesar run' 'secure 1' 'objects' 'tcp ' 'listener ' 'unix 1' 'pair 1'
run "${user[@]}" myproto run -- $python which.py
says 'nor under myproto run' 'secure 1' 'objects' 'tcp ' 'listener ' 'unix 1' 'pair 1'

# Root may have the objects in every program; who runs one says how in its environment.
printf '%s\n' "$caesar" "$myproto" > /etc/ld.so.preload
run "${user[@]}" env "${both[@]}" python3 which.py
says 'in /etc/ld.so.preload: an ordinary program' 'secure 0' 'objects caesar myproto' \
	'tcp caesar' 'listener caesar' "unix $family" "pair $family"
run "${user[@]}" env "${wrong[@]}" python3 which.py
says 'in /etc/ld.so.preload: wrong settings' 'secure 0' 'objects caesar myproto' \
	'tcp Invalid argument' 'unix Invalid argument'
for how in both wrong; do
	declare -n words=$how
	run "${user[@]}" env "${words[@]}" $python which.py
	says "in /etc/ld.so.preload, $how settings: set-user-ID" 'secure 1' \
		'objects caesar myproto' 'tcp ' 'listener ' 'unix 1' 'pair 1'
done
rm /etc/ld.so.preload $python

### What the commands write, and where
# The folders in which everybody may make one.
mapfile -t places < <(find / /dev /dev/shm /run /tmp -xdev -type d -perm -0002 2> /dev/null | sort -u)
printf '%s\n' "${places[@]}" > out
: > err
grep -qx /tmp out && grep -qx /var/tmp out
ok $? "there are ${#places[@]} places where all may write"
# Calls that made or changed a name in one of these, of a trace.
dropped() { # FILE
	local all
	all=$(printf '|%s' "${places[@]}")
	grep -E '(O_CREAT|O_TMPFILE|^([0-9]+ +)?(creat|mkdir|mknod|rename|symlink|link|bind)[a-z0-9]*\()' "$1" |
		grep -E "\"(${all#|})(/|\")" | grep -v ' = -1 '
}
traced() { # COMMAND...: somebody's, in a folder that isn't that one's
	: > trace
	run "${user[@]}" strace -f -qq -s 200 -e trace=%file,bind -o "$tmp/trace" env -C / "$@"
}
: > trace
chmod 666 trace

# Can it be seen at all?
traced touch /tmp/dropped
dropped trace > out
is 'found: a file that a program leaves in /tmp' 0 '/tmp/dropped'
rm -f /tmp/dropped

ls -A "${places[@]}" > before
while IFS= read -r words; do
	# shellcheck disable=SC2086  # words are arguments
	traced timeout 20 $words < /dev/null
	[ -s trace ]
	ok $? "traced: $words"
	dropped trace > out
	: > err
	[ ! -s out ]
	ok $? "it leaves nothing where all may write: $words"
done <<-END
	genl-echo -c 2 -i 0
	genl-echo dump
	genl-echo -j stat
	genl-echo fail
	genl-echo bench -n 20
	nlbroker pub a/b text
	nlbroker pub -r a/b text
	nlbroker sub -C 1 a/b
	nlbroker topics
	nlbroker peers
	nlbroker -j limits
	ulp-caesar show
	ulp-caesar run -K 3 true
	ulp-caesar connect -K 3 127.0.0.1 1
	myproto
	myproto -j ping -c 2 -i 0
	myproto connect 4242
	myproto channel @name
	myproto run true
	sockmods
	sockmods -j
	sockmods doctor
	sockmods -j doctor
END
nlbroker pub -r a/b ''
ls -A "${places[@]}" > after
diff before after > out
ok $? 'and nothing is there that was not'

### Who may write to what the commands and their objects are
run find "$caesar" "$myproto" /usr/bin/{genl-echo,nlbroker,ulp-caesar,myproto,sockmods} \
	\( -perm /6022 -o ! -user root -o ! -group root \) -print
is 'only root may, and none has set-user-ID' 0 NONE NONE

for m in ulp_caesar af_myproto; do
	for ((i = 0; i < 100; i++)); do
		run modprobe -r $m
		[ $rc != 0 ] || break
		sleep 0.1
	done
	is "$m goes" 0 NONE NONE
done
cli_end
