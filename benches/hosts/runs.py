"""What is measured of each contestant, and in which order.

Responsible for going from hosts as they come to hosts that are settled and on to one changed file, for
checking hosts after every run, and for keeping the figures.
"""

import os
import pathlib
import shutil

import jobs
import measuring

MEASURES = ("seconds", "tree_cpu_seconds", "hosts_cpu_seconds", "others_cores", "round_trips")
# Whom it takes longer to go through all phases does that once, and is then measured with nothing to do.
LONG_WAY_SECONDS = 120
PHASES = {"first": "first run", "settled": "nothing to do", "changed": "one changed file"}


def name_of(job, count, round_trip_ms, phase):
    return f"{job.name}-{count}-{round_trip_ms}-{phase}"


def what_of(job, count, round_trip_ms, phase):
    hosts = "1 host" if count == 1 else f"{count} hosts"
    far = f", {round_trip_ms} ms away" if round_trip_ms else ""
    return f"{job.what} on {hosts}{far}: {PHASES[phase]}"


def measure(results, job, fleet, round_trip_ms, contestants, scratch, environment, runs):
    count = len(fleet.hosts)
    taking_part = {
        name: contestant for name, contestant in contestants.items() if count <= job.most_hosts.get(name, count)
    }
    directories = {}
    for name, contestant in taking_part.items():
        directories[name] = pathlib.Path(scratch) / f"{job.name}-{count}-{round_trip_ms}" / name
        directories[name].mkdir(parents=True)
        job.fill(directories[name])
        contestant.prepare(directories[name], job, fleet)

    takes_long = set()

    def run(name):
        contestant, directory = taking_part[name], directories[name]
        if name in takes_long:
            # Hosts are as whoever was on them last has left them, which is the same for all.
            return in_phase("settled", 1, job, fleet, contestant, directory, environment)
        figures = through_phases(job, fleet, contestant, directory, environment)
        if figures["seconds"] > LONG_WAY_SECONDS:
            takes_long.add(name)
        return figures

    what = f"{job.name} on {count}, {round_trip_ms} ms"
    figures = measuring.alternate(list(taking_part), run, runs, what=what, very_long_runs=runs)
    for phase in PHASES:
        of_phase = {
            name: {measure: of_all.get(f"{phase}.{measure}") for measure in MEASURES}
            for name, of_all in figures.items()
        }
        results.record(
            name_of(job, count, round_trip_ms, phase), what_of(job, count, round_trip_ms, phase), MEASURES, of_phase
        )
    for directory in directories.values():
        shutil.rmtree(directory)


def through_phases(job, fleet, contestant, directory, environment):
    fleet.reset()
    job.change(directory, 0)
    figures = {"seconds": 0.0}
    for phase in PHASES:
        generation = 1 if phase == "changed" else 0
        if generation:
            job.change(directory, generation)
        of_phase = in_phase(phase, generation, job, fleet, contestant, directory, environment)
        figures = figures | of_phase | {"seconds": figures["seconds"] + of_phase["seconds"]}
    return figures


def in_phase(phase, generation, job, fleet, contestant, directory, environment):
    """A run, after which hosts are as that generation of the job has them."""
    measured = once(fleet, contestant, directory, environment)
    jobs.verify(job, fleet, generation, f"{contestant.name}, {PHASES[phase]},")
    return {"seconds": measured["seconds"]} | {
        f"{phase}.{measure}": measured[measure] for measure in MEASURES if measure in measured
    }


def once(fleet, contestant, directory, environment):
    machine, hosts = busy_seconds(), fleet.cpu_seconds()
    figures = measuring.measure(
        contestant.command(), directory, environment | contestant.environment(directory),
        finish=lambda: contestant.finish(directory), read=contestant.figures,
    )
    # Whatever a contestant starts here is its own.
    figures["tree_cpu_seconds"] = figures["cpu_seconds"] + figures["provider_cpu_seconds"]
    figures["hosts_cpu_seconds"] = fleet.cpu_seconds() - hosts
    others = busy_seconds() - machine - figures["tree_cpu_seconds"] - figures["hosts_cpu_seconds"]
    # Counted in hundredths of a second, it may come out below nothing.
    figures["others_cores"] = max(others, 0.0) / figures["seconds"]
    return figures


def busy_seconds():
    """CPU time that this machine has spent on anything."""
    user, nice, system, _, _, interrupts, soft = map(int, pathlib.Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")
