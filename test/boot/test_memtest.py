# SPDX-License-Identifier: BSD-2-Clause
"""A kernel that cannot be moved: memtest86+, a bzImage for exactly 1 MiB."""

from __future__ import annotations

from pathlib import Path

from lab import debian, layout
from lab.machine import Boot


def test_memtest_reaches_its_screen_on_the_serial_port(boot: Boot, baton: Path) -> None:
    files = {
        layout.REMOVABLE: baton,
        "memtest.bin": debian.memtest(),
        "loader/entries/memtest.conf": layout.entry(
            "/memtest.bin", options="console=ttyS0,115200"
        ),
    }
    run = boot(files, display="std")
    run.expect("leaving boot services")
    # Drawn after the hand-off: its title, and that it has found the memory to test.
    run.expect("Memtest86+ v")
    run.expect("Memory")
