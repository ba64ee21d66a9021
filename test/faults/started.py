# SPDX-License-Identifier: BSD-2-Clause
"""Programs that leave boot services by themselves, under faults: as they are, and behind the guard.

Knows: which loaders and kernels there are, what they print, how each lies on a disk with and without Baton
in front of it. Must not know: which faults there are.

What is demanded of a guarded program: it does what Baton's own exit does under the same fault. A Linux kernel
comes to the end of its initialisation, warns of nothing new, and its map is the one that the firmware accepted
in all that counts: not a byte that the firmware keeps is called usable, and what is kept is known as what it is.
"""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults import trial
from faults.fault_table import Outcome, Scenario, scenarios
from faults.last_calls import LastCalls
from faults.saved_machine import SavedMachine
from lab import debian, esp, layout, uki
from lab.machine import Run, UnexpectedOutput
from lab.report import FILE, Line, parse
from lab.variables import VariableStore

PATIENCE = 90  # seconds: a bound for a machine that hangs; a boot takes a few
PATIENCE_ALONE = 45  # the same for a program by itself, of which many hang
Files = dict[str, esp.Content]
Range = tuple[str, int, int]

OPTIONS = trial.LINUX.partition(" ")[2] + " efi=debug"
# What an operating system may use once boot services are gone, in Linux's words.
LOOSE = {"Loader Code", "Loader Data", "Boot Code", "Boot Data", "Conventional"}


@dataclass(frozen=True)
class Started:
    """A program, the files that it needs, and what shows that its kernel runs."""

    name: str
    program: Callable[[], Path]
    files: Callable[[], Files]
    token: str = trial.LINUX_END
    options: str = ""  # load options
    kind: str = ""  # the key of Baton's entry; "": it has none, and Baton is given the path
    drivers: str = ""  # guarded by a driver that the program itself loads, from this file

    def disk(self, guarded: bool) -> Files:
        """The disk of a machine that starts it at once, or through Baton."""
        alone = {layout.REMOVABLE: self.program(), **self.files()}
        if not guarded:
            return alone
        if self.drivers:
            return {**alone, self.drivers: debian.BUILD / "guard.efi"}
        entry = {}
        if self.kind:
            text = f"{self.kind} /program.efi\noptions {self.options}\nbaton-exit guard\nbaton-debug yes\n"
            entry["loader/entries/program.conf"] = text
        return {
            layout.REMOVABLE: debian.BUILD / "BOOTX64.EFI",
            "program.efi": self.program(),
            **self.files(),
            **entry,
        }

    def load_options(self, guarded: bool) -> str:
        """What that loader, or Baton in front of it, is started with."""
        if not guarded or self.drivers:
            return self.options
        # The entries may be the program's, which reads them from the same folder.
        return "--debug" if self.kind else r"--debug \program.efi"


def _vmlinuz() -> Path:
    return debian.cloud_kernel().image


def _systemd_boot() -> Files:
    return {
        "vmlinuz": _vmlinuz(),
        "loader/entries/linux.conf": layout.entry("/vmlinuz", options=OPTIONS),
    }


def _grub() -> Files:
    return {
        "vmlinuz": _vmlinuz(),
        "EFI/debian/grub.cfg": f"linux /vmlinuz {OPTIONS}\nboot\n",
    }


def _xen() -> Files:
    # By the name of the program, in the folder that it was loaded from.
    config = ("[global]\ndefault=a\n[a]\noptions=console=com1 com1=115200,8n1 dom0_mem=128M\n"
              "kernel=vmlinuz console=hvc0\n")  # fmt: skip
    return {
        **dict.fromkeys(("program.cfg", "EFI/BOOT/BOOTX64.cfg"), config),
        **dict.fromkeys(("vmlinuz", "EFI/BOOT/vmlinuz"), _vmlinuz()),
    }


def _uki() -> Path:
    return uki.ukify(
        debian.BUILD / "guard-uki.efi", uki.stub(), linux=_vmlinuz(), cmdline=OPTIONS
    )


STARTED = {
    each.name: each
    for each in (
        Started("stub", _vmlinuz, dict, options=OPTIONS, kind="linux"),
        Started("systemd-boot", debian.systemd_boot, _systemd_boot),
        Started("grub", debian.grub, _grub),
        Started("xen", debian.xen, _xen, "mapping kernel into physical memory"),
        Started("uki", _uki, dict, kind="uki"),
        # Nothing of Baton's but the guard.
        Started("driver", debian.systemd_boot, _systemd_boot, drivers="EFI/systemd/drivers/guardx64.efi"),
    )
}


@dataclass
class Result:
    """What became of one program under one fault."""

    program: str
    guarded: bool
    scenario: Scenario
    seen: str = "hangs"
    exits: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0
    story: str = ""

    @property
    def cell(self) -> str:
        """For the table: after how many exits it booted, or how it ended."""
        if self.seen == "boots" and not self.problems:
            return str(self.exits)
        return f"**{self.seen}**" if self.seen != "boots" else "**wrong map**"


def faults() -> list[Scenario]:
    """Those of the exit that can be survived, or ended with a reset."""
    return [each for each in scenarios() if each.outcome in (Outcome.BOOTS, Outcome.GIVES_UP)
            and "linux" in each.kernels and not each.only and not each.module and not each.silent
            and "file=" not in each.words and "disk-" not in each.words]  # fmt: skip


def saved_machine(directory: Path, started: Started, guarded: bool) -> SavedMachine:
    """The saved machine that starts this program; made when it is not there yet."""
    name = f"{started.name}-{'guarded' if guarded else 'plain'}"
    place = SavedMachine(directory / name, debian.firmware())
    with debian.locked(directory / f"{name}.lock"):
        if not place.saved.exists():
            shutil.rmtree(place.directory, ignore_errors=True)
            place.directory.mkdir(parents=True)
            place.save(started.disk(guarded))
    return place


def _bytes(ranges: Counter[Range], loose: bool) -> list[tuple[int, int]]:
    """All that is loose, or is not, as disjoint ranges in their order."""
    found: list[tuple[int, int]] = []
    for _, start, end in sorted((name, start, end) for name, start, end in ranges
                                if (name in LOOSE) == loose):  # fmt: skip
        found.append((start, end))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _outside(these: list[tuple[int, int]], those: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The ranges of `these` that do not lie in `those`."""
    for start, end in these:
        if not any(low <= start and end <= high for low, high in those):
            yield start, end


def wrong_ranges(theirs: Counter[Range], truth: Counter[Range]) -> str:
    """What is wrong with a map that a kernel has been given, in all that counts; "" for nothing."""
    if not theirs:
        return "the kernel shows no map"
    for start, end in _outside(_bytes(theirs, True), _bytes(truth, True)):
        return f"the kernel uses {start:#x}-{end:#x}, which is not all free"
    for each in truth - theirs:
        if each[0] not in LOOSE:
            return f"the kernel does not know {each}"
    return ""


def _watch(run: Run, report: Path, token: str, patience: float, last_calls: LastCalls) -> bool:
    """Until the machine ends, the payload runs, or nothing comes any more; False for a hang."""
    bound = run.patience(patience)
    while run.collect(0.1):
        last_calls.look()
        text = report.read_text()
        if token in run.text:
            # A kernel that ends its machine does it now.
            run.collect(1.0)
            return True
        if "\nforbidden " in text or "\nreturned " in text:
            run.collect(0.5)
            return True
        if bound.is_over:
            return False
    last_calls.look()
    # Its output ends before it has written its variables to the file.
    run.process.wait()
    return True


def _record(run: Run) -> bytes | None:
    return VariableStore(run.machine.store).read(*trial.RECORD)


def _seen(run: Run, lines: list[Line], token: str, in_time: bool) -> str:
    events = [line.event for line in lines]
    if token in run.text:
        return "boots"
    if "the firmware did not let go" in run.text:
        return "resets" if "Baton: restarting" in run.text else "hangs"
    if "returned" in events:
        return "returns"
    if not in_time or "forbidden" in events:
        return "hangs"
    return "dies"


def _judge(result: Result, run: Run, lines: list[Line], usual: set[str]) -> None:
    """What is wrong with a boot."""
    left = next((line for line in reversed(lines) if line.event == "left"), None)
    if left is None:
        result.problems.append("boot services were never left")
    if result.program == "xen":
        return
    for warning in sorted(trial.warnings(run.text) - usual):
        result.problems.append(f"Linux: {warning}")
    # Longer maps than that take minutes to print.
    if trial.map_is_printable(result.scenario):
        wrong = wrong_ranges(trial.ranges_of_linux(run.text), trial.ranges_of_driver(lines))
        if wrong:
            result.problems.append(wrong)


def attempt(place: SavedMachine, started: Started, guarded: bool, scenario: Scenario, directory: Path,
            usual: set[str] | None = None) -> Result:  # fmt: skip
    """One program under one fault; `directory` is the machine's and is removed."""
    result = Result(started.name, guarded, scenario)
    begin = time.monotonic()
    words = scenario.words + (" dump" if trial.map_is_printable(scenario) else "")
    with place.resume(directory, words, started.load_options(guarded)) as run:
        run.allow += [rb"Kernel panic", rb"Call Trace:", rb"Firmware Bug", rb"X64 Exception", rb"ASSERT", rb"panic"]
        report = directory / FILE
        in_time = False
        last_calls = LastCalls(run)
        try:
            in_time = _watch(run, report, started.token, PATIENCE if guarded else PATIENCE_ALONE, last_calls)
        except UnexpectedOutput as error:
            result.problems.append(str(error).splitlines()[0])
        lines = parse(report.read_text())
        result.exits = sum(line.event == "exit" for line in lines)
        result.seen = _seen(run, lines, started.token, in_time)
        if result.seen == "boots":
            _judge(result, run, lines, usual or set())
        if result.seen == "resets" and not in_time:
            result.problems.append("it says that it restarts, and does not")
        elif result.seen == "resets" and not last_calls.were_held_up and not _record(run):
            result.problems.append(f"no record is left, {last_calls}")
        result.story = "\n".join([run.machine.shell_line(), run.text, "-- the driver:",
                                  *report.read_text().splitlines()[-40:]])  # fmt: skip
    shutil.rmtree(directory, ignore_errors=True)
    result.seconds = round(time.monotonic() - begin, 1)
    return result


def usual_warnings(place: SavedMachine, started: Started, guarded: bool) -> set[str]:
    """What this kernel warns of when nothing is wrong."""
    kept = place.directory / "usual-warnings"
    with debian.locked(place.directory / "usual.lock"):
        if not kept.exists():
            directory = place.directory / "usual"
            with place.resume(directory, "", started.load_options(guarded)) as run:
                run.allow += [rb"Kernel panic", rb"Call Trace:", rb"panic"]
                run.expect(started.token, 2 * PATIENCE)
                found = trial.warnings(run.text)
            shutil.rmtree(directory)
            kept.write_text("\n".join(sorted(found)))
        return set(kept.read_text().split("\n"))


# What a kernel's early_ioremap() maps at once (NR_FIX_BTMAPS pages): a longer map it does not take over. Each descriptor
# has 48 bytes. Baton's own exit merges what is alike, a program gets the firmware's map as it is.
LINUX_DESCRIPTORS = 64 * 4096 // 48
# Xen 4.17 merges descriptors that follow each other in the map, and passes over what does not fit into its table of
# E820_MAX entries then (efi_arch_process_memory_map()).
XEN_ENTRIES = 1024


def excused(program: str, scenario: Scenario) -> str:
    """Why a guarded program need not do what Baton's own exit does under this fault; "" for no reason."""
    if scenario.odd:
        return "the map contradicts itself, and the program gets it as it is"
    more = re.search(r"fragments=(\d+)", scenario.words)
    if more and int(more[1]) > LINUX_DESCRIPTORS:
        return "the kernel maps 256 KiB of a memory map and no more"
    if program == "xen" and more and int(more[1]) > XEN_ENTRIES and "shuffle" in scenario.words:
        return "Xen has room for 1024 regions that do not follow each other"
    if "watchdog" in scenario.words:
        return "the watchdog is the program's"
    return ""


def survived(result: Result) -> bool:
    """Whether it went as Baton's own exit does."""
    wanted = "boots" if result.scenario.outcome is Outcome.BOOTS else "resets"
    return result.seen == wanted and not result.problems
