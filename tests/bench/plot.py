"""A plot of the benchmarks as SVG: a panel of bars for each subject, readable on light and dark pages."""

import statistics
from xml.sax.saxutils import escape

# Group, label, column, heading, factor, digits.
PANELS = [
    ("requests", "64 connections", "cpu", "µs CPU a request, 64 connections", 1, 1),
    ("denied", "64 connections", "cpu", "µs CPU a denied request", 1, 1),
    ("rate", "10,000 a second", "p99", "99 % of latency at 10,000 requests/s, µs", 1, 0),
    ("download", "chunked, tcp", "cpu", "s CPU a GiB downloaded, chunked", 1, 2),
    ("upload", "content-length, tcp", "cpu", "s CPU a GiB uploaded", 1, 2),
    ("memory", "at rest", "bytes", "MiB at rest", 1 / (1 << 20), 1),
    ("memory", "an idle connection", "bytes", "bytes an idle connection", 1, 0),
    ("memory", "a silent stream", "bytes", "bytes a silent stream", 1, 0),
]
ORDER = ("floor", "dockgate", "nginx", "haproxy", "nginx as shipped", "haproxy as shipped")
COLUMNS, WIDTH, NAMES, BAR, GAP, HEAD, MARGIN = 2, 430, 130, 16, 6, 40, 20
VALUE = 60  # room for the number behind a bar

STYLE = """
    text { font: 12px system-ui, sans-serif; fill: #24292f }
    .head { font-weight: 600 }
    .page { fill: #ffffff }
    .bar { fill: #8c959f }
    .ours { fill: #0969da }
    .span { stroke: #24292f; stroke-width: 1 }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .page { fill: #0d1117 }
        .bar { fill: #6e7681 }
        .ours { fill: #58a6ff }
        .span { stroke: #e6edf3 }
    }
"""


def text(x, y, words, extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}"{extra}>{escape(words)}</text>'


def panel(values, x, y, heading, factor, digits):
    """Bars of one panel with a line from the lowest to the highest round."""
    parts = [text(x, y + 16, heading, ' class="head"')]
    room = WIDTH - NAMES - VALUE
    longest = max(max(found) for found in values.values()) * factor or 1
    for name in (one for one in ORDER if one in values):
        y_bar = y + HEAD + (BAR + GAP) * list(one for one in ORDER if one in values).index(name) - 12
        low, high, middle = (way(values[name]) * factor for way in (min, max, statistics.median))
        scale = room / longest
        kind = "bar ours" if name == "dockgate" else "bar"
        parts.append(text(x + NAMES - 8, y_bar + 12, name, ' text-anchor="end"'))
        parts.append(f'<rect class="{kind}" x="{x + NAMES}" y="{y_bar}" width="{max(middle * scale, 1):.1f}"'
                     f' height="{BAR}" rx="2"/>')
        if high > low:
            middle_y = y_bar + BAR / 2
            parts.append(f'<line class="span" x1="{x + NAMES + low * scale:.1f}" x2="{x + NAMES + high * scale:.1f}"'
                         f' y1="{middle_y}" y2="{middle_y}"/>')
        parts.append(text(x + NAMES + high * scale + 6, y_bar + 12, f"{middle:,.{digits}f}"))
    return parts


def draw(about):
    """The picture; panels without values are left out."""
    shown = []
    for group, label, column, heading, factor, digits in PANELS:
        found = about["values"].get(group, {}).get(label, {})
        values = {name: columns[column] for name, columns in found.items() if columns.get(column)}
        if values:
            shown.append((values, heading, factor, digits))
    parts, y = [], MARGIN
    for start in range(0, len(shown), COLUMNS):
        row = shown[start:start + COLUMNS]
        for place, (values, heading, factor, digits) in enumerate(row):
            parts += panel(values, MARGIN + place * (WIDTH + MARGIN), y, heading, factor, digits)
        y += HEAD + max(len(values) for values, *_ in row) * (BAR + GAP) + MARGIN
    width = MARGIN + COLUMNS * (WIDTH + MARGIN)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img"'
        ' aria-label="What the proxies cost">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{y}"/>',
        *parts,
        "</svg>", ""])
