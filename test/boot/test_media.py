# SPDX-License-Identifier: BSD-2-Clause
"""Disks and boards that are not the usual one: their firmware reads them, and Baton must not mind.

The kernel is small and checks what it is given, so each machine is up for a few seconds only.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest

from lab import debian, esp, layout
from lab.esp import Content, Medium
from lab.machine import Boot
from lab.transcript import passed

KERNEL = debian.BUILD / "kernel" / "native-high.elf"
FOLDER = "a-long-name-for-a-folder"
# Larger than a cluster of each kind, and no whole number of anything.
MODULE = bytes(i * i % 251 for i in range(300_001))


def files(baton: Path) -> dict[str, Content]:
    """One entry with a kernel and a module, below a folder with a long name."""
    return {
        layout.REMOVABLE: baton,
        f"{FOLDER}/kernel.elf": KERNEL,
        f"{FOLDER}/module.img": MODULE,
        "loader/entries/native.conf": layout.entry(
            f"/{FOLDER}/kernel.elf", [f"/{FOLDER}/module.img"], ""
        ),
    }


def check(text: str) -> None:
    """The module is in memory as it was on the disk."""
    assert f"{len(MODULE)} bytes, CRC-32 {zlib.crc32(MODULE):#x}\n" in text


MEDIA = [
    pytest.param(Medium(sector=4096), id="sectors-of-4096"),
    pytest.param(Medium(table="mbr"), id="mbr"),
    pytest.param(Medium(table="mbr", fat=16), id="mbr-fat16"),
    pytest.param(Medium(table="none"), id="superfloppy-fat32"),
    pytest.param(Medium(table="none", fat=16), id="superfloppy-fat16"),
    pytest.param(Medium(table="none", fat=12), id="superfloppy-fat12"),
]


@pytest.mark.parametrize("medium", MEDIA)
def test_the_disks_are_what_they_are_called(room: Path, medium: Medium) -> None:
    with esp.build(room / "disk.img", {"file": MODULE}, medium=medium).open("rb") as disk:
        content = disk.read(esp.START + esp.SECTOR)
    record = content[medium.start : medium.start + 512]
    assert int.from_bytes(record[11:13], "little") == medium.sector
    assert record[54:62].rstrip() == b"FAT%d" % medium.fat or (
        record[82:90].rstrip() == b"FAT%d" % medium.fat
    )
    header = content[medium.sector : medium.sector + 8] == b"EFI PART"
    assert header == (medium.table == "gpt")
    kind = content[450] if medium.table != "none" else 0
    assert kind == {"gpt": 0xEE, "mbr": esp.ESP_TYPE_MBR, "none": 0}[medium.table]


@pytest.mark.parametrize("medium", MEDIA)
def test_a_disk_of_another_kind(boot: Boot, baton: Path, medium: Medium) -> None:
    check(passed(boot(files(baton), medium=medium)))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"arguments": ["-machine", "pc"]}, id="i440fx"),
        pytest.param({"bus": "nvme", "medium": Medium(sector=4096)}, id="nvme-4096"),
        pytest.param({"bus": "usb", "medium": Medium(table="none")}, id="usb-stick"),
    ],
)
def test_another_board_or_bus(boot: Boot, baton: Path, options: dict[str, Any]) -> None:
    check(passed(boot(files(baton), **options)))
