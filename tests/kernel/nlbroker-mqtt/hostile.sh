#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# timeout: 600
#
# A broker that means ill (hostile.py) and the daemon under AddressSanitizer and
# UBSan: it survives all of it, its memory stays bounded, and what it counts adds up.
# Then a configuration that is made of nearly right ones.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/cli.sh"
. "$here/../lib/mqtt.sh"
daemon=${ASAN:-/tests/bin/mqtt/nlbroker-mqtt-asan}
world 1 || exit 2
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99

behind 1 python3 "$here/hostile.py" 18830 > kinds 2> kinds.err &
all_pids+=($!)
listens() { in_ns 1 ss -Htln 'sport = :18830' | grep -q .; }
until_true 60 listens; ok $? 'the broker that means ill is there'
bridge bad 1 <<-END
max_queued_messages 100
restart_timeout 1
connection bad
address 127.0.0.1:18830
topic in/# in
topic out/# out 1
END
reader 1 said -v '#'
(while sleep 0.3; do in_ns 1 nlbroker pub out/x hello; done) > publisher.log 2>&1 &
publisher=$!
all_pids+=("$publisher")
until_true 400 grep -q '^good$' kinds; ok $? 'the daemon came through all of it'
while read -r line; do ok 0 "after ${line%%:*}: ${line#*: }"; done < <(grep -v '^good$' kinds)
[ "$(wc -l < kinds)" = 20 ]; ok $? "nineteen kinds, and a good one: $(wc -l < kinds)"
kill -0 "${bridge_pid[bad]}"; ok $? 'it lives'
until_true 60 grep -q '^in/end the end$' said; ok $? 'and takes what a good broker sends'
kill "$publisher"
until_true 30 adds_up bad
sums bad
# A broker that is quick may get its whole packet read before it is let go.
[ "${lost[in.size]}" = 1 ] || [ "${lost[in.size]}" = 2 ]
ok $? "a message that is too long for nlbroker is counted: ${lost[in.size]}"
[ "${lost[in.topic]}" = 2 ]; ok $? "topics that are none for nlbroker, too: ${lost[in.topic]}"
[ "${skipped[in.hops]}" = 1 ]; ok $? "and hops without an end: ${skipped[in.hops]}"
# A packet of 200 MiB at most, and AddressSanitizer's own.
[ "$(peak bad)" -lt 600000 ]; ok $? "the peak of its memory: $(peak bad) KiB"
bridge_end bad
[ "$rc" = 0 ] || [ "$rc" = 1 ]; ok $? "it ends by itself ($rc)"
! grep -E 'Sanitizer|runtime error' bad/log; ok $? 'the sanitizers have nothing to say'

### Configurations with something wrong in them
cat > good.conf <<-'END'
bridge_id x
metrics_file "/tmp/a b"
connection a
address [::1]:1884 host
topic a/# both 1 "l/" r/
topic "" out 0 one two
remote_username u
restart_timeout 1 3
END
run "$daemon" -c good.conf check
is 'a good one' 0 NONE NONE
seed=${SEED:-$RANDOM}
echo "# seed $seed"
rc=0
python3 "$here/configs.py" "$seed" "$daemon" good.conf > out 2> err || rc=$?
is "200 changes of it: $(head -n 1 out) wrong, each with file, line and reason" 0
logs
cli_end
