# SPDX-License-Identifier: BSD-2-Clause
"""Lines for whoever waits: what is being done, and how far it is.

Must not know: who does it. They go to the standard error output, which belongs to no other program's result.
A run of pytest keeps what its tests print to itself; it names a file in BATON_PROGRESS instead and shows what
is added to it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

FILE = "BATON_PROGRESS"
PAUSE = 5.0  # seconds between two lines about the same thing


def say(text: str) -> None:
    """One line."""
    place = os.environ.get(FILE)
    if place:
        with contextlib.suppress(OSError), open(place, "a", encoding="utf-8") as lines:
            lines.write(f"{text}\n")  # without effect when that run has ended
    else:
        print(text, file=sys.stderr, flush=True)


class Waiting:
    """While this is entered, a line every few seconds: what look() gives, and since when we wait.

    An empty text says nothing.
    """

    def __init__(self, look: Callable[[], str], pause: float = PAUSE) -> None:
        self._look = look
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        begin = time.monotonic()
        while not self._over.wait(self._pause):
            text = self._look()
            if text:
                say(f"{text}, {time.monotonic() - begin:.0f} s")

    def __enter__(self) -> Waiting:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
