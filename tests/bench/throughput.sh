#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: throughput.sh BIN
#
# Run as root in a guest with two processors: how many messages a second reach ten
# subscribers of which none loses one, with nlbroker and with what people would use
# instead; five runs that take turns. Prints TAP; lines "# @json" are the figures.
set -u
bin=$1
. "$(dirname "$0")/daemons.sh"
start_daemons
for round in 1 2 3 4 5; do
	for broker in $brokers; do
		fanout "$broker" -t throughput -w 4 -- 64 1024 > out 2> err
		ok $? "$broker, $round" "$(cat err)"
		cat out
	done
done
echo "1..$n"
exit "$failed"
