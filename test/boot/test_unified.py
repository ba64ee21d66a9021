# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images are found in \\EFI\\Linux without an entry file; what is unsound there is named."""

from __future__ import annotations

from pathlib import Path

from lab import debian, layout, uki
from lab.esp import Content
from lab.machine import Boot
from lab.transcript import complaint, passed


def image(room: Path, name: str, os_release: str, words: str) -> bytes:
    """An image with a kernel that checks its hand-off and prints its command line."""
    sections: dict[str, bytes | Path] = {
        ".osrel": os_release.encode(),
        ".cmdline": words.encode(),
        ".linux": debian.NATIVE,
    }
    return uki.build(room / name, sections).read_bytes()


def for_another_machine(program: bytes) -> bytes:
    """The same image, said to be for 64-bit ARM."""
    signature = int.from_bytes(program[0x3C:0x40], "little")
    return program[: signature + 4] + b"\x64\xaa" + program[signature + 6 :]


def test_images_are_found_named_and_sorted(boot: Boot, room: Path, baton: Path) -> None:
    newer = image(room, "newer", "ID=baton\nVERSION_ID=1.10\n", "words of the newer one")
    older = image(room, "older", "ID=baton\nVERSION_ID=1.9\n", "words of the older one")
    nameless = image(room, "nameless", "VERSION_ID=2\n", "nameless")
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "loader/loader.conf": "baton-exit baton\n",
        "EFI/Linux/a.efi": older,
        "EFI/Linux/B+3.EFI": newer,
        "EFI/Linux/arm.efi": for_another_machine(newer),
        "EFI/Linux/cut.efi": newer[: len(newer) // 2],
        "EFI/Linux/letter.efi": "I am a letter, not a kernel.\n",
        "EFI/Linux/nameless.efi": nameless,
        "EFI/Linux/notes.txt": "not looked at",
    }
    run = boot(files)
    text = passed(run)
    assert "command line: words of the newer one\n" in text
    complaint(run, r"\EFI\Linux\cut.efi: the file ends inside a section")
    complaint(run, r"\EFI\Linux\letter.efi: it is no EFI program")
    said = complaint(run, r"\EFI\Linux\nameless.efi: its os-release does not name a system")
    assert "arm.efi" not in said and "notes.txt" not in said
