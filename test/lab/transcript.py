# SPDX-License-Identifier: BSD-2-Clause
"""How to read what a machine has said: Baton's messages, userspace, our kernels, the firmware.

Knows: the tokens of each, and that the firmware breaks lines at the width of its screen. Must not know: what
was booted.
"""

from __future__ import annotations

import re

from lab import initramfs, layout
from lab.machine import Run, verdict

PASS = 0x10  # what the kernels write to the isa-debug-exit port when every check has passed


def to_userspace(run: Run) -> str:
    """Wait for the completion token and for a clean power-off; the transcript."""
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    _, left, after = run.text.partition("baton: leaving boot services")
    assert left and "baton:" not in after, run.tail()
    return run.text


def seen(transcript: str, what: str) -> str:
    """The rest of the line in which userspace reports `what`."""
    found = re.search(rf"^userspace: {what} ?(.*)$", transcript, re.MULTILINE)
    assert found is not None, f"userspace reports no {what!r} in:\n{transcript}"
    return found.group(1)


def passed(run: Run) -> str:
    """The transcript of a kernel that found every promise kept."""
    assert verdict(run.expect_end()) == PASS, run.tail()
    assert re.search(r"^BATON-KERNEL: PASS$", run.text, re.MULTILINE), run.tail()
    return run.text


def back_in_firmware(run: Run) -> None:
    """Baton has returned: the firmware goes on to its next boot option, its shell."""
    run.enter_shell()
    assert run.expect_end() == 0, run.tail()
    assert layout.FIRMWARE_ALIVE in run.text
    assert "leaving boot services" not in run.text


def complaint(run: Run, *parts: str) -> str:
    """The one line in which Baton says what is wrong, which has all `parts`.

    The firmware breaks lines at the width of its screen, so they are compared without white space.
    """
    squeezed = re.sub(r"\s", "", run.text)
    assert "baton:" in squeezed, run.tail()
    for part in parts:
        assert re.sub(r"\s", "", part) in squeezed, f"no {part!r} in:\n{run.tail()}"
    return squeezed


def said(run: Run) -> list[str]:
    """Baton's messages, without white space: the firmware breaks them at the width of its screen."""
    squeezed = re.sub(r"\s", "", run.text)
    return re.findall(r"baton:(?:(?!baton:|BdsDxe:|\[0\.0).)*", squeezed)


def refused(run: Run, name: str, *parts: str) -> None:
    """There is one message about the file `name`, and it has all `parts`."""
    about = [line for line in said(run) if re.match(rf"baton:[a-z]+\\{re.escape(name)}:", line)]
    assert len(about) == 1, f"{len(about)} messages about {name} in:\n{run.tail()}"
    for part in parts:
        assert re.sub(r"\s", "", part) in about[0], f"no {part!r} in {about[0]!r}"
