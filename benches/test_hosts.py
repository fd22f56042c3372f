"""What hosts are checked for, and how what was measured of them is shown and judged.

    python3 -B -m unittest discover --start-directory benches
"""

import json
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE / "hosts"))

import contestants  # noqa: E402
import jobs  # noqa: E402
import limits  # noqa: E402
import measuring  # noqa: E402
import promises  # noqa: E402
import report  # noqa: E402
import runs  # noqa: E402
import tables  # noqa: E402
from results import Results  # noqa: E402

ABOUT = {"machine": "a machine", "versions": ["A v1"], "runs": 3, "quick": False, "load": 0.1}


def measured(case, **seconds):
    results = Results()
    results.about = dict(ABOUT)
    figures = {name: {"seconds": value, "others_cores": value / 100} for name, value in seconds.items()}
    results.record(case, f"the {case}", ["seconds", "others_cores"], figures)
    return results


class Hosts:
    """Hosts that say what they are told to."""

    def __init__(self, *outputs):
        self.outputs = outputs
        self.hosts = [{"name": f"host-{number}"} for number in range(len(outputs))]

    def shell(self, _):
        return self.outputs


class Checking(unittest.TestCase):
    def test_templates_are_rendered_as_jinja_does(self):
        self.assertEqual(jobs.rendered(3, 1).splitlines()[:2], ["# File 3, generation 1", "[section-3]"])
        self.assertTrue(jobs.rendered(3).endswith("\npeers = peer-1 peer-2 peer-3;\n"))
        self.assertNotRegex(jobs.rendered(3), "[{}%]")
        self.assertTrue(500 < len(jobs.template(19)) < 700)

    def test_a_host_that_is_as_it_has_to_be_is_taken(self):
        for job in jobs.JOBS:
            right = "\n".join(job.expected(1)) + "\n"
            jobs.verify(job, Hosts(right, right), 1, "somebody")

    def test_a_host_that_is_not_is_named_with_what_is_wrong(self):
        for job in jobs.JOBS:
            right = "\n".join(job.expected(1)) + "\n"
            for wrong in ("\n".join(job.expected(0)), right.rsplit("\n", 2)[0], ""):
                with self.assertRaisesRegex(SystemExit, "somebody left host-1 as it must not be"):
                    jobs.verify(job, Hosts(right, wrong), 1, "somebody")

    def test_only_one_file_differs_between_generations(self):
        for job in jobs.JOBS:
            differing = [pair for pair in zip(job.expected(0), job.expected(1)) if pair[0] != pair[1]]
            self.assertEqual(len(differing), 1)

    def test_what_is_filled_in_is_what_is_expected(self):
        with tempfile.TemporaryDirectory() as directory:
            for job in jobs.JOBS:
                job.fill(directory)
                job.change(directory, 1)
            changed = (pathlib.Path(directory) / "files/part-7/7.txt").read_text()
            self.assertIn(f"{jobs.digest(changed)}  /srv/files/part-7/7.txt", jobs.Synchronise().expected(1))
            self.assertEqual((pathlib.Path(directory) / "templates/7.j2").read_text(), jobs.template(7, 1))


class Fleet:
    """Hosts that take whatever comes."""

    hosts = [{"name": "host-0"}]

    def reset(self):
        pass


class Taking:
    """A contestant that takes so long for each run."""

    def __init__(self, seconds):
        self.name, self.seconds, self.count = f"takes {seconds}", seconds, 0

    def prepare(self, *_):
        pass


class Measuring(unittest.TestCase):
    def test_whom_it_takes_very_long_goes_the_whole_way_once(self):
        def once(fleet, contestant, directory, environment):
            contestant.count += 1
            return {"seconds": contestant.seconds + contestant.count}

        quick, slow = Taking(10), Taking(50)
        results = Results()
        with tempfile.TemporaryDirectory() as scratch, unittest.mock.patch.multiple(
            runs, once=once, jobs=unittest.mock.DEFAULT
        ), unittest.mock.patch.object(measuring, "say"):
            runs.measure(results, jobs.Configure(), Fleet(), 0, {"quick": quick, "slow": slow}, scratch, {}, 3)
        self.assertEqual((quick.count, slow.count), (9, 5))
        values = [results.row(f"configure-1-0-{phase}", "seconds")["values"] for phase in runs.PHASES]
        # Of the second, fourth and fifth run nothing was to be done.
        self.assertEqual([of_phase["slow"] for of_phase in values], [51, 54, 53])
        self.assertEqual([of_phase["quick"] for of_phase in values], [14, 15, 16])


class Showing(unittest.TestCase):
    def test_everybody_has_a_name(self):
        self.assertLessEqual(set(contestants.contestants({})), set(tables.TOOLS))

    def test_rows_with_what_is_how_many_times_as_much(self):
        table = report.table(measured("case", plumb=0.5, floor=0.4, pyinfra=5.0))
        self.assertIn("| the case, time | 0.50 s | 0.40 s | 5.00 s | 1.2 | 10.0 |", table)

    def test_rows_without_plumb(self):
        table = report.table(measured("case", floor=0.4, pyinfra=5.0))
        self.assertIn("|  | The floor | PyInfra |", table)
        self.assertIn("| the case, time | 0.40 s | 5.00 s |", table)

    def test_how_quiet_it_was(self):
        self.assertIn("at most 0.05 cores", report.quietness(measured("case", floor=0.4, pyinfra=5.0)))


class Judging(unittest.TestCase):
    def test_promises_are_about_what_is_measured(self):
        cases = {
            runs.name_of(job, count, round_trip_ms, phase)
            for job in jobs.JOBS for count in (1, 10, 100) for round_trip_ms in (0, 80) for phase in runs.PHASES
        }
        for promise in limits.PROMISES:
            self.assertIn(promise.case, cases)
            if promise.of_peer:
                self.assertIn(promise.peer, contestants.contestants({}))

    def test_round_trips_are_those_of_the_host_that_takes_most(self):
        plumb = contestants.contestants({})["plumb"]
        lines = [{"type": "host_plan"}, *({"type": "host_result", "round_trips": count} for count in (2, 3, 1))]
        output = "\n".join(["a notice", *map(json.dumps, lines)])
        self.assertEqual(plumb.figures(output), {"round_trips": 3})

    def test_the_floor_is_a_peer(self):
        promise = promises.Promise("case", "seconds", 1.2, peer="floor")
        for plumb, is_met in ((0.48, True), (0.49, False)):
            verdict = promises.judge(promise, measured("case", plumb=plumb, floor=0.4))
            self.assertEqual((verdict.is_met, verdict.limit), (is_met, "6/5 of the floor's"))
        self.assertIsNone(promises.judge(promise, measured("case", floor=0.4)).is_met)


class PuttingTogether(unittest.TestCase):
    def test_contestants_are_measured_in_several_goes(self):
        with tempfile.TemporaryDirectory() as directory:
            paths = [pathlib.Path(directory) / name for name in ("first", "second")]
            measured("case", floor=0.4, pyinfra=5.0).write(paths[0])
            measured("case", plumb=0.5, pyinfra=6.0).write(paths[1])
            together = Results.read(paths)
        self.assertEqual(together.row("case", "seconds")["values"], {"floor": 0.4, "pyinfra": 6.0, "plumb": 0.5})


if __name__ == "__main__":
    unittest.main()
