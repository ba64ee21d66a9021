# SPDX-License-Identifier: BSD-2-Clause
"""How far a run of pytest is, in place of its dots: tests done of all, failures, those that take long, and what is
being fetched for them.

Knows: pytest's hooks, and those of xdist, whose processes tell this one what they do. Must not know: the tests.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab import progress

SLOW = 10.0  # seconds after which a running test is named
_NAME = 70  # characters of a test's name


def short(test: str) -> str:
    """A test's name for a line of output: both ends of it, since parameters are at the end."""
    name = test.rpartition("/")[2]
    half = (_NAME - 3) // 2
    return name if len(name) <= _NAME else f"{name[:half]}...{name[-half:]}"


class Count:
    """What is known of a run."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._running: dict[str, float] = {}
        self.total = 0
        self.done = 0
        self.failed = 0

    def start(self, test: str) -> None:
        """A test has begun."""
        self._running[test] = self._now()

    def finish(self, test: str) -> None:
        """A test has ended."""
        self._running.pop(test, None)
        self.done += 1

    def line(self) -> str:
        """How far it is."""
        ages = {test: self._now() - begin for test, begin in self._running.copy().items()}
        slow = [f"{short(test)} {age:.0f} s" for test, age in ages.items() if age >= SLOW]
        text = f"TEST    {self.done}/{self.total}"
        text += f", {self.failed} failed" if self.failed else ""
        return text + (f"  (slow: {', '.join(slow)})" if slow else "")


class Counted:
    """The plugin of the process that starts the others, or that runs the tests itself."""

    def __init__(self, pause: float = progress.PAUSE) -> None:
        self.count = Count()
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        # Not pytest's: while a test runs, that one is captured.
        self._out = os.dup(1)
        # A file without a place in a file system is gone with us, however we end.
        number = os.memfd_create("progress")
        self._notes = os.fdopen(number, encoding="utf-8", errors="replace")
        os.environ[progress.FILE] = f"/proc/{os.getpid()}/fd/{number}"

    def _print(self, text: str) -> None:
        os.write(self._out, f"{text}\n".encode())

    def _watch(self) -> None:
        while not self._over.wait(self._pause):
            for note in self._notes:
                self._print(note.rstrip("\n"))
            self._print(self.count.line())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """The tests begin."""
        if session.config.option.collectonly:
            return
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False
        self._thread.start()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """This process runs the tests itself."""
        self.count.total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """One of the others knows how many there are; all of them find the same."""
        self.count.total = len(ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test has begun."""
        self.count.start(nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test has ended."""
        self.count.finish(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test has ended."""
        if report.failed:
            self.count.failed += 1
            self._print(f"FAILED  {report.nodeid}")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_report_teststatus(self) -> Iterator[None]:
        """No dot."""
        outcome: Any = yield
        category, _, word = outcome.get_result()
        outcome.force_result((category, "", word))

    def pytest_sessionfinish(self) -> None:
        """All tests have ended."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
            self._print(self.count.line())

    def pytest_unconfigure(self) -> None:
        """Nobody shows notes any more."""
        os.environ.pop(progress.FILE, None)
        self._notes.close()
