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
spaces=0 pages=''
for x in $(exercises); do
	m=$("$x" --module)
	for kind in slab page; do
		modprobe "$m"
		out=$("$x" --faults $kind 2>&1)
		t "$m: $kind allocations that fail are said so, and leave nothing wrong"
		printf '%s\n' "$out" | sed 's/^/# /'
		# None of these may come of a test that had nothing fail.
		what=(loading)
		[ $kind = page ] || what+=('.*, in any context')
		for w in "${what[@]}"; do
			printf '%s\n' "$out" |
				grep -qE "^ok [0-9]+ - $w: [1-9][0-9]* $kind allocations failed in turn"
			t "$m: $kind allocations failed: ${w#.*, }"
		done
		# A module's are of the slab: a page is there or not.
		! printf '%s\n' "$out" | grep -E '^ok [0-9]+ - a network namespace.*: 0 slab '
		t "$m, $kind: no network namespace was made without a failure"
		! printf '%s\n' "$out" | grep -qE '^ok [0-9]+ - a network namespace: ' ||
			spaces=$((spaces + 1))
		# Of pages there are few, and mostly another way without one.
		if [ $kind = slab ]; then
			printf '%s\n' "$out" | grep -qE '^# ended ENOMEM: [1-9]'
			t "$m: $kind allocations that fail are seen"
		else
			pages+=$(printf '%s\n' "$out" | grep -E '^# ended E[A-Z]+: [1-9]')
		fi
		unload "$m"
		t "$m unloads afterwards"
	done
done
out="$spaces"
[ "$spaces" -ge 4 ]
t 'with two modules at least, network namespaces were made: slab and page'
[ -n "$pages" ]
t 'page allocations that fail are seen'
end
