"""The peers, installed for the measurement alone.

Responsible for an environment of Python with them, and for their versions.
"""

import pathlib
import subprocess
import sys

PACKAGES = ("pyinfra==3.10.0", "ansible-core==2.19.14")


def install(directory):
    """The programs of an environment in this directory, which is made where it is not there."""
    programs = pathlib.Path(directory) / "bin"
    if not (programs / "ansible-playbook").exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        subprocess.run([str(programs / "pip"), "install", "--quiet", *PACKAGES], check=True)
    return {name: str(programs / name) for name in ("pyinfra", "ansible-playbook")}


def versions():
    names = {"pyinfra": "PyInfra", "ansible-core": "ansible-core"}
    pairs = (package.split("==") for package in PACKAGES)
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr
    return [*(f"{names[name]} {version}" for name, version in pairs), ssh.split(",")[0].split(" ")[0].replace("_", " ")]
