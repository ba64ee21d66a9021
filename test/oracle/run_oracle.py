# SPDX-License-Identifier: BSD-2-Clause
"""The oracle for many kernels and machines: python3 -m oracle.run_oracle [-j JOBS] [-k TEXT].

Knows: which kernels are compared, on which machines, and which kernels emulation can be trusted with. Prints what
differs and may not for each pair of boots. The exit status is 1 when there is such a difference, or when a boot
of one of Debian 12's kernels breaks off.

QEMU 7.2 in emulation breaks off some boots of newer kernels, whoever started them. So these are tried three times
each way, and the stub goes first: when none of its boots comes to an end there is nothing to compare with, and
the kernel is skipped. How many boots broke off is told.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import debian
from lab.machine import NoToken, UnexpectedOutput
from oracle import oracle, same_boot
from oracle.witness import Witness


@dataclass(frozen=True)
class Subject:
    """What is booted both ways."""

    name: str
    flavour: str = "cloud"
    suite: str | None = None  # of the kernel; None: the Debian that runs here
    firmware: str = ""
    machine: dict[str, Any] = field(default_factory=dict)
    trusted: bool = True  # a boot that breaks off is a failure


OWN = Subject("Debian 12's cloud kernel")
SUBJECTS = (
    OWN,
    Subject("Debian 12's full kernel", flavour="full"),
    Subject("Debian 13's cloud kernel", suite="trixie", trusted=False),
    Subject("sid's cloud kernel", suite="sid", trusted=False),
    Subject("firmware of Debian 13", firmware="trixie"),
    Subject("firmware of sid", firmware="sid"),
    Subject(
        "5 GiB, two processors with everything, virtio display",
        machine={"memory": "5G", "cpus": 2, "cpu": "max", "display": "virtio"},
    ),
)

TRIES = 3
# Lines that say what broke a boot off.
ALARM = re.compile(r"^.*(?:WARNING: |BUG: |Oops: |panic|RIP: ).*$", re.MULTILINE)


@dataclass
class Verdict:
    """What came of one kernel."""

    name: str
    said: str
    good: bool = True
    lines: list[str] = field(default_factory=list)


def _attend(place: Path, loader: str, subject: Subject) -> Witness | str:
    """The witness, or why there is none."""
    kernel = debian.linux(subject.flavour, subject.suite)
    firmware = debian.firmware(subject.firmware)
    try:
        head_starts = place.parent / "head-starts"
        return same_boot.attend(place, head_starts, loader, kernel, firmware=firmware, **subject.machine)
    except (NoToken, UnexpectedOutput, AssertionError) as problem:
        return str(problem)


def compare(root: Path, subject: Subject) -> Verdict:
    """Boot it both ways."""
    witnesses = []
    broken = []
    for loader in ("stub", "baton"):
        tries = [_attend(root / loader, loader, subject)]
        while isinstance(tries[-1], str) and not subject.trusted and len(tries) < TRIES:
            tries.append(_attend(root / loader, loader, subject))
        last = tries[-1]
        if isinstance(last, str):
            skip = loader == "stub" and not subject.trusted
            lines = ALARM.findall(last)[:5] if skip else last.splitlines()[-60:]
            said = f"{'skipped: ' if skip else ''}{len(tries)} boots of {loader} break off"
            return Verdict(subject.name, said, skip, lines)
        witnesses.append(last)
        broken.append(len(tries) - 1)
    stub, baton = witnesses
    kernel = debian.linux(subject.flavour, subject.suite)
    wrong = oracle.judge(oracle.Case(baton, stub, kernel.image.read_bytes()), subject is OWN)
    named = len(oracle.differences(baton, stub)) - len(wrong)
    said = f"{len(oracle.facts(stub))} facts, {named} differ and may, {len(wrong)} differ and may not"
    if any(broken):
        said += f"; boots that broke off: stub {broken[0]}, Baton {broken[1]}"
    return Verdict(f"{subject.name} ({kernel.release})", said, not wrong, wrong)


def control(root: Path) -> Verdict:
    """Two boots through the stub: whatever differs is noise, and there should be none."""
    first, second = (_attend(root / str(number), "stub", OWN) for number in range(2))
    name = f"{OWN.name}, the stub against itself"
    if isinstance(first, str) or isinstance(second, str):
        return Verdict(name, "breaks off", False)
    wrong = [str(one) for one in oracle.differences(first, second)]
    return Verdict(name, f"{len(wrong)} differ", not wrong, wrong)


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-k", "--keyword", default="", help="only what has this in its name")
    asked = parser.parse_args()
    chosen = [subject for subject in SUBJECTS if asked.keyword in subject.name]
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="baton-oracle-") as scratch:
        root = Path(scratch)
        with ThreadPoolExecutor(asked.jobs) as pool:
            waiting = [
                pool.submit(compare, root / str(number), subject)
                for number, subject in enumerate(chosen)
            ]
            if not asked.keyword:
                waiting.append(pool.submit(control, root / "control"))
            for one in waiting:
                verdict = one.result()
                verdicts.append(verdict)
                print(f"{'ok  ' if verdict.good else 'FAIL'} {verdict.name}: {verdict.said}")
                for line in verdict.lines:
                    print("     " + line.replace("\n", "\n     "), flush=True)
    bad = [one for one in verdicts if not one.good]
    print(f"\n{len(verdicts) - len(bad)} of {len(verdicts)} as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
