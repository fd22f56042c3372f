"""The floor: the jobs by hand, over one connection of OpenSSH to each host, in two turns.

One script asks for all facts, another one changes what differs. There is no engine, no plan and no other
job that this could do: it says how little time is enough.
"""

import asyncio
import base64
import io
import json
import pathlib
import sys
import tarfile

import jobs

END = "floor-has-ended"
OPTIONS = ["-F", "none", "-o", "KexAlgorithms=curve25519-sha256", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]


class Configure:
    """The facts are lines; what is wanted is compared with them."""

    def __init__(self):
        self.wanted = {}
        for number in range(jobs.TEMPLATES):
            text = pathlib.Path(f"templates/{number}.j2").read_text()
            head, _, tail = text.replace("{{ number }}", str(number)).partition("{%")
            self.wanted[f"/srv/app/conf/{number}.conf"] = (
                f"{head} peer-1 peer-2 peer-3{tail.partition('endfor %}')[2]}"
            )

    facts = (
        "getent passwd app | cut -d : -f 1,6,7; stat -c '%n %U:%G %a' /srv/app/conf; "
        "cd /srv/app/conf && sha256sum *.conf && stat -c '%n %U %a' *.conf; "
        "dpkg-query -W -f '${Status}\\n' procps; grep -x 'export APP=1' /etc/profile"
    )

    def changes(self, facts):
        found = set(facts.splitlines())
        script = []
        if "app:/srv/app:/bin/sh" not in found:
            script.append("useradd -d /srv/app -s /bin/sh -m app")
        if "/srv/app/conf app:app 755" not in found:
            script.append("mkdir -p /srv/app/conf && chown app:app /srv/app/conf && chmod 755 /srv/app/conf")
        for path, text in self.wanted.items():
            name = path.rsplit("/", 1)[1]
            if f"{jobs.digest(text)}  {name}" not in found or f"{name} app 640" not in found:
                script.append(
                    f"cat > {path}.new <<'{END}'\n{text}{END}\n"
                    f"chown app {path}.new && chmod 640 {path}.new && mv -f {path}.new {path}"
                )
        if "install ok installed" not in found:
            script.append("apt-get install -y procps")
        if "export APP=1" not in found:
            script.append("echo 'export APP=1' >> /etc/profile")
        return script


class Synchronise:
    """What differs goes as one archive."""

    def __init__(self):
        root = pathlib.Path("files")
        self.wanted = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.txt")}

    facts = "cd /srv/files 2>/dev/null && find . -type f -exec sha256sum {} +"

    def changes(self, facts):
        found = set(facts.splitlines())
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
            for name, content in self.wanted.items():
                if f"{jobs.digest(content.decode())}  ./{name}" not in found:
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = len(content), 0o644
                    archive.addfile(entry, io.BytesIO(content))
            is_empty = not archive.getmembers()
        if is_empty:
            return []
        text = base64.encodebytes(buffer.getvalue()).decode()
        return [f"mkdir -p /srv/files && base64 -d <<'{END}' | tar -xz -C /srv/files\n{text}{END}"]


async def turn(shell, script):
    shell.stdin.write(f"{script}\nprintf '%s\\n' {END}\n".encode())
    lines = []
    async for line in shell.stdout:
        if line.decode() == f"{END}\n":
            return "".join(lines)
        lines.append(line.decode())
    sys.exit(f"a connection has ended: {''.join(lines)}")


async def deploy(job, host, known_hosts):
    shell = await asyncio.create_subprocess_exec(
        "ssh", *OPTIONS, "-o", f"UserKnownHostsFile={known_hosts}", "-i", host["key"], "-p", str(host["port"]),
        f"{host['user']}@{host['ip']}", "exec sh", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )
    facts = await turn(shell, f"({job.facts}) 2>/dev/null")
    changes = job.changes(facts)
    if changes:
        said = await turn(shell, "set -e\nexec 2>&1\n" + "\n".join(changes) + "\necho done")
        if said != "done\n":
            sys.exit(f"{host['name']}: {said}")
    shell.stdin.close()
    await shell.wait()
    print(f"{host['name']}: {len(changes)} changes")


async def everywhere(given):
    job = {"configure": Configure, "sync": Synchronise}[given["job"]]()
    await asyncio.gather(*(deploy(job, host, given["known_hosts"]) for host in given["hosts"]))


if __name__ == "__main__":
    asyncio.run(everywhere(json.loads(pathlib.Path(sys.argv[1]).read_text())))
