"""What is measured of the AWS provider, against an emulator.

Responsible for the cases alone. Plumb is measured twice: cold, which is without a provider process that
an earlier command left behind, and warm, with one.
"""

import pathlib
import shutil

import configurations
import measuring
from bench import initialise
from emulator import Emulator, missing
from spares import Spares

RESOURCES = 100
CONFIGURATION = pathlib.Path(__file__).resolve().parent / "aws-resources"
ALIASES, EACH = 6, 5
# As many operations at a time as both tools have by default; said, so that it stays the same.
PARALLELISM = "-parallelism=10"

COLD, WARM = "plumb, cold", "plumb, warm"


def aws(bench):
    """A hundred resources."""
    reason = missing()
    if reason:
        return reason
    with Emulator(bench.scratch, bench.environment) as emulator:

        def fill(directory):
            shutil.copytree(CONFIGURATION, directory, dirs_exist_ok=True)

        directories = bench.directories("aws", fill)
        environment = emulator.environment | {"PLUMB_WARM_PROVIDERS": "off"}
        initialise(bench, directories, environment)
        what = f"`plan` of {RESOURCES} AWS resources"
        plan(bench, emulator, directories, "aws-new", f"{what}, nothing there yet")
        make(bench, directories, environment)
        plan(bench, emulator, directories, "aws-there", f"{what}, everything there")
    return None


def make(bench, directories, environment):
    """Has one tool make everything, and tells the others what it made."""
    first, *others = directories
    measuring.say(f"making the resources in the emulator, by {first}")
    bench.run(first, ["apply", "-auto-approve"], directories[first], environment)
    for other in others:
        shutil.copy(directories[first] / "terraform.tfstate", directories[other])
    for tool, directory in directories.items():
        # What changes with every plan would be no plan of what is there.
        bench.run(tool, ["plan", "-detailed-exitcode"], directory, environment)


def plan(bench, emulator, directories, case, what):
    cold = emulator.environment | {"PLUMB_WARM_PROVIDERS": "off"}
    warm = emulator.environment | {"PLUMB_WARM_PROVIDERS": "on"}
    spares = Spares(bench.tools["plumb"], directories["plumb"], warm)
    lent = {}

    def before(variant):
        if variant == WARM:
            lent["now"] = spares.prepare("plan")

    def run(variant):
        tool = "plumb" if variant == WARM else variant
        environment = warm if variant == WARM else cold
        began = emulator.cpu_seconds()
        figures = bench.run(tool, ["plan"], directories[tool], environment)
        figures["emulator_cpu_seconds"] = emulator.cpu_seconds() - began
        if variant == WARM:
            spare = lent.pop("now")
            keeper, provider = spare.taken()
            # The keeper is Plumb, too.
            figures["cpu_seconds"] += keeper
            figures["provider_cpu_seconds"] += provider
            figures["ready_cpu_seconds"] = spare.keeper_seconds + spare.provider_seconds
            # Nothing of it is to run while the next tool is measured.
            spares.stop()
        return figures | sums(figures)

    try:
        figures = measuring.alternate([*directories, WARM], run, bench.runs, before, what)
    finally:
        # It would wait for ten minutes.
        spares.stop()
    record(bench, case, what, figures)


def sums(figures):
    with_providers = figures["cpu_seconds"] + figures["provider_cpu_seconds"]
    return {
        "all_cpu_seconds": with_providers,
        "seconds_less_emulator": figures["seconds"] - figures["emulator_cpu_seconds"],
        "own_share": figures["cpu_seconds"] / (with_providers + figures["emulator_cpu_seconds"]),
    }


MEASURES = (
    "seconds", "seconds_less_emulator", "cpu_seconds", "all_cpu_seconds", "emulator_cpu_seconds", "own_share",
    "memory_bytes",
)


def record(bench, case, what, figures):
    peers = {peer: figures[peer] for peer in bench.peers}
    for name, variant in (("cold", "plumb"), ("warm", WARM)):
        of_tools = peers | {"plumb": figures[variant]}
        bench.results.record(f"{case}-{name}", f"{what}, {name}", MEASURES, of_tools)
    of_warm = {"plumb": figures[WARM]}
    bench.results.record(f"{case}-warm", f"{what}, warm", ["ready_cpu_seconds"], of_warm)
    for variant, of_run in figures.items():
        bench.results.shares.append({
            "what": what,
            "who": COLD if variant == "plumb" else variant,
            "own": of_run["cpu_seconds"],
            "provider": of_run["provider_cpu_seconds"],
            "emulator": of_run["emulator_cpu_seconds"],
        })


def aliases(bench):
    """Six configurations of the provider, each with resources of its own."""
    reason = missing()
    if reason:
        return reason
    with Emulator(bench.scratch, bench.environment) as emulator:
        directories = bench.directories(
            "aws-aliases", lambda directory: configurations.aliased(directory, ALIASES)
        )
        environment = emulator.environment | {"PLUMB_WARM_PROVIDERS": "off"}
        initialise(bench, directories, environment)
        what = f"`plan` of {ALIASES} AWS provider configurations, {EACH} resources each"
        compare_aliases(bench, directories, environment, "aws-aliases-new", f"{what}, nothing there yet")
        make(bench, directories, environment)
        compare_aliases(bench, directories, environment, "aws-aliases-there", f"{what}, everything there")
    return None


def compare_aliases(bench, directories, environment, case, what):
    arguments = ["plan", PARALLELISM]

    def run(tool):
        figures = bench.run(tool, arguments, directories[tool], environment)
        return figures | {"all_cpu_seconds": figures["cpu_seconds"] + figures["provider_cpu_seconds"]}

    def run_watched(tool):
        return bench.run(tool, arguments, directories[tool], environment, watch=measuring.watch_tree)

    figures = measuring.alternate(list(directories), run, bench.runs, what=what)
    bench.results.record(case, what, ("seconds", "cpu_seconds", "all_cpu_seconds", "memory_bytes"), figures)
    figures = measuring.alternate(list(directories), run_watched, bench.runs, what=f"{what}, memory")
    measures = ("pss_bytes", "tool_pss_bytes", "provider_anon_bytes", "provider_file_bytes", "providers_at_once")
    bench.results.record(case, what, measures, figures)
