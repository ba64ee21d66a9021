# SPDX-License-Identifier: BSD-2-Clause
"""The oracle for many kernels: run_oracle.py [-j JOBS] [-k TEXT].

Knows: which kernels are compared, and which of them emulation can be trusted with. Prints what differs and may
not for each kernel. The exit status is 1 when there is such a difference, or when a boot of one of Debian 12's
kernels breaks off.

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

import debian
import oracle
import same_boot
from debian import Kernel
from machine import NoToken, UnexpectedOutput
from witness import Witness

# Flavour, suite (None: the Debian that runs here), whether a boot that breaks off is a failure.
KERNELS = (
    ("cloud", None, True),
    ("full", None, True),
    ("cloud", "trixie", False),
    ("cloud", "sid", False),
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


def _attend(root: Path, loader: str, kernel: Kernel) -> Witness | str:
    """The witness, or why there is none."""
    try:
        return same_boot.attend(root / f"{loader}-{kernel.release}", loader, kernel)
    except (NoToken, UnexpectedOutput, AssertionError) as problem:
        return str(problem)


def compare(root: Path, flavour: str, suite: str | None, gate: bool) -> Verdict:
    """Boot one kernel both ways."""
    kernel = debian.linux(flavour, suite)
    witnesses = []
    broken = []
    for loader in ("stub", "baton"):
        tries = [_attend(root, loader, kernel)]
        while isinstance(tries[-1], str) and not gate and len(tries) < TRIES:
            tries.append(_attend(root, loader, kernel))
        last = tries[-1]
        if isinstance(last, str):
            lines = last.splitlines() if gate or loader == "baton" else ALARM.findall(last)[:5]
            skip = loader == "stub" and not gate
            said = f"{'skipped: ' if skip else ''}{len(tries)} boots of {loader} break off"
            return Verdict(kernel.release, said, skip, lines[-60:])
        witnesses.append(last)
        broken.append(len(tries) - 1)
    stub, baton = witnesses
    case = oracle.Case(baton, stub, kernel.image.read_bytes())
    wrong = oracle.judge(case, whole=(flavour, suite) == KERNELS[0][:2])
    named = len(oracle.differences(baton, stub)) - len(wrong)
    said = f"{len(oracle.facts(stub))} facts, {named} differ and may, {len(wrong)} differ and may not"
    if any(broken):
        said += f"; boots that broke off: stub {broken[0]}, Baton {broken[1]}"
    return Verdict(kernel.release, said, not wrong, wrong)


def control(root: Path) -> Verdict:
    """Two boots through the stub: whatever differs is noise, and there should be none."""
    kernel = debian.cloud_kernel()
    first, second = (_attend(root / str(number), "stub", kernel) for number in range(2))
    name = f"{kernel.release}, the stub against itself"
    if isinstance(first, str) or isinstance(second, str):
        return Verdict(name, "breaks off", False)
    wrong = [str(one) for one in oracle.differences(first, second)]
    return Verdict(name, f"{len(wrong)} differ", not wrong, wrong)


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-k", "--keyword", default="", help="only suites and flavours with this")
    asked = parser.parse_args()
    chosen = [one for one in KERNELS if asked.keyword in f"{one[0]} {one[1]}"]
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="baton-oracle-") as scratch:
        with ThreadPoolExecutor(asked.jobs) as pool:
            waiting = [pool.submit(compare, Path(scratch), *one) for one in chosen]
            if not asked.keyword:
                waiting.append(pool.submit(control, Path(scratch)))
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
