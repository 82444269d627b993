#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: debug
# timeout: 900
#
# Every allocation failing in turn, of the slab and of pages, in everything that
# can be done with each module, in loading it, and in making a network namespace
# with it. Each must end in a documented errno and leave the next try clean.
set -u
. /tests/kernel/lib/common.sh

# Also allocations that may wait, which is most of them; and no report for each.
d=/sys/kernel/debug
echo N > $d/failslab/ignore-gfp-wait &&
	echo N > $d/fail_page_alloc/ignore-gfp-wait &&
	echo N > $d/fail_page_alloc/ignore-gfp-highmem &&
	echo 0 > $d/fail_page_alloc/min-order &&
	echo 0 > $d/failslab/verbose &&
	echo 0 > $d/fail_page_alloc/verbose
t 'this kernel can have allocations fail'
for x in $(exercises); do
	m=$("$x" --module)
	modprobe "$m"
	out=$("$x" --faults 2>&1)
	t "$m: allocations that fail are said so, and leave nothing wrong"
	printf '%s\n' "$out" | sed 's/^/# /'
	printf '%s\n' "$out" | grep -qE '^ok [0-9]+ - loading: [1-9][0-9]* allocations failed in turn'
	t "$m: loading without memory"
	unload "$m"
	t "$m unloads afterwards"
done
end
