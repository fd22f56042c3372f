"""Packages for hosts that reach no server.

Responsible for directories that apt takes for a repository: of Debian's own packages, with all that they need,
or of packages that are made up here and hold nothing.
"""

import hashlib
import pathlib
import subprocess

HERE = "/srv/packages"
# The only source that apt has on the hosts.
OFFER = (
    "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/* && "
    f"printf 'deb [trusted=yes] file:{HERE} ./\\n' > /etc/apt/sources.list && apt-get -q update"
)


def fetch(names, installed, directory):
    """Downloads packages of Debian and those that they need, beside those of a status file of dpkg."""
    directory = pathlib.Path(directory)
    (directory / "partial").mkdir(parents=True, exist_ok=True)
    status = directory / "status"
    status.write_text(installed)
    command = [
        "apt-get", "-q", "-y", "-o", f"Dir::State::status={status}", "-o", f"Dir::Cache::archives={directory}",
        "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root", "--download-only", "install", *names,
    ]
    subprocess.run(command, check=True, capture_output=True)
    status.unlink()
    (directory / "partial").rmdir()
    index(directory)


def make(versions, directory):
    """Packages that hold one file; names with their versions."""
    for name, version in versions.items():
        root = pathlib.Path(directory) / name
        (root / "DEBIAN").mkdir(parents=True)
        (root / "usr/share" / name).mkdir(parents=True)
        (root / "usr/share" / name / "version").write_text(f"{version}\n")
        fields = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\n"
        (root / "DEBIAN/control").write_text(f"{fields}Description: a package of a test\n")
        built = ["dpkg-deb", "--root-owner-group", "--build", str(root), f"{root}_{version}.deb"]
        subprocess.run(built, check=True, capture_output=True)
        subprocess.run(["rm", "-r", str(root)], check=True)
    index(directory)


def index(directory):
    entries = []
    for path in sorted(pathlib.Path(directory).glob("*.deb")):
        # A colon of a version is escaped in the name of a file, and apt would take the escape apart.
        plain = path.rename(path.with_name(path.name.replace("%3a", ".")))
        control = subprocess.run(["dpkg-deb", "-f", str(plain)], check=True, capture_output=True, text=True).stdout
        data = plain.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        entries.append(f"{control.rstrip()}\nFilename: ./{plain.name}\nSize: {len(data)}\nSHA256: {digest}\n")
    (pathlib.Path(directory) / "Packages").write_text("\n".join(entries))
