# SPDX-License-Identifier: BSD-2-Clause
"""Baton started with load options: from the UEFI shell, and by a Boot#### variable."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from lab import initramfs, layout
from lab.debian import NATIVE, Kernel, firmware
from lab.esp import Content
from lab.machine import Boot
from lab.transcript import complaint, passed, seen, to_userspace
from lab.variables import file_path, load_option, with_boot_option


def quick_disk(baton: Path) -> dict[str, Content]:
    """Baton beside an entry that is to be used, of a kernel that is through in no time."""
    return {
        "baton.efi": baton,
        "kernel.elf": NATIVE,
        "loader/entries/entry.conf": layout.entry("/kernel.elf", (), "by-entry"),
    }


def disk(baton: Path, kernel: Kernel, userspace: Path) -> dict[str, Content]:
    """Baton beside a kernel, with an entry that nothing here should use, and nothing removable."""
    return {
        "baton.efi": baton,
        "vmlinuz": kernel.image,
        "initrd.img": userspace,
        "check.img": initramfs.script("grep -q wanted /proc/cmdline"),
        "loader/entries/entry.conf": layout.entry(
            "/vmlinuz", ["/initrd.img"], layout.CONSOLE + " by-entry"
        ),
    }


def test_the_shell_boots_a_kernel_with_two_initrds_and_a_command_line(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # FAT has no case, and either slash will do.
    line = f"baton.efi \\VmLinuZ initrd=\\initrd.img initrd=/check.img {layout.CONSOLE} wanted=1"
    run = boot({**disk(baton, kernel, userspace), "startup.nsh": layout.shell_script(line)})
    run.enter_shell()
    text = to_userspace(run)
    assert seen(text, "command line") == f"[{layout.CONSOLE} wanted=1]"
    assert "userspace: test passed" in text


def test_help_and_version_print_and_return_to_the_shell(boot: Boot, baton: Path) -> None:
    script = layout.shell_script("baton.efi --help", "baton.efi --version")
    run = boot({"baton.efi": baton, "startup.nsh": script})
    run.enter_shell()
    assert run.expect_end() == 0
    _, _, printed = run.text.partition("any other key to continue")
    usage, _, rest = printed.partition(f"{layout.SHELL_ALIVE} 0")
    assert "initrd=" in usage and "--debug" in usage and "--help" in usage
    version, _, rest = rest.partition(f"{layout.SHELL_ALIVE} 1")
    assert "baton" in version.lower() and any(digit in version for digit in "0123456789")
    assert rest, run.tail()


def test_debug_says_one_line_on_the_serial_port_after_leaving(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # No console for the kernel: then all that comes after leaving is from Baton, or userspace.
    line = "baton.efi --debug \\vmlinuz initrd=\\initrd.img panic=-1"
    run = boot({**disk(baton, kernel, userspace), "startup.nsh": layout.shell_script(line)})
    run.enter_shell()
    assert run.expect_end() == 0, run.tail()
    _, _, after = run.text.partition("leaving boot services\n")
    assert re.fullmatch(r"baton: left boot services; 1 attempt .*\n?", after.strip()), run.tail()


def utf16(text: str) -> bytes:
    """Load options as UEFI programs write them, without a terminator."""
    return text.encode("utf-16-le")


@pytest.mark.parametrize("end", [b"", b"\0\0"], ids=["unterminated", "terminated"])
def test_a_boot_option_boots_what_its_load_options_say(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path, room: Path, end: bytes
) -> None:
    options = utf16(f"\\vmlinuz initrd=\\initrd.img {layout.CONSOLE} wanted=1") + end
    store = with_boot_option(firmware().variables, room / "vars.fd", "baton.efi", options)
    run = boot(disk(baton, kernel, userspace), variables=store)
    assert seen(to_userspace(run), "command line") == f"[{layout.CONSOLE} wanted=1]"


# What EDK II puts behind the options that it makes itself, a GUID, is in every test that starts
# Baton from the removable path; here it would make the firmware delete the option as its own.
GARBAGE = {
    "the whole boot option": load_option("Baton", "baton.efi", b""),
    "a device path": file_path("baton.efi"),
    "random bytes": random.Random(2).randbytes(512),
    "an odd number of bytes": b"\x7f\xff\x04",
    "a lone NUL": b"\0\0",
    "only spaces": utf16("   "),
    "a description": utf16("Linux Boot Manager") + b"\0\0",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_in_a_boot_option_means_the_entries_are_used(
    boot: Boot, baton: Path, room: Path, garbage: bytes
) -> None:
    store = with_boot_option(firmware().variables, room / "vars.fd", "baton.efi", garbage)
    run = boot(quick_disk(baton), variables=store)
    assert "command line: by-entry\n" in passed(run)


FOREIGN = {
    "what U-Boot hands to every program": "root=/dev/sda1 console=ttyS0",
    "a file that is not there": "\\gone\\vmlinuz initrd=\\initrd.img",
}


@pytest.mark.parametrize("words", FOREIGN.values(), ids=FOREIGN)
def test_load_options_that_name_no_file_are_told_and_the_entries_are_used(
    boot: Boot, baton: Path, room: Path, words: str
) -> None:
    store = with_boot_option(firmware().variables, room / "vars.fd", "baton.efi", utf16(words))
    run = boot(quick_disk(baton), variables=store)
    assert "command line: by-entry\n" in passed(run)
    complaint(run, "reading the load options")
