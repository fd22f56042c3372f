"""The same playbook, by Ansible and by plumb.

Responsible for the files and command lines of each, and for reading what a run says that it did.
"""

import json
import os
import pathlib
import re
import subprocess

PATIENCE_SECONDS = 1200


class Run:
    """How a run ended, and what it says that it changed."""

    def __init__(self, program, text, status, changed):
        self.program = program
        self.text = text
        self.status = status
        self.changed = changed

    def must(self):
        if self.status != 0:
            raise RuntimeError(f"{self.program} ended with {self.status}:\n{self.text[-6000:]}")
        return self


class Ansible:
    """Runs playbooks in a directory."""

    def __init__(self, program, directory, pair):
        self.program = program
        self.directory = pathlib.Path(directory)
        settings = (
            "[defaults]\ninterpreter_python = /usr/bin/python3\nnocows = true\n"
            "roles_path = roles\n[ssh_connection]\npipelining = True\n"
        )
        (self.directory / "ansible.cfg").write_text(settings)
        self.pair = pair

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for socket in (self.directory / "s").glob("*"):
            ending = ["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "nobody"]
            subprocess.run(ending, check=False, capture_output=True)

    def run(self, host, *options):
        """On the host of that number."""
        inventory = self.directory / f"inventory{host}.json"
        host = self.pair.hosts[host]
        given = {
            "ansible_host": host["ip"], "ansible_port": host["port"], "ansible_user": host["user"],
            "ansible_ssh_private_key_file": host["key"],
            "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={self.pair.known_hosts}",
        }
        inventory.write_text(json.dumps({"all": {"hosts": {"host": given}}}))
        # The paths of sockets must be short.
        environment = {**os.environ, "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.directory / "s"), "LC_ALL": "C.UTF-8"}
        command = [self.program, "-i", inventory, *options, "playbook.yml"]
        run = execute(command, self.directory, environment)
        return Run("ansible-playbook", run.stdout, run.returncode, changed_tasks(run.stdout))


def changed_tasks(text):
    """The names of tasks that changed something."""
    changed, task = [], None
    for line in text.splitlines():
        head = re.match(r"(?:TASK|RUNNING HANDLER) \[(.*)\] \**$", line)
        if head:
            task = head.group(1)
        elif line.startswith("changed: ") and (not changed or changed[-1] != task):
            changed.append(task)
    return changed


class Plumb:
    """Converts playbooks in a directory, and deploys what they become."""

    def __init__(self, program, directory, pair):
        self.program = program
        self.directory = pathlib.Path(directory)
        self.pair = pair

    def convert(self):
        """Warnings, each with what was not converted."""
        command = [self.program, "convert", "-no-color", "-output=deploy.star", "playbook.yml"]
        run = execute(command, self.directory, os.environ)
        Run("plumb convert", run.stdout, run.returncode, []).must()
        files = [self.directory / "deploy.star", *sorted(self.directory.glob("roles/*.star"))]
        lines = [line.strip() for file in files for line in file.read_text().splitlines()]
        return [line.removeprefix("# ") for line in lines if line.startswith("# not converted: ")]

    def deploy(self, host, *options):
        inventory = f"hosts{host}.ini"
        host = self.pair.hosts[host]
        line = (
            f"host ssh_hostname={host['ip']} ssh_port={host['port']} ssh_user={host['user']} ssh_key={host['key']} "
            f"ssh_known_hosts={self.pair.known_hosts}\n"
        )
        (self.directory / inventory).write_text(line)
        command = [self.program, "deploy", "-no-color", *options, inventory, "deploy.star"]
        run = execute(command, self.directory, os.environ)
        changed = re.findall(r"^  [~+?-].*", run.stdout, re.MULTILINE)
        return Run("plumb deploy", run.stdout, run.returncode, changed)


def execute(command, directory, environment):
    """Runs a command, whose errors go where its output goes."""
    return subprocess.run(
        [str(word) for word in command], cwd=directory, env=environment, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=PATIENCE_SECONDS,
    )
