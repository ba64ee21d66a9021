# SPDX-License-Identifier: BSD-2-Clause
"""How long to wait for processes that may hang, on a host that may be busy.

Knows: what Linux tells of a thread that could run and had no processor (/proc/PID/task/*/schedstat).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def _times(pid: int, proc: Path) -> dict[str, tuple[float, float]]:
    """Seconds that each thread has had a processor, and has waited for one; nothing of a process that is gone."""
    times = {}
    for thread in (proc / str(pid) / "task").glob("*"):
        try:
            # On a processor, ready to run, turns; the times in nanoseconds.
            worked, waited, _ = map(int, (thread / "schedstat").read_text().split())
        except (OSError, ValueError):
            continue
        times[thread.name] = worked / 1e9, waited / 1e9
    return times


def kept_waiting(pid: int, proc: Path = Path("/proc")) -> dict[str, float]:
    """Seconds that each thread has waited for a processor until now; nothing of a process that is gone."""
    return {thread: waited for thread, (_, waited) in _times(pid, proc).items()}


def is_starved(pid: int, proc: Path = Path("/proc")) -> bool:
    """Whether some thread of a process has waited for a processor longer than it had one, and that for a second."""
    return any(waited > max(worked, 1) for worked, waited in _times(pid, proc).values())


class HostTooBusy(Exception):
    """What was to be shown cannot be: the host had too little time for it. Neither a success nor a failure."""


class Patience:
    """A bound of `seconds` in which the processes could have run.

    It is a bound for what hangs, not a measurement. On a host with more to do than processors, the time in which the
    busiest thread of each process only waited for one is not counted: there a machine may take as long as it needs, and
    one that hangs, idle or in a loop, is found all the same.
    """

    def __init__(
        self,
        seconds: float,
        *pids: int,
        now: Callable[[], float] = time.monotonic,
        waits: Callable[[int], dict[str, float]] = kept_waiting,
    ) -> None:
        self.seconds = seconds
        self._pids = pids
        self._now = now
        self._waits = waits
        self._begin = now()
        self._before = [waits(pid) for pid in pids]
        self._most = [0.0] * len(pids)

    def left(self) -> float:
        """Seconds that are left; nothing when it is over."""
        for index, pid in enumerate(self._pids):
            before = self._before[index]
            waited = [wait - before.get(thread, 0.0) for thread, wait in self._waits(pid).items()]
            # What threads that are gone have waited stays.
            self._most[index] = max([self._most[index], *waited])
        return max(0.0, self.seconds - (self._now() - self._begin) + sum(self._most))

    @property
    def is_over(self) -> bool:
        return self.left() <= 0
