"""Whether both tools format every file alike.

Responsible for having them format copies of a module: as it was released, which is mostly formatted already,
and with its white space taken together, which never is. What comes of each file is compared byte by byte.
"""

import re
import shutil
import subprocess

ENDINGS = (".tf", ".tfvars", ".tftest.hcl")


def compare(programs, sources, name, tag, scratch):
    """How many files there are, and the names of those that differ."""
    formatted = {}
    for tool, program in programs.items():
        shutil.rmtree(scratch / tool, ignore_errors=True)
        for way in ("released", "collapsed"):
            sources.write_files(name, tag, scratch / tool / way)
        for file in files(scratch / tool / "collapsed"):
            file.write_bytes(collapse(file.read_bytes()))
        subprocess.run([program, "fmt", "-recursive"], cwd=scratch / tool, capture_output=True)
        formatted[tool] = {file.relative_to(scratch / tool): file.read_bytes() for file in files(scratch / tool)}
    one, two = formatted.values()
    return len(one) // 2, [str(file) for file in one if one[file] != two[file]]


def files(directory):
    return sorted(file for file in directory.rglob("*") if file.name.endswith(ENDINGS) and file.is_file())


def collapse(text):
    text = re.sub(rb"(?m)^[ \t]+", b"", text)
    return re.sub(rb"[ \t]+", b" ", text)
