# SPDX-License-Identifier: BSD-2-Clause
"""Programs that leave by themselves, behind the guard: a part of `make test-faults GUARD=all`.

The kernel's own stub meets each kind of answer that the guard gives; one other program each meets the fault that
only its own way to leave brings up.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faults import started
from faults.fault_table import Scenario
from lab import debian, esp, layout
from lab.esp import Content
from lab.machine import Boot
from lab.variables import VariableStore, load_option

ALL = {each.name: each for each in started.faults()}
CHOICE = [
    ("stub", "map grows by 256 at each of 5 failures"),  # its map is as good as the accepted one
    ("stub", "each of 8 failures really allocates"),  # it is not: another map, and stubs between
    ("stub", "partial shutdown (strict), at random"),  # whatever is called in between hangs
    ("stub", "buffer too small 6x although it fits"),
    ("stub", "descriptor size unset when too small"),
    ("stub", "leaves, but says DEVICE_ERROR"),
    ("stub", "exit fails for ever, map changes"),
    ("grub", "each of 8 failures really allocates"),  # it prints, frees and allocates in between
    ("xen", "each of 8 failures really allocates"),  # two attempts, and a pointer to the console
    ("driver", "each of 8 failures really allocates"),  # Baton is not there at all
]


def result(shared: Path, room: Path, program: str, scenario: Scenario) -> started.Result:
    """What becomes of a guarded program."""
    what = started.STARTED[program]
    place = started.saved_machine(shared / "started", what, guarded=True)
    usual = started.usual_warnings(place, what, guarded=True)
    return started.attempt(place, what, True, scenario, room / "machine", usual)


@pytest.mark.parametrize(("program", "fault"), CHOICE)
def test_a_guarded_program_survives_what_batons_own_exit_survives(
    shared: Path, room: Path, program: str, fault: str
) -> None:
    done = result(shared, room, program, ALL[fault])
    assert started.survived(done), "\n".join([done.seen, *done.problems, done.story[-3000:]])
    assert done.exits > 1 or "fail=" not in ALL[fault].words


def test_a_kernel_that_leaves_alone_does_not(shared: Path, room: Path) -> None:
    # Or the tests above would show nothing.
    stub = started.STARTED["stub"]
    place = started.saved_machine(shared / "started", stub, guarded=False)
    scenario = ALL["exit fails 2x, map changes"]
    done = started.attempt(place, stub, False, scenario, room / "machine", set())
    assert (done.seen, done.exits) == ("returns", 2)


def test_a_program_that_comes_back_finds_a_firmware_that_is_whole(shared: Path, room: Path) -> None:
    # Baton goes on with its next entry, whose exit is its own; the kernel checks the system table.
    files = {
        "EFI/BOOT/BOOTX64.EFI": debian.BUILD / "BOOTX64.EFI",
        "comeback.efi": debian.BUILD / "firmware" / "comeback.efi",
        "native.elf": debian.NATIVE,
        "loader/entries/1.conf": "sort-key 1\nefi /comeback.efi\nbaton-exit guard\n",
        "loader/entries/2.conf": "sort-key 2\nlinux /native.elf\noptions words\n",
    }
    place = started.SavedMachine(shared / "started" / "comeback", debian.firmware())
    place.directory.mkdir(parents=True)
    place.save(files)
    with place.resume(room / "machine", "fail=2 change") as run:
        # The menu, for a person to say what comes next.
        run.expect("1.conf (came back)")
        run.expect("Enter boots")
        run.send("\x1b[B\r")
        run.expect_end()
        assert "it was started and has come back" in run.text
        assert "BATON-KERNEL: PASS" in run.text


# EDK II from November 2023 on (a6648418c1) does not find a driver by its partition while no disk has been
# connected, which is so when drivers are loaded.
@pytest.mark.parametrize("firmware, whole", [("", False), ("sid", True)], ids=["short path", "sid, whole path"])
def test_the_firmware_loads_the_guard_before_any_loader(
    boot: Boot, room: Path, firmware: str, whole: bool
) -> None:
    # As a Driver#### option, before there is a console; a line on the serial port tells whose exit it was.
    own = debian.firmware(firmware)
    files: dict[str, Content] = {
        layout.REMOVABLE: debian.systemd_boot(),
        "guard.efi": debian.BUILD / "guard.efi",
        "vmlinuz": debian.cloud_kernel().image,
        "loader/entries/linux.conf": layout.entry("/vmlinuz"),
    }
    path = esp.partition_sectors(files) if whole else 0
    store = VariableStore(own.variables)
    store.write("Driver0000", load_option("guard", "guard.efi", "debug".encode("utf-16-le"), path))
    store.write("DriverOrder", b"\0\0")
    run = boot(files, variables=store.save(room / "vars.fd"), firmware=own)
    # EDK II of August 2026 changes its map in the first exit of whoever leaves.
    run.expect(re.compile(r"baton: left boot services; [12] attempts? in "))
    run.expect("Linux version")
