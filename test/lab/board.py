# SPDX-License-Identifier: BSD-2-Clause
"""The computers that QEMU makes for us: one for each architecture that Baton is built for.

Knows: QEMU's programs and boards, where firmware looks for a loader, where Debian has firmware and kernels.
Must not know: what is booted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lab import debian
from lab.debian import Firmware, Kernel

ISA_DEBUG_EXIT = 0xF4


@dataclass(frozen=True)
class Board:
    """A kind of computer."""

    name: str  # as ARCH of the Makefile
    debian: str  # its architecture among Debian's packages; empty: that of this computer
    qemu: str
    machine: str  # QEMU's name of the board, with its options
    cpu: str
    removable: str  # what firmware starts from a disk that nobody has configured
    console: str  # Linux's name of the first serial port
    firmware: Callable[[str], Firmware]
    flavour: str  # of its small kernel
    tpm: str  # QEMU's name of a TPM that it can have
    suite: str | None = None  # the first of Debian that has packages for it; None: this computer's
    ending: tuple[str, ...] = ()  # of QEMU's command: how a kernel ends it that has no better way

    @property
    def image(self) -> Path:
        """The loader that make has built for it."""
        folder = debian.BUILD if self.name == "x86_64" else debian.BUILD / self.name
        return folder / Path(self.removable).name

    def kernel(self, suite: str | None = None) -> Kernel:
        """Debian's current kernel for virtual machines of this kind."""
        return debian.linux(self.flavour, suite or self.suite, self.debian)


PC = Board(
    name="x86_64",
    debian="",
    qemu="qemu-system-x86_64",
    machine="q35,smm=off,vmport=off",
    cpu="qemu64,+rdrand",
    removable="EFI/BOOT/BOOTX64.EFI",
    console="ttyS0",
    firmware=debian.firmware,
    flavour="cloud",
    tpm="tpm-tis",
    ending=("-device", f"isa-debug-exit,iobase={ISA_DEBUG_EXIT:#x},iosize=0x04"),
)
# For memtest86+, which measures its caches before it draws anything: the third level takes 12 s in emulation.
NO_THIRD_CACHE = f"{PC.cpu},l3-cache=off"
VIRT = Board(
    name="aarch64",
    debian="arm64",
    qemu="qemu-system-aarch64",
    machine="virt",
    cpu="cortex-a57",
    removable="EFI/BOOT/BOOTAA64.EFI",
    console="ttyAMA0",
    firmware=debian.arm_firmware,
    flavour="cloud-arm64",
    tpm="tpm-tis-device",
)
RISCV = Board(
    name="riscv64",
    debian="riscv64",
    qemu="qemu-system-riscv64",
    machine="virt",
    cpu="rv64",
    removable="EFI/BOOT/BOOTRISCV64.EFI",
    console="ttyS0",
    firmware=debian.riscv_firmware,
    flavour="riscv64",
    tpm="tpm-tis-device",
    suite="trixie",
)


def riscv_under_edk2() -> Board:
    """The same with EDK II, which wants a later QEMU than this computer's."""
    qemu = debian.later_qemu(RISCV.qemu, "qemu-system-riscv", "trixie")
    return replace(RISCV, qemu=str(qemu), firmware=debian.riscv_edk2)


BOARDS = {board.name: board for board in (PC, VIRT, RISCV)}
