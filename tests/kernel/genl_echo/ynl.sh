#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bookworm trixie trixie-backports
# long: bookworm trixie-backports
#
# The kernel's own ynl, a program that knows the family only by its spec,
# talks to it. The spec is the one that sockmods-dev installed.
# (bullseye's Python is too old for it.)
set -u
family=genl_echo
. "$(dirname "$0")/../lib/ynl.sh"

echo 1..8
out=$(ynl --do echo --json '{"msg": "hello", "announce": true}' 2>&1) && is 'r == {"msg": "hello"}'
t 'ynl echoes a string'
out=$(ynl --do echo --json '{"data": "00ff10"}' 2>&1) && is 'r["data"].replace(" ", "") == "00ff10"'
t 'ynl echoes bytes'
out=$(ynl --dump echo 2>&1) && is '[m["index"] for m in r] == [0, 1, 2]'
t 'ynl dumps three messages'
out=$(ynl --dump echo --json '{"msg": "x", "count": 500}' 2>&1) &&
	is '[m["index"] for m in r] == list(range(500)) and {m["msg"] for m in r} == {"x"}'
t 'ynl dumps 500 messages'
out=$(ynl --do fail --json '{"errno": 19, "msg": "no such thing"}' 2>&1)
[ $? != 0 ] && [[ $out == *"No such device"* && $out == *"no such thing"* ]]
t 'ynl is refused with the errno and the text it asked for'
out=$(ynl --do get-stats 2>&1) &&
	is 'r["stat-echoes"] == 2 and r["stat-dumps"] == 2 and r["stat-dump-messages"] == 503 and r["stat-fails"] == 1'
t 'ynl reads the counters'
out=$(ynl --do echo --json '{}' 2>&1)
[ $? != 0 ] && [[ $out == *"Invalid argument"* ]]
t 'ynl is told that an echo needs something to say'
ynl --subscribe events --duration 6 > /tmp/events 2>&1 &
pid=$!
# By a command that takes less time than ynl does to begin to listen.
while kill -0 $pid 2>/dev/null; do
	in_ns genl-echo ping -a -c 1 -s 4 > /dev/null
	sleep 0.2
done
wait $pid
out=$(cat /tmp/events)
grep -qE 'data.*01 ?00 ?00 ?00' /tmp/events && grep -q portid /tmp/events
t 'ynl hears an announced echo'
