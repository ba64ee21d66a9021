# SPDX-License-Identifier: BSD-2-Clause
"""A person at the serial port of a machine that lab/system.py has made: logs in, types commands, reads.

Knows: what such a machine says when it is ready, and how to tell one command's output from the next's.
Must not know: what the commands are for.
"""

from __future__ import annotations

import re

from lab import system
from lab.machine import Run


class Shell:
    """A shell of root, which does not echo what is typed."""

    def __init__(self, run: Run, after: int = 0) -> None:
        """Log in, at the first prompt behind the first `after` characters of the transcript."""
        self._run = run
        self._count = 0
        run.expect(system.PROMPT, timeout=1800, after=after)
        run.send("root\n")
        run.expect(system.SHELL, timeout=1800, after=after)
        self._after = len(run.text)

    def run(self, command: str) -> str:
        """What `command` says, and its exit status unless that is 0."""
        self._count += 1
        end = re.compile(rf"^(.*?)^end {self._count} (\d+)$", re.DOTALL | re.MULTILINE)
        # What the shell is sent is not what it prints.
        self._run.send(f"printf 'begin %d\\n' {self._count}; {{ {command}\n}} 2>&1; printf 'end %d %d\\n' {self._count} $?\n")
        self._run.expect(end, timeout=1800, after=self._after)
        text = self._run.text[self._after :]
        said, status = end.findall(text[text.index(f"begin {self._count}\n") + len(f"begin {self._count}\n") :])[0]
        return said if status == "0" else f"{said}exit status {status}\n"

    def leave(self, command: str) -> int:
        """Type a command after which this shell is gone; how long the transcript was before."""
        length = len(self._run.text)
        self._run.send(f"{command}\n")
        return length
