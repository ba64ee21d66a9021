# SPDX-License-Identifier: BSD-2-Clause
"""Adds up JUnit reports: `summary.py REPORT...` ends with one line "N passed, N failed".

Knows: the JUnit XML that pytest and test/unit/run.py write. Must not know: what a test is about.
A report that is missing, unreadable or empty is a failure: tests that did not run prove nothing.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Sum:
    """What the reports say together; `failures` and `skips` are lines for people."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)

    def add_case(self, case: ElementTree.Element) -> None:
        """Count one test. Skipped is neither passed nor failed, but shown."""
        name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
        if case.find("failure") is not None or case.find("error") is not None:
            self.failures.append(name)
        elif (skipped := case.find("skipped")) is not None:
            self.skips.append(f"{name}: {skipped.get('message', '')}")
        else:
            self.passed += 1

    def add_report(self, path: Path) -> None:
        """Count every test of one report."""
        try:
            cases = list(ElementTree.parse(path).getroot().iter("testcase"))
        except (OSError, ElementTree.ParseError) as error:
            self.failures.append(f"{path}: no report ({error})")
            return
        if not cases:
            self.failures.append(f"{path}: no test was run")
        for case in cases:
            self.add_case(case)


def main(paths: list[str]) -> int:
    """Print the skipped and failed tests and the sum; the exit status is honest."""
    total = Sum()
    for path in paths:
        total.add_report(Path(path))
    for line in total.skips:
        print(f"skipped: {line}")
    for line in total.failures:
        print(f"FAILED: {line}")
    sys.stdout.flush()
    print(f"{total.passed} passed, {len(total.failures)} failed")
    return 1 if total.failures or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
