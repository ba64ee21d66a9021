# SPDX-License-Identifier: BSD-2-Clause
"""What a person sees of a machine's serial output: on a terminal, and in a log."""

from __future__ import annotations

import pytest

from lab.machine import Screen, readable

FIRMWARE = b"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H"
SAID = (
    b'BdsDxe: starting Boot0001\r\n\x1b[1m\x1b[33mShell\x1b[0m\r\n'
    b"\x1b[09;01HPress ESC in 5\rPress ESC in 4\r\n\r\nthe \xc3\xa9nd"
)


def shown(raw: bytes, terminal: bool, size: int) -> bytes:
    """All of it, when it comes in pieces."""
    screen = Screen(terminal)
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    return b"".join(screen.show(piece) for piece in pieces) + screen.show(b"", last=True)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_a_terminal_is_not_cleared_before_the_first_text(size: int) -> None:
    assert shown(FIRMWARE + SAID, terminal=True, size=size) == SAID


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_a_log_is_plain_text(size: int) -> None:
    text = shown(FIRMWARE + SAID, terminal=False, size=size)
    assert text.replace(b"\n\n\n", b"\n\n").lstrip() == readable(FIRMWARE + SAID).encode().lstrip()
    assert b"\x1b" not in text and b"\r" not in text


def test_it_is_known_whether_a_line_has_ended() -> None:
    screen = Screen(terminal=False)
    assert screen.at_line_start
    screen.show(b"Reset")
    assert not screen.at_line_start
    screen.show(b" done\n")
    assert screen.at_line_start
