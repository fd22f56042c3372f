"""What was measured of hosts, as a Markdown table.

Responsible for its layout. Units are those of `tables`.
"""

import tables

BEGINS, ENDS = "<!-- benches/hosts/compare begins -->", "<!-- benches/hosts/compare ends -->"
SHOWN = ("seconds", "tree_cpu_seconds", "round_trips")
# Of whom there is less.
LONG_ONES = "one of each phase but that with nothing to do where all take over two minutes"
# What is in the README.
FIRST = ("seconds",)
# Whose figures are shown as so many times another one's.
TIMES = (("plumb", "floor"), ("pyinfra", "plumb"), ("ansible-tuned", "plumb"))


def table(results, measures=SHOWN):
    rows = [row for row in results.rows if row["measure"] in measures]
    who = [tool for tool in tables.TOOLS if any(tool in row["values"] for row in rows)]
    times = [pair for pair in TIMES if set(pair) <= set(who)]
    names = [tables.TOOLS[tool][0].upper() + tables.TOOLS[tool][1:] for tool in who]
    head = ["", *names, *(f"{tables.TOOLS[over]} ÷ {tables.TOOLS[under]}" for over, under in times)]
    lines = [f"| {' | '.join(head)} |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for row in rows:
        values = row["values"]
        cells = [tables.title(row), *(tables.shown(row["measure"], values.get(tool)) for tool in who)]
        for over, under in times:
            both = values.get(over), values.get(under)
            cells.append(f"{both[0] / both[1]:.1f}" if all(both) and row["measure"] not in tables.NO_RATIO else "–")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def quietness(results):
    """How much of the machine others had, where they had most of it."""
    busiest = [max(row["values"].values()) for row in results.rows if row["measure"] == "others_cores"]
    return f"Others kept at most {max(busiest):.2f} cores busy meanwhile." if busiest else ""


def section(results, measures=SHOWN):
    # What the load before was says less than what others had meanwhile: the hosts themselves are part of it.
    about = tables.about(results, tells_load=False, long_ones=LONG_ONES)
    return "\n\n".join((table(results, measures), f"{about} {quietness(results)}"))
