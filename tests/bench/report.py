#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: report.py [--gaps] FOLDER

Makes FOLDER/report.html and report.json, and the plots, of what tests/vm/bench left
there: figures.jsonl, versions.jsonl, machine.txt. Prints TAP: is anything missing, is
a curve worse than it should be; with --gaps, where not all was measured, only curves."""

import base64
import html
import json
import os
import sys

from figures import Figures, ahead, columns_of, curve_problems, problems, ratio, read_lines, shown
from plots import bytes_label, draw
from shape import shape_of
from tables import CURVES, TABLES

STYLE = """
:root { color-scheme: light; --line: #d8d8d8; --soft: #666; --own: #eef5fb; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; color: #222; background: #fff;
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
nav ul { columns: 19rem; padding-left: 1.2rem; }
nav li { break-inside: avoid; }
a { color: #0058a3; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: #f5f5f5; padding: .7rem; overflow-x: auto; }
.where { color: var(--soft); }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: separate; border-spacing: 0; font-size: .95rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { border-bottom: 2px solid #999; white-space: nowrap; }
td, thead th { text-align: right; font-variant-numeric: tabular-nums; }
tbody th { text-align: left; font-weight: normal; position: sticky; left: 0; background: #fff; }
thead th:first-child { text-align: left; position: sticky; left: 0; background: #fff; }
tr.own th, tr.own td { background: var(--own); }
tr.own th { font-weight: 600; }
td small { display: block; color: var(--soft); }
td.ahead { font-style: italic; }
td.none { color: var(--soft); text-align: left; font-size: .85rem; min-width: 8rem; }
figure { margin: 1rem 0; overflow-x: auto; }
figure img { display: block; width: 100%; min-width: 34rem; max-width: 54rem; height: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.why { font-size: .92rem; }
@media (max-width: 36rem) {
  body { padding: .7rem; font-size: 15px; }
  th, td { padding: .25rem .4rem; }
  tbody th { min-width: 7rem; max-width: 9rem; }
  thead th { white-space: normal; vertical-align: bottom; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .4rem; }
}
"""

HOW = """
<p>No figure stands without its yardstick: a primitive or another program that did the same
work in the same boot. Ratios are to the row that has 1.00.</p>
<ul>
<li>Costs are instructions, counted in a guest of QEMU with one processor, whose time passes by one
nanosecond for each (<code>-icount shift=0</code>): the same on every machine, to some percent. In
one process the cheapest of 14 batches counts; of several processes and daemons all that the whole
machine does, the median of some windows.</li>
<li>Streams and throughput are wall time in a guest with two processors, medians of five runs that
take turns. The guest is emulated: only the ratios say something.</li>
<li>Copies in memory are measured on the machine itself.</li>
</ul>
<p>Rows of this project have a coloured ground. A figure in italics is better than all
of those, by more than two percent.</p>
"""


def number(value):
    """As people read it."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def column_label(table, column):
    if table.column == "bytes":
        return bytes_label(column)
    if table.column == "n":
        return f"{column:,} subscriber" + ("s" if column > 1 else "")
    return str(column) or table.unit


def cell_html(figures, table, row, column):
    value, why = figures.cell(table, row, column)
    if value is None:
        return f'<td class="none">{html.escape(why or "not measured")}</td>'
    times = ratio(figures, table, row, column)
    kind = ' class="ahead"' if ahead(figures, table, row, column) else ""
    small = "" if times is None else f"<small>{times:.2f} ×</small>"
    return f"<td{kind}>{number(value)}{small}</td>"


def table_html(figures, table):
    out = [
        '<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{html.escape(table.title)}"><table>',
        # With one column its head is the unit.
        f"<thead><tr><th>{html.escape(table.unit if table.column else '')}</th>",
    ]
    out += [f"<th>{html.escape(column_label(table, c))}</th>" for c in columns_of(table)]
    out.append("</tr></thead><tbody>")
    for row in table.rows:
        out.append(f'<tr{" class=own" if row.own else ""}><th scope="row">{html.escape(row.label)}</th>')
        out += [cell_html(figures, table, row, c) for c in columns_of(table)]
        out.append("</tr>")
    out.append("</tbody></table></div>")
    return "".join(out)


def why_html(figures, table):
    """Of whoever is ahead, the reason."""
    items = [
        f"<li><b>{html.escape(row.label)}</b>: {html.escape(row.why)}</li>"
        for row in table.rows
        if row.why and any(figures.cell(table, row, c)[0] is not None for c in columns_of(table))
    ]
    return f'<ul class="why">{"".join(items)}</ul>' if items else ""


def figure_html(folder, name, title, drawn):
    if name not in drawn:
        return ""
    with open(os.path.join(folder, name + ".svg"), "rb") as f:
        data = base64.b64encode(f.read()).decode()
    return (
        f'<figure tabindex="0"><img alt="{html.escape(title)}: a plot of the table" '
        f'src="data:image/svg+xml;base64,{data}"></figure>'
    )


def growth_html(figures, folder, drawn):
    numbers = sorted({n for c in CURVES for n, _ in figures.points(c.row)})
    if not numbers:
        return ""
    out = [
        '<h2 id="growth">How costs grow</h2>',
        "<p>The cost of one operation as there is more and more of something. Its shape is the first "
        "of constant, logarithmic and linear that fits all points.</p>",
        '<div class="scroll" tabindex="0" role="region" aria-label="growth"><table><thead><tr>'
        "<th>instructions</th><th>shape</th>",
        *(f"<th>{n:,}</th>" for n in numbers),
        "</tr></thead><tbody>",
    ]
    for curve in CURVES:
        points = dict(figures.points(curve.row))
        if not points:
            continue
        own = " class=own" if curve.own else ""
        shape = shape_of(sorted(points.items())) if len(points) > 2 else ""
        out.append(
            f'<tr{own}><th scope="row">{html.escape(curve.label)}</th><td>{shape}</td>'
            + "".join(f"<td>{number(points[n]) if n in points else ''}</td>" for n in numbers)
            + "</tr>"
        )
    out.append("</tbody></table></div>")
    out.append(figure_html(folder, "growth", "Growth", drawn))
    out.append(figure_html(folder, "growth-readers", "Growth with readers", drawn))
    return "".join(out)


def read_machine(folder):
    """What machine.txt says: a word, and the rest of the line."""
    return dict(line.strip().split(" ", 1) for line in read_lines(os.path.join(folder, "machine.txt")) if " " in line)


def read_versions(folder):
    lines = [json.loads(line) for line in read_lines(os.path.join(folder, "versions.jsonl"))]
    return {v["name"]: v["version"] for v in lines if "version" in v}


def page(figures, folder, drawn, machine, versions):
    tables = [t for t in TABLES if shown(figures, t)]
    repeat = "make bench" if machine.get("suite", "trixie") == "trixie" else f"make bench SUITE={machine['suite']}"
    facts = {
        "kernel": "Linux " + machine.get("kernel", "?"),
        "machine": machine.get("machine", "?"),
        "emulator": "QEMU " + machine.get("qemu", "?"),
        "sockmods": machine.get("commit", "?"),
        "measured": machine.get("date", "?") + ", in " + machine.get("took", "?"),
        "versions": ", ".join(f"{k} {v}" for k, v in versions.items() if v) or "?",
    }
    body = [
        "<h1>What sockmods costs</h1>",
        "<p>Kernel drivers that a program reaches through a socket, beside what people would use "
        "instead.</p><dl>",
        *(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in facts.items()),
        "</dl>",
        f"<p>To repeat it, in a tree of the project on Debian:</p><pre>{html.escape(repeat)}</pre>",
        '<nav aria-label="tables"><ul>',
        *(f'<li><a href="#{t.name}">{html.escape(t.title)}</a></li>' for t in tables),
        '<li><a href="#growth">How costs grow</a></li></ul></nav>',
        '<h2 id="how">How it is counted</h2>' + HOW,
    ]
    for t in tables:
        body += [
            f'<section><h2 id="{t.name}">{html.escape(t.title)}</h2>',
            f'<p>{html.escape(t.about)} <span class="where">Counted: {html.escape(t.where)}; '
            + ("more" if t.more_is_better else "less")
            + " is better.</span></p>",
            table_html(figures, t),
            why_html(figures, t),
            figure_html(folder, t.name, t.title, drawn),
            "</section>",
        ]
    body.append(growth_html(figures, folder, drawn))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What sockmods costs</title><style>{STYLE}</style></head><body>"
        + "\n".join(body)
        + "</body></html>\n"
    )


def as_json(figures, machine, versions):
    tables = []
    for t in TABLES:
        rows = []
        for row in t.rows:
            for c in columns_of(t):
                value, why = figures.cell(t, row, c)
                rows.append(
                    {
                        "row": row.name,
                        "column": c,
                        "value": value,
                        "ratio": ratio(figures, t, row, c),
                        "missing": why,
                    }
                )
        tables.append(
            {
                "table": t.name,
                "title": t.title,
                "unit": t.unit,
                "counted": t.where,
                "yardstick": t.yardstick,
                "column": t.column,
                "cells": rows,
            }
        )
    curves = [
        {
            "curve": c.row,
            "expected": c.expected,
            "shape": shape_of(figures.points(c.row)) if len(figures.points(c.row)) > 2 else None,
            "points": figures.points(c.row),
        }
        for c in CURVES
    ]
    return {"machine": machine, "versions": versions, "tables": tables, "curves": curves}


def make(folder):
    """Writes the files; the figures."""
    figures = Figures.read(folder)
    machine, versions = read_machine(folder), read_versions(folder)
    drawn = draw(folder, figures, TABLES)
    with open(os.path.join(folder, "report.html"), "w", encoding="utf-8") as f:
        f.write(page(figures, folder, drawn, machine, versions))
    with open(os.path.join(folder, "report.json"), "w", encoding="utf-8") as f:
        json.dump(as_json(figures, machine, versions), f, indent=1)
        f.write("\n")
    return figures


def main(args):
    gaps = args[:1] == ["--gaps"]
    if len(args) != 1 + gaps:
        print("usage: report.py [--gaps] FOLDER", file=sys.stderr)
        return 2
    failed = False
    count = 0
    figures = make(args[-1])
    found = curve_problems(figures) if gaps else problems(figures)
    for count, (name, what) in enumerate(found, 1):
        print(f"{'not ok' if what else 'ok'} {count} - {name}")
        if what:
            print(f"# {what}")
            failed = True
    print(f"1..{count}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
