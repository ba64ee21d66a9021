# SPDX-License-Identifier: BSD-2-Clause
"""What the test drivers report on a debug port of their own.

Knows: the port and the lines of test/firmware/report.h. Must not know: which driver says what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

_PORT = 0x0BA0
FILE = "report.log"


def port(path: Path | str = FILE) -> list[str]:
    """The port, for QEMU; what is reported goes into `path`, by itself into the machine's own directory."""
    return ["-chardev", f"file,id=report,path={path}", "-device", f"isa-debugcon,iobase={_PORT:#x},chardev=report"]


@dataclass
class Line:
    """One line of the driver's report."""

    event: str
    values: dict[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """A value as a number."""
        return int(self.values[name], 16)


def parse(report: str) -> list[Line]:
    """The complete lines of a report."""
    lines = []
    for text in report.split("\n")[:-1]:
        event, *words = text.split(" ")
        pairs = (word.partition("=") for word in words)
        lines.append(Line(event, {name: value for name, _, value in pairs}))
    return lines
