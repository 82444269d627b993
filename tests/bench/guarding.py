# SPDX-License-Identifier: GPL-2.0-or-later
"""What guard does: ratios of hot paths to their yardsticks, now and as recorded."""

import json
import os
from dataclasses import dataclass

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded.json")

# Whose kernels are guarded, and which paths (tests/kernel/*/bench.sh).
SUITES = ("bullseye", "bookworm", "trixie", "trixie-backports")
PATHS = ("echo", "subscriber", "ulp", "family-stream", "family-seqpacket", "family-dgram")

WARN, FAIL = 1.05, 1.15
MARK = "# @guard "


class Unreadable(Exception):
    """What isn't as it should be in a file."""


@dataclass
class Figure:
    """A path on a suite's kernel, in instructions, and its yardstick of that boot."""

    suite: str
    kernel: str
    path: str
    value: float
    yardstick: str
    base: float

    @property
    def ratio(self):
        return self.value / self.base


@dataclass
class Verdict:
    """A row of the table: change is None where there is nothing to compare."""

    suite: str
    path: str
    figure: Figure = None
    recorded: float = None
    failed: bool = False
    text: str = "good"

    @property
    def change(self):
        if self.figure is None or self.recorded is None:
            return None
        return self.figure.ratio / self.recorded


def parse(line, suite, where):
    try:
        data = json.loads(line[len(MARK):])
        figure = Figure(
            suite,
            str(data["kernel"]),
            str(data["path"]),
            float(data["value"]),
            str(data["yardstick"]),
            float(data["base"]),
        )
    except (ValueError, KeyError, TypeError) as e:
        raise Unreadable(f"{where}: not a figure ({e!r}): {line.strip()}") from None
    if not figure.value > 0 or not figure.base > 0:
        raise Unreadable(f"{where}: not above 0: {line.strip()}")
    return figure


def measured(folder):
    """All figures below a folder of results, by (suite, path)."""
    found = {}
    for suite in SUITES:
        for at, _, files in sorted(os.walk(os.path.join(folder, suite))):
            for name in sorted(files):
                if not name.endswith(".tap"):
                    continue
                path = os.path.join(at, name)
                with open(path, encoding="utf-8", errors="replace") as f:
                    for line in f:
                        if line.startswith(MARK):
                            figure = parse(line, suite, path)
                            found[suite, figure.path] = figure
    return found


def read_recorded(path):
    """{kernel: {path: ratio}}"""
    try:
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
        return {
            kernel: {name: float(entry["ratio"]) for name, entry in paths.items()}
            for kernel, paths in data.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise Unreadable(f"{path}: {e!r}") from None


def record(found, path):
    """Writes what was measured. Instructions stand there for people."""
    if not found:
        raise Unreadable("nothing was measured: run tests/vm/run --suite SUITE kernel/.../bench first")
    try:
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
    except FileNotFoundError:
        data = {}
    for figure in found.values():
        data.setdefault(figure.kernel, {})[figure.path] = {
            "instructions": round(figure.value),
            "yardstick": figure.yardstick,
            "yardstick_instructions": round(figure.base),
            "ratio": round(figure.ratio, 4),
        }
    ordered = sorted(data.items(), key=lambda item: [int(n) for n in item[0].split(".")])
    with open(path, "w", encoding="utf-8") as f:
        json.dump({k: dict(sorted(v.items())) for k, v in ordered}, f, indent=1)
        f.write("\n")


def judge_one(suite, path, figure, recorded):
    if figure is None:
        return Verdict(suite, path, failed=True, text="NOT MEASURED")
    verdict = Verdict(suite, path, figure, recorded.get(figure.kernel, {}).get(path))
    if verdict.recorded is None:
        verdict.text = "warning: not recorded (tests/bench/guard --record)"
    elif verdict.change > FAIL:
        verdict.failed = True
        verdict.text = f"COSTS TOO MUCH: more than {FAIL - 1:.0%} above what was recorded"
    elif verdict.change > WARN:
        verdict.text = f"warning: more than {WARN - 1:.0%} above what was recorded"
    return verdict


def judge(found, recorded):
    return [
        judge_one(suite, path, found.get((suite, path)), recorded)
        for suite in SUITES
        for path in PATHS
    ]


def table(verdicts):
    out = ["%-18s %-18s %12s %10s %10s %8s  %s" % (
        "suite", "path", "instructions", "ratio", "recorded", "change", "")]
    for v in verdicts:
        f = v.figure
        out.append("%-18s %-18s %12s %10s %10s %8s  %s" % (
            v.suite,
            v.path,
            "-" if f is None else f"{f.value:.0f}",
            "-" if f is None else f"{f.ratio:.3f}",
            "-" if v.recorded is None else f"{v.recorded:.3f}",
            "-" if v.change is None else f"{v.change - 1:+.1%}",
            v.text,
        ))
    return "\n".join(line.rstrip() for line in out)
