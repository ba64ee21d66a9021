# SPDX-License-Identifier: BSD-2-Clause
"""A record that is missing is Baton's fault, unless the host held the machine up until its alarm rang."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from faults import started
from faults.last_calls import LastCalls, seconds_worked
from faults.trial import RECORD
from lab.machine import Run
from lab.variables import VariableStore


class Host:
    """A run, a clock, and how long its process has worked."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.work: float | None = 40.0
        self.run: Any = SimpleNamespace(text="", process=SimpleNamespace(pid=7))
        self.calls = LastCalls(self.run, now=lambda: self.now, worked=lambda pid: self.work)

    def pass_time(self, seconds: float, work: float) -> None:
        assert self.work is not None
        self.now += seconds
        self.work += work
        self.calls.look()


@pytest.mark.parametrize(
    ("seconds", "work", "held_up"),
    [(0.1, 0.1, False), (15, 15, False), (15, 0.1, True), (300, 0.3, True), (15, 2, False), (10, 0, False)],
)
def test_a_machine_is_held_up_when_it_stands_still_until_the_alarm(
    seconds: float, work: float, held_up: bool
) -> None:
    host = Host()
    host.pass_time(100, 30)  # the boot, which does not count
    host.run.text = "Baton: restarting\n"
    host.calls.look()
    host.pass_time(seconds / 2, work / 2)
    host.pass_time(seconds / 2, work / 2)
    host.work = None  # it has ended
    host.now += 100
    host.calls.look()
    assert host.calls.were_held_up == held_up
    assert str(host.calls).startswith(f"{seconds:.1f} s after")


def test_a_machine_that_never_says_that_it_restarts_is_not_held_up() -> None:
    host = Host()
    host.calls.look()
    host.pass_time(100, 0)
    assert not host.calls.were_held_up


def test_linux_tells_how_long_a_process_worked(tmp_path: Path) -> None:
    assert seconds_worked(0) is None
    mine = sum(os.times()[:2])
    assert mine - 0.1 <= (seconds_worked(os.getpid()) or 0) <= time.process_time() + 0.1
    # A name may be made to look like the rest of the line.
    (tmp_path / "7").mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "7" / "stat").write_text(f"7 (a) Z 1 (b) R {' '.join('0' * 10)} {ticks} {2 * ticks} 0\n")
    assert seconds_worked(7, tmp_path) == 3


def test_a_flash_that_the_host_slows_down_holds_the_machine_up(shared: Path, room: Path) -> None:
    what = started.STARTED["stub"]
    place = started.saved_machine(shared / "started", what, guarded=True)
    with place.resume(room / "machine", "fail=ever change", what.load_options(True)) as run:
        run.expect("Restarting in 1 s")
        throttle_flash(run)
        last_calls = LastCalls(run)
        last_calls.look()
        while run.collect(0.1):
            last_calls.look()
        last_calls.look()
        assert run.process.wait() == 0
        assert "Baton: restarting" in run.text
    assert last_calls.were_held_up, str(last_calls)
    assert VariableStore(run.machine.store).read(*RECORD) is None


def throttle_flash(run: Run) -> None:
    """The host writes to the second flash once a second."""
    none = dict.fromkeys(("bps", "bps_rd", "bps_wr", "iops", "iops_rd"), 0)
    run.qmp.execute("block_set_io_throttle", device="pflash1", iops_wr=1, **none)
