# SPDX-License-Identifier: BSD-2-Clause
"""Kernels of Multiboot2: Xen, which leaves boot services itself, to its dom0's userspace."""

from __future__ import annotations

from pathlib import Path

from lab import debian, initramfs, layout
from lab.machine import Boot, Run
from lab.transcript import seen

# SMAP: dom0 dies of it under QEMU's emulation, in its first step to ring 3.
PROCESSOR = "max,-smap"
XEN_OPTIONS = "console=com1 com1=115200 loglvl=warning dom0_mem=512M noreboot"
DOM0_OPTIONS = "console=hvc0 panic=-1 word=dom0"


def xen_entry(*lines: str) -> str:
    """An entry as the README has it."""
    return "\n".join(["linux /xen.gz", f"options {XEN_OPTIONS}", *lines]) + "\n"


def together(userspace: Path, check: bytes) -> bytes:
    """One initrd of both: Xen hands dom0 one only."""
    packed = userspace.read_bytes()
    return packed + bytes(-len(packed) % 4) + check


def dom0(run: Run) -> str:
    """Wait for dom0's userspace, and for Xen turning the machine off."""
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "baton:" not in run.text
    return run.text


def test_xen_boots_to_the_userspace_of_its_dom0(boot: Boot, baton: Path) -> None:
    kernel = debian.linux("full")
    check = initramfs.script('test "$(cat /sys/hypervisor/type)" = xen\n'
                             'test "$(cat /sys/hypervisor/version/major)" = 4')  # fmt: skip
    files = {
        layout.REMOVABLE: baton,
        "xen.gz": debian.xen_multiboot(),
        "vmlinuz": kernel.image,
        "initrd.img": together(initramfs.build(kernel), check),
        "loader/entries/xen.conf": xen_entry(
            "initrd /initrd.img", f"baton-module /vmlinuz {DOM0_OPTIONS}"
        ),
    }
    text = dom0(boot(files, memory="1G", cpu=PROCESSOR))
    assert "Bootloader: Baton" in text
    assert seen(text, "command line") == f"[{DOM0_OPTIONS}]"
    assert "userspace: test passed" in text
    assert seen(text, "kernel") == kernel.release
