"""What Plumb promises beside the floor, PyInfra and Ansible.

Responsible for the limits. How they are judged is for `promises`.
"""

from promises import Promise

# How many times the floor's time is enough, and how many times as much the peers take at least.
FLOOR_TIMES = 1.2
FASTER_THAN = {
    "configure-1-0": {"pyinfra": 15, "pyinfra-nodelay": 5},
    "configure-10-0": {"pyinfra": 9, "ansible-tuned": 100},
}
SYNC_FASTER_THAN = {"sync-1-0": {"pyinfra": 50}}
# So many times as much of the controller's CPU time the peer takes at least.
CHEAPER_THAN = {"configure-10-0": {"pyinfra": 10}}
PHASES = ("first", "settled", "changed")
# How often something is sent to a host and waited for once it is connected, where no fact depends on another.
ROUND_TRIPS = {"first": 3, "settled": 2, "changed": 3}
# Where nothing is to be done, 80 ms away.
FAR_SECONDS = 1.5
CASES = [
    f"{job}-{hosts}-{phase}" for job in ("configure", "sync") for hosts in ("1-0", "10-0", "100-0")
    for phase in PHASES
]


def beside(peers, measure, phase):
    return [
        Promise(f"{case}-{phase}", measure, 1 / times, peer=peer)
        for case, of_case in peers.items() for peer, times in of_case.items()
    ]


PROMISES = [
    *(Promise(case, "seconds", FLOOR_TIMES, peer="floor") for case in CASES),
    *beside(FASTER_THAN, "seconds", "settled"),
    *beside(SYNC_FASTER_THAN, "seconds", "first"),
    *beside(CHEAPER_THAN, "tree_cpu_seconds", "settled"),
    *(
        Promise(f"configure-{hosts}-{phase}", "round_trips", most, of_peer=False)
        for hosts in ("1-0", "10-0", "1-80") for phase, most in ROUND_TRIPS.items()
    ),
    Promise("configure-1-80-settled", "seconds", FAR_SECONDS, of_peer=False),
]
