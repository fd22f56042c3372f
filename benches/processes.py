"""What the kernel knows of running processes.

Responsible for reading it: CPU time, memory, who started whom. It neither starts nor ends a process.
"""

import ctypes
import os
import pathlib
import time

PR_SET_CHILD_SUBREAPER = 36
# Fields of /proc/PID/stat, counted from the one after the name.
STATE_FIELD, PARENT_FIELD = 0, 1


def adopt_orphans():
    """Makes this process the parent of what its children leave behind, so that it can be waited for."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this system gives no orphans to the process that asks for them")


def cpu_seconds(pid):
    """CPU time of a process with all its threads, also after its end as long as nobody waited for it.

    From the process's own clock, whose number the kernel makes of the process's; /proc/PID/stat counts
    in hundredths of a second, which is too coarse for what takes a few of them.
    """
    return time.clock_gettime((~pid << 3) | 2)


def fields(pid):
    """The fields after the name, which itself may hold anything. None where the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None


def parent(pid):
    found = fields(pid)
    return int(found[PARENT_FIELD]) if found else None


def all_fields():
    """Of every process."""
    found = {int(name): fields(name) for name in os.listdir("/proc") if name.isdigit()}
    return {pid: its for pid, its in found.items() if its}


def children():
    """Those of this process that nobody has waited for, adopted ones too."""
    own = str(os.getpid())
    return {pid for pid, its in all_fields().items() if its[PARENT_FIELD] == own}


def has_ended(pid):
    found = fields(pid)
    return found is None or found[STATE_FIELD] == "Z"


def tree(root):
    """A process and everything that it started, as far as it runs."""
    children = {}
    for pid, its in all_fields().items():
        children.setdefault(int(its[PARENT_FIELD]), []).append(pid)
    reached = [root]
    for pid in reached:
        reached.extend(children.get(pid, []))
    return reached


def proportional_bytes(pid):
    """Memory of a process, pages that it shares counted in proportion: of all, of its own (anonymous)
    and of files. None where it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    sizes = {}
    for line in text.splitlines()[1:]:
        name, size = line.split(":", 1)
        sizes[name] = int(size.split()[0]) * 1024
    return {name: sizes.get(name, 0) for name in ("Pss", "Pss_Anon", "Pss_File")} if sizes else None


def peak_bytes(pid):
    """The most memory that a process has held so far; the kernel keeps it itself."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def runs(pid, program):
    """Whether it is a process of this program, as far as its name tells: the kernel keeps fifteen bytes."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == os.path.basename(program)[:15]
    except OSError:
        return False
