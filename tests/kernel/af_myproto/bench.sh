#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# suites: bullseye bookworm trixie trixie-backports
# icount: yes
# timeout: 3000
#
# What sockets of the family cost, in instructions (guest time counts them), beside
# AF_UNIX with the same program in the same boot. (The limit above is in guest time,
# which leaps minutes while the guest waits for a disk.) How fast a stream is on two
# CPUs can't be seen here, where there is one.
set -u
# Other kernel threads are busy for a while after boot.
sleep 3
out=$(myproto -j bench --only costs --number 320 2>&1)
rc=$?
echo "# $out"
PYTHONPATH=$(dirname "$0")/../lib python3 - "$out" "$rc" <<'END'
import json, sys
from rows import row, guard, end

out, rc = sys.argv[1:]
row(rc == "0", "myproto bench ends with 0")
bench = json.loads(out)
row(bench["batches"] >= 12, "%d batches" % bench["batches"])
# At most so many times what it costs with AF_UNIX.
limits = {("writes", 64): 0.8, ("connect", 0): 1.0}
for t in "stream", "seqpacket", "dgram":
    limits[t, 64] = limits[t, 4096] = 1.0
for c in bench["costs"]:
    limit = limits.pop((c["name"], c["bytes"]))
    if c["bytes"] == 64 and c["name"] != "writes":
        guard("family-" + c["name"], c["myproto_ns"], "unix", c["unix_ns"])
    ratio = c["myproto_ns"] / c["unix_ns"]
    row(0 < ratio <= limit,
        "%s, %d bytes: %.0f to %.0f instructions, %.3f of at most %.1f" %
        (c["name"], c["bytes"], c["myproto_ns"], c["unix_ns"], ratio, limit))
row(not limits, "everything was measured" + "".join(", not %s %d" % l for l in limits))
end()
END
