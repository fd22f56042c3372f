"""The hosts that are deployed to: Debians of tests/targets, each with an SSH server on its own address.

Responsible for starting and ending them, for making them as they were at first, and for asking them what
is really there. They end with this process, however that ends.
"""

import json
import os
import pathlib
import subprocess
import sys

from accounting import Account

# What Ansible needs on hosts. The others do not.
PACKAGES = "python3,python3-apt"


class Fleet:
    """So many hosts, as far away as this, as long as this is entered."""

    def __init__(self, program, count, round_trip_ms, scratch):
        self.command = [str(program), str(count), "--round-trip-ms", str(round_trip_ms), "--packages", PACKAGES]
        self.known_hosts = pathlib.Path(scratch) / "known_hosts"

    def __enter__(self):
        self.account = Account(f"plumb-hosts-{os.getpid()}")
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.account.add(self.process.pid)
        # Each has a name, an address, a port, a user and that user's key.
        self.hosts = self.answer()["targets"]
        self.known_hosts.write_text("".join(host["known_hosts"] for host in self.hosts))
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.account.close()

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
        """CPU time of the hosts and of the lines to them so far."""
        return self.account.cpu_seconds()

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
