# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP of the tests that judge what a bench command has measured. Imported by them."""
import sys

_rows = []


def row(good, name):
    _rows.append(good)
    print("%s %d - %s" % ("ok" if good else "not ok", len(_rows), name), flush=True)


def end():
    print("1..%d" % len(_rows))
    sys.exit(not all(_rows))
