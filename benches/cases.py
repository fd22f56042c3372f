"""What is measured.

Responsible for the cases alone: each takes the bench, and gives a reason where it cannot be measured
here. Commands, configurations and ways of counting are elsewhere.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import configurations
from configurations import BuiltIn, Plugin

ROOT = pathlib.Path(__file__).resolve().parent.parent
ALL = ("cpu_seconds", "seconds", "memory_bytes")


def forget(directory):
    """Takes the state away, so that everything is to be made again."""
    for state in directory.glob("terraform.tfstate*"):
        state.unlink()


def initialise(bench, directories, environment):
    for tool, directory in directories.items():
        bench.run(tool, ["init"], directory, environment)


def start(bench):
    directories = bench.directories("start", lambda directory: None)
    for what, arguments in (("version", ["version"]), ("--help", ["--help"]), ("plan --help", ["plan", "--help"])):
        bench.compare(
            f"`{what}`", arguments, directories, ["seconds"], runs=max(bench.runs, 21), accepted=(0, 127)
        )
    own = {"plumb": directories["plumb"]}
    bench.compare("`completion bash`", ["completion", "bash"], own, ["seconds"], runs=max(bench.runs, 21))


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
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
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
            f"`apply` of {what}", ["apply", "-auto-approve"], directories, ALL, environment, forget,
            (f"apply of {kind.name}", instances),
        )
        bench.compare(
            f"`plan` of {what}, unchanged", ["plan"], directories, ALL, environment,
            grows=(f"unchanged plan of {kind.name}", instances),
        )


def by_key(bench, kind=BuiltIn, environment=None):
    instances = 500 if bench.quick else 1000
    directories = bench.directories(
        f"by-key-{kind.name}", lambda directory: configurations.by_key(directory, instances, kind)
    )
    initialise(bench, directories, environment)
    bench.compare(
        f"`plan` of {instances:,} `{kind.name}` referred to by key", ["plan"], directories, ALL, environment
    )


def many_variables(bench, kind=None, environment=None):
    modules, variables = (100, 60) if bench.quick else (500, 60)
    directories = bench.directories(
        f"variables-{kind.name if kind else 'only'}",
        lambda directory: configurations.many_variables(directory, modules, variables, kind),
    )
    initialise(bench, directories, environment)
    of = f", each with a `{kind.name}`" if kind else ""
    what = f"`plan` of {modules:,} modules of {variables} variables{of}"
    bench.compare(what, ["plan"], directories, ALL, environment)


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
        initialise(bench, directories, None)
        what = f"{instances:,} instances in {modules:,} modules"
        bench.compare(
            f"`plan` of {what}", ["plan"], directories, ALL, before=forget, grows=("plan of many modules", instances)
        )
        bench.compare(
            f"`apply` of {what}", ["apply", "-auto-approve"], directories, ALL, before=forget,
            grows=("apply of many modules", instances),
        )
        bench.compare(
            f"`plan` of {what}, unchanged", ["plan"], directories, ALL,
            grows=("unchanged plan of many modules", instances),
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
            print(f"measured: {command[0]}, {modules * 100:,}: {total:,} instructions", file=sys.stderr)
    for command, values in points.items():
        # In units that fit beside seconds: a thousand million instructions.
        series = (f"{command}, 10⁹ instructions", "plumb")
        bench.growth[series] = [(n, total / 1e9, 0) for n, total in values]
    return None


def validate(bench):
    files = 200 if bench.quick else 2000
    directories = bench.directories("files", lambda directory: configurations.many_files(directory, files))
    initialise(bench, directories, None)
    bench.compare(f"`validate` of {files:,} files", ["validate"], directories, ALL)


def formatting(bench):
    megabytes = 1 if bench.quick else 10
    directories = bench.directories(
        "large-file", lambda directory: configurations.one_large_file(directory, megabytes * 1_000_000)
    )
    # It says by its exit code that there is something to do.
    what = f"`fmt -check` of {megabytes} MB"
    bench.compare(what, ["fmt", "-check"], directories, ALL, accepted=(3,))


def aws(bench):
    mirror = pathlib.Path(os.environ.get("TF_PLUGIN_MIRROR", "/opt/tf-plugins"))
    if not (mirror / "registry.terraform.io/hashicorp/aws").is_dir():
        return "no filesystem mirror with the AWS provider"
    if not shutil.which("moto_server"):
        return "no moto_server on PATH"
    settings = bench.scratch / "mirror.tfrc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    environment = bench.environment | {
        "TF_CLI_CONFIG_FILE": str(settings), "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }
    emulator = subprocess.Popen(
        ["moto_server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(endpoint)
        plan_with_aws(bench, environment)
    finally:
        emulator.terminate()
        emulator.wait()
    return None


def wait_for(endpoint):
    for _ in range(300):
        try:
            urllib.request.urlopen(endpoint, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the AWS emulator does not answer")


def plan_with_aws(bench, environment):
    def fill(directory):
        shutil.copytree(
            ROOT / "examples/aws-emulator", directory, dirs_exist_ok=True,
            ignore=shutil.ignore_patterns(".terraform*", "terraform.tfstate*"),
        )

    directories = bench.directories("aws", fill)
    initialise(bench, directories, environment)
    bench.compare("`plan` of `examples/aws-emulator`, nothing there yet", ["plan"], directories, ALL, environment)
    first, *others = directories
    bench.run(first, ["apply", "-auto-approve"], directories[first], environment)
    for other in others:
        shutil.copy(directories[first] / "terraform.tfstate", directories[other])
    bench.compare("`plan` of `examples/aws-emulator`, everything there", ["plan"], directories, ALL, environment)


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
    "aws": aws,
}
