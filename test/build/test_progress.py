# SPDX-License-Identifier: BSD-2-Clause
"""What takes long says what it does, and how far it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from build.build import ROOT
from lab import progress
from lab.counted import Count, short
from lab.debian import Step

TESTS = """
import os, pytest
from lab import progress
def test_good(): pass
@pytest.mark.parametrize("n", range(3))
def test_many(n): pass
def test_note():
    progress.say("FETCH   a kernel")
    # The next line of the run comes after the note.
    seen = os.environ["SEEN"]
    while "FETCH" not in open(seen).read(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_skipped(): pass
@pytest.mark.xfail
def test_expected(): assert False
"""
CONFTEST = """
from lab import counted
def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(counted.Counted(pause=0.01))
"""


@pytest.mark.parametrize("words", [[], ["-n", "2"]], ids=["alone", "in two processes"])
def test_a_run_of_pytest_is_counted(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text((ROOT / "test/pytest.ini").read_text())
    output = tmp_path / "output"
    with output.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, tmp_path],
            env={**os.environ, "PYTHONPATH": str(ROOT / "test"), "SEEN": str(output)},
            cwd=tmp_path, stdout=stream, stderr=subprocess.STDOUT, timeout=120, check=False,
        )  # fmt: skip
    text = output.read_text()
    lines = text.splitlines()
    assert done.returncode == 1, text
    assert "\x1b" not in text and "\r" not in text
    assert "FAILED  test_x.py::test_bad" in lines
    assert [line for line in lines if line.startswith("TEST ")][-1] == "TEST    8/8, 1 failed"
    assert "FETCH   a kernel" in lines, "what a test says of its progress is shown while it runs"
    assert not re.search(r"^(test_x\.py *|[.Fsx]+)+$", text, re.MULTILINE), "dots"
    assert "FAILED test_x.py::test_bad - assert False" in lines, "pytest's own summary"


def test_tests_that_take_long_are_named() -> None:
    now = [0.0]
    count = Count(lambda: now[0])
    count.total = 3
    count.start("test/boot/test_a.py::test_slow")
    count.start("test/boot/test_a.py::test_quick")
    assert count.line() == "TEST    0/3"
    now[0] = 14.4
    count.finish("test/boot/test_a.py::test_quick")
    count.start("test/boot/test_a.py::test_next")
    assert count.line() == "TEST    1/3  (slow: test_a.py::test_slow 14 s)"
    count.failed = 1
    count.finish("test/boot/test_a.py::test_slow")
    assert count.line() == "TEST    2/3, 1 failed"


def test_long_names_keep_their_parameters() -> None:
    name = short(f"test/boot/test_a.py::test_{'x' * 100}[the parameter]")
    assert len(name) <= 70 and name.startswith("test_a.py::") and name.endswith("[the parameter]")


def test_waiting_says_what_it_sees_until_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    monkeypatch.setenv(progress.FILE, str(notes))
    states, enough = iter(["", "first", "second"]), threading.Event()

    def look() -> str:
        state = next(states, None)
        if state is None:
            enough.set()
        return state or ""

    with progress.Waiting(look, pause=0.001):
        enough.wait()
    assert [line.split(",")[0] for line in notes.read_text().splitlines()] == ["first", "second"]


def test_without_pytest_progress_goes_to_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(progress.FILE, raising=False)
    progress.say("FETCH   a kernel")
    assert capsys.readouterr() == ("", "FETCH   a kernel\n")


def test_a_step_follows_what_apt_says() -> None:
    step = Step("a kernel of Debian")
    assert str(step) == "FETCH   a kernel of Debian"
    step.follow(["dlstatus:2:12.5:Retrieving file 2 of 3 (4s remaining)\n", "Get:2 something\n"])
    assert str(step) == "FETCH   a kernel of Debian: 12 %, retrieving file 2 of 3 (4s remaining)"


def test_every_lint_says_what_it_is_about_to_check() -> None:
    """The first line of each recipe, which make lint shows as soon as it is done."""
    words = ["make", "-n", "DEPS=no", "--no-print-directory", "lint-all", "JOBS=1"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    for tool in ("clang-format", "cppcheck", "shellcheck", "headers.sh", "pyflakes", "house.py"):
        first = next(line for line in done.stdout.splitlines() if tool in line)
        assert re.match('echo "LINT |mkdir ', first), f"{tool} is silent: {first}"
