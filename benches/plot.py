"""A drawing of how costs grow, as SVG.

Responsible for the drawing alone: which measured series are shown where, axes, lines and their names.
Both axes are logarithmic, so that what grows in proportion to n is a line of slope 1 and what grows with
the square one of slope 2.
"""

import math
from typing import NamedTuple
from xml.sax.saxutils import escape

COLOURS = {"plumb": "#0b6e4f", "terraform": "#7b42bc", "tofu": "#b07d00"}
NAMES = {"plumb": "Plumb", "terraform": "Terraform", "tofu": "OpenTofu"}


class Kind(NamedTuple):
    """Of measured series: what is added to the name of the tool, how the line looks, what it is."""

    detail: str
    dashes: str
    explanation: str


KINDS = {
    "terraform_data": Kind("", "", "Solid: terraform_data."),
    "bench_thing": Kind("plugin", "7 4", "Dashed: objects of fifty attributes, through a plugin."),
    "many modules": Kind("modules", "2 3", "Dotted: terraform_data in many modules, Plumb alone."),
}
COMMANDS = {"apply of ": "apply", "unchanged plan of ": "plan of what is unchanged"}
# What is drawn of a point (n, CPU seconds, bytes), and how it is written.
QUANTITIES = (
    ("CPU time of the tool", lambda point: point[1], lambda seconds: (
        f"{seconds:,g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"
    )),
    ("peak memory of the tool", lambda point: point[2] / 2**20, lambda mebibytes: f"{mebibytes:,g} MiB"),
)

# Of a panel: what is left around the axes, with room for the names of lines on the right.
LEFT, RIGHT, TOP, BOTTOM = 72, 200, 44, 44
WIDTH, HEIGHT = 610, 330
HEAD = 76
TEXT_HEIGHT = 14

TITLE = ' font-size="17" font-weight="bold"'
QUIET = ' fill="#555555"'
AXES = (
    "Both axes are logarithmic. The slope is 1 where twice as many cost twice as much, and 2 where they cost four "
    "times as much."
)


class Line(NamedTuple):
    tool: str
    kind: Kind
    # Pairs of n and what is drawn.
    points: list

    def name(self):
        return f"{NAMES[self.tool]}{f', {self.kind.detail}' if self.kind.detail else ''}"


class Axis(NamedTuple):
    """From a value to a place between two ends, logarithmically."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value):
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.end - self.start)

    def ticks(self):
        power = math.floor(math.log10(self.low))
        while 10.0**power <= self.high * 1.0001:
            if 10.0**power >= self.low * 0.9999:
                yield 10.0**power
            power += 1


def around(values, start, end):
    """An axis whose ends are round numbers around the values."""
    low, high = 10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values)))
    return Axis(low, high if high > low else low * 10, start, end)


def lines_of(growth, prefix, pick):
    for one in growth:
        kind = KINDS.get(one["series"].removeprefix(prefix))
        if kind and one["series"].startswith(prefix):
            points = [(point[0], pick(point)) for point in one["points"] if pick(point) > 0]
            if len(points) > 1:
                yield Line(one["tool"], kind, points)


def text(x, y, what, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(what)}</text>'


def rule(x1, y1, x2, y2, colour="#dddddd", more=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def panel(title, lines, shown, left, top):
    across = around([n for line in lines for n, _ in line.points], left + LEFT, left + WIDTH - RIGHT)
    up = around([value for line in lines for _, value in line.points], top + HEIGHT - BOTTOM, top + TOP)
    drawn = [text(left + LEFT, top + 26, title, more=' font-size="14" font-weight="bold"')]
    for n in across.ticks():
        x = across.place(n)
        drawn += [rule(x, up.start, x, up.end), text(x, up.start + 18, f"{n:,.0f}", "middle")]
    for value in up.ticks():
        y = up.place(value)
        drawn += [rule(across.start, y, across.end, y), text(across.start - 8, y + 4, shown(value), "end")]
    drawn.append(text((across.start + across.end) / 2, up.start + 36, "resource instances", "middle", QUIET))
    for line in lines:
        places = [(across.place(n), up.place(value)) for n, value in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dashes = f' stroke-dasharray="{line.kind.dashes}"' if line.kind.dashes else ""
        colour = COLOURS[line.tool]
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    return drawn + names(lines, across, up)


def names(lines, across, up):
    """Each beside the end of its line, moved where two would lie over each other."""
    wanted = sorted((up.place(line.points[-1][1]), line) for line in lines)
    drawn, last = [], -math.inf
    x = across.end + 22
    for y, line in wanted:
        at = max(y, last + TEXT_HEIGHT)
        last = at
        end, colour = across.place(line.points[-1][0]), COLOURS[line.tool]
        drawn.append(rule(end + 5, y, x - 4, at, colour, ' stroke-width="0.7" stroke-opacity="0.6"'))
        rise = slope(line.points)
        drawn.append(text(x, at + 4, f"{line.name()}, slope {rise:.2f}", more=f' fill="{colour}"'))
    return drawn


def svg(growth):
    """`growth` has series with their points, as results keep them."""
    panels, drawn = [], set()
    for row, (what, pick, shown) in enumerate(QUANTITIES):
        for column, (prefix, command) in enumerate(COMMANDS.items()):
            lines = list(lines_of(growth, prefix, pick))
            if lines:
                panels += panel(f"{command}: {what}", lines, shown, column * WIDTH, HEAD + row * HEIGHT)
                drawn |= {line.kind for line in lines}
    kinds = " ".join(kind.explanation for kind in KINDS.values() if kind in drawn)
    width, height = WIDTH * len(COMMANDS), HEAD + HEIGHT * len(QUANTITIES)
    head = [text(LEFT, 26, "How costs grow with the number of resource instances", more=TITLE)]
    head += [text(LEFT, 46 + at * 17, line, more=QUIET) for at, line in enumerate((kinds, AXES))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(head + panels) + "\n</svg>\n"
    )


def slope(points):
    """Of the line through the first and the last point on logarithmic axes."""
    (first_n, first), (last_n, last) = points[0], points[-1]
    if first <= 0 or last <= 0 or first_n == last_n:
        return None
    return math.log(last / first) / math.log(last_n / first_n)
