# SPDX-License-Identifier: BSD-2-Clause
"""`make profile`: where the instructions of one start of Baton go.

Knows: the plugin that counts them (profile_plugin.c), Baton's symbols.
Must not know: how a start is measured (measure.py).

Baton's own are shown by function, from build/BOOTX64.EFI.debug. The firmware has no symbols here; its
instructions are shown by page of code.
"""

from __future__ import annotations

import argparse
import bisect
import subprocess
import sys
import tempfile
from pathlib import Path

import bench
from measure import MIB, Figures, Meter, Start, make_disk

import layout

PLUGIN = bench.OUTPUT / "profile.so"
PAGE = 4096


def symbols() -> list[tuple[int, str]]:
    """Functions of Baton, by offset in the image."""
    listing = subprocess.run(
        ["nm", "--defined-only", f"{bench.BATON}.debug"], check=True, capture_output=True, text=True
    ).stdout
    words = [line.split() for line in listing.splitlines()]
    return sorted((int(word[0], 16), word[2]) for word in words if word[1] in "tT")


def read(path: Path) -> dict[int, int]:
    """Address -> executions."""
    pairs = (line.split() for line in path.read_text().splitlines())
    return {int(address, 16): int(count, 16) for address, count in pairs}


def record(size: int, words: str, entries: int) -> tuple[dict[int, int], Figures]:
    """One start under the plugin, with so many entries more that are not the default."""
    with tempfile.TemporaryDirectory(prefix="baton-profile-") as scratch:
        work = Path(scratch)
        meter = Meter(work / "meter")
        meter.directory.mkdir()
        files = bench.files_for(bench.LOADERS["baton"], size)
        for number in range(entries):
            name = f"loader/entries/a{number:04}.conf"
            files[name] = layout.entry("/vmlinuz", ["/initrd.img"], bench.OPTIONS)
        disk = make_disk(work / "disk.img", files, max(bench.CAPACITY, size))
        counts = work / "counts"
        start = Start(disk, words=words, arguments=["-plugin", f"file={PLUGIN},out={counts}"])
        figures = meter.measure(start)
        return read(counts), figures


def show(title: str, costs: dict[str, int], total: int, lines: int) -> None:
    """The most expensive first."""
    print(f"\n{title}")
    for name, cost in sorted(costs.items(), key=lambda item: -item[1])[:lines]:
        print(f"  {cost:>12,}  {100 * cost / total:5.1f} %  {name}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make profile PROFILE_ARGS=...")
    parser.add_argument("--size", type=int, default=1, help="of the initrd, in MiB")
    parser.add_argument("--lines", type=int, default=25)
    parser.add_argument("--entries", type=int, default=0, help="so many more on the disk")
    parser.add_argument("--occupy", type=int, default=0, help="so many descriptors more in the map")
    asked = parser.parse_args()
    words = f"occupy={asked.occupy}" if asked.occupy else ""
    counts, figures = record(asked.size * MIB, words, asked.entries)
    known = symbols()
    offsets = [offset for offset, _ in known]
    ours: dict[str, int] = {}
    pages: dict[str, int] = {}
    for address, count in counts.items():
        offset = address - figures.base
        if 0 <= offset < figures.size:
            index = bisect.bisect_right(offsets, offset) - 1
            name = known[index][1] if index >= 0 else "?"
            ours[name] = ours.get(name, 0) + count
        else:
            page = f"firmware, {address // PAGE * PAGE:#x}"
            pages[page] = pages.get(page, 0) + count
    total = sum(counts.values())
    mine = sum(ours.values())
    print(
        f"{total:,} instructions counted, {figures.total:,} by the meter: "
        f"{mine:,} of Baton, {total - mine:,} of the firmware"
    )
    show("Baton, by function", ours, total, asked.lines)
    show("Firmware, by page of code", pages, total, asked.lines)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
