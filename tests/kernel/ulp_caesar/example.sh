#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 240
#
# The program in ulp_caesar(7), as a reader would make it: with a peer that has no
# key, with one that has it, as anybody, and without the driver.
set -u
# It takes modules away.
[ -e /tests/list ] || { echo 'Bail out! not in a guest'; exit 2; }
. "$(dirname "$0")/../lib/cli.sh"
user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
example=/tests/bin/man-example/ulp_caesar

# Waits until there is a listener on a port.
until_listens() { # PORT
	local i
	for ((i = 0; i < 100; i++)); do
		[ -z "$(ss -Hltn "sport = :$1")" ] || return 0
		sleep 0.1
	done
	return 1
}

# Connections of other tests may hold the driver for a minute: TIME-WAIT.
absent() {
	local i
	for ((i = 0; i < 90; i++)); do
		[ -e /sys/module/ulp_caesar ] || return 0
		modprobe -r ulp_caesar 2> /dev/null || sleep 1
	done
	return 1
}

rc=; : > out; : > err
[ -x "$example" ]; ok $? 'the example of ulp_caesar(7) was built'
absent; ok $? 'the driver is not loaded'
echo hello > in
run "${user[@]}" "$example" 127.0.0.1 4242 3 < in
is 'without the driver it says what to type' 3 NONE 'modprobe ulp_caesar'
[ ! -e /sys/module/ulp_caesar ]; ok $? 'nobody but root has it loaded'
run "$example" 127.0.0.1 4242 3 < in
is 'nobody listens' 1 NONE 'Connection refused'
[ -e /sys/module/ulp_caesar ]; ok $? 'for root the kernel has loaded it'

socat -u tcp-listen:4242,reuseaddr stdout > wire &
until_listens 4242
printf hello > in
run "${user[@]}" "$example" 127.0.0.1 4242 3 < in
is 'a peer without a key' 0 NONE NONE
wait "$!"
[ "$(cat wire)" = khoor ]; ok $? 'sees what is on the wire'

ulp-caesar listen --key 3 4243 < in > got &
until_listens 4243
head -c 300000 /dev/urandom > many
run "${user[@]}" "$example" localhost 4243 3 < many
is 'a peer with the key: what it says' 0 '^hello$' NONE
wait "$!"
cmp many got > err; ok $? 'and what it is told, 300000 bytes'
run man -l /usr/share/man/man7/ulp_caesar.7.gz
is 'man 7 ulp_caesar' 0 'NAME' NONE
cli_end
