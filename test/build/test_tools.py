# SPDX-License-Identifier: BSD-2-Clause
"""The scripts that everything else leans on: counting tests, running them, installing packages.

test/deps.sh is run with a PATH that holds only our stand-ins for dpkg-query, apt-get, sudo and id, so
that nothing is installed and the answers are known.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from build.build import ROOT


def run(*words: str | Path, **options: dict[str, str]) -> tuple[int, list[str]]:
    """Exit status and lines of output (both streams) of a program."""
    done = subprocess.run(
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    return done.returncode, done.stdout.splitlines()


def summary(*reports: Path) -> tuple[int, str]:
    """Exit status and last line of test/summary.py."""
    status, lines = run(sys.executable, ROOT / "test/summary.py", *reports)
    return status, lines[-1]


@pytest.fixture(name="report")
def fixture_report(tmp_path: Path) -> Path:
    """A report as pytest writes it: two passed, one skipped."""
    path = tmp_path / "good.xml"
    path.write_text(
        '<testsuites><testsuite><testcase classname="a" name="b"/><testcase name="c"/>'
        '<testcase name="d"><skipped message="no archive"/></testcase></testsuite></testsuites>'
    )
    return path


def test_summary_adds_up_and_skipped_is_not_passed(report: Path) -> None:
    """Over all reports."""
    assert summary(report) == (0, "2 passed, 0 failed")
    assert summary(report, report) == (0, "4 passed, 0 failed")


@pytest.mark.parametrize("kind", ["failure", "error"])
def test_summary_fails_with_one_failed_test(report: Path, tmp_path: Path, kind: str) -> None:
    """A failure, or an error before or after the test."""
    bad = tmp_path / "bad.xml"
    bad.write_text(f'<testsuite><testcase name="x"><{kind} message="m"/></testcase></testsuite>')
    assert summary(report, bad) == (1, "2 passed, 1 failed")


@pytest.mark.parametrize("text", [None, "", "<testsuite", "<testsuite/>"])
def test_summary_counts_tests_that_did_not_run_as_a_failure(
    report: Path, tmp_path: Path, text: str | None
) -> None:
    """A report that is missing, empty, cut off, or without a test."""
    bad = tmp_path / "bad.xml"
    if text is not None:
        bad.write_text(text)
    assert summary(report, bad) == (1, "2 passed, 1 failed")


CMOCKA = """
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
static void good(void **state) { (void)state; }
static void chosen(void **state) { (void)state; %s }
int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(chosen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
"""


def compile_cmocka(directory: Path, body: str) -> Path:
    """A program of two tests, one of which does `body`, built as the unit tests are."""
    source, program = directory / "core_x.c", directory / "core_x"
    source.write_text(CMOCKA % body)
    sanitizers = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    subprocess.run(["gcc", *sanitizers, "-o", program, source, "-lcmocka"], check=True)
    return program


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", (0, "2 passed, 0 failed")),
        ("assert_int_equal(1, 2);", (1, "1 passed, 1 failed")),
        # cmocka copies the text as it is, which is then no XML any more.
        ('assert_string_equal("<&\\x01]]>", "b");', (1, "0 passed, 1 failed")),
        ("abort();", (1, "0 passed, 1 failed")),
        ("int volatile zero = 0; exit(zero);", (1, "0 passed, 1 failed")),
        ("int volatile big = 0x7fffffff; big++;", (1, "0 passed, 1 failed")),
        ("char *volatile p = malloc(1); p[1] = 0;", (1, "0 passed, 1 failed")),
        # Found when the program ends, after it has reported success.
        ("char *volatile p = malloc(1); p = NULL;", (1, "2 passed, 1 failed")),
    ],
    ids=["passes", "fails", "spoils-its-report", "crashes", "exits", "overflows", "writes-out-of-bounds",
         "leaks"],
)  # fmt: skip
def test_unit_runner_is_not_fooled(body: str, expected: tuple[int, str], tmp_path: Path) -> None:
    """However a cmocka program ends, the sum is right."""
    report = tmp_path / "unit.xml"
    program = compile_cmocka(tmp_path, body)
    status, _ = run(sys.executable, ROOT / "test/unit/run.py", "--report", report, program)
    assert (status, summary(report)) == (expected[0], expected)


def test_unit_runner_counts_a_program_that_did_not_build(tmp_path: Path) -> None:
    """The others' success must not hide it."""
    report, absent = tmp_path / "unit.xml", tmp_path / "core_absent"
    good = compile_cmocka(tmp_path, "")
    status, lines = run(sys.executable, ROOT / "test/unit/run.py", "--report", report, good, absent)
    assert (status, summary(report)) == (1, (1, "2 passed, 1 failed"))
    assert "UNIT    1/2 core_x: 2 tests" in lines
    assert "UNIT    2/2 core_absent: 1 tests, FAILED" in lines


def test_every_test_module_is_collected() -> None:
    """pytest leaves folders of some names out by itself: build is one of them. Here all marks count."""
    words = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "", "--collect-only", "-q", "test")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    collected = [line.split("::", 1)[0].removeprefix("test/") for line in done.stdout.splitlines() if "::" in line]
    modules = {path.relative_to(ROOT / "test").as_posix() for path in (ROOT / "test").rglob("test_*.py")}
    assert set(collected) == modules
    # In the order of conftest.py: quick ones at the end.
    assert collected[0] != "mutation/test_mutation.py"
    assert collected[-1] == "mutation/test_mutation.py"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no repository, only its files")
def test_nothing_that_was_built_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    files = [ROOT / name for name in listed.decode().split("\0") if name]
    assert len(files) > 100
    assert not [path for path in files if path.suffix != ".png" and b"\0" in path.read_bytes()]


class Packages:
    """A pretended system: which packages and commands it has, who we are on it."""

    def __init__(self, directory: Path) -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.log = directory / "log"
        self.log.touch()
        for name in ("sh", "sed", "grep", "tr", "env", "true"):
            self.command(name, f'exec {shutil.which(name)} "$@"')

    def command(self, name: str, script: str) -> None:
        """Put a command into the only directory of PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def debian(self, absent: str, uid: int, sudo: bool = False) -> None:
        """A Debian where everything but `absent` is installed, and apt-get only takes notes."""
        self.command(
            "dpkg-query",
            f'for p; do case $p in -*|*Status*) ;; "{absent}") ;; *) echo "ii  $p" ;; esac; done',
        )
        self.command("apt-get", f'echo "$@" >> {self.log}')
        self.command("id", f"echo {uid}")
        self.command("sudo", 'shift; exec "$@"' if sudo else "exit 1")

    def deps(self, which: str, gnu_efi: str = "") -> tuple[int, list[str]]:
        """Run test/deps.sh there."""
        environment = {"PATH": str(self.bin), "GNU_EFI": gnu_efi}
        return run("/bin/sh", ROOT / "test/deps.sh", which, env=environment)


@pytest.fixture(name="system")
def fixture_system(tmp_path: Path) -> Packages:
    """An empty system."""
    return Packages(tmp_path)


@pytest.mark.parametrize("which", ["build", "run", "test", "lint"])
def test_deps_is_silent_when_nothing_is_missing(system: Packages, which: str) -> None:
    """And installs nothing."""
    system.debian(absent="none", uid=1000)
    assert system.deps(which) == (0, [])
    assert system.log.read_text() == ""


@pytest.mark.parametrize(("uid", "sudo"), [(0, False), (1000, True)])
def test_deps_installs_what_is_missing_and_says_so(
    system: Packages, uid: int, sudo: bool
) -> None:
    """As root, and with password-less sudo; package lists are left alone when they are good."""
    system.debian(absent="gnu-efi", uid=uid, sudo=sudo)
    status, lines = system.deps("build")
    assert status == 0
    assert lines == ["make: installing gnu-efi"]
    (call,) = system.log.read_text().splitlines()
    assert call.startswith("install ") and call.split()[-1] == "gnu-efi"
    assert "--no-install-recommends" in call


def test_deps_says_how_far_the_installation_is(system: Packages) -> None:
    """A line for each tenth, of fetching and of unpacking; what apt itself has to say is left out."""
    system.debian(absent="gnu-efi", uid=0)
    status = [f"dlstatus:1:{percent}.25:Retrieving file 1 of 2" for percent in range(0, 100, 4)]
    status += ["Setting up gnu-efi ...", "pmstatus:gnu-efi:0.0:Preparing gnu-efi",
               "pmstatus:gnu-efi:50.0:Unpacking gnu-efi: now"]  # fmt: skip
    system.command("apt-get", "".join(f"echo '{line}'\n" for line in status))
    done, lines = system.deps("build")
    assert (done, lines[0]) == (0, "make: installing gnu-efi")
    assert len(lines) == 1 + 10 + 2
    assert lines[1] == "make: installing: 0 %, Retrieving file 1 of 2"
    assert lines[2] == "make: installing: 12 %, Retrieving file 1 of 2"
    assert lines[-1] == "make: installing: 50 %, Unpacking gnu-efi: now"


def test_deps_fetches_package_lists_only_when_the_installation_fails(system: Packages) -> None:
    """A fresh container has none."""
    system.debian(absent="gnu-efi", uid=0)
    system.command("apt-get", f'echo "$@" >> {system.log}; grep -q update {system.log}')
    assert system.deps("build")[0] == 0
    assert [line.split()[0] for line in system.log.read_text().splitlines()] == [
        "install", "update", "install",
    ]  # fmt: skip


def test_deps_fails_with_the_command_when_apt_fails(system: Packages) -> None:
    """No network, for example."""
    system.debian(absent="gnu-efi", uid=0)
    system.command("apt-get", "exit 100")
    status, lines = system.deps("build")
    assert status == 1
    assert lines[-1].endswith("apt-get install --no-install-recommends gnu-efi ")


def test_deps_without_rights_prints_the_one_line_to_type(system: Packages) -> None:
    """And fails."""
    system.debian(absent="ovmf", uid=1000)
    status, lines = system.deps("run")
    assert status == 1
    assert lines == [
        "make: missing packages; type: sudo apt-get install --no-install-recommends ovmf "
    ]
    assert system.log.read_text() == ""


def test_deps_elsewhere_names_what_is_missing(system: Packages) -> None:
    """Another system: nothing can be installed, but what is needed has a name."""
    for name in ("gcc", "make", "zopfli"):
        system.command(name, "exit 0")
    status, lines = system.deps("build")
    assert (status, lines) == (1, ["make: please install what Debian calls: binutils "])
    system.command("ld", "exit 0")
    assert system.deps("build") == (0, [])


def test_deps_wants_no_gnu_efi_package_when_a_prefix_is_given(system: Packages) -> None:
    """GNU_EFI= points to another one."""
    system.debian(absent="gnu-efi", uid=1000)
    assert system.deps("build", gnu_efi="/somewhere") == (0, [])
