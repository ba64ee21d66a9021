# SPDX-License-Identifier: BSD-2-Clause
"""Baton started with load options: from the UEFI shell, and by a Boot#### variable."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from lab import debian, initramfs, layout
from lab.debian import Kernel, firmware
from lab.esp import Content
from lab.machine import Boot
from lab.transcript import back_in_firmware, seen, to_userspace
from lab.variables import VariableStore, boot_options, file_path, load_option, with_boot_option


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


FOREIGN = {
    "what U-Boot hands to every program": utf16("root=/dev/sda1 console=ttyS0"),
    "a file that is not there": utf16("\\gone\\vmlinuz initrd=\\initrd.img"),
}
# Of these Baton says that they are not for it.
TEXTS = {"a description", *FOREIGN}
TOLD = "reading the load options: they are not for Baton and are ignored"


def test_load_options_that_are_not_for_baton_mean_the_entries_are_used(boot: Boot, baton: Path, room: Path) -> None:
    """One boot option after the other: the entry's program comes back, and the firmware tries the next."""
    options = {**GARBAGE, **FOREIGN}
    files: dict[str, Content] = {
        "baton.efi": baton,
        "comeback.efi": debian.BUILD / "firmware" / "comeback.efi",
        "loader/loader.conf": "timeout menu-disabled\n",
        "loader/entries/entry.conf": "efi /comeback.efi\noptions by-entry\n",
        **layout.firmware_next(),
    }
    store = VariableStore(firmware().variables)
    boot_options(store, *((name, "baton.efi", content) for name, content in options.items()))
    run = boot(files, variables=store.save(room / "vars.fd"))
    back_in_firmware(run)
    _, *tries = re.split(r'BdsDxe: starting Boot\w+ "', run.text)
    tries = [text for text in tries if not text.startswith("EFI Internal Shell")]
    assert [text.partition('"')[0] for text in tries] == list(options), run.tail()
    for name, text in zip(options, tries):
        squeezed = re.sub(r"\s", "", text)
        assert squeezed.count("camealoneandthewords:by-entry") == 1, text
        assert (re.sub(r"\s", "", TOLD) in squeezed) == (name in TEXTS), text
