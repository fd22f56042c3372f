"""The provider process that a command of Plumb leaves behind for the next one.

Responsible for having one ready before a command is measured, for what it takes while the command uses
it, and for leaving none behind. Such a process is not a child of the command: its keeper started it,
which an earlier command started. So this process adopts the keeper (`processes.adopt_orphans`), and is
told by the kernel, when it waits for it, what keeper and provider took together.
"""

import os
import re
import subprocess
import sys
import time

import processes

READY_SECONDS = 60
IDLE_SECONDS = 0.25
# What a process that does nothing may take in that time all the same.
IDLE_CPU_SECONDS = 0.002


class Spares:
    """Those of one environment and directory, which must be those of the command that is measured."""

    def __init__(self, plumb, directory, environment):
        self.plumb = plumb
        self.directory = directory
        self.environment = environment

    def run(self, *arguments):
        command = [self.plumb, *arguments]
        ended = subprocess.run(
            command, cwd=self.directory, env=self.environment, capture_output=True, text=True, check=False
        )
        if ended.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
        return ended.stdout

    def prepare(self, *arguments):
        """Runs a command that leaves one behind, and waits until that is ready and rests."""
        self.stop()
        self.run(*arguments)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            ready = self.ready()
            if len(ready) == 1 and rests(ready[0]):
                return Lent(ready[0])
            time.sleep(0.05)
        sys.exit(f"no provider process is ready:\n{self.run('providers', 'ps')}")

    def ready(self):
        """Ends with a row for each: provider, process, state, memory, age, rest, directory."""
        rows = [re.split(r"\s{2,}", line) for line in self.run("providers", "ps").splitlines()[1:]]
        return [int(row[1]) for row in rows if len(row) > 2 and row[2] == "ready"]

    def stop(self):
        """Ends all, and waits for them."""
        self.run("providers", "stop")
        for pid in processes.children():
            if processes.has_ended(pid) and processes.runs(pid, self.plumb):
                os.waitpid(pid, 0)


def rests(pid):
    before = processes.cpu_seconds(pid)
    time.sleep(IDLE_SECONDS)
    return processes.cpu_seconds(pid) - before < IDLE_CPU_SECONDS


class Lent:
    """One that is ready, and the CPU time that keeper and provider had taken until then."""

    def __init__(self, pid):
        self.keeper = processes.parent(pid)
        if processes.parent(self.keeper) != os.getpid():
            sys.exit(f"the keeper {self.keeper} of the provider process {pid} was not adopted")
        self.provider_seconds = processes.cpu_seconds(pid)
        self.keeper_seconds = processes.cpu_seconds(self.keeper)

    def taken(self):
        """CPU time of the keeper and of the provider since, once the command that used them is over."""
        deadline = time.monotonic() + READY_SECONDS
        while not processes.has_ended(self.keeper):
            if time.monotonic() > deadline:
                sys.exit("the command did not use the provider process that was ready for it")
            time.sleep(0.01)
        keeper = processes.cpu_seconds(self.keeper)
        _, _, usage = os.wait4(self.keeper, 0)
        provider = usage.ru_utime + usage.ru_stime - keeper - self.provider_seconds
        if provider < 0:
            sys.exit("the keeper ended without waiting for its provider process, whose CPU time is lost")
        return keeper - self.keeper_seconds, provider
