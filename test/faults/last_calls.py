# SPDX-License-Identifier: BSD-2-Clause
"""Whether a machine that gives up could write its record before its alarm reset it.

Knows: how long Baton's alarm waits for the last calls (src/efi/exit/give_up.c), what it prints before them.
Must not know: faults, records.

The alarm counts seconds that pass, whatever the host does with them: where the host's disk stands still, so does
the machine that writes a variable, and then the alarm is right and no record is left. A firmware that hangs in
its services loops until then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from lab.machine import Run

ALARM = 15  # seconds: LAST_CALLS_SECONDS
SEEN_LATE = 3  # seconds: what is said may be read later than it was written
WORK = 1  # second of a processor: the last calls of a machine that is well take a tenth of it


def seconds_worked(pid: int, proc: Path = Path("/proc")) -> float | None:
    """Seconds of a processor that a process has used; None when there is none."""
    try:
        text = (proc / str(pid) / "stat").read_text()
    except OSError:
        return None
    # Behind the name, which can have any character: state is field 3, utime 14, stime 15, in ticks.
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class LastCalls:
    """What passes between the last line of a machine that gives up, and its end. look() after each reading."""

    def __init__(
        self,
        run: Run,
        now: Callable[[], float] = time.monotonic,
        worked: Callable[[int], float | None] = seconds_worked,
    ) -> None:
        self._run = run
        self._now = now
        self._worked = worked
        self._begin: tuple[float, float] | None = None
        self.seconds = 0.0
        self.work = 0.0

    def look(self) -> None:
        """Take the times, once the machine has said that it restarts."""
        if self._begin is None and "Baton: restarting" not in self._run.text:
            return
        work = self._worked(self._run.process.pid)
        if work is None:
            return
        if self._begin is None:
            self._begin = self._now(), work
        self.seconds = self._now() - self._begin[0]
        self.work = work - self._begin[1]

    @property
    def were_held_up(self) -> bool:
        """The alarm ended them, and all the while the machine stood still."""
        return self.seconds > ALARM - SEEN_LATE and self.work < WORK

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s after it said that it restarts, in which it worked for {self.work:.1f} s"
