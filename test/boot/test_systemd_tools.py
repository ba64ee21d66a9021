# SPDX-License-Identifier: BSD-2-Clause
"""systemd and its tools find in Baton what they look for.

The machine starts twice. The first start is a Debian, with its own initramfs, to a login prompt; there its
bootctl and its logind ask for things. The second start is what was asked for: an initramfs with bootctl and
systemd-bless-boot, without systemd. test_clients.py has the other tools, later versions, and systemd-boot.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from lab import esp, initramfs, layout, programs, system
from lab.debian import Kernel
from lab.esp import Content
from lab.login import Shell
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

# Where `bootctl update` looks too: somebody has copied Baton over systemd-boot.
INSTALLED = "EFI/systemd/systemd-bootx64.efi"

# What the Debian is asked.
FIRST = {
    "state": "systemctl is-system-running --wait",
    "release": "uname -r",
    "status": "bootctl status",
    "list": "bootctl list",
    "update": "bootctl --graceful update",
    "times": "systemd-analyze",
    # systemd-gpt-auto-generator's, and udev's.
    "esp": "systemctl show -P What efi.mount",
    "root": "readlink /dev/gpt-auto-root",
    "ids": "systemctl reboot --boot-loader-entry=help",
}

# What each tool says goes between two lines with its name.
SECOND = """
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
tool list bootctl --esp-path=/efi list
tool bless systemd-bless-boot status
tool good systemd-bless-boot good
tool blessed systemd-bless-boot status
tool entries ls /efi/loader/entries
umount /efi
"""


def outputs(text: str) -> dict[str, str]:
    """What the tools have said in the second start."""
    tool = re.compile(r"^tool (\w+) begins\n(.*?)^tool \1 ends$", re.MULTILINE | re.DOTALL)
    return dict(tool.findall(text))


def test_they_see_baton_and_what_they_ask_for_is_done(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    installed = system.installed("bookworm")
    initrds = {
        "base.img": userspace,
        "fat.img": initramfs.modules(kernel, FAT),
        "tools.img": programs.initrd(TOOLS, LIBRARIES),
        "script.img": initramfs.script(SECOND),
    }
    names = [f"/{name}" for name in initrds]
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        INSTALLED: baton,
        "debian/vmlinuz": installed.kernel,
        "debian/initrd.img": installed.initramfs,
        "vmlinuz": kernel.image,
        **initrds,
        "loader/loader.conf": "timeout 0\ndefault first.conf\n",
        "loader/baton.conf": "baton-debug yes\n",
        "loader/entries/first.conf": layout.entry(
            "/debian/vmlinuz", ["/debian/initrd.img"], f"{layout.CONSOLE} quiet {system.PATIENCE} {system.ROOT}", title="One"
        ),
        "loader/entries/second+3.conf": layout.entry("/vmlinuz", names, title="Two"),
        "loader/entries/third.conf": layout.entry("/vmlinuz", names, title="Three"),
    }
    run = boot(
        files, root=installed.root, arguments=("-action", "reboot=reset"), memory="1G", bus="nvme",
        cpu=system.REAL,
    )  # fmt: skip
    shell = Shell(run)
    first = {name: shell.run(command) for name, command in FIRST.items()}
    shell.run("bootctl set-default third.conf && bootctl set-timeout 7")
    shell.leave("systemctl reboot --boot-loader-entry=second.conf --boot-loader-menu=0")
    run.expect("Enter boots")  # the menu of the second start, whatever comes
    run.send("\r")
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0
    second = outputs(run.text)

    assert (first["state"], first["release"]) == ("running\n", f"{installed.release}\n")
    assert (first["esp"], first["root"]) == ("/dev/nvme0n1p1\n", "nvme0n1p2\n")
    assert re.search(r"^Startup finished in .* \(firmware\) \+ .* \(loader\) \+ .* \(kernel\)", first["times"])
    assert "      Product: baton 0.1.0\n" in first["status"]
    features = {name: mark for mark, name in re.findall(r"([✓✗]) (.*)$", first["status"], re.MULTILINE)}
    assert [name for name, mark in features.items() if mark == "✗"] == [
        "Load drop-in drivers", "Support Type #1 devicetree field",
    ]  # fmt: skip
    assert f"by-partuuid/{esp.PARTITION_ID}\n" in first["status"]
    assert "Unknown line" not in first["status"] + first["list"]
    setup = ("Reboot Into Firmware Interface", "auto-reboot-to-firmware-setup")
    assert titles(first) == [
        ("Three", "third.conf"), ("Two", "second.conf"), ("One (default) (selected)", "first.conf"), setup,
    ]  # fmt: skip
    assert first["ids"].split() == ["third.conf", "second.conf", "first.conf", setup[1]]
    assert "exit status" not in "".join([*first.values(), *second.values()])
    for name in (layout.REMOVABLE, INSTALLED):
        assert f"─/{name} (baton 0.1.0)\n" in first["status"]
        assert re.search(f'Skipping "/efi/{name}",.* owned by another boot loader', first["update"])
        assert esp.extract(run.machine.disk, name) == baton.read_bytes()

    # set-default and what logind was asked for; the one-shot is counted, and good in the end.
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
