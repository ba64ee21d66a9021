# SPDX-License-Identifier: BSD-2-Clause
"""Runs fuzz targets for a time: `python3 -m fuzz.fuzz --build DIR --jobs N --time SECONDS TARGET...`.

Knows: libFuzzer's options, where the corpora are kept (DIR/corpus, growing from run to run) and
where what breaks a target is kept (DIR/found). Must not know: what a target is about.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz import seeds

HERE = Path(__file__).resolve().parent
# Seconds for one input: only there so that an endless loop ends; none takes a tenth of one.
HANG = 60


def command(program: Path, corpus: Path, found: Path, *options: str) -> list[str]:
    """A libFuzzer command line; the dictionary is added if there is one."""
    words = [str(program), f"-artifact_prefix={found}/{program.name}-", f"-timeout={HANG}",
             "-max_len=6000", "-print_final_stats=1", *options]  # fmt: skip
    words.extend(f"-dict={path}" for path in HERE.rglob(f"{program.name}.dict"))
    return [*words, str(corpus)]


def fuzz(build: Path, target: str, seconds: int) -> tuple[int, str]:
    """Fuzz one target; libFuzzer's exit status and its last lines."""
    corpus, found = build / "corpus" / target, build / "found"
    seeds.write(target, corpus)
    found.mkdir(exist_ok=True)
    words = command(build / target, corpus, found, f"-max_total_time={seconds}")
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="replace", check=False)  # fmt: skip
    return done.returncode, done.stdout


def main() -> int:
    """Run all, `jobs` at a time; say what was found and how to see it again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time", type=int, required=True)
    parser.add_argument("targets", nargs="+")
    options = parser.parse_args()
    failed = 0

    with ThreadPoolExecutor(options.jobs) as pool:
        runs = pool.map(lambda name: fuzz(options.build, name, options.time), options.targets)
        for target, (status, output) in zip(options.targets, runs):
            facts = dict(line.removeprefix("stat::").split(":", 1)
                         for line in output.splitlines() if line.startswith("stat::"))  # fmt: skip
            inputs = facts.get("number_of_executed_units", "?").strip()
            print(f"FUZZ    {target}: {inputs} inputs" + (", FAILED" if status else ""), flush=True)
            if status:
                failed += 1
                print("        " + "\n        ".join(output.splitlines()[-40:]))
                print(f"        again: {options.build / target} {options.build}/found/{target}-...")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
