# SPDX-License-Identifier: BSD-2-Clause
"""A plot of figures over sizes, both axes logarithmic, as SVG. Knows nothing of what is plotted.

    plot.py     draws the table of costs in the top README.md again, into test/bench/cost.svg beside it
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PICTURE = ROOT / "test/bench/cost.svg"

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 230, 40, 50
COLOURS = ("#777777", "#c03020", "#2060a0", "#208040", "#a07000", "#704090")
LINE = 15  # pixels from one name to the next, at least

Series = dict[str, list[tuple[float, float]]]


def series(loaders: Mapping[str, Any], figures: Mapping[str, Any]) -> Series:
    """Name -> [(MiB of initrd, million instructions)]."""
    return {
        loaders[key].name: [(size, one["total"] / 1e6) for size, one in by_size.items()]
        for key, by_size in figures.items()
    }


def table(markdown: str) -> Series:
    """The same of the first table that has columns of MiB: the number that begins each cell counts."""
    header = re.search(r"^\|.*\| *\d+ MiB *\|.*$", markdown, re.MULTILINE)
    if header is None:
        raise ValueError("no table with columns of MiB")
    _, *titles = _cells(header[0])
    sizes = [re.fullmatch(r"(\d+) MiB", title) for title in titles]
    lines: Series = {}
    for row in markdown[header.end() :].split("\n\n", 1)[0].splitlines()[2:]:
        name, *cells = _cells(row)
        lines[name] = [
            (float(size[1]), float(cell.split()[0])) for size, cell in zip(sizes, cells) if size
        ]
    return lines


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _scale(values: list[float], start: float, end: float):  # type: ignore[no-untyped-def]
    low, high = math.log10(min(values)), math.log10(max(values))
    span = (high - low) or 1.0
    return lambda value: start + (math.log10(value) - low) / span * (end - start)


def _apart(places: list[float]) -> list[float]:
    """The same order from top to bottom, no two closer than LINE: later ones move down."""
    moved = list(places)
    above = -math.inf
    for index in sorted(range(len(places)), key=places.__getitem__):
        moved[index] = above = max(places[index], above + LINE)
    return moved


def draw(lines: Series) -> str:
    """The picture of `lines`."""
    sizes = sorted({x for points in lines.values() for x, _ in points})
    values = [y for points in lines.values() for _, y in points]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))
    across = _scale(sizes, LEFT, WIDTH - RIGHT)
    up = _scale([low, high], HEIGHT - BOTTOM, TOP)
    parts = [
        "<!-- SPDX-License-Identifier: BSD-2-Clause -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20">million guest instructions to the end of boot services</text>',
    ]
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        y = up(10**power)
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:g}</text>'
        )
    for size in sizes:
        parts.append(
            f'<text x="{across(size):.1f}" y="{HEIGHT - 25}" text-anchor="middle">{size:g}</text>'
        )
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 6}">initrd, MiB</text>')
    names = _apart([up(points[-1][1]) for points in lines.values()])
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(across(x), up(y)) for x, y in points]
        path_points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(
            f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(
            f'<text x="{places[-1][0] + 8:.1f}" y="{names[number] + 4:.1f}" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def write(path: Path, lines: Series) -> None:
    """Draw `lines` into `path`."""
    path.write_text(draw(lines))


if __name__ == "__main__":
    write(PICTURE, table(README.read_text()))
