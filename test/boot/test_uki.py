# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images made by ukify: started, which is what their own stub is for, and opened by Baton.

Each image boots both ways on a machine with a TPM. PCR 11 has to be the same, because keys are sealed to it;
of the other registers each that differs is named, and its events are what they should be.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pefile

from lab import initramfs, layout, secure_boot, tpm, uki
from lab.debian import Kernel
from lab.esp import Content
from lab.event_log import Event
from lab.machine import Boot, Run
from lab.transcript import refused, seen
from lab.variables import utf16
from oracle import witness
from oracle.witness import Witness

# In both archives: the one that the kernel unpacks last remains.
MICROCODE = initramfs.archive({"last": b"microcode", "kernel/x86/microcode/here": b"here"})
INITRD = initramfs.archive({"last": b"initrd"})
TELL = """
echo "userspace: last archive: $(cat /last)"
echo "userspace: microcode: $(cat /kernel/x86/microcode/here || echo none)"
echo "userspace: from the stub: $(cd /.extra && echo * || echo nothing)"
"""
SYSTEMD = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"  # the vendor of the variables of systemd's loaders
# A tagged event of systemd-stub: src/fundamental/tpm2-pcr.h, and the size of its text.
PROFILE_EVENT = struct.pack("<II", 0x13AED6DB, 4)
CREDENTIAL = b"a secret"
SMALL = {".osrel": b"ID=baton\n", ".linux": b"is not looked at"}


@dataclass(frozen=True)
class Pair:
    """What both boots of one image have told, and the sections of the image."""

    image: Path
    started: Run
    opened: Run

    def section(self, name: str) -> bytes:
        """The contents of a section, as long as it is in memory; of the last profile if that has its own."""
        found = [
            one.get_data()[: one.Misc_VirtualSize]
            for one in pefile.PE(self.image, fast_load=True).sections
            if one.Name.rstrip(b"\0") == name.encode()
        ]
        return bytes(found[-1])

    def witnesses(self) -> tuple[Witness, Witness]:
        """Of the boot in which it was started, and of that in which it was opened."""
        return witness.read(self.started.text), witness.read(self.opened.text)


def initrds(room: Path, userspace: Path) -> list[Path]:
    """Userspace, with a script that tells everything."""
    mine = room / "mine.img"
    mine.write_bytes(INITRD + initramfs.script(TELL + witness.SCRIPT))
    return [userspace, mine]


def to_userspace(run: Run) -> Run:
    """Wait until it has told everything."""
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text, run.tail()
    return run


def boot_both(boot: Boot, image: Path, files: Callable[[str], dict[str, Content]]) -> Pair:
    """Boot an image both ways; `files` makes the disk for one value of `baton-exit`."""
    runs = [to_userspace(boot(files(way), **tpm.machine())) for way in ("firmware", "baton")]
    pair = Pair(image, *runs)
    # Who has left boot services: the kernel's own stub, or Baton.
    assert "EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID" in pair.started.text
    assert "baton: leaving boot services" not in pair.started.text
    assert "baton: leaving boot services" in pair.opened.text
    assert "EFI stub:" not in pair.opened.text
    return pair


def differing(pair: Pair) -> set[int]:
    """The numbers of the registers, 0 to 15, that differ in any bank."""
    one, other = pair.witnesses()
    assert one.pcrs.keys() == other.pcrs.keys() >= {"sha256"}
    return {
        number
        for bank, values in one.pcrs.items()
        for number in range(16)
        if values[number] != other.pcrs[bank][number]
    }


def events(one: Witness, pcr: int) -> list[Event]:
    """The events of one register, from a log that leads to what is in the register."""
    assert one.event_log is not None
    if pcr in one.event_log.replayed["sha256"]:
        assert one.event_log.replayed["sha256"][pcr] == one.pcrs["sha256"][pcr]
    return [event for event in one.event_log.events if event.pcr == pcr]


def digests(one: Witness, pcr: int) -> list[str]:
    """What has been measured into one register."""
    return [event.digests["sha256"] for event in events(one, pcr)]


def sha256(*parts: bytes) -> str:
    """The digest of several things as one."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def padded(archive: bytes) -> bytes:
    """An initrd that another one can follow."""
    return archive + bytes(-len(archive) % 4)


def extra(directory: str, name: str, contents: bytes) -> bytes:
    """What becomes of one file of an entry's `extra`: read by nobody but root, or by everybody."""
    mode = 0o400 if directory == "credentials" else 0o444
    items = (
        (1, 0o40555, ".extra", b""),
        (2, 0o40000 | mode | mode >> 2, f".extra/{directory}", b""),
        (3, 0o100000 | mode, f".extra/{directory}/{name}", contents),
        (0, 0, "TRAILER!!!", b""),
    )
    archive = b""
    for inode, bits, path, data in items:
        numbers = [inode, bits, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path) + 1, 0]
        head = "".join(f"{number:08x}" for number in numbers)
        archive += padded(f"070701{head if inode else head.replace('b', 'B')}{path}\0".encode())
        archive += padded(data)
    return archive


def stub_variables(pair: Pair) -> set[str]:
    """The variables that systemd's stub leaves for systemd's userspace: the only ones that differ."""
    names = [set(one.text("variables").split()[1::2]) for one in pair.witnesses()]
    assert not names[1] - names[0]
    assert all(name.endswith(f"-{SYSTEMD}") for name in names[0] - names[1])
    return {name.removesuffix(f"-{SYSTEMD}") for name in names[0] - names[1]}


def only_the_stub_loads_the_kernel(pair: Pair, kernel: Kernel) -> None:
    """PCR 4: the image is measured both ways. Its stub has the firmware load the kernel in it, too."""
    started, opened = (digests(one, 4) for one in pair.witnesses())
    kernel_hash = secure_boot.image_hash(kernel.image.read_bytes()).hex()
    image_hash = secure_boot.image_hash(pair.image.read_bytes()).hex()
    assert opened[-1] == image_hash
    assert started == [*opened, kernel_hash]


def sections_are_measured(pair: Pair, *names: str) -> None:
    """PCR 11: name and contents of these sections in this order, which is the stub's, and nothing else."""
    expected = [
        digest
        for name in names
        for digest in (sha256(name.encode() + b"\0"), sha256(pair.section(name)))
    ]
    for one in pair.witnesses():
        assert digests(one, 11) == expected


def test_an_image_in_efi_linux_is_the_same_started_and_opened(
    boot: Boot, room: Path, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # Debian 12's stub. There is no room in it for the line that ukify adds to .sbat by itself.
    image = uki.ukify(
        room / "image.efi",
        uki.stub(),
        linux=kernel.image,
        initrd=initrds(room, userspace),
        cmdline=f"{layout.CONSOLE} word=ä",
        os_release="ID=baton\nPRETTY_NAME=Baton's tests\n",
        sbat="sbat,1,no more",
    )
    conf = "baton-exit {}\n"
    pair = boot_both(
        boot,
        image,
        lambda way: {
            layout.REMOVABLE: baton,
            "EFI/Linux/image.efi": image,
            "loader/loader.conf": conf.format(way),
        },
    )
    for run in (pair.started, pair.opened):
        assert seen(run.text, "kernel") == kernel.release
        assert seen(run.text, "command line") == f"[{layout.CONSOLE} word=ä]"
        assert seen(run.text, "last archive:") == "initrd"
    # 5: loader.conf is not the same. 10: Linux's IMA begins with a digest of PCR 0 to 9.
    assert differing(pair) == {4, 5, 10}
    sections_are_measured(pair, ".linux", ".osrel", ".cmdline", ".initrd")
    only_the_stub_loads_the_kernel(pair, kernel)
    for one, way in zip(pair.witnesses(), ("firmware", "baton")):
        assert sha256(conf.format(way).encode()) in digests(one, 5)
        assert digests(one, 9)[-1] == sha256(pair.section(".initrd"))


def test_a_profile_of_an_image_is_the_same_started_and_opened(
    boot: Boot, room: Path, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    microcode = room / "microcode.img"
    microcode.write_bytes(MICROCODE)
    profile = uki.ukify(
        room / "profile.efi",
        uki.stub(uki.UKIFY, "addon"),
        profile="ID=other",
        cmdline=f"{layout.CONSOLE} profile=1",
    )
    image = uki.ukify(
        room / "image.efi",
        uki.stub(uki.UKIFY),
        linux=kernel.image,
        initrd=initrds(room, userspace),
        microcode=microcode,
        cmdline=f"{layout.CONSOLE} profile=0",
        os_release="ID=baton\n",
        profile="ID=main",
        join_profile=[profile],
    )
    small = uki.build(room / "small.efi", SMALL)
    pair = boot_both(
        boot,
        image,
        lambda way: {
            layout.REMOVABLE: baton,
            "addon.efi": small,
            "addon.efi.extra.d/more.addon.efi": "nobody looks into it",
            "image.efi": image,
            **layout.entries(
                {
                    "1": "uki /addon.efi\nbaton-exit baton",
                    "2": "uki /image.efi\nbaton-exit baton\nprofile 2",
                    # This stub (257) ends with an error when it is offered an initrd; that of 262 takes it.
                    "3": f"uki /image.efi\nbaton-exit {way}\nprofile 1\n"
                    + ("extra /a.cred\n" if way == "baton" else ""),
                }
            ),
            "a.cred": CREDENTIAL,
        },
    )
    for run in (pair.started, pair.opened):
        refused(run, "addon.efi", "addons or credentials", "`baton-exit firmware`")
        refused(run, "image.efi", "does not have that profile")
        assert seen(run.text, "command line") == f"[{layout.CONSOLE} profile=1]"
        assert seen(run.text, "last archive:") == "initrd"
        assert seen(run.text, "microcode:") == "here"
    # 10: Linux's IMA begins with a digest of PCR 0 to 9.
    assert differing(pair) == {4, 9, 10, 12}
    parts = ".linux .osrel .cmdline .initrd .ucode .uname .sbat .profile"
    sections_are_measured(pair, *parts.split())
    only_the_stub_loads_the_kernel(pair, kernel)
    # 9: this stub adds an archive of its own, with what it knows of the image.
    started, opened = pair.witnesses()
    assert seen(pair.started.text, "from the stub:") == "os-release profile"
    assert seen(pair.opened.text, "from the stub:") == "credentials"
    added = extra("credentials", "a.cred", CREDENTIAL)
    initrd = sha256(padded(pair.section(".ucode")), padded(pair.section(".initrd")), added)
    assert digests(opened, 9) == [digests(started, 9)[0], initrd]
    assert len(digests(started, 9)) == 2
    # 12: the number of the profile, and before it the load options that say so, which only a stub gets.
    # Behind it what the entry adds.
    number = PROFILE_EVENT + utf16("1")
    assert [event.data for event in events(started, 12)] == [utf16("@1"), number]
    name = utf16("Entry credentials initrd")
    assert [event.data for event in events(opened, 12)] == [number, name]
    assert digests(opened, 12) == [*digests(started, 12)[1:], sha256(added)]
    left_out = stub_variables(pair)
    assert "StubProfile" in left_out and "LoaderDevicePartUUID" not in left_out
    assert "StubPcrKernelImage" not in left_out
