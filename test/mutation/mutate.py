# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the exit, the guard, efi/ and boot/ in every way of the lists here, shows which unit test notices:
`python3 -m mutation.mutate --build DIR --jobs N [NAME...]`.

Knows: how the host programs of the Makefile are made (DIR/host: flags, objects, archives), and how a
cmocka program says that a test failed. Only the mutated file is compiled; linked in front of the
archives it takes the place of the original. A mutation whose text is gone, that does not compile or
that no test notices is a failure.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from mutation.arm_mutations import ARM_MUTATIONS, ARM_PROGRAMS
from mutation.boot_mutations import BOOT_MUTATIONS, BOOT_PROGRAMS
from mutation.efi_mutations import EFI_MUTATIONS, EFI_PROGRAMS
from mutation.guard_mutations import GUARD_MUTATIONS, GUARD_PROGRAMS
from mutation.menu_mutations import MENU_MUTATIONS, MENU_PROGRAMS
from mutation.mutations import (ACPI, ALARM, BUFFER, GIVE_UP, JOURNAL, LATE, MUTATIONS, POLICY, RATE,
                                TABLES, TAKEN, TSC, WAIT, WATCH, Mutation)  # fmt: skip
from mutation.protocol_mutations import PROTOCOL_MUTATIONS, PROTOCOL_PROGRAMS
from mutation.rest_mutations import REST_MUTATIONS, REST_PROGRAMS

ROOT = Path(__file__).resolve().parents[2]
LOOP_PROGRAMS = ("efi/exit/exit", "efi/exit/exit_time", "efi/exit/exit_maps", "efi/exit/late_map")
# The tests of the file itself first: they are the fastest.
PROGRAMS = {
    BUFFER: ("efi/map_buffer", "efi/exit/exit_map", *LOOP_PROGRAMS),
    TAKEN: ("efi/exit/exit_map", *LOOP_PROGRAMS),
    POLICY: ("core/exit/exit_policy", *LOOP_PROGRAMS),
    JOURNAL: ("core/exit/exit_journal", *LOOP_PROGRAMS),
    LATE: ("efi/exit/late_map",),
    GIVE_UP: ("efi/exit/give_up",),
    WATCH: ("core/time/stopwatch", "arch/wait"),
    WAIT: ("arch/wait",),
    RATE: ("core/time/rate", "arch/x86_64/tsc"),
    ACPI: ("core/time/acpi_timer", "arch/x86_64/tsc"),
    TABLES: ("core/time/acpi_timer", "arch/x86_64/tsc"),
    TSC: ("arch/x86_64/tsc",),
    ALARM: ("arch/x86_64/alarm",),
    **EFI_PROGRAMS,
    **GUARD_PROGRAMS,
    **REST_PROGRAMS,
    **BOOT_PROGRAMS,
    **PROTOCOL_PROGRAMS,
    **ARM_PROGRAMS,
    **MENU_PROGRAMS,
}
# What is not the exit's.
LAYERS = [*EFI_MUTATIONS, *REST_MUTATIONS, *BOOT_MUTATIONS, *PROTOCOL_MUTATIONS, *ARM_MUTATIONS, *MENU_MUTATIONS]
ALL = [*MUTATIONS, *GUARD_MUTATIONS, *LAYERS]
# ERROR: the test failed, and so did the cleaning up after it.
FAILED = re.compile(rb"\[\s+(?:FAILED|ERROR)\s+\] (\w+)")
RUNNING = re.compile(rb"\[\s+RUN\s+\] (\w+)")
# Seconds of processor time, some ten times what the longest program needs: a mutation may make a loop endless.
CPU_MAX = 40


@dataclass(frozen=True)
class Verdict:
    """What became of a mutation: the test that noticed, or what went wrong."""

    mutation: Mutation
    caught_by: str = ""
    problem: str = ""


def mutated(mutation: Mutation) -> str:
    """The source text with the mistake; ValueError when there is no place for it any more."""
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    for old, new in ((mutation.old, mutation.new), *mutation.more):
        if text.count(old) != 1:
            raise ValueError(f"to be written anew: {mutation.file} has {text.count(old)} of {old!r}")
        text = text.replace(old, new)
    return text


def compile_mutation(build: Path, room: Path, mutation: Mutation) -> None:
    """Make room/mutated.o; ValueError with the compiler's complaint if it does not."""
    source = room / Path(mutation.file).name
    source.write_text(mutated(mutation), encoding="utf-8")
    flags = shlex.split((build / "host/flags").read_text())
    # -w: a mistake may well leave something unused. -g0: nobody reads where, which takes time to write.
    words = [*flags, "-w", "-g0", "-c", "-o", str(room / "mutated.o"), str(source)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"does not compile: {done.stderr}")


def link(build: Path, room: Path, program: str) -> Path:
    """One unit program with the mutated object in front of the archives; ValueError if not."""
    host = build / "host"
    names = ["pure.a", "firmware.a", "fake.a"]
    for library, folders in (("arm.a", "arm|aarch64|tree"), ("riscv.a", "riscv|riscv64")):
        if re.search(rf"/(?:{folders})/", program):
            names = [library]
    archives = [str(host / name) for name in names]
    words = [*shlex.split((host / "linker").read_text()), "-o", str(room / "program"),
             str(host / f"test/unit/{program}.c.o"), str(room / "mutated.o"),
             "-Wl,--start-group", *archives, "-Wl,--end-group", "-lcmocka"]  # fmt: skip
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"does not link: {done.stderr}")
    return room / "program"


def output_lines(process_end: int) -> Iterator[bytes]:
    """Lines from a terminal until the program at its other end is gone."""
    with open(process_end, "rb") as terminal:
        try:
            yield from terminal
        except OSError:  # how Linux says that nobody has the other end open any more
            return


def first_failure(program: Path) -> str:
    """Run a program up to its first failing test, whose name comes back; "" when none fails."""
    running = ""
    # Into a pipe the program would write by the block, and what a crash cuts off would be unknown.
    ours, theirs = os.openpty()
    with subprocess.Popen(["prlimit", f"--cpu={CPU_MAX}", program], stdin=subprocess.DEVNULL,
                          stdout=theirs, stderr=theirs) as process:  # fmt: skip
        os.close(theirs)
        for line in output_lines(ours):
            if found := FAILED.search(line):
                process.terminate()
                return found.group(1).decode()
            if found := RUNNING.search(line):
                running = found.group(1).decode()
    # A sanitizer, or the limit, ends the program in the middle of a test.
    return "" if process.returncode == 0 else running or f"exit status {process.returncode}"


def try_mutation(build: Path, room: Path, mutation: Mutation) -> Verdict:
    """Break the code in one way, in an empty directory, and see whether a unit test notices."""
    try:
        compile_mutation(build, room, mutation)
        for name in PROGRAMS.get(mutation.file, LOOP_PROGRAMS):
            program = link(build, room, name)
            failed = first_failure(program)
            program.unlink()
            if failed:
                return Verdict(mutation, caught_by=f"{name}: {failed}")
    except ValueError as error:
        return Verdict(mutation, problem=str(error))
    return Verdict(mutation, problem="no test notices")


def main() -> int:
    """Try all, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("names", nargs="*", help="of the mistakes to try; without any, all")
    options = parser.parse_args()
    build = ROOT / options.build
    chosen = [mutation for mutation in ALL if not options.names or mutation.name in options.names]
    if len(chosen) < len(set(options.names)):
        parser.error("there is no mistake of one of these names")
    width = max(len(mutation.name) for mutation in chosen)
    noticed = []

    def attempt(mutation: Mutation) -> Verdict:
        with tempfile.TemporaryDirectory() as room:
            return try_mutation(build, Path(room), mutation)

    with ThreadPoolExecutor(options.jobs) as pool:
        for verdict in pool.map(attempt, chosen):
            if verdict.caught_by:
                noticed.append(verdict.mutation)
            result = verdict.caught_by or f"FAILED: {verdict.problem}"
            print(f"{verdict.mutation.name:{width}}  {result}", flush=True)
    for those, where in ((MUTATIONS, "the exit"), (LAYERS, "src/efi and src/boot")):
        some = [mutation for mutation in those if mutation in chosen]
        count = sum(mutation in noticed for mutation in some)
        print(f"{count} of {len(some)} mutants of {where} noticed")
    return 0 if len(noticed) == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
