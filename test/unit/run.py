# SPDX-License-Identifier: BSD-2-Clause
"""Runs cmocka programs: `run.py --jobs N --report FILE [--below DIR] PROGRAM...`, and writes one JUnit
report, in which each program has its path below DIR for a name.

Knows: how a cmocka program reports (CMOCKA_MESSAGE_OUTPUT=xml) and how it can fail to. A program that
is missing (did not build), crashes, hangs, is stopped by a sanitizer or reports no test counts as one
failed test, whatever it printed before.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIMEOUT = 300  # seconds: only there so that a hang ends; no test comes near it


def case(program: str, name: str, problem: str = "") -> ElementTree.Element:
    """A testcase of a JUnit report; failed when there is a problem."""
    element = ElementTree.Element("testcase", classname=program, name=name)
    if problem:
        # XML cannot hold most control characters, and a failing test prints what it likes.
        clean = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in problem)
        ElementTree.SubElement(element, "failure", message=clean.splitlines()[0]).text = clean
    return element


def read_reports(directory: Path, program: str) -> list[ElementTree.Element]:
    """The tests that a program reported, one file for each of its groups."""
    cases = []
    for report in sorted(directory.iterdir()):
        for found in ElementTree.parse(report).getroot().iter("testcase"):
            failure = found.find("failure")
            problem = (failure.text or "failed") if failure is not None else ""
            fresh = case(program, found.get("name", ""), problem)
            if found.find("skipped") is not None:
                ElementTree.SubElement(fresh, "skipped", message="skipped by cmocka")
            cases.append(fresh)
    return cases


def run(path: Path, program: str) -> list[ElementTree.Element]:
    """Run one program, called `program`; at least one testcase comes back, whatever happens."""
    if not path.exists():
        return [case(program, "build", "the program does not build; see above")]
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ,
            "CMOCKA_MESSAGE_OUTPUT": "xml",
            "CMOCKA_XML_FILE": f"{directory}/%g.xml",
            "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }
        try:
            done = subprocess.run(
                [path.resolve()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return [case(program, "run", f"still running after {TIMEOUT} s")]
        output = done.stdout.decode("utf-8", "replace")
        try:
            cases = read_reports(Path(directory), program)
        except ElementTree.ParseError as error:
            return [case(program, "run", f"unreadable report: {error}\n{output}")]
    failed = any(found.find("failure") is not None for found in cases)
    if done.returncode != 0 and not failed:
        cases.append(case(program, "run", f"exit status {done.returncode}\n{output}"))
    elif not cases:
        cases.append(case(program, "run", f"reported no test\n{output}"))
    return cases


def main() -> int:
    """Run all, show what failed, write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--below", type=Path)
    parser.add_argument("programs", type=Path, nargs="*")
    options = parser.parse_args()

    suite = ElementTree.Element("testsuite", name="unit")
    failures = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        names = [path.relative_to(options.below).as_posix() if options.below else path.name
                 for path in options.programs]  # fmt: skip
        for number, (name, cases) in enumerate(
            zip(names, pool.map(run, options.programs, names)), 1
        ):
            problems = [found.find("failure") for found in cases]
            failed = [problem.text for problem in problems if problem is not None]
            failures += len(failed)
            how_far = f"{number}/{len(names)}"
            print(f"UNIT    {how_far} {name}: {len(cases)} tests" + (", FAILED" if failed else ""))
            for text in failed:
                print("        " + (text or "").strip().replace("\n", "\n        "))
            suite.extend(cases)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(options.report, encoding="utf-8", xml_declaration=True)
    return 1 if failures or len(suite) == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
