# SPDX-License-Identifier: BSD-2-Clause
"""Another firmware than EDK II: U-Boot's implementation of UEFI on a PC.

It starts every program with its variable `bootargs`, reads FAT with code of its own, signals events in its own
way, has no table of memory attributes, keeps no variables and puts no screen there.
"""

from __future__ import annotations

import re
from pathlib import Path

from lab import debian, initramfs, layout
from lab.debian import Kernel
from lab.machine import Boot
from lab.transcript import complaint, passed, seen

KERNEL = debian.NATIVE
MODULE = bytes(range(256)) * 1000


def test_a_native_kernel_gets_everything_and_the_late_map(boot: Boot, baton: Path) -> None:
    entry = layout.entry("/kernel.elf", ["/module.bin"], "words") + "baton-late-map 1\n"
    run = boot(
        {
            layout.REMOVABLE: baton,
            "kernel.elf": KERNEL,
            "module.bin": MODULE,
            "loader/entries/native.conf": entry,
        },
        firmware=debian.u_boot(),
        bus="ahci",
    )
    text = passed(run)
    complaint(run, "the load options", "not for Baton", "root=/dev/sdb3")
    assert "the late map was taken during the last exit" in text
    late, accepted = re.findall(r"^ +key 0x([0-9a-f]+), map (\d+) bytes", text, re.MULTILINE)
    assert late == accepted


def test_linux_comes_up_with_its_runtime_services(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # This firmware sets no MTRR for RAM, and Linux would then use none of it.
    options = layout.CONSOLE + " disable_mtrr_trim"
    run = boot(
        {
            layout.REMOVABLE: baton,
            "kernel": kernel.image,
            "initrd.img": userspace,
            "loader/entries/linux.conf": layout.entry("/kernel", ["/initrd.img"], options),
        },
        firmware=debian.u_boot(),
        bus="ahci",
    )
    # Its ACPI tables are not enough for Linux to switch the machine off.
    run.expect(initramfs.TOKEN)
    assert "by Das U-Boot" in run.text
    assert seen(run.text, "EFI 64-bit, runtime at").startswith("0x")
    assert int(seen(run.text, "EFI variables:")) > 0
    assert "1 attempt in" in seen(run.text, "exit: left boot services;")
