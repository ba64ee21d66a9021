# SPDX-License-Identifier: BSD-2-Clause
"""The guards of the house: what must be refused is refused, in folders that are new as well.

Knows: how test/lint/house.py is run. Each test breaks a rule in a copy of the tree and wants the line.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LICENCE = "/* SPDX-License-Identifier: BSD-2-Clause */\n"


@pytest.fixture(name="tree")
def fixture_tree(tmp_path: Path) -> Path:
    """What house.py looks at, without git."""
    for folder in ("src", "include", "test/lint"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def house(tree: Path) -> list[str]:
    """What house.py says of a tree; its status has to fit."""
    done = subprocess.run([sys.executable, tree / "test/lint/house.py"], cwd=tree, text=True,
                          capture_output=True, check=False)  # fmt: skip
    assert done.stderr == ""
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout.splitlines()


def test_the_tree_as_it_is_passes(tree: Path) -> None:
    assert house(tree) == []


@pytest.mark.parametrize(
    ("file", "include"),
    [
        ("src/main.c", "<efi.h>"),
        ("src/boot/probe.c", "<efi.h>"),
        ("src/boot/new/folder/probe.c", "<efi.h>"),
        ("src/efi/new/probe.h", '"boot/protocol.h"'),
        ("src/core/text/probe.c", '"efi/firmware.h"'),
        ("src/core/text/probe.c", '"core/entry/bls_entry.h"'),
        ("src/core/linux/probe.c", '"core/linux/x86/bzimage.h"'),
        ("src/core/base/probe.c", "<stdio.h>"),
        ("src/core/base/probe.h", '"checked.h"'),
        ("src/boot/probe.c", '"driver/exit_reference.h"'),
        ("src/arch/x86_64/probe.S", '"boot/failure.h"'),
        ("src/arch/probe.h", '"arch/x86_64/paging.h"'),
        ("src/boot/probe.c", '"arch/x86_64/machine.h"'),
        ("include/probe.h", '"core/base/span.h"'),
    ],
)
def test_an_include_that_reaches_too_far_is_refused(tree: Path, file: str, include: str) -> None:
    probe = tree / file
    probe.parent.mkdir(parents=True, exist_ok=True)
    before = probe.read_text() if probe.exists() else LICENCE
    if file.startswith("include/"):
        before = before.replace("BSD-2-Clause", "0BSD")
    probe.write_text(f"{before}#  include {include}\n")
    (line,) = house(tree)
    assert line.startswith(f"{file}: ") and line.endswith(f"must not include {include[1:-1]}")


def test_an_include_by_macro_is_refused(tree: Path) -> None:
    (tree / "src/core/base/probe.c").write_text(f"{LICENCE}#include HEADER\n")
    (line,) = house(tree)
    assert line == "src/core/base/probe.c: an include of 'HEADER', which nobody can check"


@pytest.mark.parametrize("file", ["src/boot/probe.c", "src/core/linux/probe.c", "src/arch/probe.h"])
@pytest.mark.parametrize("word", ['__asm__ volatile("cli")', "#ifdef __x86_64__", "machine_in8(0x64)"])
def test_what_only_one_machine_knows_stays_in_its_folder(tree: Path, file: str, word: str) -> None:
    (tree / file).write_text(f"{LICENCE}{word}\n")
    (line,) = house(tree)
    assert line.startswith(f"{file}: ") and line.endswith("or an x86 half of a protocol")


@pytest.mark.parametrize("file", ["src/probe.c", "src/new/probe.c", "src/core/new/probe.c", "src/mainly.c"])
def test_a_place_without_a_rule_is_refused(tree: Path, file: str) -> None:
    (tree / file).parent.mkdir(exist_ok=True)
    (tree / file).write_text(f"{LICENCE}static int unused;\n")
    (line,) = house(tree)
    assert line.startswith(f"{file}: lies in no place")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("sys.path.insert(0, 'test/lab')", "edits the path of modules"),
        ("sys.path += ['test/lab']", "edits the path of modules"),
        ("from sys import path", "edits the path of modules"),
        ("import site", "edits the path of modules"),
        ("from boot.test_linux import seen", "imports from a test, boot.test_linux"),
        ("from test_linux import seen", "imports from a test, test_linux"),
    ],
)
def test_python_that_finds_modules_in_a_way_of_its_own_is_refused(tree: Path, line: str, what: str) -> None:
    probe = tree / "test/lint/probe.py"
    probe.write_text("# SPDX-License-Identifier: BSD-2-Clause\nimport sys\n" + line + "\n")
    (said,) = house(tree)
    assert said.startswith(f"test/lint/probe.py:3: {what}")


def test_the_readme_shows_the_rules_that_are_checked(tree: Path) -> None:
    readme = tree / "src/README.md"
    text = readme.read_text()
    assert "| `efi/` |" in text
    readme.write_text(text.replace("| `efi.h` |", "| |").replace(" `efi.h` |", " |"))
    assert len(house(tree)) == 2
