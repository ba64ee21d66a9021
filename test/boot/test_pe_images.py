# SPDX-License-Identifier: BSD-2-Clause
"""Images that are started rather than entered: EFI programs, and a kernel by its own EFI stub.

A program that comes back costs little, so one machine meets many of them on its way to what boots.
"""

from __future__ import annotations

import re
from pathlib import Path

import pefile

from lab import debian, initramfs, layout, uki
from lab.board import NO_THIRD_CACHE
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot, Run
from lab.transcript import refused, said, seen

COMEBACK = debian.BUILD / "firmware" / "comeback.efi"
CAME_BACK = "it was started and has come back"


def userspace_of(run: Run) -> str:
    """Wait for userspace and the power-off; the transcript. Baton has not left boot services itself."""
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "baton: leaving boot services" not in run.text
    return run.text


def test_programs_that_come_back_say_how_and_the_next_entry_is_tried(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    ours = {
        "alone.efi": "efi /alone.efi",
        "initrd.efi": "efi /initrd.efi\ninitrd /initrd.img\noptions some words",
        "linux.efi": "linux /linux.efi\noptions others",
    }
    lines = {
        **ours,
        "shell": "efi /shell.efi\noptions -nomap -noversion -exit echo the shell says so",
        "ipxe": "efi /ipxe.efi",
        "grub": "efi /EFI/debian/grubx64.efi",
    }
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "loader/loader.conf": "timeout menu-disabled\n",  # else one that comes back leads to the menu
        **{name: COMEBACK for name in ours},
        "shell.efi": debian.shell(),
        "ipxe.efi": debian.ipxe(),
        "EFI/debian/grubx64.efi": debian.grub(),
        # It is found on the device that GRUB is told it was loaded from.
        "EFI/debian/grub.cfg": (
            f"linux /vmlinuz {layout.CONSOLE} by-grub\ninitrd /initrd.img\nboot\n"
        ),
        "vmlinuz": kernel.image,
        "initrd.img": userspace,
        **layout.entries(lines),
    }
    run = boot(files)
    text = userspace_of(run)
    refused(run, "alone.efi", f"{CAME_BACK} (Success)")
    refused(run, "initrd.efi", CAME_BACK, "(came with an initrd and the words: some words) (Aborted)")
    # Baton cannot enter it, so it is started. The initrd of the entry before is gone.
    refused(run, "linux.efi", CAME_BACK, "(came alone and the words: others) (Aborted)")
    assert "\nthe shell says so\n" in text
    refused(run, "shell.efi", f"{CAME_BACK} (Success)")
    # This machine has no network.
    assert "iPXE initialising devices...ok" in text
    refused(run, "ipxe.efi", f"{CAME_BACK} (Device Error)")
    assert seen(text, "command line").startswith("[BOOT_IMAGE=/vmlinuz ")
    assert "by-grub" in seen(text, "command line")


# --- images that nobody should start -------------------------------------------------------------


def with_section(image: Path, name: str, **fields: int) -> bytes:
    """An image with other fields in the header of one section."""
    program = pefile.PE(image, fast_load=True)
    (section,) = (one for one in program.sections if one.Name.rstrip(b"\0") == name.encode())
    for field, value in fields.items():
        setattr(section, field, value)
    return bytes(program.write())


def where(image: Path, name: str, field: str) -> int:
    """One field of the header of one section."""
    sections = pefile.PE(image, fast_load=True).sections
    return next(getattr(one, field) for one in sections if one.Name.rstrip(b"\0") == name.encode())


def for_another_machine(image: Path) -> bytes:
    """An image for ARM."""
    program = pefile.PE(image, fast_load=True)
    program.FILE_HEADER.Machine = 0xAA64
    return bytes(program.write())


def unsound(image: Path) -> dict[str, tuple[bytes, str]]:
    """Name -> contents, and what has to be said of it."""

    def linux(**fields: int) -> bytes:
        return with_section(image, ".linux", **fields)

    osrel = where(image, ".osrel", "PointerToRawData")
    return {
        "in-file.efi": (linux(PointerToRawData=osrel), "two sections overlap in the file"),
        "in-memory.efi": (
            linux(VirtualAddress=where(image, ".osrel", "VirtualAddress")),
            "two sections overlap in memory",
        ),
        "beyond.efi": (linux(SizeOfRawData=1 << 20), "the file ends inside a section"),
        "4-gib.efi": (linux(Misc_VirtualSize=0xFFFFFFFF), "a section ends behind SizeOfImage"),
        "4-gib-file.efi": (linux(SizeOfRawData=0xFFFFFE00), "the file ends inside a section"),
        "cut.efi": (image.read_bytes()[:0x100], "the file ends inside its headers"),
        "letter.efi": (b"Dear reader, I am a letter.\n" * 99, "it is no EFI program"),
        "empty.efi": (b"", "it is no EFI program"),
    }


def test_unsound_images_are_named_and_the_kernel_behind_them_boots_by_its_own_stub(
    boot: Boot, room: Path, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    sound = uki.build(
        room / "sound.efi",
        {".osrel": b"ID=baton\n", ".linux": b"no kernel", ".cmdline": b"words"},
    )
    images = unsound(sound)
    check = initramfs.script('test "$(cat /middle)" = "in the middle"')
    middle = initramfs.archive({"middle": b"in the middle"}).rstrip(b"\0") + b"\0"
    lines = {
        # Discovery meets the same files, and says its own line about each.
        **{name: f"uki /{name}\nbaton-exit baton" for name in images},
        "arm.efi": "uki /arm.efi\nbaton-exit baton",
        "arm-program.efi": "efi /arm-program.efi",
        "empty-program.efi": "efi /empty-program.efi",
        "no-kernel.efi": "uki /no-kernel.efi\nbaton-exit baton",
        "good": "linux /vmlinuz\nbaton-exit firmware\ninitrd /1.img\ninitrd /2.img\n"
        f"initrd /3.img\noptions {layout.CONSOLE} by-its-stub word=ä",
    }
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        **{name: content for name, (content, _) in images.items()},
        **{f"EFI/Linux/{name}": content for name, (content, _) in images.items()},
        "EFI/Linux/arm.efi": for_another_machine(sound),
        "arm.efi": for_another_machine(sound),
        "arm-program.efi": for_another_machine(COMEBACK),
        "empty-program.efi": b"",
        "no-kernel.efi": sound,
        "vmlinuz": kernel.image,
        "1.img": userspace,
        "2.img": middle,
        "3.img": check,
        **layout.entries(lines),
    }
    assert len(middle) % 4 != 0
    run = boot(files)
    text = userspace_of(run)
    for name, (_, problem) in images.items():
        # A file of no bytes is refused before anything looks for an image in it.
        refused(run, name, f"opening \\{name}: ", "the file is empty" if name == "empty.efi" else problem)
        refused(run, f"EFI\\Linux\\{name}", "reading ", problem)
    # The specification has images for other machines hidden.
    assert not [line for line in said(run) if "Linux\\arm.efi" in line]
    refused(run, "arm.efi", "opening", "for another machine")
    refused(run, "arm-program.efi", "starting", "cannot load it as a PE image for this machine")
    refused(run, "empty-program.efi", "opening", "the file is empty")
    refused(run, "no-kernel.efi", "not a kernel that Baton knows")
    assert len(said(run)) == 2 * len(images) + 5  # and "booting"
    # The kernel's own stub, with all initrds by the protocol.
    assert "EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID device path" in text
    assert seen(text, "command line") == f"[{layout.CONSOLE} by-its-stub word=ä]"
    assert "userspace: test passed" in text


# --- programs that do not come back --------------------------------------------------------------


def test_xen_finds_its_configuration_and_enters_the_kernel_that_this_names(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "xen/xen.efi": debian.xen(),
        # By the name of the program, in the directory that it was loaded from.
        "xen/xen.cfg": "[global]\ndefault=baton\n[baton]\n"
        "options=console=com1 com1=115200,8n1 dom0_mem=256M words-of-baton\n"
        "kernel=vmlinuz console=hvc0\nramdisk=initrd.img\n",
        "xen/vmlinuz": kernel.image,
        "xen/initrd.img": userspace,
        **layout.entries({"xen": "efi /xen/xen.efi"}),
    }
    run = boot(files, memory="1G")
    run.expect(re.compile(r"\(XEN\) Command line: .*words-of-baton"))
    # The kernel's own first words. How far it comes in emulation is between Xen and the kernel.
    run.expect("mapping kernel into physical memory")


def test_memtest_runs_as_an_efi_program(boot: Boot, baton: Path) -> None:
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "memtest.efi": debian.memtest(efi=True),
        **layout.entries({"memtest": "efi /memtest.efi\noptions console=ttyS0,115200"}),
    }
    run = boot(files, display="std", cpu=NO_THIRD_CACHE)
    run.expect("Memtest86+ v")
    run.expect("Memory")
