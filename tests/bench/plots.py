# SPDX-License-Identifier: GPL-2.0-or-later
"""Plots of tables and curves, drawn by gnuplot as SVG."""

import math
import os
import subprocess

from figures import columns_of
from tables import CURVES

# Okabe and Ito's colours, which everybody can tell apart, and shapes besides.
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00",
    "#56b4e9", "#000000", "#7f7f7f", "#8b5a2b", "#b2a300",
)
POINTS = (7, 5, 9, 11, 13, 6, 4, 8, 10, 12)
WIDTH, HEIGHT = 860, 480


def text(s):
    """A string of gnuplot's."""
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


def head(title, path, height=HEIGHT):
    return [
        f'set terminal svg size {WIDTH},{height} noenhanced font "sans-serif,15" background "#ffffff"',
        f"set output {text(path)}",
        f"set title {text(title)}",
        "set border 3 linecolor '#555555'",
        "set tics nomirror",
        "set key outside right top Left reverse samplen 2 spacing 1.1",
        "set decimalsign '.'",
    ]


def short(value):
    """A number on an axis."""
    for limit, letter in (1e9, "G"), (1e6, "M"), (1e3, "k"):
        if value >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def log_axis(axis, values):
    """From a power of ten to another, with steps between where there are few."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 1e-9)
    steps = (1, 2, 5) if high - low <= 2 else (1,)
    tics = [m * 10**e for e in range(low, high + 1) for m in steps if m * 10**e <= 10**high]
    return [
        f"set logscale {axis} 10",
        f"set {axis}range [{10**low:g}:{10**high:g}]",
        f"set {axis}tics ({', '.join(f'{text(short(t))} {t:g}' for t in tics)})",
        f"set grid {axis}tics linecolor '#dddddd' linetype 1",
    ]


def block(name, rows):
    return [f"${name} << EOD", *rows, "EOD"]


def bytes_label(size):
    return f"{size // 1024} KiB" if size >= 1024 and size % 1024 == 0 else f"{size} B"


def lines(title, xlabel, ylabel, series, path, xtics=None, base=10, height=HEIGHT):
    """series: (label, [(x, y)...]) in the order of the colours."""
    script = head(title, path, height)
    for i, (_, points) in enumerate(series):
        script += block(f"s{i}", [f"{x} {y:.6g}" for x, y in points])
    script += [
        f"set xlabel {text(xlabel)}",
        f"set ylabel {text(ylabel)}",
        f"set logscale x {base}",
        "set offsets graph 0.03, graph 0.03, 0, 0",
        *log_axis("y", [y for _, points in series for _, y in points]),
    ]
    if xtics:
        script.append("set xtics (%s)" % ", ".join(f"{text(label)} {x}" for x, label in xtics))
    script.append(
        "plot "
        + ", ".join(
            f"$s{i} using 1:2 with linespoints linewidth 2 pointsize 0.9 "
            f"pointtype {POINTS[i % len(POINTS)]} linecolor {text(COLOURS[i % len(COLOURS)])} "
            f"title {text(label)}"
            for i, (label, _) in enumerate(series)
        )
    )
    return script


def bars(title, xlabel, groups, names, path, log=True):
    """Lying down, the first on top. groups: (label, [a value or None for each of names])."""
    thick = 0.8 / len(names)
    script = head(title, path, 110 + len(groups) * max(34, 24 * len(names)))
    all_values = [v for _, values in groups for v in values if v is not None]
    low = "0"
    if log:
        # The shortest bar is to be seen, too.
        all_values.append(min(all_values) * 0.8)
        script += log_axis("x", all_values)
        low = f"{10 ** math.floor(math.log10(min(all_values))):g}"
    else:
        script += ["set xrange [0:*]", "set grid xtics linecolor '#dddddd' linetype 1"]
    for i in range(len(names)):
        script += block(
            f"s{i}",
            [
                f"{y - 0.4 + i * thick:.3f} {y - 0.4 + (i + 1) * thick:.3f} {values[i]:.6g}"
                for y, (_, values) in enumerate(groups)
                if values[i] is not None
            ],
        )
    labels = ", ".join(f"{text(label)} {y}" for y, (label, _) in enumerate(groups))
    script += [
        f"set xlabel {text(xlabel)}",
        f"set yrange [{len(groups) - 0.5}:-0.5]",
        f"set ytics ({labels}) scale 0",
        "set style fill solid 0.9 noborder",
    ]
    if len(names) == 1:
        script.append("unset key")
    # x and y of a box, its left and right, its top and bottom.
    script.append(
        "plot "
        + ", ".join(
            f"$s{i} using 3:1:({low}):3:1:2 with boxxyerror "
            f"linecolor {text(COLOURS[i % len(COLOURS)])} title {text(str(name))}"
            for i, name in enumerate(names)
        )
    )
    return script


def of_table(figures, table, path):
    """The script of a table's plot, or None where it has none or nothing to show."""
    columns = columns_of(table)
    cells = [(row, [figures.cell(table, row, c)[0] for c in columns]) for row in table.rows]
    cells = [(row, values) for row, values in cells if any(v is not None for v in values)]
    if not table.plot or not cells:
        return None
    if table.plot == "lines":
        # A line of one point is none: where not all was measured.
        if all(sum(v is not None for v in values) < 2 for _, values in cells):
            return None
        series = [
            (row.label, [(c, v) for c, v in zip(columns, values) if v is not None])
            for row, values in cells
        ]
        if table.column == "bytes":
            tics = [(c, bytes_label(c)) for c in columns]
            return lines(table.title, "size of a message", table.unit, series, path, tics, 2)
        return lines(table.title, "subscribers", table.unit, series, path)
    groups = [(row.label, values) for row, values in cells]
    return bars(table.title, table.unit, groups, columns, path, log=not table.more_is_better)


def of_growth(figures, linear, path):
    """Of the curves that are to be linear, or of the others."""
    series = [
        (curve.label.replace("so many ", ""), figures.points(curve.row))
        for curve in CURVES
        if (curve.expected == "linear") == linear and figures.points(curve.row)
    ]
    if not series:
        return None
    title = "What grows with the number of readers" if linear else "What doesn't grow, or hardly"
    script = lines(title, "how many there are", "instructions", series, path, height=HEIGHT + 160)
    # The labels are sentences.
    script.insert(-1, "set key below left Left reverse maxcols 1 offset 0,-0.8")
    return script


def draw(folder, figures, tables):
    """Draws all of them; the names of the files."""
    wanted = [(t.name, of_table(figures, t, f"{t.name}.svg")) for t in tables]
    wanted.append(("growth", of_growth(figures, False, "growth.svg")))
    wanted.append(("growth-readers", of_growth(figures, True, "growth-readers.svg")))
    drawn = []
    for name, script in wanted:
        if script is None:
            continue
        run = subprocess.run(
            ["gnuplot", "-"],
            input="\n".join(script) + "\n",
            cwd=folder,
            text=True,
            capture_output=True,
            check=False,
        )
        path = os.path.join(folder, f"{name}.svg")
        # It warns where a word is wrong, and goes on.
        if run.returncode or run.stderr.strip() or not os.path.exists(path):
            raise RuntimeError(f"gnuplot, {name}: {run.stderr.strip() or run.returncode}")
        drawn.append(name)
    return drawn
