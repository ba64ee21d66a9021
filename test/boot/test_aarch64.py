# SPDX-License-Identifier: BSD-2-Clause
"""The loader for AArch64, on QEMU's board for that, under EDK II: its own exit, and kernels by their stubs."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab import initramfs, layout
from lab.board import VIRT
from lab.debian import arm_firmware, u_boot
from lab.machine import Boot, Run
from lab.transcript import seen

OPTIONS = f"console={VIRT.console} panic=-1 {layout.NO_CIPHER_TESTS}"


@pytest.fixture(scope="module")
def userspace() -> Path:
    """The test's initramfs for this machine."""
    return initramfs.build(board=VIRT)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The machine as QEMU describes it, under another name."""
    file = tmp_path_factory.mktemp("tree") / "board.dtb"
    words = [VIRT.qemu, "-machine", f"{VIRT.machine},dumpdtb={file}", "-cpu", VIRT.cpu, "-m", "512M"]
    # What there is on the board depends on whether it has firmware.
    subprocess.run([*words, "-bios", VIRT.firmware("").code], check=True)
    contents = file.read_bytes()
    assert b"linux,dummy-virt" in contents
    file.write_bytes(contents.replace(b"linux,dummy-virt", b"baton,dummy-virt"))
    return file


# Linux keeps the device tree that it began with.
CHECK = """
grep -q 'baton was here' /proc/cmdline
echo "userspace: board $(grep -a -o '[a-z]*,dummy-virt' /sys/firmware/fdt | head -n 1)"
echo "userspace: journal $(grep -a -o 'left boot services; [0-9]* attempt' /sys/firmware/fdt)"
dmesg | sed -n 's/^.*\\(KASLR [a-z]*\\).*$/userspace: said \\1/p; s/^.*\\(started at EL[12]\\).*$/userspace: said \\1/p'
"""


def to_userspace(
    boot: Boot,
    userspace: Path,
    *lines: str,
    kernel: Path | None = None,
    tree: Path | None = None,
    **options: Any,
) -> Run:
    """A machine whose entry for it, with `lines` more, reaches userspace; one for x64 is passed over."""
    entry = layout.entry("/vmlinuz", ["/1.img", "/2.img"], OPTIONS + " baton was here")
    run = boot(
        {
            VIRT.removable: VIRT.image,
            "vmlinuz": kernel or VIRT.kernel().image,
            "1.img": userspace,
            "2.img": initramfs.script(CHECK),
            **({} if tree is None else {"board.dtb": tree}),
            "loader/entries/x64.conf": layout.entry("/nothing") + "architecture x64\n",
            "loader/entries/arm.conf": "\n".join((entry, "architecture aa64", *lines, "")),
        },
        board=VIRT,
        **options,
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text
    assert int(seen(run.text, "EFI variables:")) > 0
    return run


@pytest.mark.arch
def test_a_packed_kernel_is_unpacked(boot: Boot, userspace: Path, tmp_path: Path) -> None:
    packed = tmp_path / "vmlinuz.gz"
    packed.write_bytes(gzip.compress(VIRT.kernel().image.read_bytes(), 1))
    left_by_baton(to_userspace(boot, userspace, kernel=packed))


def left_by_baton(run: Run) -> None:
    """Baton has left boot services, and the kernel has its journal."""
    assert "baton: leaving boot services" in run.text
    assert seen(run.text, "journal").startswith("left boot services; ")
    assert "EFI stub:" not in run.text


def test_linux_is_entered_by_batons_own_exit(boot: Boot, userspace: Path) -> None:
    # Random numbers from the firmware; an interrupt controller that needs the MEMRESERVE table.
    run = to_userspace(
        boot, userspace, arguments=["-machine", "gic-version=3", "-device", "virtio-rng-pci"]
    )
    left_by_baton(run)
    assert "said KASLR enabled" in run.text
    assert "MEMRESERVE" not in re.findall(r"^userspace: warning: .*$", run.text, re.MULTILINE)


@pytest.mark.arch
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"arguments": ["-machine", "acpi=off"]}, id="device-tree"),
        pytest.param({"arguments": ["-machine", "virtualization=on"], "cpu": "max"}, id="el2"),
        pytest.param({"cpus": 4, "memory": "5G"}, id="four-processors"),
    ],
)
def test_linux_is_entered_on_other_machines(
    boot: Boot, userspace: Path, options: dict[str, Any]
) -> None:
    left_by_baton(to_userspace(boot, userspace, **options))


@pytest.mark.arch
def test_linux_is_entered_under_u_boot(boot: Boot, userspace: Path, tree: Path) -> None:
    # It has no ACPI, descriptors of 40 bytes, an exit of its own making, and mends device trees.
    firmware = u_boot("qemu_arm64/u-boot.bin")
    run = to_userspace(boot, userspace, "devicetree /board.dtb", tree=tree, firmware=firmware)
    left_by_baton(run)
    assert seen(run.text, "board") == "baton,dummy-virt"


@pytest.mark.arch
def test_the_next_debian_is_entered_and_has_a_screen(boot: Boot) -> None:
    kernel = VIRT.kernel("trixie")
    run = to_userspace(
        boot,
        initramfs.build(kernel, VIRT),
        kernel=kernel.image,
        firmware=arm_firmware("trixie"),
        arguments=["-device", "ramfb"],
    )
    left_by_baton(run)
    assert "userspace: framebuffer EFI VGA, 800,600" in run.text  # by a table, from Linux 6.2 on


def test_linux_is_started_by_its_stub_when_the_entry_says_so(
    boot: Boot, userspace: Path, tree: Path
) -> None:
    run = to_userspace(boot, userspace, "baton-exit firmware", "devicetree /board.dtb", tree=tree)
    assert seen(run.text, "board") == "baton,dummy-virt"
    assert "EFI stub: Booting Linux Kernel" in run.text
    assert "leaving boot services" not in run.text
    assert seen(run.text, "journal") == ""
