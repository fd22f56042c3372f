"""The hosts that are deployed to: Debians of tests/targets, each with an SSH server on its own address.

Responsible for starting and ending them, for making them as they were at first, and for asking them what
is really there. They end with this process, however that ends.
"""

import json
import os
import pathlib
import subprocess
import sys

import processes

# What Ansible needs on hosts. The others do not.
PACKAGES = "python3,python3-apt"
# Of /proc/PID/stat, counted from the one after the name: its own, and that of those that it has waited for.
CPU_FIELDS = slice(11, 15)


class Fleet:
    """So many hosts, as far away as this, as long as this is entered."""

    def __init__(self, program, count, round_trip_ms, scratch):
        self.command = [str(program), str(count), "--round-trip-ms", str(round_trip_ms), "--packages", PACKAGES]
        self.known_hosts = pathlib.Path(scratch) / "known_hosts"

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # Each has a name, an address, a port, a user and that user's key.
        self.hosts = self.answer()["targets"]
        self.known_hosts.write_text("".join(host["known_hosts"] for host in self.hosts))
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def answer(self):
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "they ended without saying why"}
        if isinstance(answer, dict) and "error" in answer:
            sys.exit(f"the hosts cannot be had: {answer['error']}")
        return answer

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def cpu_seconds(self):
        """CPU time of the hosts so far, as far as what they ran has ended, and of the lines to them."""
        its = processes.fields(self.process.pid)
        return sum(map(int, its[CPU_FIELDS])) / os.sysconf("SC_CLK_TCK")

    def reset(self):
        """Makes every host as it was at first."""
        self.ask("reset")

    def shell(self, text):
        """What a text writes on each host."""
        outputs = self.ask({"shell": text})
        for host, output in zip(self.hosts, outputs):
            if output["status"] != 0:
                sys.exit(f"{host['name']}: {text}\nended with {output['status']}:\n{output['stderr']}")
        return [output["stdout"] for output in outputs]
