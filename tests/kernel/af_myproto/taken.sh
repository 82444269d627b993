#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 300
#
# Other families have the numbers: sockmods_taken.ko stands for MCTP, which has 45 in
# some kernels, and for whoever may have the others. af_myproto takes the next and
# says which; with none left it isn't loaded, and says why.
set -u
# It loads a module that no package has.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../lib/cli.sh"

unload() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -e "/sys/module/$1" ] || return 0
		rmmod "$1" 2> err
		sleep 0.1
	done
	return 1
}
# From here on, for said().
mark() {
	marker="taken.sh $RANDOM $RANDOM"
	echo "<6>$marker" > /dev/kmsg
}
# The one line that af_myproto has logged; the kernel has more to say of a module
# that isn't its own.
said() { # PATTERN
	dmesg | sed "1,/$marker/d" | grep 'af_myproto: ' | grep -v taint > out
	[ "$(wc -l < out)" = 1 ] && grep -qE -- "$1" out
}
family() { cat /sys/module/af_myproto/parameters/family 2>/dev/null; }

# Linux 5.10 has no 45; so there it is out of range, for either module.
fallbacks=(19 22 25 27 13)
taken=() why='out of range'
if [ "$(printf '%s\n' 5.15 "$(uname -r)" | sort -V | head -n 1)" = 5.15 ]; then
	taken=(45) why=taken
fi
unload af_myproto; ok $? 'nobody has a number yet'

others() { # NUMBER...: are taken
	local IFS=,
	unload sockmods_taken
	[ $# = 0 ] || insmod /tests/sockmods_taken.ko "numbers=$*" 2> err
}
for want in "${fallbacks[@]}"; do
	others "${taken[@]}"; ok $? "taken: ${taken[*]}"
	mark
	run modprobe af_myproto
	is "it is loaded beside them" 0 NONE NONE
	[ "$(family)" = "$want" ]; ok $? "the number is $want"
	said "family number 45 is $why: using $want\$"; ok $? 'the log says so'
	run setpriv --reuid=65534 --clear-groups myproto ping -q -c 2 -i 0
	is "$want: the command finds it" 0 '^2 sent, 2 received$' NONE
	unload af_myproto; ok $? "$want: it is unloaded"
	# The other's family is as it was: the numbers are still taken.
	if [ ${#taken[@]} -gt 0 ]; then
		run python3 -c 'import socket, sys; socket.socket(int(sys.argv[1]), 1)' "${taken[0]}"
		is "${taken[0]}: it is the other's as before" 1 NONE 'Protocol not supported'
	fi
	taken+=("$want")
done

# A number of choice comes first, taken or not.
run modprobe af_myproto family=13
is 'a number of choice' 0 NONE NONE
[ "$(family)" = 13 ]; ok $? 'it has it'
unload af_myproto

# By itself, at the first socket of the command.
others "${taken[@]:0:1}"
run setpriv --reuid=65534 --clear-groups myproto
is 'it loads itself beside another' 0 '^TYPE ' NONE
case $(family) in 19 | 22) good=0 ;; *) good=1 ;; esac
ok $good 'and takes the next number'
unload af_myproto

# None is left.
mark
others "${taken[@]}"; ok $? "all are taken: ${taken[*]}"
run modprobe af_myproto
is 'it is not loaded' 1 NONE 'No space left on device'
[ ! -e /sys/module/af_myproto ]; ok $? 'and is not there'
said "family number 45 is $why, and so are 19, 22, 25, 27 and 13: none is free\$"
ok $? 'the log says why'
run modprobe af_myproto family=45
is 'nor when it is asked for one' 1 NONE 'No space left on device'
run myproto
is 'the command says that it is not there' 3 NONE 'af_myproto'
run setpriv --reuid=65534 --clear-groups myproto ping -c 1
is 'to everybody' 3 NONE 'af_myproto'
! grep -q MYPROTO /proc/net/protocols && [ ! -e /proc/net/myproto ] && [ ! -e /proc/sys/net/myproto ]
ok $? 'it has left nothing'

# The others leave.
unload sockmods_taken; ok $? 'the others leave'
run modprobe af_myproto
is 'it is loaded again' 0 NONE NONE
case $why in taken) want=45 ;; *) want=19 ;; esac
[ "$(family)" = "$want" ]; ok $? "with $want"
cli_end
