"""What is on two hosts, and where they differ.

Responsible for looking at whole root file systems and at what else a deploy leaves behind (packages, processes,
what the kernel was told), and for the differences that say nothing about who made them.
"""

import difflib
import re

# Paths with their type, mode, owner and target; contents; packages; processes; the kernel's settings.
LOOK = r"""
find / -xdev \( -path /srv/packages -o -path /tmp -o -path /run -o -path /mnt \) -prune -o -printf 'path %p\t%y %m %U:%G %l\n'
find / -xdev \( -path /srv/packages -o -path /tmp -o -path /run -o -path /mnt \) -prune -o -type f -print0 |
  xargs -0 sha256sum | sed 's/^\(\S*\)  \(.*\)/content \2\t\1/'
dpkg-query -W -f 'package ${Package}\t${Status} ${Version}\n'
for table in /var/spool/cron/crontabs/*; do
  # Its first lines say when it was made.
  [ ! -f "$table" ] || printf 'crontab %s\t%s\n' "$table" "$(sed '1,3{ /^# /d }' "$table" | tr '\n' '|')"
done
ps -e -o user= -o args= | sed 's/  */ /g; s/^/process /; s/$/\t/'
sysctl -a 2> /dev/null | grep '^net\.' | sed 's/^\([^ ]*\) = /setting \1\t/'
mount | sed 's/ type .*//; s/^/mount /; s/$/\t/'
for rules in iptables ip6tables; do
  ! command -v $rules > /dev/null || $rules -S 2> /dev/null | sed "s/^/$rules /; s/\$/\t/"
done
exit 0
"""
SHOWN_LINES = 40

EXCUSED = [
    # What they write down about themselves, or about when something was done.
    r"(path|content) /root/\.ansible(/.*)?",
    r"(path|content) /var/log(/.*)?",
    r"(path|content) /var/cache/(apt|debconf|ldconfig|man)(/.*)?",
    r"(path|content) /var/lib/apt/(lists|extended_states|periodic|daily_lock|listchanges).*",
    r"(path|content) .*/__pycache__(/.*)?",
    # What systems keep of the file before the last change to it.
    r"(path|content) /etc/(passwd|shadow|group|gshadow|subuid|subgid)-",
    r"(path|content) /var/lib/dpkg/.*-old",
    r"(path|content) /etc/\.pwd\.lock",
    # What else is in them is looked at by itself.
    r"content /var/spool/cron/crontabs/.*",
    # Names of their own, and keys that are made by chance.
    r"content /etc/ssl/(certs/ssl-cert-snakeoil\.pem|private/ssl-cert-snakeoil\.key)",
    r"path /etc/ssl/certs/[0-9a-f]{8}\.0",
    r"content /(etc/machine-id|var/lib/dbus/machine-id)",
    # Those who look at it.
    r"process root (sshd|sh|/bin/sh|ps|find|sed|cat|sleep|/usr/bin/python3|/bin/bash|bash|\[.*)\b.*",
    r"process root /usr/sbin/sshd -i.*",
    # Traffic of a connection changes what the kernel says of these.
    r"setting net\.netfilter\.nf_conntrack_count",
    r"setting net\.(core|ipv4|unix|mptcp)\..*(random|max_orphans|tcp_mem|udp_mem|netns_cookie).*",
]


def look(pair):
    """What is on each of two hosts, by name."""
    return [dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line) for text in pair.must(LOOK)]


def differences(found, excused=()):
    """The names of what is not alike, with what is there on each."""
    one, other = found
    pattern = re.compile("|".join([*EXCUSED, *excused]))
    names = sorted(one.keys() | other.keys())
    differing = [name for name in names if one.get(name) != other.get(name) and not pattern.fullmatch(name)]
    # What is only there on one of them is told once.
    paths = {name.partition(" ")[2] for name in differing if name.startswith("path ")}
    single = {path for path in paths if (f"path {path}" in one) != (f"path {path}" in other)}
    return [
        (name, one.get(name), other.get(name)) for name in differing
        if not (name.startswith("content ") and name.partition(" ")[2] in single)
    ]


def told(pair, differing):
    """Differences for people, with those of contents line by line."""
    lines = []
    for name, one, other in differing:
        kind, _, path = name.partition(" ")
        if kind != "content":
            lines.append(f"{name}: {shown(one)} by Ansible, {shown(other)} by plumb")
            continue
        texts = pair.must(f"cat -- '{path}'" if "'" not in path else "true")
        diff = difflib.unified_diff(*(text.splitlines() for text in texts), "Ansible", "plumb", lineterm="", n=1)
        lines.append(f"{name} differs:")
        lines.extend(f"    {line}" for line in list(diff)[:SHOWN_LINES])
    return lines


def shown(value):
    return "nothing" if value is None else repr(value)
