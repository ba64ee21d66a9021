# SPDX-License-Identifier: BSD-2-Clause
"""A PC without a TPM whose firmware sees at once that there is none.

Knows: how firmware looks for a TPM, QEMU's protocol for tests of devices (qtest). Must not know: what is booted.

The first register of a TPM, at a fixed address, tells whether there is one: on real machines an address at which
nobody answers reads as FFh, which EDK II takes for none (SecurityPkg, TisPcPresenceCheck). QEMU answers 0, and the
firmware of Debian 12 waits 1.7 s for a TPM that does not say that it is ready. So before the firmware starts, the
window of a device is moved there whose first register is FFh (NVMe), or can be filled while nothing has happened
yet (virtio). The firmware gives the device another place, and resets it, before anybody uses it.
"""

from __future__ import annotations

import socket
from typing import TextIO

_TPM = 0xFED40000
_SLOTS = range(1, 8)
_COMMAND = 0x04
# Device, as PCI tells it -> its base address register. Virtio's block device, balloon and random numbers have their
# registers in the fifth (virtio 1.2, 4.1.4.3), NVMe in the first, where its queues' length is first (NVMe 1.4, 3.1.1).
_WINDOWS = {0x10011AF4: 0x20, 0x10021AF4: 0x20, 0x10051AF4: 0x20, 0x00101B36: 0x10}
_MEMORY = 2  # in the command register


class _Bus:
    """The PCI bus of a machine that does not run yet."""

    def __init__(self, control: TextIO) -> None:
        self._control = control

    def ask(self, words: str) -> int:
        """One command; its answer, where it has one."""
        self._control.write(f"{words}\n")
        self._control.flush()
        while (line := self._control.readline()).startswith("IRQ"):
            pass
        status, _, value = line.strip().partition(" ")
        if status != "OK":
            raise ConnectionError(f"QEMU does not do {words!r}: {line!r}")
        return int(value, 0) if value else 0

    def select(self, slot: int, register: int) -> None:
        self.ask(f"outl 0xcf8 {1 << 31 | slot << 11 | register:#x}")

    def read(self, slot: int, register: int) -> int:
        self.select(slot, register)
        return self.ask("inl 0xcfc")

    def write(self, slot: int, register: int, value: int) -> None:
        self.select(slot, register)
        self.ask(f"outl 0xcfc {value:#x}")


def words(end: int) -> list[str]:
    """QEMU's words for a machine that waits for settle(), whose other end of a pair of sockets has that number."""
    return ["-S", "-chardev", f"socket,id=qtest,fd={end}", "-qtest", "chardev:qtest", "-qtest-log", "none"]


def settle(control: socket.socket) -> None:
    """Make the machine answer as a real one does, if it has a device for that."""
    with control, control.makefile("rw", encoding="ascii") as lines:
        bus = _Bus(lines)
        found = ((slot, _WINDOWS.get(bus.read(slot, 0))) for slot in _SLOTS)
        slot, window = next(((slot, window) for slot, window in found if window), (0, 0))
        if not window:
            return
        bus.write(slot, window, _TPM)
        bus.write(slot, window + 4, 0)
        bus.write(slot, _COMMAND, _MEMORY)
        bus.ask(f"writel {_TPM:#x} 0xff")
