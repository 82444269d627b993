# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP of the tests that judge what a bench command has measured. Imported by them."""
import json
import os
import sys

_rows = []


def row(good, name):
    _rows.append(good)
    print("%s %d - %s" % ("ok" if good else "not ok", len(_rows), name), flush=True)


def guard(path, value, yardstick, base):
    """A figure for tests/bench/guard: a hot path and its yardstick, in instructions."""
    kernel = ".".join(os.uname().release.split("-")[0].split("+")[0].split(".")[:2])
    print("# @guard " + json.dumps({"kernel": kernel, "path": path, "value": value,
                                    "yardstick": yardstick, "base": base}), flush=True)


def end():
    print("1..%d" % len(_rows))
    sys.exit(not all(_rows))
