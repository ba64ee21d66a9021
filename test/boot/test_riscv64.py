# SPDX-License-Identifier: BSD-2-Clause
"""The loader for RISC-V, on QEMU's board for that, under U-Boot and EDK II: its own exit, and kernels by their stubs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from build.build import ROOT
from lab import initramfs, layout
from lab.board import BOARDS, RISCV, Board, riscv_under_edk2
from lab.machine import Boot, Run
from lab.transcript import seen

CHECK = """
grep -q 'baton was here' /proc/cmdline
echo "userspace: journal $(grep -a -o 'left boot services; [0-9]* attempt' /sys/firmware/fdt)"
"""


def test_each_machine_that_can_be_built_for_has_a_board() -> None:
    made = {}
    for words in (ROOT / "src" / "arch").glob("*/arch.mk"):
        (made[words.parent.name],) = re.findall(r"^ARCH_IMAGE := (.*)$", words.read_text(), re.MULTILINE)
    assert made == {name: board.image.name for name, board in BOARDS.items()}


def to_userspace(boot: Boot, *lines: str, board: Board = RISCV, **options: Any) -> Run:
    """A machine whose entry for it, with `lines` more, reaches userspace; one for x64 is passed over."""
    entry = layout.entry("/vmlinux", ["/1.img", "/2.img"], f"console={RISCV.console} baton was here")
    run = boot(
        {
            RISCV.removable: RISCV.image,
            "vmlinux": RISCV.kernel().image,
            "1.img": initramfs.build(board=RISCV),
            "2.img": initramfs.script(CHECK),
            "loader/entries/x64.conf": layout.entry("/nothing") + "architecture x64\n",
            "loader/entries/riscv.conf": "\n".join((entry, "architecture riscv64", *lines, "")),
        },
        board=board,
        memory="1G",
        **options,
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text
    assert int(seen(run.text, "EFI variables:")) > 0
    return run


@pytest.mark.arch
def test_linux_is_entered_by_batons_own_exit(boot: Boot) -> None:
    run = to_userspace(boot)
    assert "baton: leaving boot services" in run.text
    assert seen(run.text, "journal").startswith("left boot services; ")
    assert "EFI stub:" not in run.text


@pytest.mark.arch
@pytest.mark.parametrize("acpi", ["on", "off"])
def test_linux_is_entered_under_edk2(boot: Boot, acpi: str) -> None:
    # It keeps variables, tells the hart, and has tables of both kinds.
    run = to_userspace(boot, board=riscv_under_edk2(), arguments=["-machine", f"acpi={acpi}"])
    assert "baton: leaving boot services" in run.text
    assert seen(run.text, "journal").startswith("left boot services; ")
    assert "EFI stub:" not in run.text


@pytest.mark.arch
@pytest.mark.parametrize("board", [lambda: RISCV, riscv_under_edk2], ids=["u-boot", "edk2"])
def test_linux_is_started_by_its_stub_when_the_entry_says_so(
    boot: Boot, board: Callable[[], Board]
) -> None:
    run = to_userspace(boot, "baton-exit guard", board=board())
    assert "EFI stub: Booting Linux Kernel" in run.text
    assert seen(run.text, "journal") == ""
