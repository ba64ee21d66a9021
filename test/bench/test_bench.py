# SPDX-License-Identifier: BSD-2-Clause
"""Baton's cost in guest instructions: against the floor of the same firmware, and against what it was.

Counts are the same on a fast and on a slow machine, so this test can be strict.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import bench, growth, image_size, loaders
from bench.measure import MIB, Meter
from lab import debian

RECORDED = Path(__file__).with_name("recorded.json")
"""SHA-256 of a firmware's code -> the most instructions that the reference boot may take on it."""

ABOVE_FLOOR = 913_000  # what configuration and directories may cost; with BARE's devices a million
# And what the firmware may take for the fifteen variables of the Boot Loader Interface.
INTERFACE = 3_000_000
BETWEEN = 500  # from the return of the last GetMemoryMap to the call of ExitBootServices
# Of Baton's own for each descriptor of a long map, both conversions together: 1180 where Linux needs
# a copy of the map that is just a little shorter, 990 with 20,000 (make bench), for which a test has
# no time. What is not for the map is less than 300,000.
FOR_EACH_DESCRIPTOR = 1250
NOT_FOR_THE_MAP = 300_000
LONG = 6000
ENTRIES_ABOVE_FLOOR = 50_000_000  # a thousand entries, over reading their files
# The firmware's timer comes every 10 ms of the machine's time and takes so many instructions. A boot takes 4 ms:
# where it begins, which hangs on the size of what is read before, says whether one falls into it.
TICK = 14_000
# Without a keyboard's controller and SATA, for which the firmware waits long under -icount, and which cost Baton's boot
# some 85,000 instructions on Debian 12's firmware, 29,000 on Debian 13's, 23,000 on sid's: what is recorded is without.
BARE = ("-machine", "i8042=off,sata=off")
# Each start fills all of it; what is counted is the same with the bench's own, which holds its larger initrds.
MEMORY = "512M"
# Bytes of the image without what only programs that leave by themselves, and Xen, need; all of it has 8 KiB more.
WITHOUT_GUARD_AND_MULTIBOOT = 128 * 1024
GUARD_AND_MULTIBOOT = ("src/core/guard/", "src/efi/guard/", "src/core/multiboot/", "src/boot/multiboot/")


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meter]:
    """One start of the firmware, which costs most of the time, for all tests here."""
    made = Meter(tmp_path_factory.mktemp("bench") / "meter", memory=MEMORY, more=BARE)
    made.directory.mkdir()
    yield made
    made.saved.unlink(missing_ok=True)


@pytest.fixture(name="sizes", scope="module")
def fixture_sizes() -> image_size.Sizes:
    """What is in the image."""
    return image_size.measure(loaders.BATON)


def recorded(firmware: debian.Firmware) -> int:
    """The most that the reference boot may take there, without a tick of the timer."""
    known = json.loads(RECORDED.read_text())
    key = hashlib.sha256(firmware.code.read_bytes()).hexdigest()
    if key not in known:
        pytest.skip(f"no count is recorded for the firmware {key}")
    return int(known[key])


@pytest.mark.parametrize("size", [1, 64])
def test_a_boot_costs_little_more_than_reading(meter: Meter, size: int) -> None:
    """Debian's cloud kernel with an initrd of so many MiB."""
    floor = bench.measure(meter, "floor", size * MIB)
    baton = bench.measure(meter, "baton", size * MIB)
    own = baton.total - baton.interface
    assert floor.total < own <= floor.total + ABOVE_FLOOR
    assert 0 < baton.interface <= INTERFACE
    assert baton.between < BETWEEN
    assert baton.exits == 1
    if size == 1:
        assert own <= recorded(meter.firmware) + TICK


@pytest.mark.parametrize("suite", ["trixie", "sid"])
def test_the_reference_boot_costs_what_it_did_on_newer_firmware(tmp_path: Path, suite: str) -> None:
    """They have a generator of random numbers, which Baton asks for the kernel's seed."""
    newer = Meter(tmp_path / "meter", debian.firmware(suite), MEMORY, BARE)
    newer.directory.mkdir()
    baton = bench.measure(newer, "baton", MIB)
    newer.saved.unlink()
    assert baton.total - baton.interface <= recorded(newer.firmware) + TICK


def test_a_long_memory_map_costs_so_much_for_each_descriptor_and_no_more(meter: Meter) -> None:
    """A step that compares each with each would take more than all of the limit."""
    long = growth.long_map(meter, LONG)
    assert long.descriptors > LONG
    assert long.own <= NOT_FOR_THE_MAP + long.descriptors * FOR_EACH_DESCRIPTOR


def test_a_thousand_entries_cost_little_more_than_reading_them(meter: Meter) -> None:
    """All are read and sorted before one is chosen; the floor reads the same files."""
    floor, baton = growth.many_entries(meter, 1000)
    assert floor.total < baton.total <= floor.total + ENTRIES_ABOVE_FLOOR


def test_every_byte_of_the_image_is_accounted_for(sizes: image_size.Sizes) -> None:
    """The sizes by source file, with what belongs to no file, add up to the file."""
    parts = (sizes.code, sizes.constants, sizes.rest)
    assert sum(sum(part.values()) for part in parts) == sizes.file
    assert all(size >= 0 for size in sizes.rest.values())
    assert sizes.code[image_size.UNKNOWN] + sizes.constants[image_size.UNKNOWN] < 1024


def test_the_image_is_small_without_the_guard_and_multiboot(sizes: image_size.Sizes) -> None:
    """The loader and its menu have a limit of their own, so that the others' room is not used up by them."""
    others = [sum(size for name, size in (*sizes.code.items(), *sizes.constants.items()) if name.startswith(folder))
              for folder in GUARD_AND_MULTIBOOT]  # fmt: skip
    assert all(others), "a folder has moved"
    assert sizes.file - sum(others) <= WITHOUT_GUARD_AND_MULTIBOOT
