# SPDX-License-Identifier: BSD-2-Clause
"""A machine that waits for gdb at Baton's first instruction, with symbols at the right address.

Knows: where a PE file keeps its entry point (PE/COFF specification, revision 11, 3.4), gdb's commands.
Must not know: anything of Baton's own code.

Firmware loads an image wherever it likes and tells nobody. So the copy of Baton on the ESP begins with a
jump to itself: the firmware loads and starts it as always, and when the processor turns on that spot,
the instruction pointer tells the address. gdb then puts the two bytes back.
"""

from __future__ import annotations

import re
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from lab.machine import Qmp

SPIN = b"\xeb\xfe"  # jmp to itself


class NeverStarted(Exception):
    """The firmware did not get as far as starting the image."""


@dataclass(frozen=True)
class Halted:
    """An image that spins at its entry point."""

    image: bytes
    entry: int  # address of the entry point, relative to the image's base
    original: bytes


def halt_at_entry(image: bytes) -> Halted:
    """A copy of a PE image that spins at its entry point instead of running."""
    (header,) = struct.unpack_from("<I", image, 0x3C)
    sections, optional_size = struct.unpack_from("<6xH12xH", image, header)
    (entry,) = struct.unpack_from("<I", image, header + 24 + 16)
    for number in range(sections):
        place = header + 24 + optional_size + 40 * number
        _, address, size, offset = struct.unpack_from("<IIII", image, place + 8)
        if address <= entry < address + size:
            at = entry - address + offset
            original = image[at : at + len(SPIN)]
            return Halted(image[:at] + SPIN + image[at + len(SPIN) :], entry, original)
    raise ValueError("the entry point is in no section of the image")


def _bytes_at(qmp: Qmp, address: int, count: int) -> bytes:
    """Bytes of physical memory, which is what the firmware's addresses are."""
    dump = qmp.monitor(f"xp /{count}xb {address:#x}")
    return bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2})\b", dump))


def wait_until_halted(qmp: Qmp, halted: Halted, timeout: float = 180) -> int:
    """Wait until the processor spins in the image, stop the machine; the image's base."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        registers = re.search(r"RIP=([0-9a-f]{16})", qmp.monitor("info registers"))
        address = int(registers.group(1), 16) if registers else 0
        base = address - halted.entry
        if base > 0 and base % 4096 == 0 and _bytes_at(qmp, address, 2) == SPIN:
            if _bytes_at(qmp, base, 2) == b"MZ":
                qmp.execute("stop")
                return base
        time.sleep(0.05)  # nothing tells when; each look stops the machine for a moment
    raise NeverStarted(f"no image has spun at its entry point after {timeout} s")


def gdb_script(root: Path, symbols: Path, socket: Path, halted: Halted, base: int) -> str:
    """What gdb has to be told; used as gdb -x."""
    restore = "\n".join(
        f"set {{unsigned char}}($pc + {number}) = {byte:#x}"
        for number, byte in enumerate(halted.original)
    )
    return f"""\
set pagination off
set confirm off
set architecture i386:x86-64
directory {root}
target remote {socket}
# The image spins on a jump to itself, which stands in place of these bytes:
{restore}
add-symbol-file {symbols} -o {base:#x}
"""
