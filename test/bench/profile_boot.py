# SPDX-License-Identifier: BSD-2-Clause
"""`make profile`: where the instructions of one start go.

Knows: how to show counts. Must not know: how they are made (counts.py).

Baton's own are shown by function, from build/BOOTX64.EFI.debug. The firmware has no symbols here; its
instructions are shown by page of code. The floor's profile beside it shows what of these is Baton's doing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import counts, loaders
from bench.measure import MIB, Meter, Start, make_disk
from lab import debian


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
    parser.add_argument("--firmware", default="", help="a suite of Debian")
    parser.add_argument("--loader", choices=("baton", "floor"), default="baton")
    asked = parser.parse_args()
    loader = loaders.LOADERS[asked.loader]
    options = "entries" if asked.loader == "floor" and asked.entries else loader.options
    words = f"occupy={asked.occupy}" if asked.occupy else ""
    with tempfile.TemporaryDirectory(prefix="baton-profile-") as scratch:
        meter = Meter(Path(scratch) / "meter", debian.firmware(asked.firmware))
        meter.directory.mkdir()
        size = asked.size * MIB
        disk = make_disk(Path(scratch) / "disk.img", loaders.files_for(loader, size), size)
        if asked.entries:
            loaders.add_entries(disk, asked.entries)
        result = counts.count(meter, Start(disk, options, words))
    own = result.own()
    mine = sum(own.values())
    print(
        f"{result.total:,} instructions counted, {result.figures.total:,} by the meter: "
        f"{mine:,} of {loader.name}, {result.total - mine:,} of the firmware; "
        f"{result.figures.descriptors} descriptors in the map"
    )
    program = loader.image().with_name(loader.image().name + ".debug")
    show(
        f"{loader.name}, by function", counts.by_function(own, program), result.total, asked.lines
    )
    show("Firmware, by page of code", counts.by_page(result.others()), result.total, asked.lines)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
