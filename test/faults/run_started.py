# SPDX-License-Identifier: BSD-2-Clause
"""Faults against programs that leave by themselves: python3 -m faults.run_started [PROGRAM...] [options].

Knows: which faults are tried on which program, with the guard and without. Results are kept in a file, so that
a long run can be made in pieces; what is in it is not run again. Prints the table as Markdown; the exit status
is 0 when every guarded program did what Baton's own exit does.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults import started
from faults.fault_table import Scenario
from lab import debian

Job = tuple[str, bool, Scenario]
Kept = dict[str, dict[str, object]]


def key(program: str, guarded: bool, scenario: Scenario) -> str:
    """The name of one result in the file."""
    return f"{program}/{'guarded' if guarded else 'plain'}/{scenario.name}"


def jobs(programs: list[str], guarded: str, plain: str, wanted: str) -> list[Job]:
    """What is to be run: under `all` faults, those marked as `chosen`, or `none`."""

    def fits(scenario: Scenario, which: str) -> bool:
        return wanted in scenario.name and (which == "all" or (which == "chosen" and scenario.chosen))

    return [(program, behind, scenario) for behind, which in ((True, guarded), (False, plain))
            for program in programs for scenario in started.faults() if fits(scenario, which)
            # Without its driver that one is systemd-boot.
            and (behind or not started.STARTED[program].drivers)]  # fmt: skip


def run(todo: list[Job], count: int, root: Path, kept: Kept, file: Path) -> None:
    """Run what is not in `kept`, `count` at a time, and put it there and into `file`."""
    lock = threading.Lock()
    failed = debian.BUILD / "started-failed"

    def one(numbered: tuple[int, Job]) -> None:
        number, (program, guarded, scenario) = numbered
        what = started.STARTED[program]
        place = started.saved_machine(root, what, guarded)
        usual = started.usual_warnings(place, what, guarded)
        done = started.attempt(place, what, guarded, scenario, root / f"machine{number}", usual)
        name = key(program, guarded, scenario)
        good = started.survived(done)
        excuse = "" if good else started.excused(program, scenario)
        with lock:
            kept[name] = {"cell": done.cell, "good": good, "excuse": excuse, "seen": done.seen, "exits": done.exits,
                          "problems": done.problems, "words": scenario.words}  # fmt: skip
            file.write_text(json.dumps(kept, indent=1) + "\n")
        if guarded and not good and not excuse:
            failed.mkdir(exist_ok=True)
            (failed / f"{name.replace('/', '-')}.txt").write_text(done.story)
        mark = "ok  " if good else "odd " if excuse else "FAIL" if guarded else "    "
        print(f"{mark} {name:70} {done.seen:8} {done.exits:3} exits {done.seconds:5} s"
              f" {'; '.join(done.problems)}", flush=True)  # fmt: skip

    fresh = [job for job in todo if key(*job) not in kept]
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, enumerate(fresh)))


def table(programs: list[str], kept: Kept) -> str:
    """Program by fault: by itself, then guarded, if it was run so; the number is that of the exit that succeeded."""
    columns = [(program, guarded) for program in programs for guarded in (False, True)
               if any(key(program, guarded, scenario) in kept for scenario in started.faults())]  # fmt: skip
    names = ["guarded" if guarded and not started.STARTED[program].drivers else program
             for program, guarded in columns]  # fmt: skip
    rows = ["| fault | " + " | ".join(names) + " |", "|---" * (len(columns) + 1) + "|"]
    for scenario in started.faults():
        cells = [str(kept.get(key(program, guarded, scenario), {}).get("cell", ""))
                 for program, guarded in columns]  # fmt: skip
        if any(cells):
            rows.append(f"| {scenario.name} | " + " | ".join(cells) + " |")
    scores = [score(program, guarded, kept) for program, guarded in columns]
    return "\n".join([*rows, "| **as Baton's own exit** | " + " | ".join(scores) + " |"])


def score(program: str, guarded: bool, kept: Kept) -> str:
    """How many went as they should, of those that were run."""
    ran = [kept[name] for scenario in started.faults()
           if (name := key(program, guarded, scenario)) in kept]  # fmt: skip
    return f"{sum(bool(each['good']) for each in ran)} of {len(ran)}"


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="*", help=f"of {', '.join(started.STARTED)}; default all")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-k", "--keyword", default="", help="only faults with this in their name")
    choices = ["none", "chosen", "all"]
    parser.add_argument("--guarded", choices=choices, default="all", help="under which faults")
    parser.add_argument("--plain", choices=choices, default="chosen", help="the program by itself")
    parser.add_argument("--json", type=Path, default=debian.BUILD / "faults-started.json")
    parser.add_argument("--fresh", action="store_true", help="forget what was run before")
    asked = parser.parse_args()
    programs = asked.programs if asked.programs not in ([], ["all"]) else list(started.STARTED)
    kept: Kept = {}
    if asked.json.exists() and not asked.fresh:
        kept = json.loads(asked.json.read_text())
    with tempfile.TemporaryDirectory(prefix="baton-started-") as scratch:
        run(jobs(programs, asked.guarded, asked.plain, asked.keyword), asked.jobs, Path(scratch), kept, asked.json)
    print("\n" + table(programs, kept))
    bad = [name for name, each in kept.items()
           if "/guarded/" in name and not each["good"] and not each.get("excuse")]  # fmt: skip
    print("\n" + "\n".join(bad or ["all that is guarded went as with Baton's own exit"]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
