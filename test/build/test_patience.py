# SPDX-License-Identifier: BSD-2-Clause
"""What a wait for a machine counts on a busy host: the time in which the machine could have run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.patience import Patience, is_starved, kept_waiting

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


def proc_of(tmp_path: Path, *threads: str) -> Path:
    for number, text in enumerate(threads):
        place = tmp_path / "7" / "task" / str(number)
        place.mkdir(parents=True)
        (place / "schedstat").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("threads", "starved"),
    [
        (["9000000000 8000000000 50\n"], False),
        (["9000000000 9100000000 50\n"], True),
        (["9000000000 10 50\n", "100 1200000000 3\n"], True),  # one that sleeps, and wakes up late
        (["5000000 900000000 3\n"], False),  # so little may be a start beside others
        (["", "not a number\n"], False),
        ([], False),
    ],
)
def test_a_process_is_starved_that_waited_longer_than_it_worked(
    tmp_path: Path, threads: list[str], starved: bool
) -> None:
    assert is_starved(7, proc_of(tmp_path, *threads)) == starved


def test_one_beside_too_many_others_is_starved_and_one_alone_is_not() -> None:
    one = min(os.sched_getaffinity(0))
    loop = subprocess.Popen([sys.executable, "-c", LOOP % (one, 19)])
    other = subprocess.Popen([sys.executable, "-c", LOOP % (one, 0)])
    idle = subprocess.Popen([sys.executable, "-c", SLEEP], stdout=subprocess.DEVNULL)
    try:
        while not is_starved(loop.pid):
            assert loop.poll() is None and other.poll() is None
        assert not is_starved(idle.pid)
    finally:
        for process in (loop, other, idle):
            process.kill()
            process.wait()


TOO_BUSY = """
import pytest
from types import SimpleNamespace
from lab import machine
from lab.machine import Run, Machine, Alarms

def said(line, starved, monkeypatch, tpm=True):
    monkeypatch.setattr(machine, "is_starved", lambda pid: starved)
    run = Run.__new__(Run)
    run.machine, run.process = SimpleNamespace(tpm=tpm), SimpleNamespace(pid=1)
    run.raw, run.allow, run._inspected, run._alarms = line, [], 0, Alarms()
    run._inspect()

LATE = b"[    5.830254] tpm tpm0: Operation Timed out\\n"
def test_late(monkeypatch): said(LATE, True, monkeypatch)
def test_late_on_an_idle_host(monkeypatch): said(LATE, False, monkeypatch)
def test_no_tpm(monkeypatch): said(LATE, True, monkeypatch, tpm=False)
def test_something_else(monkeypatch): said(b"tpm tpm0: A TPM error (256) occurred\\n", True, monkeypatch)
"""


def test_only_a_tpm_that_was_late_on_a_busy_host_skips_its_test(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(TOO_BUSY)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "conftest", "-v", "-rs", tmp_path],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "3 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "test_x.py::test_late SKIPPED" in done.stdout
    assert "came too late" in done.stdout
