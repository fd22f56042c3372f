"""Runs commands and says what they took.

Responsible for time, CPU time and memory of single runs, for taking turns, and for medians. It does
not know what is run. What a run took is a dictionary, from the name of a figure to its value.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import processes

# Runs that take longer than this need no run before that is not counted.
LONG_SECONDS = 10
# Of runs that take longer than this, so many are enough.
VERY_LONG_SECONDS = 60
VERY_LONG_RUNS = 3

# How often to look.
PEAK_SECONDS = 0.005
SAMPLE_SECONDS = 0.02
# How long a provider may take to end after the command that started it.
ORPHAN_SECONDS = 10


def watch_peak(pid, ended, figures):
    """Peak memory of the tool alone: the kernel keeps it, it only has to be read before the end."""
    while True:
        figures["memory_bytes"] = max(figures.get("memory_bytes", 0), processes.peak_bytes(pid))
        if ended.wait(PEAK_SECONDS):
            return


def watch_tree(pid, ended, figures):
    """Peak of the memory of the tool and all that it started, summed at one time.

    Looking costs CPU time and holds up those that are looked at, so that of such a run only the memory
    counts.
    """
    figures["pss_bytes"] = 0
    while True:
        held = {one: processes.proportional_bytes(one) for one in processes.tree(pid)}
        held = {one: sizes for one, sizes in held.items() if sizes}
        together = sum(sizes["Pss"] for sizes in held.values())
        if together > figures["pss_bytes"]:
            figures["pss_bytes"] = together
            figures["tool_pss_bytes"] = held.get(pid, {}).get("Pss", 0)
            for part, name in (("Pss_Anon", "provider_anon_bytes"), ("Pss_File", "provider_file_bytes")):
                figures[name] = sum(sizes[part] for one, sizes in held.items() if one != pid)
            figures["providers_at_once"] = len(held) - (pid in held)
        if ended.wait(SAMPLE_SECONDS):
            return


def measure(command, directory, environment, accepted=(0,), watch=watch_peak, finish=None, read=None):
    """Runs a command once. `finish` ends what the command leaves behind on purpose; `read` finds figures in what it prints."""
    with tempfile.TemporaryFile() as output:
        ended, watched = threading.Event(), {}
        known = processes.children()
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        watcher = threading.Thread(target=watch, args=(process.pid, ended, watched))
        watcher.start()
        try:
            # It stays to be looked at until it is waited for a second time.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        except BaseException:
            # Whoever interrupts this wants no more of it.
            process.kill()
            raise
        finally:
            seconds = time.perf_counter() - start
            ended.set()
            watcher.join()
        own = processes.cpu_seconds(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in accepted:
            output.seek(0)
            shown = output.read()[-4000:].decode(errors="replace")
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{shown}")
        output.seek(0)
        told = read(output.read().decode(errors="replace")) if read else {}
    together = usage.ru_utime + usage.ru_stime
    if finish:
        finish()
    return {
        "seconds": seconds,
        "cpu_seconds": own,
        # Of what it started, whether it waited for that or not.
        "provider_cpu_seconds": max(together - own, 0.0) + of_orphans(known, command[0]),
        **watched,
        **told,
    }


def of_orphans(known, program):
    """CPU time of what an ended command left behind, at the latest by the end of that.

    Processes of the command's own program are no providers, and are meant to go on: see `spares`.
    """
    together = 0.0
    for pid in processes.children() - known:
        if processes.runs(pid, program):
            continue
        deadline = time.monotonic() + ORPHAN_SECONDS
        while not processes.has_ended(pid):
            if time.monotonic() > deadline:
                sys.exit(f"{program} has left the process {pid} behind, which does not end")
            time.sleep(0.005)
        _, _, usage = os.wait4(pid, 0)
        together += usage.ru_utime + usage.ru_stime
    return together


def medians(runs):
    """Of what the first run has; others may have less of it."""
    return {name: statistics.median(run[name] for run in runs if name in run) for name in runs[0]}


def alternate(tools, run, runs, before=None, what="", very_long_runs=VERY_LONG_RUNS):
    """Medians of each tool over runs that take turns. `run` and `before` get the tool's name."""
    counted = {tool: [] for tool in tools}
    warm = set()
    while True:
        due = [tool for tool in tools if not is_enough(counted[tool], runs, very_long_runs)]
        if not due:
            break
        for tool in due:
            say(f"{what}: {tool}, run {len(counted[tool]) + 1}")
            if before:
                before(tool)
            measured = run(tool)
            if tool in warm or measured["seconds"] > LONG_SECONDS or runs == 1:
                counted[tool].append(measured)
            warm.add(tool)
    result = {tool: medians(measured) for tool, measured in counted.items()}
    times = ", ".join(f"{tool} {figures['seconds']:.3f} s" for tool, figures in result.items())
    say(f"{what}: {times}")
    return result


def is_enough(measured, runs, very_long_runs):
    if measured and measured[0]["seconds"] > VERY_LONG_SECONDS:
        return len(measured) >= min(runs, very_long_runs)
    return len(measured) >= runs


def say(text):
    """What is being done, for those who wait."""
    print(text, file=sys.stderr, flush=True)
