# SPDX-License-Identifier: GPL-2.0-or-later
"""Unit tests of the page, with figures that nobody measured. Prints TAP."""

import html.parser
import json
import os
import sys
import tempfile
import unittest

import figures
import plots
import report
import sample
import shape
from tables import CURVES, TABLES

NO_END = {"meta", "img", "br", "link"}


class Page(html.parser.HTMLParser):
    """Are all elements closed, where do links lead, how many plots are there?"""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.images, self.words = [], set(), set(), 0, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in NO_END:
            self.open.append(tag)
        if "id" in attrs:
            assert attrs["id"] not in self.ids, attrs["id"]
            self.ids.add(attrs["id"])
        if tag == "a":
            self.links.add(attrs["href"])
        if tag == "img":
            assert attrs.get("alt") and attrs["src"].startswith("data:image/svg+xml")
            self.images += 1

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words.append(data)


class Shapes(unittest.TestCase):
    def test_shapes(self):
        n = (1, 10, 100, 1000, 10000)
        for name, curve in {
            "constant": lambda x: 5000 + x % 7,
            "logarithmic": lambda x: 3000 + 900 * len(str(x)),
            "linear": lambda x: 4000 + 700 * x,
            shape.OTHER: lambda x: 50 + x * x,
        }.items():
            self.assertEqual(shape.shape_of([(x, curve(x)) for x in n]), name)

    def test_a_cost_that_falls_is_no_more_than_constant(self):
        self.assertEqual(shape.shape_of([(1, 1050), (10, 1000), (100, 990)]), "constant")

    def test_order(self):
        self.assertTrue(shape.no_worse("constant", "linear"))
        self.assertTrue(shape.no_worse("linear", "linear"))
        self.assertFalse(shape.no_worse("linear", "logarithmic"))
        self.assertFalse(shape.no_worse(shape.OTHER, "linear"))


class Records(unittest.TestCase):
    def test_good(self):
        self.assertEqual(figures.parse('{"table":"a","row":"b","value":1,"unit":"ns"}')["value"], 1)
        self.assertEqual(figures.parse('{"table":"a","row":"b","missing":"c"}')["missing"], "c")

    def test_bad(self):
        for line in (
            "",
            "[]",
            "{",
            '{"table":"a"}',
            '{"table":"a","row":"b","unit":"ns"}',
            '{"table":"a","row":"b","value":0,"unit":"ns"}',
            '{"table":"a","row":"b","value":-1,"unit":"ns"}',
            '{"table":"a","row":"b","value":true,"unit":"ns"}',
            '{"table":"a","row":"b","value":NaN,"unit":"ns"}',
            '{"table":"a","row":"b","value":1}',
            '{"table":1,"row":"b","value":1,"unit":"ns"}',
        ):
            with self.subTest(line), self.assertRaises(figures.Malformed):
                figures.parse(line)

    def test_median_of_what_is_repeated(self):
        f = figures.Figures(
            {"table": "stream", "row": "tcp", "value": v, "unit": "bytes/s"} for v in (1, 9, 5, 2, 8)
        )
        self.assertEqual(f.find("stream", "tcp", "bytes/s"), (5, None))
        self.assertEqual(f.find("stream", "tcp", "ns/byte"), (None, None))


class Cells(unittest.TestCase):
    def setUp(self):
        self.figures = figures.Figures(
            [*sample.records(), *figures.records_of_tool(sample.TOOL)]
        )

    def without(self, **what):
        kept = [
            r
            for r in [*sample.records(), *figures.records_of_tool(sample.TOOL)]
            if any(r.get(k) != v for k, v in what.items())
        ]
        return figures.Figures(kept)

    def bad(self, found):
        return [name for name, what in figures.problems(found) if what]

    def test_every_cell_is_there(self):
        for table in TABLES:
            for row in table.rows:
                for column in figures.columns_of(table):
                    value, why = self.figures.cell(table, row, column)
                    self.assertIsNotNone(value, (table.name, row.name, column))
                    self.assertIsNone(why)

    def test_the_yardstick_is_1(self):
        for table in TABLES:
            row = next(r for r in table.rows if r.name == table.yardstick)
            for column in figures.columns_of(table):
                self.assertEqual(figures.ratio(self.figures, table, row, column), 1)

    def test_a_ratio(self):
        table = next(t for t in TABLES if t.name == "tcp")
        row = next(r for r in table.rows if r.name == "caesar")
        self.assertEqual(figures.ratio(self.figures, table, row, 64), 4.4)

    def test_who_is_ahead(self):
        table = next(t for t in TABLES if t.name == "copies")
        memcpy, shift = table.rows[:2]
        # The sample has the first row as the least, and more is better here.
        self.assertFalse(figures.ahead(self.figures, table, memcpy, 65536))
        self.assertFalse(figures.ahead(self.figures, table, shift, 65536))
        table = next(t for t in TABLES if t.name == "tcp")
        self.assertTrue(figures.ahead(self.figures, table, table.rows[0], 64))

    def test_what_is_missing_is_found(self):
        (bad,) = self.bad(self.without(table="echo", row="libnl", bytes=4096))
        self.assertIn("echo: every row", bad)

    def test_what_is_missing_for_a_reason_is_not(self):
        found = self.without(table="echo", row="pipe", bytes=4096)
        found.missing["echo", "pipe", 4096, 0] = "too large"
        self.assertEqual(self.bad(found), [])
        table = TABLES[0]
        row = next(r for r in table.rows if r.name == "pipe")
        self.assertIn("too large", report.cell_html(found, table, row, 4096))

    def test_what_is_our_own_has_no_reason(self):
        found = self.without(table="family", row="myproto_dgram", bytes=64)
        found.missing["family", "myproto_dgram", 64, 0] = "no such family"
        (bad,) = self.bad(found)
        self.assertIn("family: every row", bad)

    def test_what_is_optional_may_be_missing(self):
        found = self.without(table="echo", row="neli", bytes=61440)
        self.assertEqual(self.bad(found), [])

    def test_a_reason_without_quantile_is_for_all(self):
        table = next(t for t in TABLES if t.name == "latency")
        found = figures.Figures([{"table": "latency", "row": "nng", "bytes": 64, "missing": "lost"}])
        row = next(r for r in table.rows if r.name == "nng")
        self.assertEqual(found.cell(table, row, "p99"), (None, "lost"))

    def test_someone_ahead_without_a_reason_is_found(self):
        found = self.without(table="fanout", row="mosquitto", bytes=64, n=10)
        found.values["fanout", "mosquitto", 64, 10, "ns"] = [1.0]
        found.values["fanout", "mosquitto", 64, 10, "switches"] = [9000.0]
        (bad,) = self.bad(found)
        self.assertIn("fanout-64: tables.py", bad)

    def test_a_curve_that_grows_is_found(self):
        found = self.without(table="growth", row="topics")
        for n in 1, 10, 100, 1000:
            found.values["growth", "topics", 0, n, "ns"] = [1000.0 * n]
        (bad,) = self.bad(found)
        self.assertIn("topics is linear, at most constant", bad)

    def test_a_curve_of_others_may_grow(self):
        found = self.without(table="growth", row="tcp")
        for n in 1, 10, 100, 1000:
            found.values["growth", "tcp", 0, n, "ns"] = [1000.0 * n]
        self.assertEqual(self.bad(found), [])

    def test_a_curve_of_two_points_is_none(self):
        found = self.without(table="growth", row="caesar")
        found.values["growth", "caesar", 0, 1, "ns"] = [1000.0]
        (bad,) = self.bad(found)
        self.assertIn("caesar has a curve", bad)

    def test_a_curve_that_ends_early_is_none(self):
        self.figures.missing["growth", "topics", 64, 9000] = "Disk quota exceeded"
        self.assertEqual(self.bad(self.figures), ["growth: topics has a curve"])

    def test_nothing_measured(self):
        found = figures.Figures([])
        self.assertTrue(self.bad(found))
        self.assertFalse(figures.shown(found, TABLES[0]))
        self.assertEqual(report.growth_html(found, "", []), "")


class Names(unittest.TestCase):
    def test_tables(self):
        self.assertEqual(len({t.name for t in TABLES}), len(TABLES))
        for table in TABLES:
            self.assertIn(table.yardstick, [r.name for r in table.rows])
            self.assertEqual(len({r.name for r in table.rows}), len(table.rows))
        self.assertEqual(len({c.row for c in CURVES}), len(CURVES))

    def test_numbers(self):
        self.assertEqual(report.number(1234567.4), "1,234,567")
        self.assertEqual(report.number(12.34), "12.3")
        self.assertEqual(report.number(1.234), "1.23")

    def test_sizes(self):
        self.assertEqual(plots.bytes_label(64), "64 B")
        self.assertEqual(plots.bytes_label(61440), "60 KiB")

    def test_axes(self):
        self.assertEqual([plots.short(v) for v in (1, 500, 2000, 1e6, 5e9)], ["1", "500", "2k", "1M", "5G"])
        axis = plots.log_axis("y", [1200, 8000])
        self.assertIn("set yrange [1000:10000]", axis)
        self.assertIn('"5k" 5000', axis[2])
        axis = plots.log_axis("x", [1000, 1000])
        self.assertIn("set xrange [1000:10000]", axis)

    def test_a_word_of_gnuplot(self):
        self.assertEqual(plots.text('a "b" \\'), '"a \\"b\\" \\\\"')


class Whole(unittest.TestCase):
    def make(self, lines=None):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        sample.write(folder.name, lines)
        report.make(folder.name)
        with open(os.path.join(folder.name, "report.html"), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(folder.name, "report.json"), encoding="utf-8") as f:
            return text, json.load(f), folder.name

    def test_page(self):
        text, data, folder = self.make()
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertEqual({x[1:] for x in page.links} - page.ids, set())
        plotted = [t for t in TABLES if t.plot]
        self.assertEqual(page.images, len(plotted) + 2)
        self.assertLessEqual({t.name for t in TABLES}, page.ids)
        words = " ".join(page.words)
        for what in "6.12.0-sample", "mosquitto 2.0.21", "make bench", "constant", "linear":
            self.assertIn(what, words)
        for table in plotted:
            with open(os.path.join(folder, table.name + ".svg"), encoding="utf-8") as f:
                svg = f.read()
            # Axes have their units.
            self.assertIn(table.unit.split()[0], svg, table.name)
        self.assertEqual(len(data["tables"]), len(TABLES))
        self.assertEqual({c["shape"] for c in data["curves"]}, {"constant", "linear"})

    def test_page_with_nothing(self):
        text, data, _ = self.make([])
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertEqual(data["tables"][0]["cells"][0]["value"], None)

    def test_reasons_are_escaped(self):
        lines = [r for r in sample.records() if r["row"] != "nng"]
        lines.append({"table": "stalled", "row": "nng", "bytes": 64, "n": 10, "missing": "<b> & so"})
        text, _, _ = self.make(lines)
        self.assertIn("&lt;b&gt; &amp; so", text)
        self.assertNotIn("<b> & so", text)


class Tap(unittest.TestResult):
    """One line a test, and what went wrong below it."""

    def startTest(self, test):
        super().startTest(test)
        self.wrong = []

    def addError(self, test, err):
        super().addError(test, err)
        self.wrong.append(self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.wrong.append(self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.wrong.append(self._exc_info_to_string(err, test))

    def stopTest(self, test):
        super().stopTest(test)
        print("not ok" if self.wrong else "ok", self.testsRun, "-", test.id().split(".", 1)[1])
        for text in self.wrong:
            print("# " + text.rstrip().replace("\n", "\n# "))


def main():
    """Of this file, and of the guard's."""
    suite = unittest.defaultTestLoader.loadTestsFromNames([__name__, "test_guard"])
    result = Tap()
    suite.run(result)
    print(f"1..{result.testsRun}")
    return int(not result.wasSuccessful())


if __name__ == "__main__":
    sys.exit(main())
