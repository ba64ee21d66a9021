# SPDX-License-Identifier: BSD-2-Clause
"""What goes onto an ESP: entries, and scripts for the UEFI shell.

Knows: the Boot Loader Specification's entry files, the shell's script language, where firmware looks.
Must not know: how the image is made or run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.debian import Kernel
from lab.esp import Content

REMOVABLE = "EFI/BOOT/BOOTX64.EFI"  # what firmware starts from a disk that nobody has configured
# no_timer_check: on a busy computer the emulated timer is late, and Linux panics over it.
LATE_TIMER = "panic=-1 no_timer_check"
# What Linux would do at its start for a second, in emulation, and nobody here asks for: it tests its ciphers, and on a
# PC takes all lock prefixes out of its code when there is one processor.
NO_CIPHER_TESTS = "cryptomgr.notests=1"
QUICK = f"noreplace-smp {NO_CIPHER_TESTS}"
CONSOLE = f"console=ttyS0 {LATE_TIMER} {QUICK}"
SHELL_ALIVE = "the shell is alive"
FIRMWARE_ALIVE = "the firmware is alive"


def entry(linux: str, initrds: Sequence[str] = (), options: str = CONSOLE, title: str = "") -> str:
    """The text of a type 1 entry."""
    lines = [f"title {title or linux}", f"linux {linux}"]
    lines += [f"initrd {name}" for name in initrds]
    lines += [f"options {options}"] if options else []
    return "\n".join(lines) + "\n"


def shell_script(*lines: str) -> str:
    """A startup.nsh that runs `lines`, says that the shell is alive after each, and powers off."""
    script = ["@echo -off"]
    for number, line in enumerate(lines):
        script += [line, f'echo "{SHELL_ALIVE} {number}"']
    return "\r\n".join([*script, "reset -s", ""])


def firmware_next() -> dict[str, str]:
    """A file for the ESP with which the firmware, told that a boot option failed, shows it is alive.

    Its next boot option is the shell that is built into it.
    """
    return {"startup.nsh": f'@echo -off\r\necho "{FIRMWARE_ALIVE}"\r\nreset -s\r\n'}


def entries(lines: Mapping[str, str]) -> dict[str, Content]:
    """One entry for each name, tried in this order."""
    return {
        f"loader/entries/{name}.conf": f"sort-key {number:02}\n{text}\n"
        for number, (name, text) in enumerate(lines.items())
    }


def disk(
    baton: Path, kernel: Kernel, initrds: dict[str, bytes | Path], options: str = CONSOLE
) -> dict[str, Content]:
    """An ESP on which one entry boots `kernel` with `initrds`."""
    names = [f"/debian/{name}" for name in initrds]
    return {
        REMOVABLE: baton,
        "debian/vmlinuz": kernel.image,
        **{f"debian/{name}": content for name, content in initrds.items()},
        "loader/entries/debian.conf": entry("/debian/vmlinuz", names, options),
    }
