"""What Plumb promises beside the floor, PyInfra and Ansible.

Responsible for the limits. How they are judged is for `promises`.
"""

from promises import Promise

# How many times the floor's time is enough, and how many times as much the peers take at least.
FLOOR_TIMES = 1.2
FASTER_THAN = {"pyinfra": 10, "pyinfra-nodelay": 3, "ansible": 30, "ansible-tuned": 30}
CASES = [
    f"{job}-{hosts}-{phase}" for job in ("configure", "sync") for hosts in ("1-0", "10-0", "1-80")
    for phase in ("first", "settled", "changed")
]

PROMISES = [
    *(Promise(case, "seconds", FLOOR_TIMES, peer="floor") for case in CASES),
    *(
        Promise(case, "seconds", 1 / times, peer=peer)
        for case in CASES if case.startswith("configure") for peer, times in FASTER_THAN.items()
    ),
]
