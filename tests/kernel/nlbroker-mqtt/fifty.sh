#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: trixie
# tree: mqtt
# timeout: 1200
#
# Fifty network namespaces at once on one mosquitto, and one more: what each says, all
# have, once.
set -u
. "$(dirname "$0")/../lib/cli.sh"
. "$(dirname "$0")/../lib/mqtt.sh"
most=${MOST:-50}
world $((most + 1)) || exit 2
mosquitto_start; ok $? 'mosquitto is there'
come() { until_true 300 eval "[ \$(wc -l < '$1') -ge $2 ]"; }	# FILE COUNT

for ((i = 1; i <= most + 1; i++)); do
	bridge "b$i" "$i" <<-END
	connection fifty
	address HERE
	topic all/# both 1 "" fifty/
	END
done
all_connected $((most + 1))
sleep 5

### All to all
for ((i = 2; i <= most + 1; i++)); do reader "$i" "all.$i" -b 4000000 'all/+'; done
sleep 5
for ((i = 1; i <= most + 1; i++)); do
	seq 10 | sed "s/^/$i./" | in_ns "$i" nlbroker pub -w 60000 -l "all/$i"
done
want=$(((most + 1) * 10))
good=0
for ((i = 2; i <= most + 1; i++)); do
	come "all.$i" $want
	[ "$(sort -u "all.$i" | wc -l)" = $want ] && [ "$(wc -l < "all.$i")" = $want ] && good=$((good + 1))
done
[ $good = "$most" ]; ok $? "each of $good namespaces has the $want messages of all, once"
mem=0
for ((i = 1; i <= most + 1; i++)); do mem=$((mem + $(rss "b$i"))); done
[ $((mem / (most + 1))) -lt 16000 ]; ok $? "a daemon takes $((mem / (most + 1))) KiB"

for i in 1 2 $((most + 1)); do sums b$i; done
for ((i = 1; i <= most + 1; i++)); do kill "${bridge_pid[b$i]}"; done
bad=0
for ((i = 1; i <= most + 1; i++)); do wait "${bridge_pid[b$i]}" || bad=$((bad + 1)); done
[ $bad = 0 ]; ok $? "all end well, but $bad"
logs
cli_end
