# SPDX-License-Identifier: BSD-2-Clause
"""One measured start of one loader: instructions from its first to the end of boot services.

Knows: the meter (meter.c) and what it reports, how QEMU counts instructions.
Must not know: which loaders there are, what their figures are compared with.

With `-icount shift=0` a guest's clock is the number of instructions it has executed, and its time stamp
counter with it; `sleep=off` makes an idle processor's waiting take no time. Nothing of this machine's speed
or load is in a figure, so a figure is the same each time.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware import rom
from lab import debian, esp
from lab.machine import Machine
from lab.report import FILE, parse, port

ROM = debian.BUILD / "firmware" / "meter.rom"
MIB = 1 << 20
CAPACITY = 256 * MIB  # of each disk, for large files: the file system's geometry is always the same
EMPTY = 32 * MIB  # of each disk, for file system structures and small files


@dataclass(frozen=True)
class Figures:
    """What one start cost, in instructions of the guest."""

    total: int  # from the start of the image to the return of the successful ExitBootServices
    between: int  # from the return of the last GetMemoryMap to the call of ExitBootServices
    exit: int  # in the successful ExitBootServices
    maps: int  # GetMemoryMap calls that were answered with a map
    probes: int  # and those that were not
    exits: int  # ExitBootServices calls
    descriptors: int  # in the last map
    interface: int  # that the firmware took for variables of systemd's Boot Loader Interface
    base: int  # where the image was, for a profile
    size: int


@dataclass
class Start:
    """A loader on a disk in memory, to be started once."""

    disk: Path
    options: str = ""  # load options; none: what the firmware gives
    words: str = ""  # for the meter
    arguments: Sequence[str] = ()  # for QEMU


# Until it is saved, the machine's time goes by 2^_QUICK times as fast for each instruction: Debian 12's firmware
# waits 1.7 s for a TPM that is not there, and looks at a clock all the while.
_QUICK = 7
_ICOUNT = b"\5\x0ctimer/icount"  # of QEMU's format, docs/devel/migration: a subsection, by its name


def _slow_down(saved: Path) -> None:
    """Make a machine that was saved with shift=_QUICK one of shift=0, whose clock goes on from where it was.

    QEMU's clock is then a bias and the number of instructions, shifted. Both are in the file, in this order, behind
    name and version (softmmu/cpu-timers.c). What is counted is the same as after a start with shift=0 alone, but for
    where the timer's interrupts fall: of the reference boot none on Debian 12's firmware, 3683 more on Debian 13's.
    """
    content = saved.read_bytes()
    if content.count(_ICOUNT) != 1:
        raise RuntimeError(f"{saved}: QEMU has saved its clock in another way")
    at = content.index(_ICOUNT) + len(_ICOUNT) + 4
    bias, instructions = struct.unpack_from(">qq", content, at)
    with saved.open("r+b") as file:
        file.seek(at)
        file.write(struct.pack(">q", bias + (instructions << _QUICK) - instructions))


@dataclass
class Meter:
    """One firmware, saved when it has come as far as loading the meter: each start resumes it."""

    directory: Path
    firmware: debian.Firmware = field(default_factory=debian.firmware)
    memory: str = "1536M"
    more: Sequence[str] = ()  # of QEMU's words

    @property
    def saved(self) -> Path:
        """The saved machine; it is there when it is complete."""
        return self.directory / "saved"

    def machine(self, directory: Path, start: Start, gate: str = "open", shift: int = 0) -> Machine:
        """The machine; the same each time but for paths."""
        asked = {"options": start.options or " ", "meter": start.words or " ", "gate": gate}
        return Machine(
            directory,
            memory=self.memory,
            firmware=self.firmware,
            configuration={
                f"opt/org.baton/{name}": text.replace(",", ",,") for name, text in asked.items()
            },
            arguments=[
                "-icount", f"shift={shift},sleep=off",
                "-rtc", "base=2024-01-01,clock=vm",
                "-fw_cfg", f"name=opt/org.baton/disk,file={start.disk}",
                *rom.card(ROM), *port(),
                *self.more,
                *start.arguments,
            ],
        )  # fmt: skip

    def save(self) -> None:
        """Start the machine, without a disk, up to where the meter waits; nothing if that is done."""
        if self.saved.exists():
            return
        directory = self.directory / "first"
        directory.mkdir(parents=True)
        empty = directory / "empty"
        empty.write_bytes(bytes(512))
        with self.machine(directory, Start(empty), gate="closed", shift=_QUICK).start() as run:
            report = directory / FILE
            while not any(line.event == "ready" for line in parse(report.read_text())):
                if not run.collect(0.1):
                    raise RuntimeError(f"the firmware does not load the meter:\n{run.tail()}")
            run.save(directory / "saved")
        _slow_down(directory / "saved")
        (directory / "saved").rename(self.saved)
        shutil.rmtree(directory)

    def measure(self, start: Start, timeout: float = 600, tpm: bool = False) -> Figures:
        """Start it and wait for its end. With a TPM the machine starts cold: the saved one has none."""
        if not tpm:
            self.save()
        with tempfile.TemporaryDirectory(dir=self.directory, prefix="start-") as scratch:
            directory = Path(scratch)
            machine = self.machine(directory, start)
            machine.tpm = tpm
            if not tpm:
                machine.saved = self.saved
            with machine.start() as run:
                run.expect_end(timeout)
                story = run.tail()
            report = (directory / FILE).read_text()
        lines = {line.event: line for line in parse(report)}
        if "left" not in lines:
            raise RuntimeError(f"the loader did not leave boot services:\n{report}\n{story}")
        names = ("total", "between", "exit", "maps", "probes", "exits", "descriptors", "interface")
        return Figures(
            **{name: lines["left"].number(name) for name in names},
            base=lines["start"].number("base"),
            size=lines["start"].number("size"),
        )


def noise(size: int) -> bytes:
    """An initrd of exactly `size` bytes that is never unpacked: what is in it does not matter."""
    return bytes(range(1, 252)) * (size // 251) + bytes(size % 251)


def make_disk(path: Path, files: Mapping[str, esp.Content], large: int = 0) -> Path:
    """A disk with room for `large` bytes, whose file system has the same geometry whatever is on it.

    That geometry decides what reading costs, because edk2's FAT driver follows a file's chain cluster by
    cluster: some 230 instructions for each. A disk of this size has clusters of 4 KiB, which is what
    mkfs.fat, Windows, and so the installers choose for partitions from 260 MiB to 8 GiB.
    """
    return esp.build(path, files, -(-(max(large, CAPACITY) + EMPTY) // (32 * MIB)) * 32 * MIB)
