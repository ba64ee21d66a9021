# SPDX-License-Identifier: BSD-2-Clause
"""The variables in which one start tells the next of an exit, when somebody else has written them."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from lab import debian, layout
from lab.esp import Content
from lab.machine import Boot, Run
from lab.transcript import said
from lab.variables import NV_BS_RT, VariableStore

VENDOR = uuid.UUID("4b521f68-b6fc-4b68-b123-1c2025b7d599")
RECORD, MARKER = ("BatonExitRecord", VENDOR), ("BatonExitMarker", VENDOR)
NV_BS = 3  # a variable that no operating system sees
FORGED = b"entry: first.conf\nbaton: leaving boot services\n\x1b[2J" + b" " * 74 + b"baton: all is well"


def two_entries(baton: Path) -> dict[str, Content]:
    """`first` is the default; each says which one it is."""
    return {
        layout.REMOVABLE: baton,
        "hello.elf": debian.BUILD / "kernel" / "hello.elf",
        "loader/entries/first.conf": layout.entry("/hello.elf", options="first"),
        "loader/entries/second.conf": layout.entry("/hello.elf", options="second"),
        "loader/loader.conf": "default first\n",
    }


def store_with(room: Path, name: str, *variables: tuple[tuple[str, uuid.UUID], bytes, int]) -> Path:
    """A fresh variable store with these variables: name and vendor, content, attributes."""
    store = VariableStore(debian.firmware().variables)
    for (variable, vendor), content, attributes in variables:
        store.write(variable, content, vendor, attributes)
    return store.save(room / name)


def greeting(run: Run) -> str:
    """Which entry the kernel was started by."""
    assert run.expect_end() == 0, run.tail()
    (words,) = re.findall(r"^Hello from a kernel started by Baton .* with: (.*)$", run.text, re.M)
    return words


def kept(run: Run) -> list[bytes | None]:
    """Record and marker in the flash of a machine that is off."""
    store = VariableStore(run.machine.store)
    return [store.read(*RECORD), store.read(*MARKER)]


def test_what_baton_has_not_written_is_deleted_and_changes_nothing(
    boot: Boot, room: Path, baton: Path
) -> None:
    large = b"entry: first.conf\n" + b"x" * 8987
    foreign = b"entry: first.conf\n"
    for number, (record, marker) in enumerate(
        [((large, NV_BS_RT), (foreign, NV_BS)), ((foreign, NV_BS), (b"first\n", NV_BS_RT))]
    ):
        store = store_with(room, f"{number}.fd", (RECORD, *record), (MARKER, *marker))
        run = boot(two_entries(baton), variables=store)
        assert greeting(run) == "first"
        assert "an earlier start" not in run.text
        assert kept(run) == [None, None]


def test_a_record_by_somebody_else_forges_no_line_and_lasts_for_one_start(
    boot: Boot, room: Path, baton: Path
) -> None:
    store = store_with(room, "vars.fd", (RECORD, FORGED, NV_BS_RT))
    run = boot(two_entries(baton), variables=store)
    assert greeting(run) == "second"
    lines = [line.rstrip() for line in run.text.splitlines()]
    assert "    | entry: first.conf" in lines
    assert "    | baton: leaving boot services" in lines
    assert lines.count("baton: leaving boot services") == 1
    # Not in one line, and at the start of none.
    assert not any(line.lstrip().startswith("baton: all is well") for line in lines)
    assert [line for line in lines if "all is well" in line][0].startswith("    |")
    record, marker = kept(run)
    assert record is not None and record.startswith(b"told\nentry: first.conf\n") and marker is None

    later = boot(two_entries(baton), variables=run.machine.store)
    assert greeting(later) == "first"
    assert len(said(later)) == 2  # "booting", "leaving boot services"
    assert kept(later) == [None, None]


def test_asking_for_help_settles_nothing(boot: Boot, room: Path, baton: Path) -> None:
    content = b"entry: first.conf\n"
    store = store_with(room, "vars.fd", (RECORD, content, NV_BS_RT), (MARKER, content, NV_BS_RT))
    files: dict[str, Content] = {
        "baton.efi": baton,
        "startup.nsh": layout.shell_script("baton.efi --help", "baton.efi --version"),
    }
    run = boot(files, variables=store)
    run.enter_shell()
    assert run.expect_end() == 0, run.tail()
    assert run.text.count(layout.SHELL_ALIVE) == 2
    assert "an earlier start" not in run.text
    assert kept(run) == [content, content]
