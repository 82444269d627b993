#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: debug
# timeout: 1200
#
# Every allocation failing in turn, first those of the slab and then those of
# pages, in everything that can be done with each module, in loading it, and in
# making a network namespace with it; and, below its functions, those that softirqs
# and workers make. Each must end in a documented errno or go unnoticed, and leave
# the next try clean.
set -u
. /tests/kernel/lib/common.sh

for f in failslab fail_page_alloc; do
	[ -w /sys/kernel/debug/$f/require-start ]
	t "this kernel can have allocations fail: $f"
done
for x in $(exercises); do
	m=$("$x" --module)
	for kind in slab page; do
		modprobe "$m"
		out=$("$x" --faults $kind 2>&1)
		t "$m: $kind allocations that fail are said so, and leave nothing wrong"
		printf '%s\n' "$out" | sed 's/^/# /'
		# None of these may come of a test that had nothing fail.
		what=(loading)
		[ $kind = page ] || what+=('a network namespace' '.*, in any context')
		for w in "${what[@]}"; do
			printf '%s\n' "$out" |
				grep -qE "^ok [0-9]+ - $w: [1-9][0-9]* $kind allocations failed in turn"
			t "$m: $kind allocations failed: ${w#.*, }"
		done
		printf '%s\n' "$out" | grep -qE '^# ended ENOMEM: [1-9]'
		t "$m: $kind allocations that fail are seen"
		unload "$m"
		t "$m unloads afterwards"
	done
done
end
