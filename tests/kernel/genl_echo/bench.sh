#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# icount: yes
# timeout: 400
#
# What an echo costs, in instructions (guest time counts them), as ratios to
# primitives of the same kernel measured in the same boot.
set -u
# Other kernel threads are busy for a while after boot.
sleep 3
modprobe genl_echo
out=$(genl-echo bench -j 2>&1)
rc=$?
echo "# $out"
PYTHONPATH=$(dirname "$0")/../lib python3 - "$out" "$rc" "$(uname -r)" <<'END'
import json, sys
from rows import row, guard, end

out, rc, release = sys.argv[1:]
row(rc == "0", "genl-echo bench ends with 0")
bench = json.loads(out)
cost = {c["name"]: c["ns"] for c in bench["costs"]}
for c in bench["costs"]:
    print("# %-12s %8.0f instructions, %.2f x AF_UNIX datagram" % (c["name"], c["ns"], c["ratio"]))
row(bench["batches"] >= 12, "%d batches" % bench["batches"])
guard("echo", cost["raw"], "unix_dgram", cost["unix_dgram"])
ratio = cost["raw"] / cost["unix_dgram"]
# On 5.10 AF_UNIX costs a tenth less than later, and netlink doesn't.
limit = 1.9 if release.startswith("5.10.") else 1.8
row(ratio <= limit, "a raw echo is %.2f AF_UNIX datagrams, at most %.1f" % (ratio, limit))
ratio = cost["libnl"] / cost["raw"]
row(ratio <= 2, "libnl's is %.2f raw ones, at most 2" % ratio)
if release.startswith("6.12."):
    row(cost["raw"] <= 9300, "a raw echo is %.0f instructions, at most 9300" % cost["raw"])
end()
END
