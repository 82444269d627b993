#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# icount: yes
# timeout: 400
#
# What publishing with the library costs, in instructions (guest time counts
# them), as ratios to primitives of the same kernel measured in the same boot.
set -u
# Other kernel threads are busy for a while after boot.
sleep 3
modprobe nlbroker
out=$(nlbroker bench -j 2>&1; nlbroker bench -j -i 100 -s 61440 2>&1)
rc=$?
printf '%s\n' "$out" | sed 's/^/# /'
PYTHONPATH=$(dirname "$0")/../lib python3 - "$out" "$rc" <<'END'
import json, os, sys
from rows import row, guard, end

out, rc = sys.argv[1:]
row(rc == "0", "nlbroker bench ends with 0")
small, big = (json.loads(line) for line in out.splitlines())
cost = {c["name"]: c["ns"] for c in small["costs"]}
for c in small["costs"]:
    print("# %-16s %8.0f instructions, %.2f x AF_UNIX datagram" % (c["name"], c["ns"], c["ratio"]))
row(small["batches"] >= 12, "%d batches" % small["batches"])
guard("subscriber", small["one_more_subscriber_ns"], "one_more_listener", small["one_more_listener_ns"])
# The driver alone: cost.c. On 5.10 a datagram costs less than on any other.
most = 2.6 if os.uname().release.startswith("5.10.") else 2.5
ratio = cost["publish"] / cost["unix_dgram"]
row(ratio <= most, "publish and receive cost %.2f AF_UNIX datagrams, at most %.1f" % (ratio, most))
ratio = cost["publish_ack"] / cost["unix_dgram"]
row(ratio <= 3.5, "acknowledged, %.2f, at most 3.5" % ratio)
ratio = cost["publish_many"] / cost["publish_ack"]
row(ratio <= 0.75, "in batches, %.2f of that, at most 0.75" % ratio)
ratio = small["one_more_ratio"]
row(ratio <= 1.5, "one more of %d subscribers costs a publish %.2f of what a listener costs a multicast, at most 1.5" %
    (small["subscribers"], ratio))
ratio = big["one_more_subscriber_ns"] / small["one_more_subscriber_ns"]
row(ratio <= 1.2, "with 60 KiB one more costs %.2f of what it costs with 64 bytes, at most 1.2" % ratio)
end()
END
