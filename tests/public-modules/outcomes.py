"""What a command said, without what differs between any two runs, and in what two of them differ.

Responsible for the same rules that the testkit has for cases (`tests/testkit/src/normalise.rs`), as far as
they concern `validate -json`, `plan -json` and plans as `show -json` has them.
"""

import json
import re

DROPPED_MEMBERS = {"timestamp", "terraform_version"}
UNORDERED_MEMBERS = {
    "resource_changes", "resource_drift", "relevant_attributes", "checks", "deferred_changes", "replace_paths",
    # Terraform lists them otherwise from one plan to the next.
    "child_modules",
}
OVERRIDE_WARNING = "Provider development overrides are in effect"
PATTERNS = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"), "TIME"),
    (re.compile(r"RequestID: [\w-]+"), "RequestID"),
    # Sessions of roles, and the identities that an emulator makes up for them.
    (re.compile(r"aws-go-sdk-\d+"), "aws-go-sdk"),
    (re.compile(r"AROA[0-9A-Z]{17}"), "AROA"),
]
# What an emulator draws when it starts: another one has others.
MADE_UP = [
    (re.compile(r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{17}\b"), r"\1-ID"),
    (re.compile(r"\bo-[0-9a-z]{10}\b"), "o-ID"),
    (re.compile(r"\br-[0-9a-z]{4}\b"), "r-ID"),
    (re.compile(r"\b[0-9A-Z]{22}\b"), "ZONE"),
]
HEADS = ("resource ", "data ")
SHORT = 200


class Normaliser:
    def __init__(self, root, patterns=PATTERNS):
        self.root = str(root)
        self.patterns = patterns

    def text(self, text):
        text = text.replace(self.root, "ROOT")
        for pattern, word in self.patterns:
            text = pattern.sub(word, text)
        return text

    def tree(self, tree):
        if isinstance(tree, str):
            return self.text(tree)
        if isinstance(tree, list):
            return [self.tree(element) for element in tree]
        if not isinstance(tree, dict):
            return tree
        kept = {name: self.tree(value) for name, value in tree.items() if name not in DROPPED_MEMBERS}
        for name in UNORDERED_MEMBERS & kept.keys():
            if isinstance(kept[name], list):
                kept[name].sort(key=lambda one: json.dumps(one, sort_keys=True))
        return kept

    def diagnostics(self, found):
        """How bad, what about and where, each once; the explanation is each tool's own."""
        relevant = set()
        for one in found:
            if one["summary"] == OVERRIDE_WARNING:
                continue
            at = one.get("range") or {}
            summary = self.text(one["summary"].replace("Plumb", "Terraform"))
            head = ((one.get("snippet") or {}).get("code") or "").lstrip()
            relevant.add((
                one["severity"], summary, one.get("address") or "", self.text(at.get("filename") or ""),
                at.get("start", {}).get("line") or 0, head.startswith(HEADS),
            ))
        return sorted(relevant)


def messages(text):
    """The diagnostics among the lines that a command wrote."""
    found = []
    for line in text.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("type") == "diagnostic":
            found.append(message["diagnostic"])
    return found


def differences(path, expected, found):
    """Places in which two trees differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted(expected.keys() | found.keys()):
            below = f"{path}.{name}" if path else name
            if name not in found:
                yield f"{below}: only expected: {short(expected[name])}"
            elif name not in expected:
                yield f"{below}: only found: {short(found[name])}"
            else:
                yield from differences(below, expected[name], found[name])
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, two) in enumerate(zip(expected, found)):
            yield from differences(f"{path}[{index}]", one, two)
    elif isinstance(expected, list) and isinstance(found, list):
        yield from (f"{path}[]: only expected: {short(one)}" for one in expected if one not in found)
        yield from (f"{path}[]: only found: {short(one)}" for one in found if one not in expected)
        yield f"{path}: {len(expected)} expected, {len(found)} found"
    elif type(expected) is bool or type(found) is bool:
        if expected is not found:
            yield f"{path}: expected {short(expected)}, found {short(found)}"
    elif expected != found:
        yield f"{path}: expected {short(expected)}, found {short(found)}"


def diagnostics_differ(expected, found):
    """What is told beside all the errors that are expected, and everything else in which they differ.

    As the testkit has it: the second tool may say where it is when the first does not. Where the first points
    at the head of a block, it may point at what is meant in that block.
    """
    def fits(one, two):
        if one[:2] != two[:2]:
            return False
        inside = one[5] and one[2:4] == two[2:4] and one[4] < two[4]
        return not one[3] or one[3:5] == two[3:5] or inside

    missing = [f"only expected: {one}" for one in expected if not any(fits(one, two) for two in found)]
    more = [two for two in found if not any(fits(one, two) for one in expected)]
    is_refused = any(one[0] == "error" for one in expected)
    beside = [str(two) for two in more if is_refused and not missing]
    return beside, missing + [f"only found: {two}" for two in more if str(two) not in beside]


def short(value):
    text = json.dumps(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}… ({len(text)} bytes)"
