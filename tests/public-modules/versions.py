"""Versions and what is asked of them.

Responsible for reading constraints such as `>= 5.0, < 6.0` and for choosing among a repository's tags.
"""

import re


def parse(text):
    """The three numbers of a version or a tag; None for what is no release."""
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else None


def meets(version, constraints):
    return all(meets_one(version, one.strip()) for one in constraints.split(",") if one.strip())


def meets_one(version, constraint):
    found = re.fullmatch(r"(>=|<=|!=|~>|>|<|=)?\s*v?(\d+(?:\.\d+)*)", constraint)
    if not found:
        return False
    operator, given = found[1] or "=", [int(part) for part in found[2].split(".")]
    least = tuple((given + [0, 0])[:3])
    if operator == "~>":
        return version >= least and version[: len(given) - 1] == tuple(given[:-1])
    return {
        "=": version == least, "!=": version != least, ">": version > least, ">=": version >= least,
        "<": version < least, "<=": version <= least,
    }[operator]


def newest(tags, constraints):
    """The newest of the tags that are releases and meet the constraints, newest first."""
    releases = [tag for tag in tags if parse(tag) and meets(parse(tag), constraints)]
    return sorted(releases, key=parse, reverse=True)
