# SPDX-License-Identifier: BSD-2-Clause
"""The whole matrix of faults: python3 -m faults.run_faults [-j JOBS] [-k TEXT] [-f FIRMWARE...] [--json FILE].

Knows: which scenarios are run on which firmware with which kernel. Prints a table; the exit status is 0 when
every one ended as it should.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import fault_table, trial
from faults.fault_table import Scenario
from lab import debian

OTHERS = ("trixie", "sid")  # beside the firmware of the Debian that runs here

Job = tuple[str, Scenario, str]


def jobs(own: str, firmwares: list[str], wanted: str) -> list[Job]:
    """(firmware, scenario, kernel), the long ones first."""
    chosen = []
    for firmware in firmwares:
        for scenario in fault_table.scenarios():
            if wanted not in scenario.name or (scenario.only and firmware not in scenario.only):
                continue
            if firmware == own or scenario.chosen or scenario.only:
                chosen += [(firmware, scenario, kernel) for kernel in scenario.kernels]
    return sorted(chosen, key=lambda job: (job[1].outcome.value == "boots", job[2] == "native"))


def show(done: trial.Trial) -> None:
    """One line of the table."""
    mark = "ok  " if done.good else "FAIL"
    print(
        f"{mark} {done.firmware:9} {done.kernel:7} {done.scenario.name:58} {done.seen:9}"
        f" {done.exits:3} exits {done.maps:3} maps {done.seconds:5} s",
        flush=True,
    )
    for problem in done.problems:
        print(f"       {problem}", flush=True)


def as_json(done: trial.Trial) -> dict[str, object]:
    """One entry of the file."""
    return {
        "scenario": done.scenario.name,
        "words": done.scenario.words,
        "firmware": done.firmware,
        "kernel": done.kernel,
        "expected": done.scenario.outcome.value,
        "seen": done.seen,
        "problems": done.problems,
        "exits": done.exits,
        "maps": done.maps,
        "seconds": done.seconds,
    }


def run(todo: list[Job], count: int, root: Path) -> list[trial.Trial]:
    """Run all, `count` at a time."""

    def one(numbered: tuple[int, Job]) -> trial.Trial:
        number, (firmware, scenario, kernel) = numbered
        place = trial.saved_machine(root, firmware)
        done = trial.attempt(place, scenario, kernel, root / f"machine{number}")
        show(done)
        return done

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, enumerate(todo)))


def main() -> int:
    """Run what the command line asks for."""
    own = debian.firmware().name
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-k", "--keyword", default="", help="only scenarios with this in their name")
    parser.add_argument("-f", "--firmware", nargs="*", default=[own, *OTHERS])
    parser.add_argument("--kernel", default="", help="only this kernel: linux or native")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="work there, and leave failed transcripts there")
    asked = parser.parse_args()
    todo = jobs(own, asked.firmware, asked.keyword)
    todo = [job for job in todo if asked.kernel in job[2]]
    with tempfile.TemporaryDirectory(prefix="baton-faults-") as scratch:
        root = asked.keep or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        done = run(todo, asked.jobs, root)
        kept = debian.BUILD / "faults-failed"
        shutil.rmtree(kept, ignore_errors=True)
        if (root / "failed").exists():
            shutil.copytree(root / "failed", kept)
    bad = [each for each in done if not each.good]
    if asked.json:
        asked.json.write_text(json.dumps([as_json(each) for each in done], indent=1) + "\n")
    print(f"\n{len(done) - len(bad)} of {len(done)} ended as they should")
    for each in bad:
        show(each)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
