# SPDX-License-Identifier: BSD-2-Clause
"""What Baton costs when there is more than usual: long memory maps, many entries.

Knows: how to make them, what of the figures is Baton's. Must not know: how a start is measured.

A long map costs the firmware by far more than any loader (edk2's GetMemoryMap compares each descriptor with
each), so only Baton's own instructions are counted, one by one, from its first to the kernel's first: both
conversions of the map are in it, the dry run and the one after the exit.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import counts, loaders
from bench.measure import MIB, Figures, Meter, Start, make_disk
from lab import debian

ENTRY_64 = 0x200  # of the 64-bit entry, in the kernel's code
# mov $0xf4, %edx; mov $0x20, %al; out %al, (%dx); jmp .: QEMU's isa-debug-exit, as in meter.c
END_MACHINE = bytes.fromhex("baf4000000b020eeebfe")


@dataclass(frozen=True)
class LongMap:
    """Baton's own instructions with a map of so many descriptors."""

    descriptors: int
    own: int


def ending_kernel() -> bytes:
    """Debian's kernel, but its first instructions end the machine."""
    image = bytearray(debian.cloud_kernel().image.read_bytes())
    entry = (image[0x1F1] + 1) * 512 + ENTRY_64  # setup_sects, Linux x86 boot protocol
    image[entry : entry + len(END_MACHINE)] = END_MACHINE
    return bytes(image)


def long_map(meter: Meter, occupied: int) -> LongMap:
    """A start with so many pages occupied one by one, from Baton's start to the kernel's."""
    with tempfile.TemporaryDirectory(dir=meter.directory, prefix="long-") as scratch:
        files = loaders.files_for(loaders.LOADERS["baton"], MIB)
        files["vmlinuz"] = ending_kernel()
        disk = make_disk(Path(scratch) / "disk.img", files)
        words = f"onward occupy={occupied}" if occupied else "onward"
        result = counts.count(meter, Start(disk, words=words))
    return LongMap(result.figures.descriptors, sum(result.own().values()))


def many_entries(meter: Meter, number: int) -> tuple[Figures, Figures]:
    """Starts of the floor, which reads as many files as Baton, and of Baton."""
    results = []
    with tempfile.TemporaryDirectory(dir=meter.directory, prefix="many-") as scratch:
        for key, options in (("floor", "entries"), ("baton", "")):
            files = loaders.files_for(loaders.LOADERS[key], MIB)
            disk = make_disk(Path(scratch) / "disk.img", files)
            loaders.add_entries(disk, number - 1)
            results.append(meter.measure(Start(disk, options)))
    return results[0], results[1]
