# SPDX-License-Identifier: BSD-2-Clause
"""Disks and boards that are not the usual one: their firmware reads them, and Baton must not mind.

The kernel is small and checks what it is given, so each machine is up for a few seconds only.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from faults.card import misbehaving
from lab import debian, esp, initramfs, layout
from lab.debian import Kernel
from lab.esp import Content, Medium
from lab.machine import Boot
from lab.report import FILE, parse
from lab.transcript import back_in_firmware, complaint, passed, to_userspace

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


# --- machines whose memory is not the usual one -------------------------------------------------


def test_baton_itself_above_4_gib(boot: Boot, baton: Path) -> None:
    machine = misbehaving("high", reports=True)
    machine["arguments"] += ["-machine", "max-ram-below-4g=512M"]
    run = boot(files(baton), memory="1G", **machine)
    check(passed(run))
    report = (run.machine.directory / FILE).read_text()
    loader = next(line for line in parse(report) if line.event == "loader")
    assert loader.number("base") >= 1 << 32, report


def test_a_firmware_with_five_levels_of_page_tables(boot: Boot, baton: Path) -> None:
    run = boot(files(baton), cpu="qemu64,+rdrand,+la57", **misbehaving("five-levels"))
    text = passed(run)
    check(text)
    assert re.search(r"^ +5 levels, ", text, re.MULTILINE)


def test_linux_with_five_levels_of_page_tables(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    see = initramfs.script("grep -o la57 /proc/cpuinfo")
    run = boot(
        layout.disk(baton, kernel, {"1.img": userspace, "2.img": see}),
        cpu="qemu64,+rdrand,+la57",
        **misbehaving("five-levels"),
    )
    assert "\nla57\n" in to_userspace(run)


def test_a_kernel_that_knows_four_levels_only_is_not_entered_with_five(
    boot: Boot, baton: Path, kernel: Kernel
) -> None:
    old = bytearray(kernel.image.read_bytes())
    old[0x236] &= ~0x20  # xloadflags: XLF_5LEVEL (Linux, Documentation/arch/x86/boot.rst)
    old[:2] = b"\0\0"  # no EFI program either, or the firmware would start it
    run = boot(
        {
            layout.REMOVABLE: baton,
            "kernel": bytes(old),
            "loader/entries/only.conf": layout.entry("/kernel", []),
            **layout.firmware_next(),
        },
        cpu="qemu64,+rdrand,+la57",
        **misbehaving("five-levels"),
    )
    back_in_firmware(run)
    complaint(run, "\\kernel", "five levels", "Linux 5.3 or later")
