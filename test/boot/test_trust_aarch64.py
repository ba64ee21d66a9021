# SPDX-License-Identifier: BSD-2-Clause
"""AArch64 under Secure Boot, and its unified kernel images: what EDK II judges there, and what it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import debian, initramfs, layout, secure_boot, uki
from lab.board import VIRT
from lab.debian import Firmware
from lab.machine import Boot
from lab.secure_boot import Key
from lab.transcript import refused
from lab.variables import VariableStore

pytestmark = pytest.mark.arch

OPTIONS = f"console={VIRT.console} panic=-1"
NATIVE = VIRT.image.parent / "kernel" / "native-high.elf"


def firmware() -> Firmware:
    """EDK II that judges what it loads, once there are keys."""
    tree = debian.package("qemu-efi-aarch64") / "usr/share/AAVMF"
    # The plain store is empty; in this one the keys of these tests take the place of others.
    return Firmware("secure", tree / "AAVMF_CODE.fd", tree / "AAVMF_VARS.snakeoil.fd")


def test_what_is_not_trusted_is_refused_by_name_and_the_trusted_entry_boots(
    boot: Boot, tmp_path: Path
) -> None:
    owner, trusted = (Key.make(tmp_path, name) for name in ("owner", "trusted"))
    store = VariableStore(firmware().variables)
    secure_boot.enrol(store, owner, secure_boot.certificates(trusted))
    run = boot(
        {
            VIRT.removable: trusted.sign(VIRT.image, tmp_path / "baton.efi"),
            "stranger": VIRT.kernel().image,  # Debian's own signature is not what this machine trusts
            "native.elf": NATIVE,
            "vmlinuz": trusted.sign(VIRT.kernel().image, tmp_path / "vmlinuz"),
            "initrd.img": initramfs.build(board=VIRT),
            "check.img": initramfs.script("dmesg | grep -q 'Kernel is locked down from EFI Secure Boot'"),
            "loader/entries/1.conf": layout.entry("/stranger") + "sort-key 1\n",
            "loader/entries/2.conf": layout.entry("/native.elf") + "sort-key 2\n",
            "loader/entries/3.conf": layout.entry("/vmlinuz", ["/initrd.img", "/check.img"], OPTIONS)
            + "sort-key 3\n",
        },
        board=VIRT,
        firmware=firmware(),
        variables=store.save(tmp_path / "store.fd"),
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    refused(run, "stranger")
    refused(run, "native.elf", "Secure Boot")
    assert "baton: leaving boot services" in run.text
    assert "secureboot: Secure boot enabled" in run.text
    assert "userspace: test passed" in run.text


@pytest.mark.parametrize("exit_by", ["", "baton-exit baton\n"], ids=["started", "opened"])
def test_an_image_boots(boot: Boot, tmp_path: Path, exit_by: str) -> None:
    stub = debian.package("systemd-boot-efi", architecture=VIRT.debian)
    check = tmp_path / "check.img"
    check.write_bytes(initramfs.script("grep -q 'of the image' /proc/cmdline"))
    image = uki.ukify(
        tmp_path / "image.efi",
        stub / "usr/lib/systemd/boot/efi/linuxaa64.efi.stub",
        efi_arch="aa64",
        linux=VIRT.kernel().image,
        initrd=[initramfs.build(board=VIRT), check],
        cmdline=f"{OPTIONS} of the image",
    )
    run = boot(
        {VIRT.removable: VIRT.image, "image.efi": image,
         "loader/entries/image.conf": f"uki /image.efi\n{exit_by}"},
        board=VIRT,
    )  # fmt: skip
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text
    # The stub of an opened image takes no part.
    assert ("EFI stub:" in run.text) == (not exit_by)
