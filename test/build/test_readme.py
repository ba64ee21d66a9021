# SPDX-License-Identifier: BSD-2-Clause
"""The README does not drift away from what it describes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [
    page
    for page in (ROOT / "README.md", *(ROOT / "src").rglob("*.md"), *(ROOT / "test").rglob("*.md"))
    if page.is_file()
]
INSTALL = "apt-get install --no-install-recommends "


def test_the_kernel_in_the_readme_is_the_one_that_is_built() -> None:
    block = re.search(r"```c\n(.*?)```", README, re.DOTALL)
    assert block, "the README shows no kernel"
    assert block[1] == (ROOT / "test/kernel/hello.c").read_text()


def test_the_commands_of_the_readme_can_be_typed() -> None:
    """Nothing has to be put in place of a <word>, and what they make is not in git's way."""
    tools = "apt-get|git|make|mkdir|gcc|efibootmgr"
    commands = re.findall(rf"^(?: {{4}}| \*   )((?:{tools}) .*)$", README, re.MULTILINE)
    assert len(commands) >= 8, commands
    for command in commands:
        assert not re.search(r"<\w", command), command
    made = re.findall(r"-o (\S+)", README)
    assert made, "the README builds nothing"
    assert "/build/" in (ROOT / ".gitignore").read_text().splitlines()
    for name in made:
        assert name.startswith("build/"), f"git sees {name}"


def test_the_kernel_in_the_readme_builds_as_it_says(tmp_path: Path) -> None:
    """With the very command that stands above it."""
    found = re.search(r"^ \*   (gcc .*?\S+\.c)$", README, re.MULTILINE | re.DOTALL)
    assert found, "the README does not say how"
    command = re.sub(r"\\\n \*", " ", found[1]).replace("build/", f"{tmp_path}/")
    subprocess.run(["sh", "-c", command], cwd=ROOT, check=True)
    assert (tmp_path / "hello.elf").read_bytes().startswith(b"\x7fELF")


def test_every_target_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z][a-z-]*)", README, re.MULTILINE))
    targets = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {"run", "test", "install", "debug", "help"} <= named
    for name in named:
        assert re.search(rf"^ *make {name}\b", targets, re.MULTILINE), f"no target {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_into_the_repository_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            assert heading in {title.lower().replace(" ", "-") for title in titles}, link


def test_readmes_lead_to_each_other() -> None:
    """A page that no other page names is not read."""
    named = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text())
        if "://" not in link
    }
    assert [page for page in PAGES[1:] if page not in named] == []


def test_the_bounds_of_the_exit_are_those_of_the_code() -> None:
    """Of each row of the table the number, and every name."""
    code = "\n".join(path.read_text() for path in sorted((ROOT / "src").rglob("*.h")))
    found = dict(re.findall(r"^#define (\w+) +(\w+)", code, re.MULTILINE))
    page = (ROOT / "src/efi/exit/README.md").read_text()
    table = page.partition("| bound | value | where |\n|---|---|---|\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    assert len(rows) == 6
    for _, value, where in rows:
        names = re.findall(r"`(\w+)`", where)
        assert set(names) <= found.keys(), where
        number = found.get(found[names[0]], found[names[0]])
        assert value.split()[0] == number.rstrip("U"), where
    attempts, seconds = (row[1].split()[0] for row in rows[:2])
    assert f"at most {attempts} attempts in {seconds} seconds" in README


def test_the_packages_in_the_readme_are_those_that_are_installed(tmp_path: Path) -> None:
    """What test/deps.sh asks for where nothing is installed and nobody may install."""
    for name, script in {
        "dpkg-query": "exit 1",
        "apt-get": "exit 1",
        "sudo": "exit 1",
        "id": "echo 1000",
    }.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin", "GNU_EFI": ""}
    asked = subprocess.run(
        ["sh", "test/deps.sh", "test"], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert asked.returncode != 0 and INSTALL in asked.stderr, asked.stderr
    wanted = asked.stderr.partition(INSTALL)[2].split()
    lines = [line.split(INSTALL)[1].split() for line in README.splitlines() if INSTALL in line]
    assert wanted in lines, f"the README lacks: {INSTALL}{' '.join(wanted)}"


FILE_NAME = re.compile(r"(?<![\w/.*-])([\w-]+(?:/[\w-]+)*\.(?:c|h|S|py|pml|mk|lds))(?![\w*])")
# A header of gnu-efi.
NOT_OURS = {"efi.h"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_exist(page: Path) -> None:
    """As a path from the page's folder, from the top, src, test or include, or as a name in the tree."""
    names = {path.name for folder in ("src", "test", "include", "lds") for path in (ROOT / folder).rglob("*")}
    starts = [page.parent, ROOT, ROOT / "src", ROOT / "test", ROOT / "include"]
    for named in FILE_NAME.findall(page.read_text()):
        found = named in NOT_OURS or any((start / named).exists() for start in starts)
        assert found or ("/" not in named and named in names), named


# What src/README.md answers to someone who has never seen the tree: the file, and what has to be in it.
ANSWERS = {
    "core/entry/entry_order.c": "void entry_sort(",
    "core/exit/exit_policy.h": "#define EXIT_ATTEMPTS_MAX",
    "core/linux/x86/e820.c": "e820_convert(",
    "efi/exit/give_up.c": "static bool tell(",
}


@pytest.mark.parametrize(("file", "text"), ANSWERS.items())
def test_the_answers_in_the_readme_of_the_sources_are_true(file: str, text: str) -> None:
    page = (ROOT / "src/README.md").read_text()
    section = page.partition("## Where does it come from?")[2].partition("\n## ")[0]
    assert f"`{file}`" in section
    assert text in (ROOT / "src" / file).read_text()
