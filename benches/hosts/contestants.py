"""Who takes part, and how each is told what to do.

Responsible for the files and the command lines of each contestant. Each is given a directory with the
files of the job (`jobs`), and gets its own beside them.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Contestant:
    """`prepare` writes what it wants into a directory, `command` is what is run in there."""

    def __init__(self, name, programs):
        self.name = name
        self.programs = programs

    def environment(self, directory):
        return {}

    def finish(self, directory):
        """Ends what a run leaves behind on purpose, so that every run begins from nothing."""

    def figures(self, output):
        """What it tells of itself, by the names of measures."""
        return {}


class Plumb(Contestant):
    def prepare(self, directory, job, fleet):
        write(directory / "deploy.star", (HERE / "plumb" / f"{job.name}.star").read_text())
        lines = [
            f"{host['name']} ssh_hostname={host['ip']} ssh_port={host['port']} ssh_user={host['user']} "
            f"ssh_key={host['key']} ssh_known_hosts={fleet.known_hosts}\n"
            for host in fleet.hosts
        ]
        write(directory / "inventory.ini", "".join(lines))

    def command(self):
        return [self.programs["plumb"], "deploy", "-yes", "-json", "inventory.ini", "deploy.star"]

    def figures(self, output):
        lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        return {"round_trips": max(line["round_trips"] for line in lines if line["type"] == "host_result")}


class PyInfra(Contestant):
    """As it is installed, or with what makes small packets go at once."""

    def __init__(self, name, programs, nodelay=False):
        super().__init__(name, programs)
        self.nodelay = nodelay

    def prepare(self, directory, job, fleet):
        write(directory / "deploy.py", (HERE / "pyinfra" / f"{job.name}.py").read_text())
        if self.nodelay:
            write(directory / "config.py", (HERE / "pyinfra" / "nodelay.py").read_text())
        hosts = [
            (host["name"], {
                "ssh_hostname": host["ip"], "ssh_port": host["port"], "ssh_user": host["user"],
                "ssh_key": host["key"], "ssh_known_hosts_file": str(fleet.known_hosts),
            })
            for host in fleet.hosts
        ]
        write(directory / "inventory.py", f"hosts = {hosts!r}\n")

    def command(self):
        config = ["--config", "config.py"] if self.nodelay else []
        return [self.programs["pyinfra"], "--yes", *config, "inventory.py", "deploy.py"]


class Ansible(Contestant):
    """With its defaults, or as its documentation says that it is faster."""

    def __init__(self, name, programs, tuned=False):
        super().__init__(name, programs)
        self.tuned = tuned

    def prepare(self, directory, job, fleet):
        write(directory / "playbook.yml", (HERE / "ansible" / f"{job.name}.yml").read_text())
        settings = "[defaults]\ninventory = inventory.json\n"
        if self.tuned:
            settings += f"forks = {len(fleet.hosts)}\n[ssh_connection]\npipelining = True\n"
        write(directory / "ansible.cfg", settings)
        hosts = {
            host["name"]: {
                "ansible_host": host["ip"], "ansible_port": host["port"], "ansible_user": host["user"],
                "ansible_ssh_private_key_file": host["key"],
                "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={fleet.known_hosts}",
            }
            for host in fleet.hosts
        }
        write(directory / "inventory.json", json.dumps({"all": {"hosts": hosts}}))

    def command(self):
        return [self.programs["ansible-playbook"], "playbook.yml"]

    def environment(self, directory):
        # The paths of sockets must be short.
        return {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.sockets(directory)), "ANSIBLE_LOCALHOST_WARNING": "false"}

    def sockets(self, directory):
        return directory / "s"

    def finish(self, directory):
        for socket in self.sockets(directory).glob("*"):
            ending = ["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "nobody"]
            subprocess.run(ending, check=False, capture_output=True)


class Floor(Contestant):
    """The least that OpenSSH can do it with: see `floor.py`."""

    def prepare(self, directory, job, fleet):
        given = {"job": job.name, "known_hosts": str(fleet.known_hosts), "hosts": fleet.hosts}
        write(directory / "given.json", json.dumps(given))

    def command(self):
        return [sys.executable, "-B", str(HERE / "floor.py"), "given.json"]


def write(path, text):
    path.write_text(text)


def contestants(programs):
    """All of them, by name, in the order in which they are shown."""
    everybody = (
        Plumb("plumb", programs), Floor("floor", programs),
        PyInfra("pyinfra-nodelay", programs, nodelay=True), PyInfra("pyinfra", programs),
        Ansible("ansible-tuned", programs, tuned=True), Ansible("ansible", programs),
    )
    return {contestant.name: contestant for contestant in everybody}
