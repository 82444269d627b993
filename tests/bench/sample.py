# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: sample.py FOLDER

Figures that nobody measured, one for each cell, for the tests of the page; and to look
at it where there is no time for a measurement: report.py FOLDER then makes it."""

import json
import os
import sys

from figures import columns_of
from tables import CURVES, TABLES


def records():
    for table in TABLES:
        if table.name == "publish":
            continue
        for i, row in enumerate(table.rows):
            for column in columns_of(table):
                record = {"table": table.source(), "row": row.name, **table.fixed}
                grows = 1.0
                if table.column == "bytes":
                    record["bytes"] = column
                    grows = 1 + column / 20000
                elif table.column == "n":
                    record["n"] = column
                    grows = 1 + 1 / column
                elif table.column == "quantile":
                    record["row"] += "." + column
                    record["bytes"] = 64
                    grows = {"p50": 1, "p99": 3, "p99.9": 7}[column]
                record["value"] = round(1000 * (1 + i * 1.7) * grows / table.scale, 3)
                record["unit"] = table.record_unit
                yield record
    for curve in CURVES:
        for n in 1, 10, 100, 1000:
            value = 5000 + 900 * n if curve.expected == "linear" else 8000 + n / 1000
            yield {"table": "growth", "row": curve.row, "n": n, "value": value, "unit": "ns"}


TOOL = {
    "bytes": 64,
    "costs": [
        {"name": "publish", "ns": 8000.0},
        {"name": "publish_ack", "ns": 9000.0},
        {"name": "publish_many", "ns": 5000.0},
        {"name": "publish_nobody", "ns": 2000.0},
        {"name": "unix_dgram", "ns": 3900.0},
    ],
    "one_more_subscriber_ns": 900.0,
    "one_more_listener_ns": 700.0,
}


def write(folder, lines=None):
    with open(os.path.join(folder, "figures.jsonl"), "w", encoding="utf-8") as f:
        for record in records() if lines is None else lines:
            f.write(json.dumps(record) + "\n")
    with open(os.path.join(folder, "versions.jsonl"), "w", encoding="utf-8") as f:
        f.write('{"name": "mosquitto", "version": "2.0.21"}\n')
        f.write(json.dumps({"name": "nlbroker bench", "tool": TOOL}) + "\n")
    with open(os.path.join(folder, "machine.txt"), "w", encoding="utf-8") as f:
        f.write("suite trixie\nkernel 6.12.0-sample\nmachine nobody's, 2 cores\nqemu 10\n")
        f.write("commit sample\ndate 2026-01-01 00:00 UTC\ntook 0 s\n")


if __name__ == "__main__":
    write(sys.argv[1])
