"""The tools, where they work, and how a command of one is compared with the same of the others.

Responsible for directories, environments and for keeping what was measured. What is measured is for
the cases, how it is shown for the reports.
"""

import os
import pathlib

import measuring
from results import Results


class Bench:
    def __init__(self, tools, arguments, scratch):
        # From the name of a tool to its program.
        self.tools = tools
        self.runs = arguments.runs
        self.quick = arguments.quick
        self.provider = pathlib.Path(arguments.provider)
        self.scratch = scratch
        self.results = Results()
        home, runtime = scratch / "home", scratch / "run"
        for directory in (home, runtime):
            directory.mkdir(mode=0o700)
        # With a runtime directory of its own no other provider process of this user is touched.
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime),
            "CHECKPOINT_DISABLE": "1",
        }

    @property
    def peers(self):
        return [tool for tool in self.tools if tool != "plumb"]

    def directories(self, name, fill, tools=None):
        """A directory for each tool, filled by `fill`."""
        made = {}
        for tool in tools or self.tools:
            made[tool] = self.scratch / name / tool
            made[tool].mkdir(parents=True)
            fill(made[tool])
        return made

    def run(self, tool, arguments, directory, environment=None, accepted=(0,), **options):
        command = [self.tools[tool], *arguments]
        return measuring.measure(command, directory, environment or self.environment, accepted, **options)

    def compare(
        self, case, what, arguments, directories, measures, environment=None, before=None, grows=None, **options
    ):
        """Measures a command of every tool that has a directory. `grows` is the name of a series and n."""

        def run(tool):
            return self.run(tool, arguments, directories[tool], environment, options.get("accepted", (0,)))

        prepare = (lambda tool: before(directories[tool])) if before else None
        runs = options.get("runs", self.runs)
        figures = measuring.alternate(list(directories), run, runs, prepare, what)
        self.results.record(case, what, measures, figures)
        if grows:
            self.results.grew(grows, figures)
        return figures


def initialise(bench, directories, environment=None):
    for tool, directory in directories.items():
        bench.run(tool, ["init"], directory, environment)


def install_from(mirror, settings):
    """Writes a CLI configuration by which providers come from a directory."""
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')


def forget(directory):
    """Takes the state away, so that everything is to be made again."""
    for state in directory.glob("terraform.tfstate*"):
        state.unlink()
