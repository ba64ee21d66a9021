# SPDX-License-Identifier: BSD-2-Clause
"""One fault, one kernel, one machine: what came of it, and whether that is what should.

Knows: what Baton, Debian's kernel and the native kernel print, and what the driver reports. Must not know:
which faults there are.

What is demanded of a boot: the kernel runs (the native one finds every promise kept; Linux comes to the end
of its initialisation, runtime services included), it has the map that the firmware gave with the key that it
accepted (the native kernel tells its checksum, Linux its ranges), and Linux warns of nothing that it does not
warn of without a fault. Of an end: text, record and reset. Of a return: the message, and the firmware alive.
"""

from __future__ import annotations

import re
import shutil
import time
import uuid
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from faults.fault_table import Outcome, Scenario
from faults.last_calls import LastCalls
from faults.saved_machine import SavedMachine
from lab import debian, esp, layout
from lab.machine import CLOCKS, Run, UnexpectedOutput, verdict, without_busy_host
from lab.report import FILE, Line, parse
from lab.transcript import PASS
from lab.variables import VariableStore

PATIENCE = 240  # seconds: a bound for a machine that hangs among others that compete for processors
MODULE = bytes(range(256)) * 12000 + b"and an odd end"
RECORD = ("BatonExitRecord", uuid.UUID("4b521f68-b6fc-4b68-b123-1c2025b7d599"))
APPLICATION = 4  # TPL_APPLICATION

# `console_msg_format=syslog` puts the level before each message, from the first one on.
LINUX = rf"\vmlinuz {layout.CONSOLE} console_msg_format=syslog"
LINUX_END = "VFS: Unable to mount root fs"
_MESSAGE = re.compile(r"^<(\d+)>\[[ .\d]+\] (.*)$", re.MULTILINE)
_RANGE = re.compile(r"efi: mem(\d+): \[([^|]+)\|.*range=\[0x([0-9a-f]+)-0x([0-9a-f]+)\] \(\d")
_TYPES = (  # of EFI memory, as Linux calls them
    "Reserved", "Loader Code", "Loader Data", "Boot Code", "Boot Data", "Runtime Code",
    "Runtime Data", "Conventional", "Unusable", "ACPI Reclaim", "ACPI Mem NVS", "MMIO",
    "MMIO Port", "PAL Code", "Persistent",
)  # fmt: skip
# More descriptors than that take minutes to print, and their number is the native kernel's to check.
_PRINTABLE = 1000


@dataclass
class Trial:
    """What was seen."""

    scenario: Scenario
    kernel: str
    firmware: str
    seen: str = "hangs"
    problems: list[str] = field(default_factory=list)
    seconds: float = 0
    exits: int = 0
    maps: int = 0
    story: str = ""  # the ends of transcript and report, of what went wrong

    @property
    def good(self) -> bool:
        """Whether all was as it should be."""
        return not self.problems


def files() -> dict[str, esp.Content]:
    """What is on the disk of the machines."""
    return {
        layout.REMOVABLE: debian.BUILD / "BOOTX64.EFI",
        "vmlinuz": debian.cloud_kernel().image,
        "native.elf": debian.NATIVE,
        "module.bin": MODULE,
    }


def saved_machine(directory: Path, firmware: str) -> SavedMachine:
    """The saved machine with this firmware in `directory`; made when it is not there yet."""
    place = SavedMachine(directory / firmware, debian.firmware(firmware))
    with debian.locked(directory / f"{firmware}.lock"):
        if not place.saved.exists():
            shutil.rmtree(place.directory, ignore_errors=True)
            place.directory.mkdir()
            place.save(files())
    return place


def map_is_printable(scenario: Scenario) -> bool:
    grown = re.findall(r"(?:fragments|grow|occupy)=(\d+)", scenario.words)
    return all(int(number) < _PRINTABLE // 20 or int(number) == 500 for number in grown)


def options(scenario: Scenario, kernel: str) -> str:
    """The load options that Baton is started with."""
    if kernel == "linux":
        return LINUX + (" efi=debug" if map_is_printable(scenario) else "")
    module = r" initrd=\module.bin" if scenario.module else ""
    return rf"\native.elf{module} {'odd-map' if scenario.odd else 'words'}"


def warnings(text: str) -> set[str]:
    """What Linux warned of or worse, before it found no root file system; numbers do not count."""
    text = without_busy_host(text.partition("/dev/root")[0])
    found = {message for level, message in _MESSAGE.findall(text) if int(level) % 8 <= 4}
    found = {message for message in found if not CLOCKS.search(message)}
    return {re.sub(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+", "N", message) for message in found}


def ranges_of_linux(text: str) -> Counter[tuple[str, int, int]]:
    """The firmware's map as Linux got it: (type, start, end)."""
    found: Counter[tuple[str, int, int]] = Counter()
    for number, name, start, end in _RANGE.findall(text):
        if int(number) != found.total():
            break  # it is printed again later, after Linux has taken out what it does not need
        found[name.strip(), int(start, 16), int(end, 16)] += 1
    return found


def ranges_of_driver(lines: list[Line]) -> Counter[tuple[str, int, int]]:
    """The map that the driver told last."""
    found: Counter[tuple[str, int, int]] = Counter()
    for line in lines:
        if line.event != "range":
            continue
        kind, start, pages = line.number("type"), line.number("start"), line.number("pages")
        name = _TYPES[kind] if kind < len(_TYPES) else f"type={kind}"
        end = start + (pages << 12) - 1
        if pages and end < 1 << 64:  # what is empty or wraps Linux drops
            found[name, start, end] += 1
    return found


class _Judge:
    """Holds one run against what its scenario demands."""

    def __init__(self, trial: Trial, run: Run, usual: set[str]) -> None:
        self.trial = trial
        self.run = run
        self.usual = usual
        self.report = run.machine.directory / FILE
        self.last_calls = LastCalls(run)

    def blame(self, problem: str) -> None:
        self.trial.problems.append(problem)

    @property
    def lines(self) -> list[Line]:
        return parse(self.report.read_text())

    def _last(self, event: str) -> Line | None:
        return next((line for line in reversed(self.lines) if line.event == event), None)

    def watch(self) -> None:
        """Until the machine ends, or the driver has reported something after which nothing comes."""
        patience = self.run.patience(PATIENCE)
        hang = self.trial.scenario.outcome is Outcome.HANGS
        while self.run.collect(0.1):
            self.last_calls.look()
            text = self.report.read_text()
            if "\nforbidden " in text or "\nreturned " in text or (hang and "of=hang" in text):
                self.run.collect(0.5)
                return
            if patience.is_over:
                self.blame("the machine hangs")
                return
        self.last_calls.look()
        self.run.process.wait()

    def judge(self) -> None:
        """Name what was seen, and what is wrong with it."""
        trial = self.trial
        trial.exits = sum(line.event == "exit" for line in self.lines)
        trial.maps = sum(line.event == "map" for line in self.lines)
        trial.seen = self._seen()
        wanted = trial.scenario.outcome
        if wanted is Outcome.EITHER:
            if trial.seen not in ("boots", "returns"):
                self.blame(f"{trial.seen}, where it boots or returns")
            if self._last("file") is None:
                self.blame("the fault did not happen")
        elif trial.seen != wanted.value:
            self.blame(f"{trial.seen}, where it {wanted.value}")
        for line in self.lines:
            if line.event == "forbidden":
                self.blame(f"called service {line.number('service')} after a failed exit")
            if line.event == "exit" and line.number("tpl") != APPLICATION:
                self.blame(f"left at task priority {line.number('tpl')}")
            if line.event == "watchdog" and line.number("seconds") != 0:
                self.blame("left with the watchdog armed")
        check = {"boots": self._booted, "gives up": self._gave_up, "returns": self._returned}
        if trial.seen in check:
            check[trial.seen]()
        if trial.scenario.silent and "baton: leaving" in self.run.text:
            self.blame("the console was not absent")

    def _seen(self) -> str:
        text = self.run.text
        if self._last("returned"):
            return "returns"
        if self._last("left"):
            return "boots" if "BATON-KERNEL: begin" in text or _MESSAGE.search(text) else "dies"
        return "gives up" if "the firmware did not let go" in text else "hangs"

    def _booted(self) -> None:
        left = self._last("left")
        assert left is not None
        if left.number("fresh") != 1:
            self.blame("left with a key whose map it did not have")
        if self.trial.scenario.by_handler and self._last("handler") is None:
            self.blame("the fault did not happen")
        if self.trial.kernel == "native":
            self._native(left)
        else:
            self._linux()

    def _native(self, left: Line) -> None:
        text = self.run.text
        if verdict(self.run.process.returncode or 0) != PASS or "BATON-KERNEL: PASS" not in text:
            wrong = re.findall(r"^ *FAIL +(.*)$", text, re.MULTILINE)
            self.blame(f"the kernel finds: {'; '.join(wrong) or 'nothing, it stopped'}")
        found = re.search(r"EFI map: (\d+) descriptors of (\d+) bytes, CRC-32 0x([0-9a-f]+)", text)
        if found is None:
            self.blame("the kernel has no map of the firmware")
        elif int(found[1]) != left.number("count") or int(found[3], 16) != left.number("crc"):
            self.blame(f"the kernel has another map: {found[0]}")
        if self.trial.scenario.module:
            wanted = f"{len(MODULE)} bytes, CRC-32 {zlib.crc32(MODULE):#x}"
            if wanted not in text:
                self.blame("the kernel has another module")

    def _linux(self) -> None:
        text = self.run.text
        if LINUX_END not in text:
            self.blame(f"Linux does not come to its end: {text[-200:]!r}")
        for warning in sorted(warnings(text) - self.usual):
            self.blame(f"Linux: {warning}")
        if map_is_printable(self.trial.scenario):
            theirs, ours = ranges_of_linux(text), ranges_of_driver(self.lines)
            if theirs != ours:
                wrong, missing = list(theirs - ours), list(ours - theirs)
                self.blame(f"Linux has {len(wrong)} other ranges, e.g. {wrong[:2]},"
                           f" and lacks {len(missing)}, e.g. {missing[:2]}")  # fmt: skip

    def _gave_up(self) -> None:
        text = self.run.text
        if "Baton: restarting" not in text:
            self.blame("it does not say that it restarts")
        if self.run.process.returncode != 0:
            self.blame("the machine is not reset")
        record = VariableStore(self.run.machine.store).read(*RECORD)
        if not record and not self.last_calls.were_held_up:
            self.blame(f"no record is left, {self.last_calls}")

    def _returned(self) -> None:
        squeezed = re.sub(r"\s", "", self.run.text)
        message = re.sub(r"\s", "", self.trial.scenario.message)
        if "baton:" not in squeezed or message not in squeezed.partition("baton:")[2]:
            self.blame(f"no message about {self.trial.scenario.message!r}: {self.run.text[-300:]!r}")
        returned = self._last("returned")
        assert returned is not None
        if returned.number("status") >> 63 != 1:
            self.blame("the firmware is told that all went well")


def attempt(place: SavedMachine, scenario: Scenario, kernel: str, directory: Path) -> Trial:
    """Run one scenario; `directory` is the machine's and is removed."""
    trial = Trial(scenario, kernel, place.firmware.name)
    words = scenario.words + (" dump" if kernel == "linux" and map_is_printable(scenario) else "")
    begin = time.monotonic()
    usual = usual_warnings(place) if kernel == "linux" else set()
    with place.resume(directory, words, options(scenario, kernel)) as run:
        run.allow += [rb"Kernel panic", rb"Call Trace:", rb"BATON-KERNEL: FAIL", rb"Firmware Bug"]
        judge = _Judge(trial, run, usual)
        try:
            judge.watch()
        except UnexpectedOutput as error:
            judge.blame(str(error).splitlines()[0])
        judge.judge()
        if not trial.good:
            keep = place.directory.parent / "failed"
            keep.mkdir(exist_ok=True)
            name = re.sub(r"[^a-z0-9]+", "-", f"{scenario.name} {kernel} {trial.firmware}".lower())
            (keep / f"{name}.txt").write_text(f"{run.machine.shell_line()}\n{run.text}")
            shutil.copyfile(judge.report, keep / f"{name}.report")
            last = judge.report.read_text().splitlines()[-30:]
            trial.story = "\n".join([run.tail(40), "-- the driver:", *last])
    shutil.rmtree(directory, ignore_errors=True)
    trial.seconds = round(time.monotonic() - begin, 1)
    return trial


def usual_warnings(place: SavedMachine) -> set[str]:
    """What Linux warns of on this machine when nothing is wrong."""
    kept = place.directory / "usual-warnings"
    with debian.locked(place.directory / "usual.lock"):
        if not kept.exists():
            directory = place.directory / "usual"
            with place.resume(directory, "", LINUX + " efi=debug") as run:
                run.allow += [rb"Kernel panic", rb"Call Trace:"]
                run.expect(LINUX_END, PATIENCE)
                found = warnings(run.text)
            shutil.rmtree(directory)
            kept.write_text("\n".join(sorted(found)))
        return set(kept.read_text().split("\n"))
