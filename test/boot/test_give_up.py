# SPDX-License-Identifier: BSD-2-Clause
"""A firmware that never lets go, from the first to the third start: what a person sees, and what is kept."""

from __future__ import annotations

import re
import subprocess
import uuid
from pathlib import Path

from faults.card import misbehaving
from lab import debian, initramfs, layout
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot, Run
from lab.transcript import to_userspace
from lab.variables import VariableStore

VENDOR = "4b521f68-b6fc-4b68-b123-1c2025b7d599"
SCREEN = debian.BUILD / "boot" / "screen"
TEXT = re.compile(r"\nBaton could not start the kernel.*?or choose another entry\.\n", re.DOTALL)
EFIVAR = f"/sys/firmware/efi/efivars/BatonExitRecord-{VENDOR}"


def two_entries(
    baton: Path, kernel: Kernel, userspace: Path, check: str = "true\n"
) -> dict[str, Content]:
    """The default entry and another one, with a script for userspace."""
    initrds = ["/1.img", "/2.img"]
    return {
        layout.REMOVABLE: baton,
        "loader/loader.conf": "default first\n",
        "loader/entries/first.conf": layout.entry(
            "/vmlinuz", initrds, layout.CONSOLE + " entry=first"
        )
        + "baton-exit-time 1\n",
        "loader/entries/other.conf": layout.entry(
            "/vmlinuz", initrds, layout.CONSOLE + " entry=other"
        ),
        "vmlinuz": kernel.image,
        "1.img": userspace,
        "2.img": initramfs.script(check),
    }


def record_of(run: Run) -> bytes | None:
    """The record in the flash of a machine that is off."""
    return VariableStore(run.machine.store).read("BatonExitRecord", uuid.UUID(VENDOR))


def give_up(boot: Boot, files: dict[str, Content], fault: str = "fail=ever") -> Run:
    """A machine whose firmware refuses every exit, when it has said so."""
    run = boot(
        files,
        display="std",
        **misbehaving(fault),
    )
    run.expect(TEXT)
    return run


def drawn(text: str, width: int, height: int) -> bytes:
    """The picture of `text` by the code that draws it, run here."""
    words = [str(SCREEN), str(width), str(height)]
    return subprocess.run(words, input=text.encode(), check=True, capture_output=True).stdout


def test_the_screen_says_what_the_serial_port_says(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path, room: Path
) -> None:
    run = give_up(boot, two_entries(baton, kernel, userspace))
    said = run.expect(TEXT)
    picture = room / "screen.ppm"
    # The text is drawn after it has been sent; the machine resets some seconds later.
    patience = run.patience(60)
    while True:
        run.qmp.execute("screendump", filename=str(picture))
        shown = picture.read_bytes()
        width, height = (int(word) for word in shown.split(maxsplit=3)[1:3])
        rows = said.count("\n") * 9 * max(1, width // 480)  # what is below the text is not ours
        header = shown.index(b"255\n") + 4
        size = rows * width * 3
        wanted = drawn(said, width, height)
        if shown[header : header + size] == wanted[header : header + size]:
            break
        assert not patience.is_over, "the screen shows something else"
    assert any(wanted[header : header + size]), "the picture is empty"
    assert run.expect_end() == 0, "the machine resets"


def test_the_next_start_tells_it_and_boots_another_entry_and_the_one_after_forgets_it(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    first = give_up(boot, two_entries(baton, kernel, userspace))
    assert first.expect_end() == 0
    assert "Baton: restarting" in first.text
    record = record_of(first)
    assert record and record.startswith(b"entry: first.conf\n") and b"gave up" in record

    check = f"tail -c +5 {EFIVAR} | grep -x 'entry: first.conf'\n"
    second = boot(two_entries(baton, kernel, userspace, check), variables=first.machine.store)
    text = to_userspace(second)
    assert "an earlier start could not leave the firmware" in text
    assert text.index("entry: first.conf") < text.index("leaving boot services")
    assert "entry=other" in text and "entry=first" not in text
    assert "userspace: test passed" in text

    third = boot(two_entries(baton, kernel, userspace), variables=second.machine.store)
    text = to_userspace(third)
    assert "an earlier start" not in text
    assert "entry=first" in text
    assert record_of(third) is None


def test_a_firmware_that_hangs_in_its_runtime_services_is_reset_all_the_same(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    """Text first, then the record, in which it hangs; the hardware resets."""
    run = give_up(boot, two_entries(baton, kernel, userspace), "fail=ever hang-runtime")
    assert run.expect_end() == 0, "the machine resets"
    assert "Baton: restarting" in run.text
    assert record_of(run) is None
