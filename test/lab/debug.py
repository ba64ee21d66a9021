# SPDX-License-Identifier: BSD-2-Clause
"""A machine that waits for gdb at Baton's first instruction, with symbols at the right address; and a terminal
for gdb and the machine.

Knows: where a PE file keeps its entry point (PE/COFF specification, revision 11, 3.4), gdb's commands, tmux's.
Must not know: anything of Baton's own code.

Firmware loads an image wherever it likes and tells nobody. So the copy of Baton on the ESP begins with a
jump to itself: the firmware loads and starts it as always, and when the processor turns on that spot,
the instruction pointer tells the address. gdb then puts the two bytes back.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.machine import Qmp
from lab.patience import Patience

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


def wait_until_halted(qmp: Qmp, halted: Halted, patience: Patience) -> int:
    """Wait until the processor spins in the image, stop the machine; the image's base."""
    while not patience.is_over:
        registers = re.search(r"RIP=([0-9a-f]{16})", qmp.monitor("info registers"))
        address = int(registers.group(1), 16) if registers else 0
        base = address - halted.entry
        if base > 0 and base % 4096 == 0 and _bytes_at(qmp, address, 2) == SPIN:
            if _bytes_at(qmp, base, 2) == b"MZ":
                qmp.execute("stop")
                return base
        time.sleep(0.05)  # nothing tells when; each look stops the machine for a moment
    raise NeverStarted(f"no image has spun at its entry point after {patience.seconds} s")


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


@dataclass(frozen=True)
class Terminal:
    """Where gdb runs: in front, with the machine's serial output beside it where tmux can show both."""

    tmux: bool
    inside: bool = False  # of a tmux that runs already

    @classmethod
    def here(cls) -> Terminal:
        """This process's."""
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        return cls(terminal and shutil.which("tmux") is not None, bool(os.environ.get("TMUX")))

    @property
    def where(self) -> str:
        """An addition to the name of the serial output's file."""
        return " and in the other pane" if self.tmux else ""

    def run(self, gdb: Sequence[str], log: Path) -> None:
        """Run gdb to its end."""
        follow = shlex.join(["tail", "-n", "+1", "-f", str(log)])
        split = ["split-window", "-d", "-l", "40%"]
        if not self.tmux:
            subprocess.run(gdb, check=False)
        elif self.inside:
            words = ["tmux", *split, "-P", "-F", "#{pane_id}", follow]
            pane = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False).stdout
            subprocess.run(gdb, check=False)
            if pane:
                subprocess.run(["tmux", "kill-pane", "-t", pane.strip()], check=False)
        else:
            own = ["tmux", "-L", f"baton-{os.getpid()}"]  # a server of ours, which ends with gdb
            first = f"{shlex.join(gdb)}; {shlex.join([*own, 'kill-server'])}"
            subprocess.run([*own, "new-session", first, ";", *split, follow], check=False)
