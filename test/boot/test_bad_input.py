# SPDX-License-Identifier: BSD-2-Clause
"""What cannot be booted ends with a message that names it, and with the firmware or the shell alive."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab import debian, layout
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot
from lab.transcript import back_in_firmware, complaint, passed, to_userspace

TEXT = "I am a letter, not a kernel.\n" * 400


def by_entry(baton: Path, **files: Content) -> dict[str, Content]:
    """An ESP whose single entry boots /kernel with /initrd."""
    return {
        layout.REMOVABLE: baton,
        "loader/entries/only.conf": layout.entry("/kernel", ["/initrd"]),
        **files,
        **layout.firmware_next(),
    }


def test_a_missing_kernel_is_named(boot: Boot, baton: Path) -> None:
    run = boot(by_entry(baton, initrd=b"x"))
    back_in_firmware(run)
    complaint(run, "kernel", "Not Found")


def test_a_truncated_kernel_is_named(boot: Boot, baton: Path, kernel: Kernel) -> None:
    run = boot(by_entry(baton, kernel=kernel.image.read_bytes()[:1_000_000], initrd=b"x"))
    back_in_firmware(run)
    complaint(run, "kernel")


def test_a_text_file_as_kernel_is_named_with_what_was_looked_for(boot: Boot, baton: Path) -> None:
    run = boot(by_entry(baton, kernel=TEXT, initrd=b"x"))
    back_in_firmware(run)
    complaint(run, "kernel", "HdrS", "ELF")


def test_an_empty_kernel_is_named(boot: Boot, baton: Path) -> None:
    run = boot(by_entry(baton, kernel=b"", initrd=b"x"))
    back_in_firmware(run)
    complaint(run, "kernel")


def test_a_directory_as_initrd_is_named(boot: Boot, baton: Path, kernel: Kernel) -> None:
    run = boot(by_entry(baton, kernel=kernel.image, initrd=None))
    back_in_firmware(run)
    complaint(run, "initrd", "directory")


def test_nothing_to_boot_says_what_was_looked_for_and_where(boot: Boot, baton: Path) -> None:
    run = boot({layout.REMOVABLE: baton, **layout.firmware_next()})
    back_in_firmware(run)
    complaint(run, "\\loader\\entries")


def test_a_full_line_of_nonsense_in_an_entry_is_survived(boot: Boot, baton: Path) -> None:
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "kernel.elf": debian.NATIVE,
        "loader/entries/only.conf": "%$§ nonsense \x01 without = any == sense " * 3
        + "\n"
        + layout.entry("/kernel.elf"),
    }
    run = boot(files)
    passed(run)
    complaint(run, "only.conf")


def test_an_entry_that_is_all_nonsense_is_named(boot: Boot, baton: Path) -> None:
    nonsense = "x" * 100_000
    run = boot(by_entry(baton, **{"loader/entries/only.conf": nonsense}))
    back_in_firmware(run)
    complaint(run, "only.conf")


def test_the_next_entry_is_tried_when_the_first_cannot_be_loaded(boot: Boot, baton: Path) -> None:
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "kernel.elf": debian.NATIVE,
        "loader/loader.conf": "default broken*\n",
        "loader/entries/broken.conf": layout.entry("/not-there"),
        "loader/entries/good.conf": layout.entry("/kernel.elf", (), "by-second"),
    }
    run = boot(files)
    assert "command line: by-second\n" in passed(run)
    complaint(run, "not-there")


def test_every_refusal_returns_to_the_shell_and_the_last_boot_still_works(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    lines = [
        "baton.efi \\not-there",
        "baton.efi \\short",
        "baton.efi \\letter.txt",
        "baton.efi \\folder",
        "baton.efi \\kernel initrd=\\folder",
        "baton.efi \\kernel initrd=\\not-there.img",
        "baton.efi \\..\\kernel",
        "baton.efi --unknown \\kernel",
        f"baton.efi \\kernel {'long ' * 500}",
    ]
    files: dict[str, Content] = {
        "baton.efi": baton,
        "kernel": kernel.image,
        "initrd": userspace,
        "short": kernel.image.read_bytes()[:100_000],
        "letter.txt": TEXT,
        "folder": None,
        "startup.nsh": layout.shell_script(
            *lines, f"baton.efi \\kernel initrd=\\initrd {layout.CONSOLE}"
        ),
    }
    run = boot(files)
    run.enter_shell()
    text = to_userspace(run)
    for number, line in enumerate(lines):
        before, _, _ = text.partition(f"{layout.SHELL_ALIVE} {number}")
        assert before != text, f"the shell did not survive {line!r}:\n{run.tail()}"
        assert before.rfind("baton:") > before.rfind(layout.SHELL_ALIVE), f"{line!r}: no message"


def free_pages(listing: str) -> int:
    """The number of available pages in the shell's `memmap` summary."""
    found = re.findall(r"Available\s*:\s*([\d,]+) Pages", listing)
    assert found, listing
    return int(found[-1].replace(",", ""))


@pytest.mark.parametrize("refused", ["\\letter.txt", "\\kernel initrd=\\folder"])
def test_a_refusal_gives_all_memory_back(
    boot: Boot, baton: Path, kernel: Kernel, refused: str
) -> None:
    again = [f"baton.efi {refused}"] * 8
    files: dict[str, Content] = {
        "baton.efi": baton,
        "kernel": kernel.image,
        "letter.txt": TEXT,
        "folder": None,
        # The first time the firmware itself fills caches.
        "startup.nsh": layout.shell_script(*again[:2], "memmap", *again, "memmap"),
    }
    run = boot(files)
    run.enter_shell()
    assert run.expect_end() == 0, run.tail()
    _, _, rest = run.text.partition(f"{layout.SHELL_ALIVE} 1\n")
    first, _, rest = rest.partition(f"{layout.SHELL_ALIVE} 2\n")
    _, _, last = rest.partition(f"{layout.SHELL_ALIVE} 10\n")
    # Eight images of Baton that stayed, or eight initrds, would be hundreds of pages.
    assert free_pages(first) - free_pages(last) < 16


def test_entries_that_name_baton_itself_are_left_out(boot: Boot, baton: Path) -> None:
    """By its path, as a kernel, and as a copy under another name: the good entry behind them boots."""
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "tools/copy.efi": baton,
        "kernel.elf": debian.NATIVE,
        "loader/entries/4.conf": f"efi /{layout.REMOVABLE}\n",
        "loader/entries/3.conf": f"linux /{layout.REMOVABLE}\n",
        "loader/entries/2.conf": "efi /tools/copy.efi\n",
        "loader/entries/1.conf": layout.entry("/kernel.elf"),
    }
    run = boot(files)
    passed(run)
    said = [line for line in run.text.splitlines() if "it is Baton itself" in line]
    assert len(said) == 3, run.tail()
    complaint(run, "copy.efi", "it is Baton itself")
