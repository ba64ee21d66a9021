# SPDX-License-Identifier: BSD-2-Clause
"""The loader for RISC-V, on QEMU's board for that, under U-Boot: kernels by their stubs."""

from __future__ import annotations

import re

import pytest

from build.build import ROOT
from lab import initramfs, layout
from lab.board import BOARDS, RISCV
from lab.machine import Boot
from lab.transcript import seen


def test_each_machine_that_can_be_built_for_has_a_board() -> None:
    made = {}
    for words in (ROOT / "src" / "arch").glob("*/arch.mk"):
        (made[words.parent.name],) = re.findall(r"^ARCH_IMAGE := (.*)$", words.read_text(), re.MULTILINE)
    assert made == {name: board.image.name for name, board in BOARDS.items()}


@pytest.mark.arch
def test_linux_is_started_with_the_initrds_of_its_entry(boot: Boot) -> None:
    kernel = RISCV.kernel()
    entry = layout.entry("/vmlinux", ["/1.img", "/2.img"], f"console={RISCV.console} baton was here")
    run = boot(
        {
            RISCV.removable: RISCV.image,
            "vmlinux": kernel.image,
            "1.img": initramfs.build(board=RISCV),
            "2.img": initramfs.script("grep -q 'baton was here' /proc/cmdline"),
            "loader/entries/x64.conf": layout.entry("/nothing") + "architecture x64\n",
            "loader/entries/riscv.conf": entry + "architecture riscv64\n",
        },
        board=RISCV,
        memory="1G",
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "EFI stub: Booting Linux Kernel" in run.text
    assert "userspace: test passed" in run.text
    assert int(seen(run.text, "EFI variables:")) > 0
