# SPDX-License-Identifier: BSD-2-Clause
"""The e820 map is the same in each boot, as hibernation wants it: Linux refuses an image of other memory.

Ten boots differ in everything that a loader has to find memory for. The kernel prints its map first of
all, and the machine is stopped there.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from lab import debian, layout
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot
from oracle import same_boot

KIB = 1 << 10
# Sizes of the initrds; how many entries there are that cannot boot; words in front of the options.
BOOTS: tuple[tuple[tuple[int, ...], int, int], ...] = (
    ((), 0, 0),
    ((1,), 1, 0),
    ((4 * KIB,), 2, 10),
    ((255 * KIB,), 0, 100),
    ((256 * KIB + 1,), 3, 0),
    ((KIB, KIB + 1, KIB + 2), 0, 20),
    ((1024 * KIB,), 20, 0),
    ((3 * 1024 * KIB - 1, 5), 0, 150),
    ((2048 * KIB, 2048 * KIB), 5, 50),
    ((9 * 1024 * KIB + 17,), 40, 3),
)


def disk(baton: Path, kernel: Kernel, number: int) -> dict[str, Content]:
    """The disk of one of the boots."""
    sizes, others, words = BOOTS[number]
    content = random.Random(number)
    initrds = [f"/i{each}.img" for each in range(len(sizes))]
    options = "earlyprintk=ttyS0 console=ttyS0 " + "word " * words
    entry = layout.entry("/vmlinuz", initrds, options)
    # Higher names come first; half of the boots begin with entries that fail.
    name = "zz" if number % 2 else "a"
    more = {f"loader/entries/{name}{each}.conf": layout.entry("/nothing") for each in range(others)}
    return {
        layout.REMOVABLE: baton,
        "vmlinuz": kernel.image,
        **{name: content.randbytes(size) for name, size in zip(initrds, sizes)},
        "loader/entries/z.conf": entry,
        **more,
    }


@pytest.mark.parametrize("number", range(len(BOOTS)))
def test_ten_different_boots_have_one_e820_map(
    boot: Boot, room: Path, shared: Path, baton: Path, kernel: Kernel, number: int
) -> None:
    # The machine is test_oracle.py's, whose firmware may be up already.
    store = same_boot.variables(debian.firmware(), room / "prepared.fd")
    run = boot(disk(baton, kernel, number), variables=store, **same_boot.EQUIPMENT)
    tables = run.expect(re.compile(r"\] efi: .*ACPI 2\.0=.*\n"))
    # Without these there would be nothing in memory that the kernel has to leave alone.
    assert "TPMEventLog=" in tables and "RNG=" in tables
    found = re.findall(r"\] BIOS-e820: (\[.*)$", run.text, re.MULTILINE)
    assert len(found) > 10
    # Whichever of them comes first says what the others have to find.
    own = shared / f"e820-{number}"
    own.write_text("\n".join(found))
    try:
        os.link(own, shared / "e820")
    except FileExistsError:
        pass
    assert found == (shared / "e820").read_text().splitlines()
