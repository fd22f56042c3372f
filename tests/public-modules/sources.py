"""Brings modules and all that they call onto the disk, with calls that lead to local directories.

Responsible for finding out which release of which repository a call means, for unpacking it, and for
rewriting `source` and `version` of the call. Both tools get the same files. What cannot be had is left as
it is, and named.
"""

import os
import re
import subprocess

import versions

BLOCK = re.compile(r'^\s*module\s+"[^"]+"\s*\{\s*$')
SOURCE = re.compile(r'^(\s*source\s*=\s*)"([^"]+)"')
VERSION = re.compile(r'^\s*version\s*=\s*"([^"]*)"')
REGISTRY = re.compile(r"([\w-]+)/([\w-]+)/([\w-]+?)(//[^?]*)?")
GIT = re.compile(
    r"(?:git::)?(?:https://|ssh://git@|git@)?github\.com[/:]([\w-]+)/([\w.-]+?)(?:\.git)?(//[^?]*)?(?:\?ref=(.*))?"
)


class Sources:
    """Modules unpacked below a directory, from git directories `OWNER+NAME/repo` below another one."""

    def __init__(self, repositories, directory, provider_version):
        self.repositories = repositories
        self.directory = directory
        self.provider_version = versions.parse(provider_version)
        # From a repository and a tag to where it was unpacked.
        self.unpacked = {}
        # What is called and cannot be had, by the file that calls it.
        self.missing = {}

    def unpack(self, repository, tag, rewrite=True):
        """Where the files of that release are; what they call is there, too."""
        key = (repository, tag, rewrite)
        if key in self.unpacked:
            return self.unpacked[key]
        target = self.directory / repository.split("/")[0] / repository.split("/")[1] / tag
        self.unpacked[key] = target
        target.mkdir(parents=True)
        self.write_files(repository, tag, target)
        if rewrite:
            for file in sorted(target.rglob("*.tf")):
                self.rewrite(file)
        return target

    def write_files(self, repository, tag, target):
        """A file that the git directory lacks, as a copy may lack large ones, is not there."""
        listed = self.output(repository, "ls-tree", "-r", "-z", tag)
        entries = [entry.split("\t", 1) for entry in listed.decode().split("\0") if entry]
        if not entries:
            raise OSError(f"{repository} has no {tag}")
        entries = [(facts.split(), path) for facts, path in entries]
        objects = "".join(f"{facts[2]}\n" for facts, _ in entries).encode()
        contents = self.output(repository, "cat-file", "--batch", input=objects)
        at = 0
        for (mode, _, _), path in entries:
            end = contents.index(b"\n", at)
            header, at = contents[at:end].decode().split(), end + 1
            if header[1] != "blob":
                continue
            size = int(header[2])
            write_file(target / path, mode, contents[at : at + size])
            at += size + 1

    def output(self, repository, *arguments, **options):
        directory = self.repositories / repository.replace("/", "+") / "repo"
        command = ["git", f"--git-dir={directory}", *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options).stdout

    def has(self, repository):
        return (self.repositories / repository.replace("/", "+") / "repo").is_dir()

    def rewrite(self, file):
        """Lines stay where they are: what is dropped leaves an empty one behind."""
        if file.is_symlink() or not file.is_file():
            return
        lines = file.read_text().split("\n")
        starts = [index for index, line in enumerate(lines) if BLOCK.match(line)]
        for start in starts:
            end = next((index for index in range(start, len(lines)) if lines[index].startswith("}")), len(lines))
            self.rewrite_call(file, lines, range(start + 1, end))
        file.write_text("\n".join(lines))

    def rewrite_call(self, file, lines, block):
        sources = [index for index in block if SOURCE.match(lines[index])]
        if not sources:
            return
        source = SOURCE.match(lines[sources[0]])
        wanted = [index for index in block if VERSION.match(lines[index])]
        constraint = VERSION.match(lines[wanted[0]])[1] if wanted else ""
        found = self.find(source[2], constraint)
        if found is None:
            return
        if isinstance(found, str):
            self.missing.setdefault(file, []).append(found)
            return
        path = os.path.relpath(found, file.parent)
        lines[sources[0]] = f'{source[1]}"{path if path.startswith("../") else "./" + path}"'
        for index in wanted[:1]:
            lines[index] = ""

    def find(self, source, constraint):
        """The directory that a call means. A text says why there is none; None that it is local already."""
        if source.startswith((".", "/")):
            return None
        if found := REGISTRY.fullmatch(source):
            repository, below = f"{found[1]}/terraform-{found[3]}-{found[2]}", found[4]
        elif found := GIT.fullmatch(source):
            repository, below = f"{found[1]}/{found[2]}", found[3]
            constraint = found[4] or ""
        else:
            return f"{source} is of a kind that is not brought"
        if not self.has(repository):
            return f"{repository} is not among the repositories"
        tag = self.choose(repository, constraint, (below or "").strip("/"))
        if tag is None:
            return f"{repository} has no release {constraint}"
        directory = self.unpack(repository, tag)
        return directory / below.strip("/") if below else directory

    def choose(self, repository, constraint, below):
        """The newest release that is asked for and takes the provider at hand, else the newest asked for."""
        tags = self.output(repository, "tag").decode().split()
        if constraint in tags:
            return constraint
        asked_for = versions.newest(tags, constraint)
        fitting = (tag for tag in asked_for if self.takes_provider(repository, tag, below))
        return next(fitting, asked_for[0] if asked_for else None)

    def takes_provider(self, repository, tag, below):
        if below and not self.output(repository, "ls-tree", f"{tag}:{below}"):
            # That release does not have the module any more.
            return False
        text = self.output(repository, "show", f"{tag}:{below + '/' if below else ''}versions.tf").decode()
        found = re.search(r'aws\s*=\s*\{[^}]*?version\s*=\s*"([^"]+)"', text)
        return not found or versions.meets(self.provider_version, found[1])


def write_file(path, mode, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == "120000":
        path.symlink_to(content.decode())
    else:
        path.write_bytes(content)
