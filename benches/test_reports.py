"""What becomes of figures once they are measured: judged, put together, shown.

    python3 -B -m unittest discover --start-directory benches
"""

import json
import math
import pathlib
import tempfile
import unittest

import plot
import promises
import readme
import tables
from results import Results

ABOUT = {"machine": "a machine", "versions": ["A v1 (like B)", "B v2"], "runs": 5, "quick": False, "load": 0.1}


def measured(*rows):
    results = Results()
    results.about = dict(ABOUT)
    for case, measure, plumb, terraform in rows:
        figures = {"plumb": {measure: plumb}}
        if terraform is not None:
            figures["terraform"] = {measure: terraform}
        results.record(case, f"the {case}", [measure], figures)
    return results


class Judging(unittest.TestCase):
    def judged(self, promise, *rows):
        return promises.judge(promise, measured(*rows)).is_met

    def test_a_part_of_the_peers_figure(self):
        promise = promises.Promise("case", "seconds", 1 / 25)
        self.assertIs(self.judged(promise, ("case", "seconds", 4.0, 100.0)), True)
        self.assertIs(self.judged(promise, ("case", "seconds", 4.1, 100.0)), False)

    def test_a_figure_of_its_own(self):
        promise = promises.Promise("case", "memory_bytes", 500_000_000, of_peer=False)
        self.assertIs(self.judged(promise, ("case", "memory_bytes", 500_000_000, None)), True)
        self.assertIs(self.judged(promise, ("case", "memory_bytes", 500_000_001, None)), False)

    def test_what_was_not_measured_is_neither(self):
        promise = promises.Promise("case", "seconds", 1 / 25)
        self.assertIsNone(self.judged(promise))
        self.assertIsNone(self.judged(promise, ("case", "seconds", 4.0, None)))
        self.assertIsNone(self.judged(promise, ("case", "cpu_seconds", 4.0, 100.0)))

    def test_memory_of_every_case_that_has_a_peer(self):
        results = measured(
            ("small", "memory_bytes", 40e6, 50e6), ("part", "memory_bytes", 60e6, 300e6),
            ("much", "memory_bytes", 60e6, 290e6), ("alone", "memory_bytes", 900e6, None),
        )
        self.assertEqual([verdict.is_met for verdict in promises.judge_memory(results)], [True, True, False])

    def test_limits_read_as_they_were_promised(self):
        self.assertEqual([promises.fraction(part) for part in (1 / 25, 2 / 5, 3 / 4)], ["1/25", "2/5", "3/4"])


class PuttingTogether(unittest.TestCase):
    def both(self, first, second):
        with tempfile.TemporaryDirectory() as directory:
            paths = [pathlib.Path(directory) / name for name in ("first", "second")]
            for path, results in zip(paths, (first, second)):
                results.write(path)
            return Results.read(paths)

    def test_the_later_of_two_rows_counts(self):
        first = measured(("case", "seconds", 1.0, 2.0), ("other", "seconds", 3.0, 4.0))
        second = measured(("case", "seconds", 5.0, 6.0))
        second.about |= {"runs": 3, "load": 2.0}
        together = self.both(first, second)
        self.assertEqual(together.row("case", "seconds")["values"], {"plumb": 5.0, "terraform": 6.0})
        self.assertEqual(together.row("other", "seconds")["values"], {"plumb": 3.0, "terraform": 4.0})
        self.assertEqual((together.about["runs"], together.about["load"]), (3, 2.0))

    def test_series_are_put_together_size_by_size(self):
        def of(*points):
            results = measured()
            results.growth = [{"series": "apply", "tool": "plumb", "points": [list(point) for point in points]}]
            return results

        together = self.both(of((4, 40, 1), (1, 10, 1)), of((2, 20, 1), (4, 44, 1)))
        self.assertEqual(together.growth[0]["points"], [[1, 10, 1], [2, 20, 1], [4, 44, 1]])

    def test_another_machine_is_refused(self):
        second = measured()
        second.about["machine"] = "another"
        with self.assertRaisesRegex(SystemExit, "machine is another"):
            self.both(measured(), second)


class Showing(unittest.TestCase):
    def test_rows_with_their_ratio(self):
        table = tables.comparison(measured(("case", "seconds", 0.5, 4.0), ("alone", "slope", 1.05, None)).rows)
        self.assertIn("| the case, time | 0.50 s | 4.00 s | 8.0 |", table)
        self.assertIn("| the alone, slope | 1.05 | – | – |", table)

    def test_where_cpu_time_goes(self):
        share = {"what": "a plan", "who": "plumb, warm", "own": 0.5, "provider": 1.0, "emulator": 0.5}
        self.assertIn("| a plan, Plumb, warm | 0.50 s (25.0 %) | 1.00 s (50.0 %) |", tables.shares([share]))

    def test_what_is_said_of_the_machine(self):
        results = measured()
        self.assertIn("Medians of 5 runs each, or of 3", tables.about(results))
        self.assertIn("A v1 and B v2; a machine.", tables.about(results))
        results.about |= {"load": 7.0}
        self.assertIn("busy", tables.about(results))

    def test_the_readme_is_rewritten_between_its_markers_only(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "README.md"
            path.write_text(f"before\n{readme.BEGINS}\nold\n{readme.ENDS}\nafter\n")
            readme.rewrite(path, "new")
            self.assertEqual(path.read_text(), f"before\n{readme.BEGINS}\nnew\n{readme.ENDS}\nafter\n")
            path.write_text("no markers\n")
            with self.assertRaisesRegex(SystemExit, "has no lines"):
                readme.rewrite(path, "new")

    def test_the_readme_needs_every_row(self):
        rows = [(case, measure, 1.0, 2.0) for case, measure in readme.ROWS]
        self.assertIn("| the version, time |", readme.section(measured(*rows)))
        with self.assertRaisesRegex(SystemExit, "version seconds"):
            readme.section(measured(*rows[1:]))

    def test_lines_are_drawn_with_their_slopes(self):
        growth = [{"series": "apply of terraform_data", "tool": "plumb", "points": [[10, 1, 1], [100, 100, 10]]}]
        drawn = plot.svg(json.loads(json.dumps(growth)))
        self.assertIn("Plumb, slope 2.00", drawn)
        self.assertEqual(drawn.count("<polyline"), 2)
        self.assertTrue(math.isclose(plot.slope([(10, 1), (100, 100)]), 2))


if __name__ == "__main__":
    unittest.main()
