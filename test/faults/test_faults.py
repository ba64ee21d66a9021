# SPDX-License-Identifier: BSD-2-Clause
"""Firmware that misbehaves on purpose: a part of `make test-faults`, which runs all of it.

Every fault is tried with the native kernel, whose runs take a fraction of a second; those that Linux or other
firmware could take differently are marked `chosen` in fault_table.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import fault_table, trial
from faults.fault_table import Outcome, Scenario
from faults.saved_machine import SavedMachine
from lab import debian
from lab.report import FILE, parse

OWN = debian.firmware().name
ALL = fault_table.scenarios()
# The wait before the reset takes seconds, so only some of the ends.
NATIVE = [
    each
    for each in ALL
    if "native" in each.kernels
    and not each.only
    and (each.chosen or each.outcome is not Outcome.GIVES_UP)
]
LINUX = [each for each in ALL if "linux" in each.kernels and each.chosen and not each.only]
LINUX = [each for each in LINUX if each.outcome is Outcome.BOOTS][::3]


def survived(shared: Path, room: Path, scenario: Scenario, kernel: str, firmware: str = OWN) -> None:
    """The scenario ends as it should."""
    done = trial.attempt(trial.saved_machine(shared, firmware), scenario, kernel, room / "machine")
    assert done.good, "\n".join([*done.problems, done.story])


@pytest.mark.parametrize("scenario", NATIVE, ids=lambda each: each.name)
def test_the_native_kernel_gets_the_final_map(shared: Path, room: Path, scenario: Scenario) -> None:
    survived(shared, room, scenario, "native")


@pytest.mark.parametrize("scenario", LINUX, ids=lambda each: each.name)
def test_linux_boots_on_the_final_map(shared: Path, room: Path, scenario: Scenario) -> None:
    survived(shared, room, scenario, "linux")


@pytest.mark.parametrize("kernel", ["native", "linux"])
def test_a_driver_that_allocates_before_the_exit_of_real_firmware(
    shared: Path, room: Path, kernel: str
) -> None:
    # Debian 13's OVMF has the BeforeExitBootServices group: nothing but the handler is ours.
    scenario = next(each for each in ALL if each.words == "on-before")
    survived(shared, room, scenario, kernel, "trixie")


def test_the_driver_reports_what_the_loader_did(shared: Path, room: Path) -> None:
    place: SavedMachine = trial.saved_machine(shared, OWN)
    scenario = next(each for each in ALL if each.words == "fail=2 change")
    with place.resume(room / "machine", scenario.words, trial.options(scenario, "native")) as run:
        run.expect_end()
    lines = parse((room / "machine" / FILE).read_text())
    exits = [line.number("status") for line in lines if line.event == "exit"]
    assert exits == [1 << 63 | 2, 1 << 63 | 2, 0]
    keys = [line.number("key") for line in lines if line.event == "exit"]
    assert len(set(keys)) == 3, "each failure changes the map"
    assert [line.number("exits") for line in lines if line.event == "left"] == [3]
