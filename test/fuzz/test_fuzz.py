# SPDX-License-Identifier: BSD-2-Clause
"""A short run of each fuzz target: its seeds and a fixed number of inputs made from them with a fixed
seed, so that the same program does the same on every machine.

Knows: how a target is run (fuzz.py). A failure shows the input that caused it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fuzz import fuzz, seeds

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parents[1] / (os.environ.get("BUILD") or "build") / "fuzz"
TARGETS = sorted(path.stem for path in HERE.rglob("*.c"))
# Inputs of targets for which these are not about a second on a slow machine.
USUAL = 25000
RUNS = {
    "acpi_timer": 50000,
    "bzimage": 50000,
    "efi_map_shrink": 1000,
    "event_log": 50000,
    "exit_journal": 1500,
    "exit_policy": 20000,
    "inflate": 2500,
    "memory_map": 1500,
    "menu": 750,
}


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_breaks_a_promise(target: str, tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", RUNS.get(target, USUAL)
    seeds.write(target, corpus)
    words = fuzz.command(PROGRAMS / target, corpus, tmp_path, "-seed=1", f"-runs={runs}")
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="replace", check=False)  # fmt: skip
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-60:])
    # It did what it was asked to, and not nothing.
    assert f"number_of_executed_units: {runs}" in done.stdout
