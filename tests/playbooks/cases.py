"""What is compared.

Responsible for what a case says beside its playbook. `case.json` may have

* `public`: public roles, each with its repository on GitHub, the commit, the licence, and where it is in there,
* `installed`: packages that both hosts have from the beginning,
* `debian`: packages of Debian that can be installed there,
* `offered`: packages that are made up, with their versions, that can be installed there,
* `prepare`: what a shell does on both before,
* `unconverted`: what plumb does not convert, as it says it,
* `excused`: expressions for names of what may differ (`roots.py`), each with why.
"""

import json
import pathlib
import shutil
import subprocess


class Case:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.name = self.directory.name
        path = self.directory / "case.json"
        said = json.loads(path.read_text()) if path.is_file() else {}
        self.public = said.pop("public", {})
        self.installed = said.pop("installed", [])
        self.debian = said.pop("debian", [])
        self.offered = said.pop("offered", {})
        self.prepare = said.pop("prepare", "")
        self.unconverted = said.pop("unconverted", [])
        self.excused = list(said.pop("excused", {}))
        if said:
            raise SystemExit(f"{path}: nobody knows what {', '.join(said)} means")

    def lacking(self, public):
        """Why it cannot be compared here, if it cannot."""
        for origin in self.public.values():
            repository = origin["repository"]
            if public is None or not clone(public, repository).is_dir():
                return f"it needs a clone of {repository} in the directory that --repositories names"
        return None

    def copy(self, destination, public):
        """A directory with the playbook and all that it needs."""
        shutil.copytree(self.directory, destination)
        for role, origin in self.public.items():
            directory = destination / "roles" / role
            directory.mkdir(parents=True)
            tree = f"{origin['commit']}:{origin.get('path', '')}"
            command = ["git", "-C", str(clone(public, origin["repository"])), "archive", tree]
            archive = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            subprocess.run(["tar", "-x", "-C", str(directory)], input=archive, check=True)
        return destination

    def unexpected(self, unconverted):
        """What plumb should convert and does not, and the other way round."""
        lines = [line.removeprefix("not converted: ") for line in unconverted]
        wrong = [f"not converted: {line}" for line in lines if not any(one in line for one in self.unconverted)]
        return wrong + [
            f"the case says that it is not converted: {one}" for one in self.unconverted
            if not any(one in line for line in lines)
        ]


def clone(directory, repository):
    """Where the git directory of a repository is, among those of others."""
    return directory / repository.replace("/", "+") / "repo"
