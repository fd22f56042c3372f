"""Runs commands and says what they took.

Responsible for time, CPU time and memory of single runs, for taking turns, and for medians. It does
not know what is run.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

# Runs that take longer than this need no run before that is not counted.
LONG_SECONDS = 10
# Of runs that take longer than this three are enough.
VERY_LONG_SECONDS = 60

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Measured:
    """What one run took, or the medians of several."""

    def __init__(self, seconds, cpu_seconds, all_cpu_seconds, memory_bytes, runs=1):
        self.seconds = seconds
        # CPU time of the tool alone, and with the providers that it started.
        self.cpu_seconds = cpu_seconds
        self.all_cpu_seconds = all_cpu_seconds
        # Peak memory of the tool alone.
        self.memory_bytes = memory_bytes
        self.runs = runs

    @staticmethod
    def median(measured):
        def middle(attribute):
            return statistics.median(getattr(run, attribute) for run in measured)

        return Measured(
            middle("seconds"), middle("cpu_seconds"), middle("all_cpu_seconds"), middle("memory_bytes"), len(measured)
        )


def watch_memory(pid, ended, peak):
    """The kernel keeps the peak itself; it only has to be read before the process is gone."""
    while not ended.is_set():
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peak[0] = max(peak[0], int(line.split()[1]) * 1024)
        ended.wait(0.005)


def cpu_seconds_of_children(pid):
    """CPU time of what an ended process had started and waited for."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND


def measure(command, directory, environment, accepted=(0,)):
    """Runs a command once."""
    with tempfile.TemporaryFile() as output:
        ended, peak = threading.Event(), [0]
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        watcher = threading.Thread(target=watch_memory, args=(process.pid, ended, peak))
        watcher.start()
        # It stays to be looked at until it is waited for a second time.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.perf_counter() - start
        children = cpu_seconds_of_children(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
        if process.returncode not in accepted:
            output.seek(0)
            shown = output.read()[-4000:].decode(errors="replace")
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{shown}")
    together = usage.ru_utime + usage.ru_stime
    return Measured(seconds, max(together - children, 0.0), together, peak[0])


def alternate(tools, run, runs, before=None):
    """Medians of each tool over runs that take turns. `run` and `before` get the tool's name."""
    counted = {tool: [] for tool in tools}
    warm = set()
    while True:
        due = [tool for tool in tools if not is_enough(counted[tool], runs)]
        if not due:
            return {tool: Measured.median(measured) for tool, measured in counted.items()}
        for tool in due:
            if before:
                before(tool)
            measured = run(tool)
            if tool in warm or measured.seconds > LONG_SECONDS or runs == 1:
                counted[tool].append(measured)
            warm.add(tool)


def is_enough(measured, runs):
    if measured and measured[0].seconds > VERY_LONG_SECONDS:
        return len(measured) >= min(runs, 3)
    return len(measured) >= runs
