# SPDX-License-Identifier: GPL-2.0-or-later
"""Unit tests of the regression guard, with figures that nobody measured. Run by
test_report.py."""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import tempfile
import unittest

import guarding
from guarding import PATHS, SUITES

KERNELS = dict(zip(SUITES, ("5.10", "6.1", "6.12", "7.3")))


def command():
    """The file guard, which has no ending."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guard")
    loader = importlib.machinery.SourceFileLoader("guard", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("guard", loader))
    loader.exec_module(module)
    return module


class Guard(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.recorded = os.path.join(self.folder, "recorded.json")
        self.guard = command()
        self.guard.RECORDED = self.recorded

    def measure(self, **changes):
        """Results; a change is a factor, or None for what isn't there."""
        for suite in SUITES:
            at = os.path.join(self.folder, suite, "guest")
            os.makedirs(at, exist_ok=True)
            with open(os.path.join(at, "kernel.x.bench.tap"), "w", encoding="utf-8") as f:
                f.write("ok 1 - a test\n")
                for path in PATHS:
                    factor = changes.get(path.replace("-", "_"), 1)
                    if factor is not None:
                        f.write(guarding.MARK + json.dumps({
                            "kernel": KERNELS[suite], "path": path, "value": 8000 * factor,
                            "yardstick": "y", "base": 4000}) + "\n")

    def run_guard(self, *args):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = self.guard.main([*args])
        return code, out.getvalue(), err.getvalue()

    def record(self):
        self.measure()
        self.assertEqual(self.run_guard("--record", self.folder)[0], 0)

    def test_the_same_is_good(self):
        self.record()
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual(code, 0)
        self.assertEqual(out.count("good"), len(SUITES) * len(PATHS))
        self.assertIn("+0.0%", out)

    def test_less_is_good(self):
        self.record()
        self.measure(echo=0.5)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual(code, 0)
        self.assertIn("-50.0%", out)

    def test_some_more_is_good(self):
        self.record()
        self.measure(echo=1.049)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual((code, "warning" in out), (0, False))

    def test_more_warns(self):
        self.record()
        self.measure(ulp=1.06)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual(code, 0)
        self.assertEqual(out.count("warning: more than 5%"), len(SUITES))

    def test_much_more_fails(self):
        self.record()
        self.measure(family_dgram=1.16)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual(code, 1)
        self.assertEqual(out.count("COSTS TOO MUCH"), len(SUITES))

    def test_what_costs_more_with_its_yardstick_is_good(self):
        self.record()
        self.measure()
        path = os.path.join(self.folder, "trixie", "guest", "kernel.x.bench.tap")
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("8000", "16000").replace("4000", "8000")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual((code, "warning" in out), (0, False))

    def test_what_is_not_measured_fails(self):
        self.record()
        self.measure(subscriber=None)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual(code, 1)
        self.assertEqual(out.count("NOT MEASURED"), len(SUITES))

    def test_nothing_at_all(self):
        self.record()
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(self.run_guard(empty)[0], 1)
            code, _, err = self.run_guard("--record", empty)
        self.assertEqual(code, 1)
        self.assertIn("nothing was measured", err)

    def test_a_kernel_that_is_not_recorded_warns(self):
        self.record()
        with open(self.recorded, encoding="utf-8") as f:
            data = json.load(f)
        self.assertEqual(list(data), ["5.10", "6.1", "6.12", "7.3"])
        del data["7.3"]
        with open(self.recorded, "w", encoding="utf-8") as f:
            json.dump(data, f)
        code, out, _ = self.run_guard(self.folder)
        self.assertEqual(code, 0)
        self.assertEqual(out.count("warning: not recorded"), len(PATHS))

    def test_recording_keeps_other_kernels(self):
        with open(self.recorded, "w", encoding="utf-8") as f:
            json.dump({"4.19": {"echo": {"ratio": 1.5}}}, f)
        self.record()
        self.assertEqual(guarding.read_recorded(self.recorded)["4.19"], {"echo": 1.5})

    def test_files_that_are_broken(self):
        self.record()
        for text in "", "[]", '{"6.12": 1}', '{"6.12": {"echo": {}}}':
            with open(self.recorded, "w", encoding="utf-8") as f:
                f.write(text)
            code, _, err = self.run_guard(self.folder)
            self.assertEqual(code, 1, text)
            self.assertIn("recorded.json", err)
        for text in "{", "{}", '{"kernel": 1}', '{"kernel":"1","path":"echo","value":0,"yardstick":"y","base":1}':
            with open(os.path.join(self.folder, "trixie", "b.tap"), "w", encoding="utf-8") as f:
                f.write(guarding.MARK + text + "\n")
            code, _, err = self.run_guard(self.folder)
            self.assertEqual(code, 1, text)
            self.assertIn("b.tap", err)

    def test_arguments(self):
        self.assertEqual(self.run_guard()[0], 2)
        self.assertEqual(self.run_guard("a", "b")[0], 2)
        self.assertEqual(self.run_guard("-x")[0], 2)
        self.assertEqual(self.run_guard("-h")[0], 0)

    def test_the_file_that_is_there(self):
        guarding.read_recorded(guarding.RECORDED)
