"""What is done on the hosts, and what has to be there afterwards.

Responsible for the files that all contestants are given alike, and for checking hosts. How each contestant
is told what to do is its own business.
"""

import hashlib
import pathlib
import sys

TEMPLATES = 20
SYNCED = 200


class Configure:
    """A user, a directory of its own, templates in it, a package and a line in a file."""

    name = "configure"
    what = "20 templates, a user, a directory, a package, a line"
    # With more than these it takes hours.
    most_hosts = {"ansible": 10, "ansible-tuned": 10}

    def fill(self, directory):
        templates = pathlib.Path(directory) / "templates"
        templates.mkdir()
        for number in range(TEMPLATES):
            (templates / f"{number}.j2").write_text(template(number))

    def change(self, directory, generation):
        """Makes one file another one on every host."""
        (pathlib.Path(directory) / "templates" / "7.j2").write_text(template(7, generation))

    def expected(self, generation):
        lines = ["app:/srv/app:/bin/sh", "/srv/app/conf app:app 755"]
        for number in range(TEMPLATES):
            text = rendered(number, generation if number == 7 else 0)
            lines.append(f"/srv/app/conf/{number}.conf app 640 {digest(text)}")
        return [*lines, "install ok installed", "1"]

    check = (
        "getent passwd app | cut -d : -f 1,6,7; stat -c '%n %U:%G %a' /srv/app/conf; "
        f"for number in $(seq 0 {TEMPLATES - 1}); do file=/srv/app/conf/$number.conf; "
        "echo \"$(stat -c '%n %U %a' $file) $(sha256sum < $file | cut -d ' ' -f 1)\"; done; "
        "dpkg-query -W -f '${Status}\\n' procps; grep -cx 'export APP=1' /etc/profile"
    )


class Synchronise:
    """A directory of small files."""

    name = "sync"
    what = "200 files of 1 KB"
    most_hosts = {"ansible": 1, "ansible-tuned": 1, "pyinfra": 10, "pyinfra-nodelay": 10}

    def fill(self, directory):
        files = pathlib.Path(directory) / "files"
        for number in range(SYNCED):
            path = files / f"part-{number % 10}" / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(small(number))

    def change(self, directory, generation):
        (pathlib.Path(directory) / "files" / "part-7" / "7.txt").write_text(small(7, generation))

    def expected(self, generation):
        texts = {number: small(number, generation if number == 7 else 0) for number in range(SYNCED)}
        return [
            f"{digest(text)}  /srv/files/part-{number % 10}/{number}.txt"
            for number, text in sorted(texts.items(), key=lambda item: f"part-{item[0] % 10}/{item[0]}.txt")
        ]

    check = "find /srv/files -type f | LC_ALL=C sort | xargs sha256sum"


def verify(job, fleet, generation, who):
    """Ends the program where a host is not as it has to be."""
    expected = job.expected(generation)
    for host, output in zip(fleet.hosts, fleet.shell(job.check)):
        found = output.splitlines()
        if found != expected:
            differing = [pair for pair in zip(found, expected) if pair[0] != pair[1]] or [(found[-1:], expected[-1:])]
            sys.exit(f"{who} left {host['name']} as it must not be: {differing[0][0]!r} instead of {differing[0][1]!r}")


def template(number, generation=0):
    """Of 0.6 KB, in the part of Jinja's language on which all agree."""
    settings = "".join(f"setting_{at} = the value of setting {at} in {{{{ number }}}}\n" for at in range(11))
    return (
        f"# File {{{{ number }}}}, generation {generation}\n[section-{{{{ number }}}}]\n{settings}"
        "peers ={% for peer in [1, 2, 3] %} peer-{{ peer }}{% endfor %};\n"
    )


def rendered(number, generation=0):
    text = template(number, generation).replace("{{ number }}", str(number))
    before, _, after = text.partition("{%")
    return f"{before} peer-1 peer-2 peer-3{after.partition('endfor %}')[2]}"


def small(number, generation=0):
    return f"file {number}, generation {generation}\n".ljust(1023, ".") + "\n"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


JOBS = (Configure(), Synchronise())
