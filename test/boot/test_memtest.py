# SPDX-License-Identifier: BSD-2-Clause
"""A kernel with one address: memtest86+, a bzImage for exactly 1 MiB."""

from __future__ import annotations

from pathlib import Path

from lab import debian, layout
from lab.board import NO_THIRD_CACHE
from lab.machine import Boot


# pref_address in the setup header of the boot protocol, and an address at which OVMF has boot services.
PREFERRED = 0x258
TAKEN = 16 << 20


def test_memtest_reaches_its_screen_on_the_serial_port(boot: Boot, baton: Path) -> None:
    files = {
        layout.REMOVABLE: baton,
        "memtest.bin": debian.memtest(),
        "loader/entries/memtest.conf": layout.entry(
            "/memtest.bin", options="console=ttyS0,115200"
        ),
    }
    run = boot(files, display="std", cpu=NO_THIRD_CACHE)
    run.expect("leaving boot services")
    # Drawn after the hand-off: its title, and that it has found the memory to test.
    run.expect("Memtest86+ v")
    run.expect("Memory")


def test_a_fixed_kernel_runs_from_elsewhere_when_boot_services_have_its_place(
    boot: Boot, baton: Path
) -> None:
    """The program does not mind where it runs; that its place is taken makes Baton put it elsewhere."""
    image = bytearray(debian.memtest().read_bytes())
    image[PREFERRED : PREFERRED + 8] = TAKEN.to_bytes(8, "little")
    files = {
        layout.REMOVABLE: baton,
        "memtest.bin": bytes(image),
        "loader/entries/memtest.conf": layout.entry(
            "/memtest.bin", options="console=ttyS0,115200"
        ),
    }
    run = boot(files, display="std", cpu=NO_THIRD_CACHE)
    run.expect("leaving boot services")
    run.expect("Memtest86+ v")
