# SPDX-License-Identifier: BSD-2-Clause
"""The menu as people meet it: on a serial line, on a screen, and where there is no key to press.

One machine for each: what the state machine does is tested in test/unit/core/menu, who decides in
test/unit/boot/menu.
"""

from __future__ import annotations

import re
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from faults.card import misbehaving
from lab import debian, initramfs, layout, tpm, uki
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot, Run
from lab.transcript import to_userspace

# What the README shows is made here.
KEPT = debian.BUILD / "menu"
COUNTDOWN = "any key stops that"


def three_entries(baton: Path, kernel: Kernel, userspace: Path, conf: str) -> dict[str, Content]:
    """Two kernels, a text that is none, and an entry whose kernel is not there."""
    initrds = ["/initrd.img"]
    files = layout.entries(
        {
            name: layout.entry(linux, initrds, f"{layout.CONSOLE} entry={name}", title)
            for name, linux, title in (
                ("new", "/vmlinuz", "Debian GNU/Linux 12"),
                ("old", "/vmlinuz", "Debian GNU/Linux 11"),
                ("text", "/letter", "A letter"),
                ("gone", "/gone", "Removed by hand"),
            )
        }
    )
    return {
        layout.REMOVABLE: baton,
        "loader/loader.conf": conf,
        "vmlinuz": kernel.image,
        "initrd.img": userspace,
        "letter": "I am a letter, not a kernel.\n" * 400,
        **files,
    }


def answer(run: Run, keys: str, token: str) -> str:
    """Type, and wait until `token` has come behind that; what has come."""
    before = len(run.text)
    run.send(keys)
    run.expect(re.compile(rf"(?s)\A.{{{before},}}?{re.escape(token)}"), 60)
    return run.text[before:]


def test_a_serial_line(boot: Boot, room: Path, baton: Path, kernel: Kernel, userspace: Path) -> None:
    """A failure leads back with its reason; keys of terminals are one key; options are edited."""
    files = three_entries(baton, kernel, userspace, "timeout 300\n")
    parts = {
        ".osrel": b"ID=image\nPRETTY_NAME=An image\n",
        ".cmdline": f"{layout.CONSOLE} entry=image".encode(),
        ".linux": kernel.image,
        ".initrd": userspace,
    }
    files["EFI/Linux/image.efi"] = uki.build(room / "image.efi", parts)
    files["loader/entries/gone-2.conf"] = "title Removed by hand\nversion 2\nlinux /gone\n"
    run = boot(files)
    run.expect(COUNTDOWN)
    run.expect("6   Removed by hand")
    run.expect(re.compile(r"Removed by hand \(2\)"))  # the other one has no version
    answer(run, "j", ">  2   Debian GNU/Linux 11")
    raw = len(run.raw)
    answer(run, "\x1b[B", ">  3   A letter")
    assert len(run.raw) - raw < 200, "a move draws two rows"
    # The firmware passes this on as Escape, [, 4 and ~: End, and no digit.
    answer(run, "\x1b[4~", ">  7   Removed by hand")
    run.expect("its kernel is not there")
    answer(run, "\r", "this entry cannot be booted")
    answer(run, "4e", "Options of An image")
    run.expect(re.compile(r"Options of An image.*entry=image", re.DOTALL))
    answer(run, "\x1b", ">  4   An image")
    answer(run, "/lett", ">  3   A letter")
    assert "baton: loading" in answer(run, "\r\r", "(failed)")
    run.expect("not a kernel that Baton knows")
    answer(run, "i", "id: text.conf")
    answer(run, "q1e", "Options of Debian GNU/Linux 12")
    answer(run, " typed=here", "typed=here")
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "serial.txt").write_bytes(run.raw)
    answer(run, "\x1b", "Keep the changes")
    answer(run, "y", "(edited)")
    answer(run, "4e", "Options of An image")
    run.send(" typed=image\r")
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0
    assert "baton: booting An image\n" in run.text
    assert "entry=image typed=image]" in run.text  # as userspace tells the command line


def throttle(run: Run, rate: int) -> None:
    """So many bytes a second from the disk; 0: as many as it can."""
    none = dict.fromkeys(("bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"), 0)
    run.qmp.execute("block_set_io_throttle", device="esp", bps=rate, **none)


def test_a_slow_disk(boot: Boot, baton: Path, kernel: Kernel, userspace: Path) -> None:
    """What takes long is told of; Escape leads back to the menu, from which another try succeeds.

    The firmware, too, takes long: over a program that is no program, and over what the TPM is told of.
    """
    entry = layout.entry("/vmlinuz", ["/initrd.img", "/zeros.img"], f"{layout.CONSOLE} entry=slow", "Slow")
    run = boot(
        {
            layout.REMOVABLE: baton,
            "loader/loader.conf": "timeout menu-force\n",
            "loader/entries/slow.conf": entry,
            "loader/entries/large.conf": "title Large\nefi /large.efi\n",
            "large.efi": bytes(130 << 20),
            "vmlinuz": kernel.image,
            "initrd.img": userspace,
            "zeros.img": bytes(24 << 20),
        },
        **tpm.machine(),
    )
    run.expect("Enter boots")
    run.send("2\r")
    run.expect("verifying \\large.efi: 130 MiB, about 1 s")
    run.expect(re.compile(r"(?s)cannot load it as a PE image.*>  2   Large \(failed\)"))
    throttle(run, 6 << 20)
    run.send("1\r")
    run.expect(re.compile(r"zeros\.img: \d+ of 24 MiB \(\d+ %\), \d+ [KM]iB/s, \d+ s left"))
    run.send("\x1b")
    run.expect("Escape was pressed; choose an entry")
    run.expect(re.compile(r"(?s)Escape was pressed.*>  1   Slow \(failed\)"))
    throttle(run, 0)
    answer(run, "e", "Options of Slow")
    run.send(" typed=here\r")
    run.expect(re.compile(r"measuring \d+ MiB, about \d+ s"))
    assert "entry=slow typed=here" in to_userspace(run)


def rows_of(picture: Path) -> tuple[int, list[bytes]]:
    """Width, and the rows of a PNG of 8 bits a channel as QEMU writes them, without alpha."""
    data = picture.read_bytes()
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    assert depth == 8 and colour in (2, 6)
    size = 3 if colour == 2 else 4
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    raw = zlib.decompress(packed)
    rows, before = [], bytes(width * size)
    for y in range(height):
        kind, row = raw[y * (width * size + 1)], bytearray(raw[y * (width * size + 1) + 1 :][: width * size])
        for i, value in enumerate(row):
            left = row[i - size] if i >= size else 0
            corner = before[i - size] if i >= size else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = before[i]
            elif kind == 3:
                guess = (left + before[i]) // 2
            elif kind == 4:
                near = left + before[i] - corner
                guess = min((left, before[i], corner), key=lambda one: abs(near - one))
            else:
                guess = 0
            row[i] = (value + guess) & 0xFF
        before = bytes(row)
        rows.append(before if size == 3 else b"".join(before[x : x + 3] for x in range(0, width * size, size)))
    return width, rows


def bar(picture: Path) -> int | None:
    """The first row of pixels of the bar over the chosen entry: light for the width of some characters."""
    _, rows = rows_of(picture)
    return next((y for y, row in enumerate(rows) if re.search(rb"[\x80-\xff]{192}", row)), None)


def wait_for_bar(run: Run, picture: Path, other_than: int | None) -> int:
    """What is drawn comes some time after a key."""
    patience = run.patience(120)
    while True:
        run.collect(0.2)
        found = bar(run.screendump(picture))
        if found is not None and found != other_than:
            return found
        assert not patience.is_over, "no bar moves on the screen"


def press(run: Run, *keys: str) -> None:
    """On the keyboard of the machine."""
    for key in keys:
        run.qmp.execute("send-key", keys=[{"type": "qcode", "data": key}])


def test_a_screen(boot: Boot, baton: Path, kernel: Kernel, userspace: Path, room: Path) -> None:
    """Keys of a keyboard move the bar by one line of text; the picture is kept."""
    files = three_entries(baton, kernel, userspace, "timeout menu-force\n")
    run = boot(files, display="std")
    run.expect("Enter boots")  # the last row: the screen shows what the serial line does
    picture = room / "menu.png"
    first = wait_for_bar(run, picture, None)
    press(run, "down")
    second = wait_for_bar(run, picture, first)
    assert second - first == 19, "one line of the firmware's font"
    KEPT.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(picture, KEPT / "menu.png")
    press(run, "ret")
    assert "entry=old" in to_userspace(run)


@pytest.mark.parametrize("fault", ["no-conin", "no-conout"])
def test_nobody_can_press_a_key(
    fault: str, boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    """The menu would wait for ever; the machine boots."""
    run = boot(
        three_entries(baton, kernel, userspace, "timeout menu-force\n"),
        **misbehaving(fault),
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0
    assert COUNTDOWN not in run.text
    assert "entry=new" in run.text
