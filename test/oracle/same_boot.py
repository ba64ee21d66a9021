# SPDX-License-Identifier: BSD-2-Clause
"""One kernel, one initrd, one command line, one machine; started through Baton or through its own EFI stub.

Knows: how both loaders want their disk, and what a machine needs so that nothing of a hand-off is left
out: a TPM, a source of random numbers, a display with an option ROM. Must not know: what is compared.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

from lab import debian, esp, head_start, initramfs, layout
from lab.debian import Firmware, Kernel
from lab.esp import Content
from lab.machine import Machine
from lab.variables import VariableStore
from oracle import witness
from oracle.witness import Witness

LOADERS = ("baton", "stub")
INITRDS = (r"\debian\initrd.img", r"\debian\witness.img")
# efi=debug: the firmware's map in the kernel's log. The letter is one unit of UTF-16, two bytes of UTF-8.
OPTIONS = f"{layout.CONSOLE} efi=debug word=ä"


def load_options() -> str:
    """What both loaders measure, and the stub gets.

    systemd-boot puts the names of the initrds in front of an entry's options, for kernels that would
    read them by themselves. Baton enters the kernel with the options alone.
    """
    return " ".join([*(f"initrd={name}" for name in INITRDS), OPTIONS])


def initrds(kernel: Kernel) -> list[bytes]:
    """Their contents. systemd-boot 252 fills no gaps, so that only the last may have an odd size."""
    first = initramfs.build(kernel).read_bytes()
    last = initramfs.script(witness.SCRIPT) + b"\0"
    assert len(last) % 4 != 0
    return [first + bytes(-len(first) % 4), last]


def files(loader: str, kernel: Kernel) -> dict[str, Content]:
    """The disk of a machine."""
    started = debian.BUILD / "BOOTX64.EFI" if loader == "baton" else debian.systemd_boot()
    return {
        layout.REMOVABLE: started,
        "debian/vmlinuz": kernel.image,
        **dict(zip(INITRDS, initrds(kernel))),
        "loader/entries/debian.conf": layout.entry("/debian/vmlinuz", INITRDS, OPTIONS),
    }


# Everything that firmware can have for a kernel.
EQUIPMENT: dict[str, Any] = {
    "display": "std",
    "tpm": True,
    "arguments": ["-device", "virtio-rng-pci"],
}


# LINUX_EFI_RANDOM_SEED_TABLE_GUID, of a variable too (Linux, drivers/firmware/efi/libstub/random.c)
RANDOM_SEED = uuid.UUID("1ce1e5bc-7ceb-42f2-81e5-8aadf180f57b")


def variables(chosen: Firmware, path: Path) -> Path:
    """The store of a machine whose last system left a seed."""
    store = VariableStore(chosen.variables)
    store.write("RandomSeed", bytes(range(32)), RANDOM_SEED)
    return store.save(path)


def attend(directory: Path, head_starts: Path, loader: str, kernel: Kernel, **options: Any) -> Witness:
    """Boot to userspace and hear what it has to tell. `options` are Machine's, beside EQUIPMENT.

    `directory` is there only as long as that takes. Boots with one place for `head_starts` go on from one start of the
    firmware: what they differ in came after it.
    """
    directory.mkdir(parents=True)
    try:
        disk = esp.build(directory / "esp.img", files(loader, kernel))
        chosen = options.get("firmware") or debian.firmware()
        store = variables(chosen, directory / "prepared.fd")
        machine = Machine(directory, disk, variables=store, **{**EQUIPMENT, **options})
        with head_start.start(machine, head_starts) as run:
            run.expect(initramfs.TOKEN)
            assert run.expect_end() == 0, run.tail()
            assert "userspace: test passed" in run.text, run.tail()
            return witness.read(run.text)
    finally:
        shutil.rmtree(directory)
