# SPDX-License-Identifier: BSD-2-Clause
"""Files of more than a gibibyte, which no driver reads in one piece on every disk.

EDK II's driver for virtio-blk refuses more than 1 GiB at once, and its FAT driver answers its first
error for ever.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import debian, esp, layout
from lab.machine import Machine
from lab.transcript import passed

KERNEL = debian.BUILD / "kernel" / "large.elf"
MIB = 1 << 20


def start_with_module(baton: Path, room: Path, size: int, **options: str) -> None:
    """Boot the kernel that looks at a module, with one of `size` bytes."""
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": KERNEL,
        "loader/entries/large.conf": layout.entry("/kernel.elf", ["/LARGE.IMG"], ""),
    }
    disk = esp.build(room / "esp.img", files, -(-(size + 64 * MIB) // MIB) * MIB)
    esp.add_large(disk, "LARGE.IMG", size)
    with Machine(room, disk, **options).start() as run:
        passed(run)


def test_a_module_of_1300_mib_on_virtio(baton: Path, room: Path) -> None:
    """The one of every day; the others are for `make test-large`."""
    start_with_module(baton, room, 1300 * MIB + 1234, memory="4G")


@pytest.mark.large
@pytest.mark.parametrize("bus", ["virtio", "ahci", "nvme"])
@pytest.mark.parametrize("size", [1300 * MIB + 1234, 2500 * MIB + 4097])
def test_a_large_module(baton: Path, room: Path, size: int, bus: str) -> None:
    """1.3 and 2.5 GB on the disks that machines have."""
    start_with_module(baton, room, size, bus=bus, memory="6G")
