#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# icount: yes
# timeout: 400
#
# What a message costs, in instructions (guest time counts them), beside plain TCP
# in the same boot. How fast memory is copied can't be seen here: tests/vm/bench.
set -u
# Other kernel threads are busy for a while after boot.
sleep 3
modprobe ulp_caesar
small=$(ulp-caesar bench -j --only messages 2>&1)
rc=$?
large=$(ulp-caesar bench -j --only messages --size 4096 --number 500 2>&1) || rc=$?
echo "# $small"
echo "# $large"
PYTHONPATH=$(dirname "$0")/../lib python3 - "$small" "$large" "$rc" <<'END'
import json, sys
from rows import row, guard, end

small, large, rc = sys.argv[1:]
row(rc == "0", "ulp-caesar bench ends with 0")
for text in small, large:
    bench = json.loads(text)
    for c in bench["costs"]:
        print("# %-12s %6d bytes %8.0f instructions, %.3f x plain TCP" %
              (c["name"], bench["bytes"], c["ns"], c["ratio"]))
bench = json.loads(small)
cost = {c["name"]: c["ns"] for c in bench["costs"]}
row(bench["batches"] >= 12, "%d batches" % bench["batches"])
guard("ulp", cost["ulp_caesar"], "plain", cost["plain"])
row(bench["bytes"] == 64, "of messages of 64 bytes")
ratio = cost["ulp_caesar"] / cost["plain"]
row(ratio <= 1.1, "a message costs %.3f of what it costs with plain TCP, at most 1.1" % ratio)
end()
END
