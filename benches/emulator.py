"""The AWS emulator that the cases of the AWS provider run against.

Responsible for starting and ending moto_server, for the environment in which tools find it, and for the
CPU time that it takes.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import processes
from bench import install_from


PROVIDER = "registry.terraform.io/hashicorp/aws"


def mirror():
    return pathlib.Path(os.environ.get("TF_PLUGIN_MIRROR", "/opt/tf-plugins"))


def missing():
    """Why there can be none here; None where there can."""
    if not (mirror() / PROVIDER).is_dir():
        return "no filesystem mirror with the AWS provider"
    if not shutil.which("moto_server"):
        return "no moto_server on PATH"
    return None


class Emulator:
    """One that runs as long as this is entered, empty at first."""

    def __init__(self, scratch, environment):
        self.settings = scratch / "aws.tfrc"
        self.surroundings = environment
        own = scratch / "aws-mirror"
        if not own.exists():
            # Whoever else runs the same file on this machine would share its memory, and make less of it
            # count for the processes that are measured.
            shutil.copytree(mirror() / PROVIDER, own / PROVIDER)
            install_from(own, self.settings)

    def __enter__(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        endpoint = f"http://127.0.0.1:{port}"
        self.environment = self.surroundings | {
            "TF_CLI_CONFIG_FILE": str(self.settings), "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }
        self.process = subprocess.Popen(
            ["moto_server", "-H", "127.0.0.1", "-p", str(port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        if not answers(endpoint):
            self.__exit__()
            sys.exit("the AWS emulator does not answer")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def cpu_seconds(self):
        return processes.cpu_seconds(self.process.pid)


def answers(endpoint):
    for _ in range(300):
        try:
            urllib.request.urlopen(endpoint, timeout=5).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False
