#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/vm/summary makes of results: those that aren't good count as failures,
# and its last line is there whatever was in them.
#
# Run at the top of the tree.
set -u

. tests/unit/tap.sh

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

sees() { # NAME EXIT-CODE LAST-LINE WORDS RESULTS
	local out rc=0
	printf '%b' "$5" > "$tmp/results.tap"
	out=$(tests/vm/summary "$tmp" 2>&1) || rc=$?
	[ "$rc" = "$2" ] && [ "$(tail -n 1 <<< "$out")" = "$3" ] && [[ $out = *"$4"* ]]
	ok $? "$1" "exit code $rc: $out"
}

sees 'good ones' 0 '2 passed, 0 failed' results 'ok 1\nok 2\n1..2\n# rc=0\n'
sees 'one that failed' 1 '1 passed, 1 failed' 'not ok 2 - two' 'ok 1\nnot ok 2 - two\n1..2\n# rc=0\n'
sees 'one that was skipped' 1 '0 passed, 1 failed' 'switched off' 'ok 1 # SKIP why\n1..1\n# rc=0\n'
sees 'fewer than planned' 1 '1 passed, 1 failed' 'a plan for 2 tests, and 1 ran' '1..2\nok 1\n# rc=0\n'
sees 'no end' 1 '1 passed, 1 failed' 'never ended' 'ok 1\n1..1\n'
sees 'an exit code' 1 '1 passed, 1 failed' 'exit code 3' 'ok 1\n1..1\n# rc=3\n'
sees 'nothing at all' 1 '0 passed, 1 failed' 'no test in it' ''
rm "$tmp/results.tap"
out=$(tests/vm/summary "$tmp" 2>&1) && rc=0 || rc=$?
[ "$rc" = 1 ] && [ "$(tail -n 1 <<< "$out")" = '0 passed, 1 failed' ]
ok $? 'no results' "exit code $rc: $out"
echo "1..$n"
exit $failed
