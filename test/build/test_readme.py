# SPDX-License-Identifier: BSD-2-Clause
"""The README does not drift away from what it describes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_kernel_in_the_readme_is_the_one_that_is_built() -> None:
    block = re.search(r"```c\n(.*?)```", README, re.DOTALL)
    assert block, "the README shows no kernel"
    assert block[1] == (ROOT / "test/kernel/hello.c").read_text()


def test_every_target_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z][a-z-]*)", README, re.MULTILINE))
    targets = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {"run", "test", "install", "debug", "help"} <= named
    for name in named:
        assert re.search(rf"^ *make {name}\b", targets, re.MULTILINE), f"no target {name}"


def test_every_link_into_the_repository_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    for link in links:
        assert (ROOT / link).exists(), link
