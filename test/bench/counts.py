# SPDX-License-Identifier: BSD-2-Clause
"""How often each instruction of one start was executed, and whose instruction it was.

Knows: the plugin that counts them (profile_plugin.c), symbols of ELF files.
Must not know: why somebody wants to know.
"""

from __future__ import annotations

import bisect
import dataclasses
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Figures, Meter, Start
from lab import debian

PLUGIN = debian.BUILD / "bench" / "profile.so"
PAGE = 4096


@dataclass(frozen=True)
class Counts:
    """Executions of each address between the start of the loader's image and the end."""

    figures: Figures
    executions: dict[int, int]

    @property
    def total(self) -> int:
        """All that was executed."""
        return sum(self.executions.values())

    def own(self) -> dict[int, int]:
        """The loader's, by offset in its image."""
        base, size = self.figures.base, self.figures.size
        return {
            address - base: count
            for address, count in self.executions.items()
            if 0 <= address - base < size
        }

    def others(self) -> dict[int, int]:
        """The firmware's, by address."""
        base, size = self.figures.base, self.figures.size
        return {
            address: count
            for address, count in self.executions.items()
            if not 0 <= address - base < size
        }


def count(meter: Meter, start: Start) -> Counts:
    """Start it under the plugin. This takes some times as long as a start without."""
    result = meter.directory / "counts"
    plugin = ["-plugin", f"file={PLUGIN},out={result}"]
    figures = meter.measure(
        dataclasses.replace(start, arguments=[*start.arguments, *plugin]), timeout=3600
    )
    pairs = (line.split() for line in result.read_text().splitlines())
    return Counts(figures, {int(address, 16): int(number, 16) for address, number in pairs})


def by_function(offsets: dict[int, int], program: Path) -> dict[str, int]:
    """Executions by function of `program`, an ELF file with symbols."""
    listing = subprocess.run(
        ["nm", "--defined-only", program], check=True, capture_output=True, text=True
    ).stdout
    words = [line.split() for line in listing.splitlines()]
    known = sorted((int(word[0], 16), word[2]) for word in words if word[1] in "tT")
    starts = [start for start, _ in known]
    result: dict[str, int] = {}
    for offset, number in offsets.items():
        index = bisect.bisect_right(starts, offset) - 1
        name = known[index][1] if index >= 0 else "?"
        result[name] = result.get(name, 0) + number
    return result


def by_page(addresses: dict[int, int]) -> dict[str, int]:
    """Executions by page of code."""
    result: dict[str, int] = {}
    for address, number in addresses.items():
        page = f"firmware, {address // PAGE * PAGE:#x}"
        result[page] = result.get(page, 0) + number
    return result
