# SPDX-License-Identifier: BSD-2-Clause
"""What the test drivers report on a debug port of their own.

Knows: the port and the lines of test/firmware/report.h. Must not know: which driver says what.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REPORT_PORT = 0x0BA0


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
