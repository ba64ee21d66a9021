# SPDX-License-Identifier: BSD-2-Clause
"""What the referee reports for programs, and how a machine is made in which it watches.

Knows: the lines of verdict.c, the drivers' option ROMs. Must not know: which loaders there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab import debian
from lab.machine import Run
from lab.report import FILE, Line, parse

REFEREE = debian.BUILD / "referee.efi"
REFEREE_ROM = debian.BUILD / "referee.rom"
WITH_FAULT_ROM = debian.BUILD / "firmware" / "referee-fault.rom"


@dataclass
class Report:
    """What the referee said about one loader, for programs."""

    lines: list[Line]

    def of(self, event: str, **values: str) -> list[Line]:
        """The lines of an event with these values."""
        return [line for line in self.lines if line.event == event
                and values.items() <= line.values.items()]  # fmt: skip

    def one(self, event: str, **values: str) -> Line:
        """The only such line."""
        (line,) = self.of(event, **values)
        return line

    def verdicts(self, party: str) -> dict[str, str]:
        """Rule -> verdict."""
        return {line.values["rule"]: line.values["verdict"] for line in self.of("rule", party=party)}

    def called(self, name: str) -> set[str]:
        """The services in one list of calls."""
        return {line.values["service"] for line in self.of("call", list=name)}


def reported(run: Run) -> Report:
    """What has been reported so far."""
    return Report(parse((run.machine.directory / FILE).read_text()))


def report_of(run: Run, timeout: float = 180) -> Report:
    """Wait for a whole report of a loader that has called ExitBootServices; it without what came before."""
    run.expect("referee: firmware and drivers: ", timeout)
    while True:
        runs = run.collect(0.1)  # looked at first: a machine that has ended has reported all
        lines = reported(run).lines
        ends = [number for number, line in enumerate(lines) if line.event == "tally"]
        if len(ends) >= 2:
            return Report(lines[: ends[1] + 1])
        assert runs, run.tail()
