# SPDX-License-Identifier: BSD-2-Clause
"""The loader for AArch64, on QEMU's board for that: EDK II starts it, and it starts what it finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import initramfs, layout
from lab.board import VIRT
from lab.machine import Boot
from lab.transcript import seen

OPTIONS = f"console={VIRT.console} panic=-1"


@pytest.fixture(scope="module")
def userspace() -> Path:
    """The test's initramfs for this machine."""
    return initramfs.build(board=VIRT)


def test_a_kernel_is_started_by_its_stub_with_the_initrds_and_the_options_of_its_entry(
    boot: Boot, userspace: Path
) -> None:
    second = initramfs.script("grep -q 'baton was here' /proc/cmdline")
    run = boot(
        {
            VIRT.removable: VIRT.image,
            "vmlinuz": VIRT.kernel().image,
            "1.img": userspace,
            "2.img": second,
            "loader/entries/x64.conf": layout.entry("/vmlinuz", []) + "architecture x64\n",
            "loader/entries/arm.conf": layout.entry(
                "/vmlinuz", ["/1.img", "/2.img"], OPTIONS + " baton was here"
            )
            + "architecture aa64\n",
        },
        board=VIRT,
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text
    assert int(seen(run.text, "EFI variables:")) > 0
