# SPDX-License-Identifier: BSD-2-Clause
"""The referee (test/referee) on loaders whose ways are known: Baton's, Debian's, and a driver's.

Each machine shows one loader leaving. The referee is loaded in the UEFI shell, or comes as an option ROM
together with the driver that makes exits fail (test/firmware/fault.c): before it in the ROM, so that it stands
behind the faults, where the loader sees what it sees.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import debian
import layout
from conftest import Boot
from esp import Content
from machine import Run
from misbehave import REPORT_PORT, Line, parse

sys.path.insert(0, str(debian.ROOT / "test" / "firmware"))
import rom  # noqa: E402

REFEREE = debian.BUILD / "referee.efi"
DRIVERS = debian.BUILD / "firmware"
NATIVE = debian.BUILD / "kernel" / "native.elf"
FAILED = "status 0x8000000000000002"  # EFI_INVALID_PARAMETER, in the referee's words
CONVENTIONAL = 7  # UEFI 2.10, 7.2: EFI_MEMORY_TYPE


@dataclass
class Report:
    """What the referee said about one loader, for programs."""

    lines: list[Line]

    def of(self, event: str, **values: str) -> list[Line]:
        """The lines of an event with these values."""
        return [line for line in self.lines if line.event == event
                and all(line.values[name] == value for name, value in values.items())]  # fmt: skip

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


def start(boot: Boot, room: Path, files: dict[str, Content], *, fault: str = "",
          devices: list[str] | None = None) -> Run:  # fmt: skip
    """A machine with a port for reports; with `fault` the card with both drivers is in it."""
    arguments = ["-chardev", f"file,id=report,path={room / 'report.log'}",
                 "-device", f"isa-debugcon,iobase={REPORT_PORT:#x},chardev=report"]  # fmt: skip
    if fault:
        both = [path.read_bytes() for path in (REFEREE, DRIVERS / "fault.efi")]
        (room / "both.rom").write_bytes(rom.pack(both))
        arguments += ["-device", f"virtio-balloon-pci,romfile={room / 'both.rom'}"]
    return boot(
        files,
        configuration={"opt/org.baton/fault": fault} if fault else {},
        arguments=[*arguments, *(devices or [])],
        memory="1G",
    )


def report_of(run: Run, room: Path) -> Report:
    """Wait for a whole report of a loader that has called ExitBootServices; it without what came before."""
    run.expect("referee: firmware and drivers: ")
    while True:
        lines = parse((room / "report.log").read_text())
        ends = [number for number, line in enumerate(lines) if line.event == "tally"]
        if len(ends) >= 2:
            return Report(lines[: ends[1] + 1])
        assert run.collect(0.1), run.tail()


def shell(*lines: str) -> dict[str, Content]:
    """The referee on the disk, loaded before these lines."""
    return {"referee.efi": REFEREE, "startup.nsh": layout.shell_script("load fs0:\\referee.efi", *lines)}


def test_baton_keeps_every_rule(boot: Boot, room: Path, baton: Path) -> None:
    files = {"baton.efi": baton, "native.elf": NATIVE, **shell("fs0:\\baton.efi \\native.elf")}
    run = start(boot, room, files)
    run.enter_shell()
    report = report_of(run, room)
    print(run.text)
    assert set(report.verdicts("loader").values()) == {"ok"}
    assert report.one("loader").values["image"] == r"\baton.efi"
    run.expect("BATON-KERNEL: PASS")
