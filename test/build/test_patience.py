# SPDX-License-Identifier: BSD-2-Clause
"""What a wait for a machine counts on a busy host: the time in which the machine could have run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab.patience import Patience, kept_waiting

LOOP = "import os; os.sched_setaffinity(0, {%d}); os.nice(%d)\nwhile True: pass"
SLEEP = "import signal; print('now', flush=True); signal.pause()"


def seconds_on_a_processor(pid: int) -> float:
    """Of a process with one thread."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


class Host:
    """A clock, and how long each thread of each process has waited for a processor."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: dict[int, dict[str, float]] = {1: {"1": 50.0, "2": 7.0}, 2: {"3": 0.0}}

    def patience(self, seconds: float, *pids: int) -> Patience:
        return Patience(
            seconds, *pids, now=lambda: self.now, waits=lambda pid: dict(self.waits.get(pid, {}))
        )


def test_what_idles_has_the_time_that_was_said() -> None:
    host = Host()
    patience = host.patience(10, 1)
    host.now += 9
    assert patience.left() == 1
    assert not patience.is_over
    host.now += 1
    assert patience.is_over


def test_time_without_a_processor_is_not_counted() -> None:
    host = Host()
    patience = host.patience(10, 1)
    host.now += 100
    host.waits[1]["1"] += 95  # the busiest; the other one waited beside it
    host.waits[1]["2"] += 60
    assert patience.left() == 5
    host.now += 5
    assert patience.is_over


def test_threads_that_come_and_go_count_while_they_are_there() -> None:
    host = Host()
    patience = host.patience(10, 1)
    host.now += 20
    host.waits[1]["9"] = 15.0
    assert patience.left() == 5
    host.waits.clear()
    assert patience.left() == 5


def test_a_machine_waits_for_its_tpm_too() -> None:
    host = Host()
    patience = host.patience(10, 1, 2)
    host.now += 20
    host.waits[1]["1"] += 6
    host.waits[2]["3"] += 8
    assert patience.left() == 4


def test_linux_tells_how_long_a_process_had_no_processor() -> None:
    # Whatever else runs here: two that want the same processor wait for it, and one that sleeps does not.
    assert kept_waiting(0) == {}
    one = min(os.sched_getaffinity(0))
    loops = [subprocess.Popen([sys.executable, "-c", LOOP % (one, nice)]) for nice in (0, 19)]
    sleeper = subprocess.Popen([sys.executable, "-c", SLEEP], stdout=subprocess.PIPE)
    try:
        assert sleeper.stdout is not None and sleeper.stdout.readline() == b"now\n"
        while Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
            pass
        before = kept_waiting(sleeper.pid)
        # The second loop gets a small part of the time.
        while sum(kept_waiting(loops[1].pid).values()) <= max(0.3, ran := seconds_on_a_processor(loops[1].pid)):
            assert ran < 1
            assert all(each.poll() is None for each in (*loops, sleeper))
        assert len(before) == 1
        assert kept_waiting(sleeper.pid) == before
    finally:
        for each in (*loops, sleeper):
            each.kill()
            each.communicate()
