"""What was measured, as Markdown tables.

Responsible for units and layout. It measures and judges nothing.
"""

import plot

TOOLS = {
    "plumb": "Plumb", "terraform": "Terraform", "tofu": "OpenTofu", "floor": "the floor", "pyinfra": "PyInfra",
    "pyinfra-nodelay": "PyInfra without delay", "ansible": "Ansible", "ansible-tuned": "Ansible, tuned",
}


def seconds(value):
    # Below zero is what rounding leaves of a time from which another was subtracted.
    return f"{value:.2f} s" if value >= 0.2 or value < 0 else f"{value * 1000:.1f} ms"


def cpu(value):
    return f"{value:.2f} s" if value >= 0.2 else f"{value * 1000:.0f} ms"


def mebibytes(value):
    return f"{value / 2**20:.0f} MiB"


MEASURES = {
    "seconds": ("time", seconds),
    "seconds_less_emulator": ("time less the emulator's CPU time", seconds),
    "cpu_seconds": ("CPU time", cpu),
    "tree_cpu_seconds": ("CPU time of the controller", cpu),
    "hosts_cpu_seconds": ("CPU time of the hosts", cpu),
    "round_trips": ("round trips to a host, the most", lambda value: f"{value:.0f}"),
    "others_cores": ("cores that others kept busy", lambda value: f"{value:.2f}"),
    "all_cpu_seconds": ("CPU time with the providers'", cpu),
    "emulator_cpu_seconds": ("CPU time of the emulator", cpu),
    "ready_cpu_seconds": ("CPU time before, until the provider was ready", cpu),
    "own_share": ("share of the tool in all CPU time", lambda value: f"{value * 100:.1f} %"),
    "memory_bytes": ("peak memory", mebibytes),
    "pss_bytes": ("peak memory of all processes (PSS)", mebibytes),
    "tool_pss_bytes": ("of that the tool", mebibytes),
    "provider_anon_bytes": ("of that the providers' own", mebibytes),
    "provider_file_bytes": ("of that the providers' program files", mebibytes),
    "providers_at_once": ("provider processes then", lambda value: f"{value:.0f}"),
    "slope": ("slope", lambda value: f"{value:.2f}"),
}
# From which load on, before anything is measured, times say less.
BUSY_LOAD = 0.5
# Figures of which a ratio says nothing.
NO_RATIO = ("own_share", "slope", "emulator_cpu_seconds", "others_cores", "providers_at_once", "round_trips")


def shown(measure, value):
    return "–" if value is None else MEASURES[measure][1](value)


def title(row):
    return f"{row['what']}, {MEASURES[row['measure']][0]}"


def peers(rows):
    return [tool for tool in TOOLS if tool != "plumb" and any(tool in row["values"] for row in rows)]


def ratio(row, peer):
    """How many times as much the peer takes; None where that says nothing."""
    own, value = row["values"]["plumb"], row["values"].get(peer)
    if value is None or row["measure"] in NO_RATIO or own <= 0 or value <= 0:
        return None
    return value / own


def comparison(rows):
    if not rows:
        return ""
    others = peers(rows)
    head = ["", "Plumb"]
    for peer in others:
        head += [TOOLS[peer], f"{TOOLS[peer]} ÷ Plumb"]
    lines = [f"| {' | '.join(head)} |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for row in rows:
        cells = [title(row), shown(row["measure"], row["values"]["plumb"])]
        for peer in others:
            times = ratio(row, peer)
            cells.append(shown(row["measure"], row["values"].get(peer)))
            cells.append("–" if times is None else f"{times:.1f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shares(found):
    """Where CPU time goes."""
    if not found:
        return ""
    parts = ("own", "provider", "emulator")
    lines = ["| CPU time | the tool itself | its providers | the emulator |", "|---|---:|---:|---:|"]
    for share in found:
        together = sum(share[part] for part in parts)
        cells = [f"{cpu(share[part])} ({share[part] / together * 100:.1f} %)" for part in parts]
        tool, comma, state = share["who"].partition(",")
        lines.append(f"| {share['what']}, {TOOLS[tool]}{comma}{state} | {' | '.join(cells)} |")
    return "\n".join(lines)


def growth(found):
    lines = ["| growth of CPU time | n | seconds | slope |", "|---|---|---|---:|"]
    for one in found:
        points = one["points"]
        if len(points) < 2:
            continue
        slope = plot.slope([(n, spent) for n, spent, _ in points])
        sizes = ", ".join(f"{n:,}" for n, _, _ in points)
        spent = ", ".join(f"{spent:.2f}" for _, spent, _ in points)
        rise = "–" if slope is None else f"{slope:.2f}"
        lines.append(f"| {TOOLS[one['tool']]}, {one['series']} | {sizes} | {spent} | {rise} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def about(results, tells_load=True, long_ones="of 3 where one takes over a minute"):
    facts = results.about
    most = facts.get("most_runs", facts["runs"])
    runs = f"Medians of {facts['runs']} runs each" if facts["runs"] > 1 else "One run each"
    if most > facts["runs"]:
        runs = f"Medians of {facts['runs']} to {most} runs each"
    elif facts["runs"] > 3:
        runs += f", or {long_ones}"
    # What else they say of themselves is no version.
    versions = " and ".join(version.split(" (")[0] for version in facts["versions"])
    is_busy = tells_load and facts["load"] >= BUSY_LOAD
    busy = f", which was busy with other things (load {facts['load']:.1f})" if is_busy else ""
    return f"{runs}, taking turns; {versions}; {facts['machine']}{busy}."
