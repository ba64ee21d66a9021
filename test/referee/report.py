# SPDX-License-Identifier: BSD-2-Clause
"""What the referee reports for programs, and how a machine is made in which it watches.

Knows: the lines of verdict.c, the drivers' option ROMs. Must not know: which loaders there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from firmware import rom
from lab import debian
from lab.machine import Run
from lab.report import REPORT_PORT, Line, parse

REFEREE = debian.BUILD / "referee.efi"
REFEREE_ROM = debian.BUILD / "referee.rom"
FAULT = debian.BUILD / "firmware" / "fault.efi"


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


def port(room: Path) -> list[str]:
    """The port for reports, for QEMU; they are written into the directory `room`."""
    return ["-chardev", f"file,id=report,path={room / 'report.log'}",
            "-device", f"isa-debugcon,iobase={REPORT_PORT:#x},chardev=report"]  # fmt: skip


def card(file: Path) -> list[str]:
    """A card with that option ROM, for QEMU."""
    return ["-device", f"virtio-balloon-pci,romfile={file}"]


def card_with_fault(room: Path) -> list[str]:
    """A card with the referee and the driver that makes exits fail, which stands behind the referee."""
    file = room / "both.rom"
    file.write_bytes(rom.pack([REFEREE.read_bytes(), FAULT.read_bytes()]))
    return card(file)


def reported(room: Path) -> Report:
    """What has been reported so far."""
    return Report(parse((room / "report.log").read_text()))


def report_of(run: Run, room: Path, timeout: float = 180) -> Report:
    """Wait for a whole report of a loader that has called ExitBootServices; it without what came before."""
    run.expect("referee: firmware and drivers: ", timeout)
    while True:
        runs = run.collect(0.1)  # looked at first: a machine that has ended has reported all
        lines = reported(room).lines
        ends = [number for number, line in enumerate(lines) if line.event == "tally"]
        if len(ends) >= 2:
            return Report(lines[: ends[1] + 1])
        assert runs, run.tail()
