"""What is measured.

Responsible for the cases alone: each takes the bench, and gives a reason where it cannot be measured
here. Commands, configurations and ways of counting are elsewhere.
"""

import os
import re
import shutil
import subprocess

import aws
import configurations
import plot
from bench import forget, initialise, install_from
from configurations import BuiltIn, Plugin
from measuring import say

ALL = ("cpu_seconds", "seconds", "memory_bytes")
# Between which numbers of instances the growth of instructions is promised.
SLOPE_FROM, SLOPE_TO = 10_000, 100_000


def start(bench):
    directories = bench.directories("start", lambda directory: None)
    runs = max(bench.runs, 21)
    for what in ("version", "--help", "plan --help"):
        bench.compare(
            what, f"`{what}`", what.split(), directories, ["seconds"], runs=runs, accepted=(0, 127)
        )
    own = {"plumb": directories["plumb"]}
    bench.compare("completion", "`completion bash`", ["completion", "bash"], own, ["seconds"], runs=runs)


def sizes(bench):
    return (1000,) if bench.quick else (1000, 2000, 4000)


def installed(bench):
    """The environment in which the provider is found, and why there is none."""
    if not bench.provider.is_file():
        return None, f"there is no {bench.provider}"
    mirror = bench.scratch / "mirror"
    settings = bench.scratch / "provider.tfrc"
    if not mirror.exists():
        system = {"Linux": "linux", "Darwin": "darwin"}[os.uname().sysname]
        processor = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}[os.uname().machine]
        package = mirror / f"registry.terraform.io/testing/bench/1.0.0/{system}_{processor}"
        package.mkdir(parents=True)
        shutil.copy(bench.provider, package / "terraform-provider-bench_v1.0.0")
        install_from(mirror, settings)
        (bench.scratch / "schema.json").write_text(Plugin.schema())
    environment = bench.environment | {
        "TF_CLI_CONFIG_FILE": str(settings), "PROBE_SCHEMA": str(bench.scratch / "schema.json"),
    }
    return environment, None


def counted(bench, kind=BuiltIn, environment=None):
    for instances in sizes(bench):
        what = f"{instances:,} `{kind.name}`"
        directories = bench.directories(
            f"counted-{kind.name}-{instances}",
            lambda directory: configurations.counted(directory, instances, kind),
        )
        initialise(bench, directories, environment)
        bench.compare(
            f"apply-{kind.name}-{instances}", f"`apply` of {what}", ["apply", "-auto-approve"], directories, ALL,
            environment, forget, (f"apply of {kind.name}", instances),
        )
        bench.compare(
            f"unchanged-{kind.name}-{instances}", f"`plan` of {what}, unchanged", ["plan"], directories, ALL,
            environment, grows=(f"unchanged plan of {kind.name}", instances),
        )


def by_key(bench, kind=BuiltIn, environment=None):
    instances = 500 if bench.quick else 1000
    directories = bench.directories(
        f"by-key-{kind.name}", lambda directory: configurations.by_key(directory, instances, kind)
    )
    initialise(bench, directories, environment)
    what = f"`plan` of {instances:,} `{kind.name}` referred to by key"
    bench.compare(f"by-key-{kind.name}-{instances}", what, ["plan"], directories, ALL, environment)


def many_variables(bench, kind=None, environment=None):
    modules, variables = (100, 60) if bench.quick else (500, 60)
    case = f"variables-{kind.name if kind else 'only'}"
    directories = bench.directories(
        case,
        lambda directory: configurations.many_variables(directory, modules, variables, kind),
    )
    initialise(bench, directories, environment)
    of = f", each with a `{kind.name}`" if kind else ""
    what = f"`plan` of {modules:,} modules of {variables} variables{of}"
    bench.compare(f"{case}-{modules}", what, ["plan"], directories, ALL, environment)


def with_plugin(case):
    def measured(bench):
        environment, reason = installed(bench)
        return reason or case(bench, Plugin, environment)

    return measured


def large(bench):
    """Only Plumb: with its peers the largest takes hours."""
    for modules in (10, 100) if bench.quick else (10, 100, 1000):
        instances = modules * 100
        directories = bench.directories(
            f"large-{modules}", lambda directory: configurations.large(directory, modules, 100), ["plumb"]
        )
        initialise(bench, directories)
        what = f"{instances:,} instances in {modules:,} modules"
        for case, command, before, of in (
            ("plan", ["plan"], forget, "`plan` of {}"),
            ("apply", ["apply", "-auto-approve"], forget, "`apply` of {}"),
            ("unchanged", ["plan"], None, "`plan` of {}, unchanged"),
        ):
            series = f"{'unchanged plan' if case == 'unchanged' else case} of many modules"
            bench.compare(
                f"modules-{case}-{instances}", of.format(what), command, directories, ALL, before=before,
                grows=(series, instances),
            )


def instructions(bench):
    """Counts instructions of the same, which nothing else on the machine can move."""
    if not shutil.which("valgrind"):
        return "no valgrind on PATH"
    points = {}
    for modules in (10, 100) if bench.quick else (10, 100, 1000):
        directory = bench.scratch / f"instructions-{modules}"
        configurations.large(directory, modules, 100)
        bench.run("plumb", ["init"], directory)
        for command in (["plan"], ["apply", "-auto-approve"]):
            counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", bench.tools["plumb"]]
            ended = subprocess.run(
                [*counted, *command], cwd=directory, env=bench.environment, capture_output=True, text=True, check=True
            )
            total = int(re.search(r"Collected : (\d+)", ended.stderr).group(1))
            points.setdefault(command[0], []).append((modules * 100, total))
            say(f"instructions of {command[0]}, {modules * 100:,} instances: {total:,}")
    for command, values in points.items():
        for instances, total in values:
            # In units that fit beside seconds: a thousand million instructions.
            bench.results.point(f"{command}, 10⁹ instructions", "plumb", (instances, total / 1e9, 0))
        ends = [(n, total) for n, total in values if n in (SLOPE_FROM, SLOPE_TO)]
        if len(ends) == 2:
            what = f"instructions of `{command}` from {SLOPE_FROM:,} to {SLOPE_TO:,} instances"
            bench.results.record(f"instructions-{command}", what, ["slope"], {"plumb": {"slope": plot.slope(ends)}})
    return None


def validate(bench):
    files = 200 if bench.quick else 2000
    directories = bench.directories("files", lambda directory: configurations.many_files(directory, files))
    initialise(bench, directories)
    bench.compare(f"validate-{files}", f"`validate` of {files:,} files", ["validate"], directories, ALL)


def formatting(bench):
    megabytes = 1 if bench.quick else 10
    directories = bench.directories(
        "large-file", lambda directory: configurations.one_large_file(directory, megabytes * 1_000_000)
    )
    # It says by its exit code that there is something to do.
    what = f"`fmt -check` of {megabytes} MB"
    bench.compare(f"fmt-{megabytes}", what, ["fmt", "-check"], directories, ALL, accepted=(3,))


CASES = {
    "start": start,
    "validate": validate,
    "fmt": formatting,
    "counted": counted,
    "by-key": by_key,
    "variables": many_variables,
    "plugin-counted": with_plugin(counted),
    "plugin-by-key": with_plugin(by_key),
    "plugin-variables": with_plugin(many_variables),
    "large": large,
    "instructions": instructions,
    "aws": aws.aws,
    "aws-aliases": aws.aliases,
}
