#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bookworm trixie trixie-backports
# long: bookworm trixie-backports
#
# The kernel's own ynl, a program that knows the family only by its spec,
# talks to it. The spec is the one that sockmods-dev installed.
# (bullseye's Python is too old for it.)
set -u
family=nlbroker
. "$(dirname "$0")/../lib/ynl.sh"

echo 1..11
out=$(ynl --do publish --json '{"topic": "y/1", "payload": "00ff10", "retain": true}' 2>&1)
t 'ynl publishes a value'
out=$(ynl --dump get-retained 2>&1) &&
	is 'len(r) == 1 and r[0]["topic"] == "y/1" and r[0]["payload"].replace(" ", "") == "00ff10" and r[0]["uid"] == 0'
t 'ynl reads it'
out=$(ynl --do publish --json '{"topic": "y/1", "payload": ["01", "02", "03"], "retain": true}' 2>&1) &&
	out=$(ynl --dump get-retained 2>&1) && is 'r[0]["seq"] == 4 and r[0]["payload"] == "03"'
t 'ynl publishes several'
in_ns nlbroker pub -r y/2 text
out=$(ynl --dump get-topic --json '{"pattern": "+/2"}' 2>&1) &&
	is '[m["topic"] for m in r] == ["y/2"] and r[0]["retained-len"] == 4 and r[0]["mode"] == 0o666'
t 'ynl lists topics that match'
out=$(ynl --do get-topic --json '{"topic": "y/1"}' 2>&1) && is 'r["topic"] == "y/1" and r["subscribers"] == 0'
t 'ynl reads a topic'
out=$(ynl --do publish --json '{"topic": "y/+"}' 2>&1)
[ $? != 0 ] && [[ $out == *"Invalid argument"* && $out == *"wildcard"* ]]
t 'ynl is refused with the errno and the text'
out=$(ynl --do get-limits 2>&1) &&
	is 'r["limit-topics"] == r["ceiling-topics"] == 10000 and r["stat-publishes"] == 5 and r["used-retained-bytes"] > 4'
t 'ynl reads limits and counters'
out=$(ynl --do set-limits --json '{"limit-topics": 7, "mode": 416}' 2>&1)
out=$(in_ns nlbroker -j limits) && is 'r["topics"]["limit"] == 7 and r["mode"] == 0o640'
t 'ynl sets limits'
in_ns timeout 60 nlbroker sub -W 5 'y/#' > /dev/null &
for _ in $(seq 100); do
	[ "$(in_ns nlbroker -j peers | wc -l)" = 0 ] || break
	sleep 0.1
done
out=$(ynl --dump get-peer 2>&1) && is 'len(r) == 1 and r[0]["subscriptions"] == 1 and r[0]["pid"] > 0'
t 'ynl lists peers'
out=$(ynl --do get-peer 2>&1)
[ $? != 0 ] && [[ $out == *"No such file"* ]]
t 'ynl itself is none'
wait
ynl --subscribe events --duration 6 > /tmp/events 2>&1 &
pid=$!
for _ in $(seq 40); do
	in_ns nlbroker sub -W 0.1 y/event
	kill -0 $pid 2>/dev/null || break
done
wait $pid
out=$(cat /tmp/events)
grep -q topic-add /tmp/events && grep -q peer-del /tmp/events && grep -q y/event /tmp/events
t 'ynl hears events'
