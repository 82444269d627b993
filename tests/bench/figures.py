# SPDX-License-Identifier: GPL-2.0-or-later
"""What was measured: read, put into the cells of tables, and looked at for what is
missing."""

import json
import os
import statistics

from shape import no_worse, shape_of
from tables import CLOCK, CURVES, TABLES

RATIO_DIGITS = 3
# Nearer to each other than this nobody is ahead: instructions are counted to some
# percent, and clocks are worse.
TIE = 0.02


class Malformed(Exception):
    """A record that README.md doesn't describe."""


def parse(line):
    """A record, of a line of JSON."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as e:
        raise Malformed(f"not JSON ({e.msg}): {line.strip()[:200]}") from None
    if not isinstance(record, dict):
        raise Malformed(f"not an object: {line.strip()[:200]}")
    for key in "table", "row":
        if not isinstance(record.get(key), str):
            raise Malformed(f"without '{key}': {line.strip()[:200]}")
    if isinstance(record.get("missing"), str):
        return record
    value = record.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise Malformed(f"without a value above 0: {line.strip()[:200]}")
    if not isinstance(record.get("unit"), str):
        raise Malformed(f"without 'unit': {line.strip()[:200]}")
    return record


def records_of_tool(tool):
    """What `nlbroker bench -j` says, as records."""
    rows = {c["name"]: c["ns"] for c in tool["costs"]}
    for name in "one_more_subscriber", "one_more_listener":
        if name + "_ns" in tool:
            rows[name] = tool[name + "_ns"]
    return [
        {"table": "publish", "row": row, "bytes": tool["bytes"], "value": ns, "unit": "ns"}
        for row, ns in rows.items()
        if ns > 0
    ]


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [line for line in f if line.strip()]


class Figures:
    """All records; of those that are repeated the median."""

    def __init__(self, records):
        self.values = {}
        self.missing = {}
        for r in records:
            key = (r["table"], r["row"], r.get("bytes", 0), r.get("n", 0))
            if "missing" in r:
                self.missing[key] = r["missing"]
            else:
                self.values.setdefault(key + (r["unit"],), []).append(float(r["value"]))

    @classmethod
    def read(cls, folder):
        records = [parse(line) for line in read_lines(os.path.join(folder, "figures.jsonl"))]
        for line in read_lines(os.path.join(folder, "versions.jsonl")):
            version = json.loads(line)
            if "tool" in version:
                records += records_of_tool(version["tool"])
        return cls(records)

    def find(self, table, row, unit, size=None, n=None):
        """(value, None), or (None, why there is none); size or n None: whichever."""

        def fits(key):
            return (
                key[:2] == (table, row)
                and size in (None, key[2])
                and n in (None, key[3])
            )

        found = [v for key, v in self.values.items() if fits(key) and key[4] == unit]
        if found:
            return statistics.median(found[0]), None
        why = [w for key, w in self.missing.items() if fits(key)]
        return None, why[0] if why else None

    def cell(self, table, row, column):
        """The value of a table's cell in the table's unit, or why there is none."""
        size, n = table.fixed.get("bytes"), table.fixed.get("n")
        name = row.name
        if table.column == "bytes":
            size = column
        elif table.column == "n":
            n = column
        elif table.column == "quantile":
            name = f"{name}.{column}"
        value, why = self.find(table.source(), name, table.record_unit, size, n)
        if value is None and why is None and table.column == "quantile":
            # What is missing is missing for all of them.
            _, why = self.find(table.source(), row.name, table.record_unit, size, n)
        return (None if value is None else value * table.scale), why

    def points(self, row):
        """A curve: (number, cost), by number."""
        return sorted(
            (key[3], statistics.median(v))
            for key, v in self.values.items()
            if key[:2] == ("growth", row)
        )


def columns_of(table):
    return table.columns or ("",)


def shown(figures, table):
    """Has a table anything to show?"""
    return any(
        figures.cell(table, row, column)[0] is not None
        for row in table.rows
        for column in columns_of(table)
    )


def ratio(figures, table, row, column):
    """How many times the yardstick's it is, or None."""
    value, _ = figures.cell(table, row, column)
    yardstick = next(r for r in table.rows if r.name == table.yardstick)
    base, _ = figures.cell(table, yardstick, column)
    if value is None or not base:
        return None
    return round(value / base, RATIO_DIGITS)


def ahead(figures, table, row, column):
    """Is a row of somebody else's better than all of the project's, by more than TIE?"""
    if table.explains:
        return False
    value, _ = figures.cell(table, row, column)
    own = [figures.cell(table, r, column)[0] for r in table.rows if r.own]
    own = [v for v in own if v is not None]
    if row.own or value is None or not own:
        return False
    if table.more_is_better:
        return value > max(own) * (1 + TIE)
    return value < min(own) * (1 - TIE)


def table_problems(figures):
    """What is wrong with what was measured: (name of a test, what, or '')."""
    for table in TABLES:
        absent = []
        for row in table.rows:
            for column in columns_of(table):
                value, why = figures.cell(table, row, column)
                # What is the project's own is there, or isn't as it should be.
                if value is None and (why is None or row.own) and not row.optional:
                    absent.append(f"{row.name} {column}".strip() + (f" ({why})" if why else ""))
        yield (
            f"{table.name}: every row has its figures, or the reason why not",
            ", ".join(absent),
        )
        # Wall time decides nothing.
        if table.where == CLOCK:
            continue
        silent = sorted(
            {
                row.name
                for row in table.rows
                for column in columns_of(table)
                if row.name != table.yardstick
                and not row.why
                and ahead(figures, table, row, column)
            }
        )
        yield (
            f"{table.name}: tables.py says why a row is ahead that is",
            ", ".join(silent),
        )


def curve_problems(figures):
    """The same of curves."""
    for curve in CURVES:
        points = figures.points(curve.row)
        why = [w for key, w in figures.missing.items() if key[:2] == ("growth", curve.row)]
        if why or len(points) < 3:
            yield f"growth: {curve.row} has a curve", " ".join([f"{len(points)} points", *why])
            continue
        shape = shape_of(points)
        good = not curve.own or no_worse(shape, curve.expected)
        yield (
            f"growth: {curve.row} is {shape}" + (f", at most {curve.expected}" if curve.own else ""),
            "" if good else " ".join(f"{n}:{value:.0f}" for n, value in points),
        )


def problems(figures):
    """All that is wrong."""
    yield from table_problems(figures)
    yield from curve_problems(figures)
