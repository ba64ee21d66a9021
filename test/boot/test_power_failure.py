# SPDX-License-Identifier: BSD-2-Clause
"""Boot counting is cut off at 200 moments: a whole entry is there each time, for tools and for Baton."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from lab import debian, esp, layout, write_log
from lab.esp import Content
from lab.machine import Machine
from lab.write_log import Disk

FAILURES = 200
ENTRY = "linux /told.efi\noptions the whole of them\n"
NAMES = ("k+3.conf", "k+2-1.conf")


def contents(disk: Path) -> dict[str, bytes]:
    """What the files of the entry hold, by name; nothing of one that is damaged."""
    found = {}
    for name in re.findall(r"k\+[\d-]+\.conf", esp.listing(disk, "loader/entries")):
        try:
            found[name] = esp.extract(disk, f"loader/entries/{name}")
        except subprocess.CalledProcessError:
            found[name] = b""
    return found


def repaired(disk: Path, copy: Path) -> Path:
    """A copy of the disk as fsck would leave it at the next start of the system."""
    shutil.copyfile(disk, copy)
    partition = copy.with_suffix(".fat")
    partition.write_bytes(copy.read_bytes()[esp.START :])
    tool = debian.package("dosfstools") / "sbin/fsck.fat"
    tool = tool if tool.exists() else debian.package("dosfstools") / "usr/sbin/fsck.fat"
    done = subprocess.run([tool, "-a", partition], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout
    copy.write_bytes(copy.read_bytes()[: esp.START] + partition.read_bytes())
    return copy


def transcript(directory: Path, disk: Path) -> str:
    """A boot from that disk, which is changed."""
    run = Machine(directory, disk).start()
    try:
        run.expect("told the end")
        assert run.expect_end() == 0
        return run.text
    finally:
        run.kill()


def test_a_whole_entry_survives_each_power_failure(room: Path, baton: Path) -> None:
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "told.efi": debian.BUILD / "firmware" / "told.efi",
        f"loader/entries/{NAMES[0]}": ENTRY,
    }
    before = esp.build(room / "before.img", files)
    written = Path(shutil.copyfile(before, room / "written.img"))
    machine = Machine(room / "first", arguments=write_log.arguments(written, room / "log"))
    run = machine.start()
    run.expect("told the end")
    assert run.expect_end() == 0
    assert contents(written) == {NAMES[1]: ENTRY.encode()}
    writes = write_log.read(room / "log")
    assert sum(write.flush for write in writes) >= 2

    disk = Disk(before)
    seen: dict[frozenset[tuple[str, bool]], Path] = {}
    for number, sectors in zip(range(FAILURES), write_log.power_failures(writes, 1)):
        disk.put(sectors)
        found = contents(before)
        kind = frozenset((name, data == ENTRY.encode()) for name, data in found.items())
        assert any(whole for _, whole in kind), (number, found)
        if kind not in seen:
            seen[kind] = Path(shutil.copyfile(before, room / f"state{len(seen)}.img"))
            assert ENTRY.encode() in contents(repaired(before, room / "repaired.img")).values()

    # The old one, both, the new one; and both when the new one was half written.
    assert {frozenset(name for name, _ in kind) for kind in seen} == {
        frozenset(NAMES[:1]), frozenset(NAMES), frozenset(NAMES[1:]),
    }  # fmt: skip
    half = frozenset({(NAMES[0], True), (NAMES[1], False)})
    both = frozenset({(NAMES[0], True), (NAMES[1], True)})
    assert {half, both} <= seen.keys()
    for kind, path in ((half, r"k+1-2.conf"), (both, r"k+1-2.conf")):
        text = transcript(room / f"second{len(path)}{kind == half}", seen[kind])
        assert "told options: the whole of them|" in text
        assert rf"told LoaderBootCountPath 6: \loader\entries\{path}|" in text
        left = contents(seen[kind])
        assert left.pop(path) == ENTRY.encode()
        assert left.keys() == ({NAMES[1]} if kind == half else set())
