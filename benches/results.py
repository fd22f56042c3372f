"""What was measured, as data.

Responsible for keeping it, for writing it to a file and reading it again, and for putting together what
was measured in several goes on the same machine. It knows no units and shows nothing.
"""

import json
import pathlib
import sys

# What must be the same in all goes that are put together.
CIRCUMSTANCES = ("machine", "versions", "quick")


class Results:
    def __init__(self):
        # Each has the case, what it is for people, the measure, and a value for each tool.
        self.rows = []
        # Each has a series, a tool and points of n, CPU seconds and bytes.
        self.growth = []
        # Each has what it is for people, a tool and its state ("plumb, warm"), and the CPU seconds of each part.
        self.shares = []
        self.skipped = []
        # Machine, its load before, versions, number of runs, and whether smaller sizes were measured.
        self.about = {}

    def record(self, case, what, measures, figures):
        """`figures` has, for each tool, the figures of a run."""
        for measure in measures:
            values = {tool: of_run[measure] for tool, of_run in figures.items() if of_run[measure] is not None}
            self.rows.append({"case": case, "what": what, "measure": measure, "values": values})

    def grew(self, grows, figures):
        series, size = grows
        for tool, of_run in figures.items():
            self.point(series, tool, (size, of_run["cpu_seconds"], of_run["memory_bytes"]))

    def point(self, series, tool, point):
        for known in self.growth:
            if (known["series"], known["tool"]) == (series, tool):
                known["points"].append(list(point))
                return
        self.growth.append({"series": series, "tool": tool, "points": [list(point)]})

    def row(self, case, measure):
        """None where it was not measured."""
        for row in self.rows:
            if (row["case"], row["measure"]) == (case, measure):
                return row
        return None

    def write(self, path):
        pathlib.Path(path).write_text(json.dumps(vars(self), indent=1, ensure_ascii=False) + "\n")

    @staticmethod
    def read(paths):
        """Of two values for the same the later counts."""
        results = Results()
        for path in paths:
            part = json.loads(pathlib.Path(path).read_text())
            results.add(part, path)
        return results

    def add(self, part, path):
        for name in CIRCUMSTANCES if self.about else ():
            if self.about[name] != part["about"][name]:
                sys.exit(
                    f"{path}: {name} is {part['about'][name]}, in the files before it {self.about[name]}; "
                    "what was measured in other circumstances does not belong into one table"
                )
        both = [about for about in (self.about, part["about"]) if about]
        self.about = part["about"] | {
            "runs": min(about["runs"] for about in both), "load": max(about["load"] for about in both),
            "most_runs": max(about.get("most_runs", about["runs"]) for about in both),
        }
        put_together(self.rows, part["rows"])
        join(self.growth, part["growth"])
        replace(self.shares, part["shares"], ("what", "who"))
        self.skipped += [reason for reason in part["skipped"] if reason not in self.skipped]


def put_together(known, added):
    """Rows may be measured tool by tool."""
    rows = {(row["case"], row["measure"]): row for row in known}
    for row in added:
        own = rows.get((row["case"], row["measure"]))
        if own:
            own["values"] |= row["values"]
        else:
            known.append(row)


def join(known, added):
    """Series may be measured size by size; of two points for the same size the later counts."""
    for series in added:
        for own in known:
            if (own["series"], own["tool"]) == (series["series"], series["tool"]):
                points = {point[0]: point for point in [*own["points"], *series["points"]]}
                own["points"] = [points[size] for size in sorted(points)]
                break
        else:
            known.append(series)


def replace(known, added, key):
    def of(item):
        return tuple(item[name] for name in key)

    newer = {of(item) for item in added}
    known[:] = [item for item in known if of(item) not in newer] + added
