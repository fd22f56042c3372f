"""A plot of how costs grow, as SVG.

Responsible for the drawing alone: both axes are logarithmic, so what grows in proportion to n is a
line of slope 1 and what grows with the square one of slope 2.
"""

import math

WIDTH, HEIGHT, MARGIN, LEGEND = 420, 340, 56, 300
COLOURS = {"plumb": "#1f77b4", "terraform": "#7b42bc", "tofu": "#e0a800"}
DASHES = ["", "6 3", "2 3", "8 3 2 3", "1 4", "10 4"]


def ticks(low, high):
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def shown(value):
    return f"{value:g}" if value < 10_000 else f"{value:,.0f}"


def panel(series, title, left):
    """`series` is a list of (label, tool, dash, [(n, value)])."""
    points = [point for _, _, _, values in series for point in values if point[1] > 0]
    if not points:
        return ""
    across, up = ticks(min(n for n, _ in points), max(n for n, _ in points)), None
    up = ticks(min(value for _, value in points), max(value for _, value in points))

    def place(n, value):
        x = (math.log10(n) - math.log10(across[0])) / max(math.log10(across[-1] / across[0]), 1)
        y = (math.log10(value) - math.log10(up[0])) / max(math.log10(up[-1] / up[0]), 1)
        return left + MARGIN + x * (WIDTH - MARGIN - 16), HEIGHT - MARGIN - y * (HEIGHT - MARGIN - 40)

    lines = [f'<text x="{left + WIDTH / 2}" y="20" text-anchor="middle" font-weight="bold">{title}</text>']
    for n in across:
        (x, bottom), (_, top) = place(n, up[0]), place(n, up[-1])
        lines.append(f'<line x1="{x:.1f}" y1="{bottom:.1f}" x2="{x:.1f}" y2="{top:.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{x:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{shown(n)}</text>')
    for value in up:
        (start, y), (end, _) = place(across[0], value), place(across[-1], value)
        lines.append(f'<line x1="{start:.1f}" y1="{y:.1f}" x2="{end:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{start - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{shown(value)}</text>')
    for _, tool, dash, values in series:
        places = [place(n, value) for n, value in values if value > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        colour = COLOURS.get(tool, "#555")
        lines.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        lines.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    lines.append(
        f'<text x="{left + WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">resource instances (n)</text>'
    )
    return "\n".join(lines)


def svg(growth):
    """`growth` maps (case, tool) to a list of (n, CPU seconds, bytes)."""
    cases = list(dict.fromkeys(case for case, _ in growth))
    labelled = [
        (f"{tool}, {case}", tool, DASHES[cases.index(case) % len(DASHES)], values)
        for (case, tool), values in growth.items()
    ]
    seconds = [(label, tool, dash, [(n, cpu) for n, cpu, _ in values]) for label, tool, dash, values in labelled]
    memory = [
        (label, tool, dash, [(n, size / 2**20) for n, _, size in values]) for label, tool, dash, values in labelled
    ]
    legend = []
    for at, (label, tool, dash, _) in enumerate(labelled):
        y, x = 40 + 18 * at, 2 * WIDTH + 16
        legend.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 28}" y2="{y}" stroke="{COLOURS.get(tool, "#555")}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/><text x="{x + 34}" y="{y + 4}">{label}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH + LEGEND}" '
        f'height="{max(HEIGHT, 60 + 18 * len(labelled))}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{panel(seconds, "CPU seconds", 0)}\n'
        f"{panel(memory, 'Peak memory, MiB', WIDTH)}\n{chr(10).join(legend)}\n</svg>\n"
    )


def slope(values):
    """Of the line through the first and the last point on logarithmic axes."""
    (first_n, first), (last_n, last) = values[0], values[-1]
    if first <= 0 or last <= 0 or first_n == last_n:
        return None
    return math.log(last / first) / math.log(last_n / first_n)
