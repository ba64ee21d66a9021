# SPDX-License-Identifier: BSD-2-Clause
"""systemd's own tools find in Baton what they look for.

bootctl and systemd-bless-boot run in the guest, without systemd. The machine starts twice: in the first
start they ask for things, the second is what was asked for.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from lab import debian, esp, initramfs, layout, programs
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot
from lab.variables import VariableStore, utf16

SYSTEMD = uuid.UUID("4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")

TOOLS = {"systemd-boot": "usr/bin/bootctl lib/systemd/systemd-bless-boot"}
LIBRARIES = (
    "libc6 libsystemd-shared libcap2 libcrypt1 libgcrypt20 libmount1 libacl1 libblkid1 libselinux1"
    " libseccomp2 liblzma5 libzstd1 liblz4-1 libssl3 libkmod2 libaudit1 libpam0g libgpg-error0"
    " libpcre2-8-0 libcap-ng0 libip4tc2"
).split()
FAT = ("fs/nls/nls_cp437.ko", "fs/nls/nls_ascii.ko", "fs/fat/fat.ko", "fs/fat/vfat.ko")

# What each tool says goes between two lines with its name.
SCRIPT = """
export SYSTEMD_RELAX_ESP_CHECKS=1 SYSTEMD_LOG_LEVEL=info PAGER=cat SYSTEMD_COLORS=0
mkdir -p /efi /etc /run /tmp
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
echo ID=debian >/etc/os-release
mount -t vfat /dev/nvme0n1p1 /efi
tool() {
    name=$1
    shift
    echo "tool $name begins"
    "$@" 2>&1 || echo "exit status $?"
    echo "tool $name ends"
}
if grep -qw first /proc/cmdline; then
    tool status bootctl --esp-path=/efi status
    tool list bootctl --esp-path=/efi list
    tool update bootctl --esp-path=/efi --no-variables update
    bootctl --esp-path=/efi set-default third.conf
    bootctl --esp-path=/efi set-oneshot second.conf
    bootctl --esp-path=/efi set-timeout 7
    bootctl --esp-path=/efi set-timeout-oneshot 0
    umount /efi
    sync
    reboot -f
    sleep 100
fi
tool list bootctl --esp-path=/efi list
tool bless systemd-bless-boot status
tool good systemd-bless-boot good
tool blessed systemd-bless-boot status
tool entries ls /efi/loader/entries
umount /efi
"""


def outputs(text: str) -> list[dict[str, str]]:
    """What the tools have said, of each start."""
    starts = text.split("running the test")[1:]
    tool = re.compile(r"^tool (\w+) begins\n(.*?)^tool \1 ends$", re.MULTILINE | re.DOTALL)
    return [dict(tool.findall(start)) for start in starts]


def test_they_see_baton_and_what_they_ask_for_is_done(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    initrds = {
        "base.img": userspace,
        "fat.img": initramfs.modules(kernel, FAT),
        "tools.img": programs.initrd(TOOLS, LIBRARIES),
        # What `bootctl update` would put in Baton's place.
        "loader.img": initramfs.archive(
            {"usr/lib/systemd/boot/efi/systemd-bootx64.efi": debian.systemd_boot()}
        ),
        "script.img": initramfs.script(SCRIPT),
    }
    names = [f"/{name}" for name in initrds]
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "vmlinuz": kernel.image,
        **initrds,
        "loader/loader.conf": "timeout 0\ndefault first.conf\n",
        "loader/baton.conf": "baton-debug yes\n",
        "loader/entries/first.conf": layout.entry(
            "/vmlinuz", names, f"{layout.CONSOLE} first", title="One"
        ),
        "loader/entries/second+3.conf": layout.entry("/vmlinuz", names, title="Two"),
        "loader/entries/third.conf": layout.entry("/vmlinuz", names, title="Three"),
    }
    # Debian 12's firmware waits for a TPM at each start but the first (lab/no_tpm.py).
    chosen = debian.firmware("trixie")
    run = boot(files, firmware=chosen, arguments=("-action", "reboot=reset"), memory="768M", bus="nvme")
    run.expect("Enter boots")  # set-timeout-oneshot: the menu of the second start, whatever comes
    run.send("\r")
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0
    first, second = outputs(run.text)

    assert "      Product: baton 0.1.0\n" in first["status"]
    features = {name: mark for mark, name in re.findall(r"([✓✗]) (.*)$", first["status"], re.MULTILINE)}
    assert [name for name, mark in features.items() if mark == "✗"] == [
        "Load drop-in drivers", "Support Type #1 devicetree field",
    ]  # fmt: skip
    assert f"by-partuuid/{esp.PARTITION_ID}\n" in first["status"]
    assert "File: └─/EFI/BOOT/BOOTX64.EFI (baton 0.1.0)\n" in first["status"]
    assert "Unknown line" not in first["status"] + first["list"]
    setup = ("Reboot Into Firmware Interface", "auto-reboot-to-firmware-setup")
    assert titles(first) == [
        ("Three", "third.conf"), ("Two", "second.conf"), ("One (default) (selected)", "first.conf"), setup,
    ]  # fmt: skip
    assert "exit status" not in "".join([*first.values(), *second.values()])
    assert esp.extract(run.machine.disk, layout.REMOVABLE) == baton.read_bytes()

    # set-default and set-oneshot; the one-shot is counted, and good in the end.
    assert titles(second) == [
        ("Three (default)", "third.conf"), ("Two (selected)", "second.conf"), ("One", "first.conf"), setup,
    ]  # fmt: skip
    assert "tries: 2 left; 1 done" in second["list"]
    assert (second["bless"], second["blessed"]) == ("indeterminate\n", "good\n")
    assert second["entries"].split() == ["first.conf", "second.conf", "third.conf"]
    store = VariableStore(run.machine.store)
    assert store.read("LoaderEntryOneShot", SYSTEMD) is None
    assert store.read("LoaderConfigTimeoutOneShot", SYSTEMD) is None
    assert store.read("LoaderConfigTimeout", SYSTEMD) == utf16("7")
    assert store.read("LoaderEntryDefault", SYSTEMD) == utf16("third.conf")


def titles(outputs: dict[str, str]) -> list[tuple[str, str]]:
    """What `bootctl list` shows of each entry."""
    return re.findall(r"^ *title: (.*)\n *id: (.*)$", outputs["list"], re.MULTILINE)
