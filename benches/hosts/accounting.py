"""CPU time of processes and all that they start, whoever waits for those.

Responsible for a control group that counts it. What has lost its parent, as on hosts much has, is counted
nowhere else.
"""

import pathlib
import sys
import time

# How long the last of its processes may take to be gone.
PATIENCE_SECONDS = 10


class Account:
    def __init__(self, name):
        self.group = root() / name
        try:
            self.group.mkdir()
        except OSError as error:
            sys.exit(f"CPU time of the hosts cannot be counted: {self.group}: {error.strerror}")

    def add(self, pid):
        """From now on it counts, and all that it starts."""
        (self.group / "cgroup.procs").write_text(str(pid))

    def cpu_seconds(self):
        for line in (self.group / "cpu.stat").read_text().splitlines():
            name, value = line.split()
            if name == "usage_usec":
                return int(value) / 1e6
        sys.exit(f"{self.group}/cpu.stat does not say how much CPU time was used")

    def close(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (self.group / "cgroup.procs").read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.group.rmdir()


def root():
    """Where control groups of the second version are."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return pathlib.Path(place)
    sys.exit("CPU time of the hosts cannot be counted: there are no control groups of version 2")
