#!/usr/bin/env python3
"""Captures what ansible-inventory makes of each case.

Usage: capture.py [PROGRAM], with the path of ansible-inventory (of ansible-core 2.19) where it is not on PATH.
Each directory below cases/ has an inventory (inventory, inventory.* or a directory inventory.d) and perhaps
group_vars and host_vars. What is said of it goes into expected.json beside it.
"""

import json
import os
import pathlib
import subprocess
import sys

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "ansible-inventory"
CASES = pathlib.Path(__file__).parent / "cases"

# A host's position in its inventory is Ansible's own affair.
DROPPED = {"inventory_file", "inventory_dir"}



def unwrapped(value):
    """A value without the marks that Ansible puts around texts that are no templates."""
    if isinstance(value, dict):
        if set(value) == {"__ansible_unsafe"}:
            return value["__ansible_unsafe"]
        return {name: unwrapped(part) for name, part in value.items()}
    if isinstance(value, list):
        return [unwrapped(part) for part in value]
    return value


for case in sorted(CASES.iterdir()):
    inventory = next(path for path in sorted(case.iterdir()) if path.name.startswith("inventory"))
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}
    ended = subprocess.run(
        [PROGRAM, "-i", inventory.name, "--list"], cwd=case, env=environment, capture_output=True, text=True
    )
    if ended.returncode != 0:
        sys.exit(f"{case.name}: {ended.stderr}")
    said = unwrapped(json.loads(ended.stdout))
    said["_meta"].pop("profile", None)
    for values in said["_meta"]["hostvars"].values():
        for name in DROPPED:
            values.pop(name, None)
    text = json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False)
    (case / "expected.json").write_text(text + "\n", encoding="utf-8")
    print(case.name, len(said["_meta"]["hostvars"]))
