"""What Plumb promises beside Terraform, and whether it holds.

Responsible for the limits and for judging measured figures by them. A promise is about a case and a
measure; where the limit is a part of the peer's figure, the peer is Terraform unless it is named.
"""

from typing import NamedTuple

import tables

PEER = "terraform"
MEGABYTE = 1_000_000


class Promise(NamedTuple):
    case: str
    measure: str
    # A part of the peer's figure where there is a peer to it, otherwise a figure.
    limit: float
    of_peer: bool = True
    peer: str = PEER


def of_peer(case, **parts):
    """`parts` has, for each measure, the number of times that the peer takes at least as much."""
    return [Promise(case, measure, 1 / times) for measure, times in parts.items()]


def alone(case, **limits):
    return [Promise(case, measure, limit, of_peer=False) for measure, limit in limits.items()]


PROMISES = [
    *alone("version", seconds=0.010),
    *alone("--help", seconds=0.010),
    *alone("completion", seconds=0.010),
    *alone("validate-2000", seconds=0.5),
    *of_peer("fmt-10", seconds=25),
    *of_peer("apply-terraform_data-1000", cpu_seconds=100, seconds=50),
    *of_peer("apply-terraform_data-4000", cpu_seconds=300, seconds=150),
    *of_peer("unchanged-terraform_data-4000", seconds=25),
    *of_peer("by-key-terraform_data-1000", cpu_seconds=200, memory_bytes=20),
    *of_peer("variables-only-500", seconds=30, memory_bytes=10),
    # Through the plugin the tool's own CPU time counts, without the provider's.
    *of_peer("apply-bench_thing-1000", cpu_seconds=5),
    *of_peer("apply-bench_thing-4000", cpu_seconds=5),
    *of_peer("unchanged-bench_thing-4000", cpu_seconds=5),
    *of_peer("by-key-bench_thing-1000", cpu_seconds=5),
    *of_peer("variables-bench_thing-500", cpu_seconds=5),
    *alone("modules-plan-100000", seconds=10, memory_bytes=500 * MEGABYTE),
    *alone("modules-apply-100000", seconds=10, memory_bytes=500 * MEGABYTE),
    *alone("instructions-plan", slope=1.15),
    *alone("instructions-apply", slope=1.15),
    *of_peer("aws-new-cold", seconds=2),
    *of_peer("aws-new-warm", seconds=5 / 2, seconds_less_emulator=8),
    *of_peer("aws-there-cold", seconds=2),
    *of_peer("aws-there-warm", seconds=5 / 2, seconds_less_emulator=8),
    *alone("aws-there-cold", own_share=0.05),
    *alone("aws-there-warm", own_share=0.05),
    *of_peer("aws-aliases-new", pss_bytes=4 / 3),
    *of_peer("aws-aliases-there", pss_bytes=4 / 3),
]

# Of every case that has a peer: so small a part of its peak memory, or so little at all.
MEMORY_PART, MEMORY_ENOUGH_BYTES = 1 / 5, 40 * MEGABYTE


class Verdict(NamedTuple):
    what: str
    limit: str
    measured: str
    # None where it was not measured.
    is_met: bool | None


def fraction(part):
    """The part as people say it: 1/25, 2/5, 6/5."""
    for over in (1, 2, 3, 6):
        if abs(over / part - round(over / part)) < 1e-9:
            return f"{over}/{round(over / part)}"
    return f"{part:.3f}"


def judge(promise, results):
    row = results.row(promise.case, promise.measure)
    name = tables.MEASURES[promise.measure][0]
    values = row["values"] if row else {}
    of_whom = f"{fraction(promise.limit)} of {tables.TOOLS[promise.peer]}'s"
    own, peer = values.get("plumb"), values.get(promise.peer)
    if own is None or (promise.of_peer and peer is None):
        limit = of_whom if promise.of_peer else tables.shown(promise.measure, promise.limit)
        return Verdict(f"{promise.case}, {name}", limit, "not measured", None)
    if not promise.of_peer:
        limit, measured = (tables.shown(promise.measure, value) for value in (promise.limit, own))
        return Verdict(tables.title(row), limit, measured, own <= promise.limit)
    both = f"{tables.shown(promise.measure, own)} of {tables.shown(promise.measure, peer)}"
    return Verdict(tables.title(row), of_whom, f"{part(own, peer)} ({both})", own <= promise.limit * peer)


def part(own, peer):
    return f"1/{peer / own:.1f}" if own > 0 and own < peer / 2 else f"{own / peer:.2f}"


def judge_memory(results):
    for row in results.rows:
        values = row["values"]
        if row["measure"] != "memory_bytes" or PEER not in values:
            continue
        own, peer = values["plumb"], values[PEER]
        limit = f"{fraction(MEMORY_PART)} of {tables.TOOLS[PEER]}'s, or {MEMORY_ENOUGH_BYTES // MEGABYTE} MB"
        is_met = own <= MEMORY_PART * peer or own <= MEMORY_ENOUGH_BYTES
        both = f"{tables.shown('memory_bytes', own)} of {tables.shown('memory_bytes', peer)}"
        yield Verdict(tables.title(row), limit, f"{part(own, peer)} ({both})", is_met)


def verdicts(results):
    return [*(judge(promise, results) for promise in PROMISES), *judge_memory(results)]


def table(found):
    lines = ["| promised | at most | measured | |", "|---|---:|---:|---|"]
    for what, limit, measured, is_met in found:
        word = {True: "met", False: "**MISSED**", None: "–"}[is_met]
        lines.append(f"| {what} | {limit} | {measured} | {word} |")
    return "\n".join(lines)
