"""Two systems that are alike at first: one for Ansible, one for plumb.

Responsible for starting and ending them, for what both are given before they are compared, and for running
something on both. They end with this process, however that ends.
"""

import json
import pathlib
import subprocess

# What Ansible needs on hosts, and what is asked of roots.
PACKAGES = "python3,python3-apt"
# Both come out of the same root, so that names are the only difference between them.
ALIKE = "hostname host && echo host > /etc/hostname && printf '127.0.0.1\\tlocalhost\\n127.0.1.1\\thost\\n' > /etc/hosts"


class Unavailable(Exception):
    """There can be no such hosts on this machine, and why."""


class Pair:
    """The two, as long as this is entered."""

    def __init__(self, program, scratch, packages=()):
        self.command = [str(program), "2", "--packages", ",".join([PACKAGES, *packages])]
        self.known_hosts = pathlib.Path(scratch) / "known_hosts"

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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
            raise Unavailable(answer["error"])
        return answer

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def must(self, text):
        """What a text of the shell writes on each."""
        outputs = self.ask({"shell": text})
        for output in outputs:
            if output["status"] != 0:
                raise RuntimeError(f"{text}\nended with {output['status']}:\n{output['stdout']}{output['stderr']}")
        return [output["stdout"] for output in outputs]

    def unpack(self, directory, destination):
        """Puts what is in a directory of this machine into one of both."""
        for host in self.hosts:
            pack = subprocess.Popen(["tar", "-C", str(directory), "-c", "."], stdout=subprocess.PIPE)
            command = [
                "ssh", "-F", "none", "-i", host["key"], "-p", str(host["port"]), "-o", "BatchMode=yes",
                "-o", f"UserKnownHostsFile={self.known_hosts}", f"{host['user']}@{host['ip']}",
                f"mkdir -p {destination} && tar -C {destination} -x --no-same-owner",
            ]
            subprocess.run(command, stdin=pack.stdout, check=True)
            pack.wait()
