# SPDX-License-Identifier: BSD-2-Clause
"""`make run` and `make debug` themselves, run as a person runs them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import debian, initramfs, layout
from lab.debian import Kernel

LAUNCH = [sys.executable, "-m", "lab.launch"]
Launch = Callable[..., "subprocess.CompletedProcess[str]"]


def plain_environment() -> dict[str, str]:
    """The environment without the variables of a `make run` that the tests may be running under."""
    ours = ("KERNEL", "INITRD", "CMDLINE", "MEM", "SMP", "FIRMWARE", "GUI", "RECORD", "V")
    others = {name: value for name, value in os.environ.items() if name not in ours}
    return {**others, "PYTHONPATH": str(debian.ROOT / "test")}


@pytest.fixture
def launch(room: Path, baton: Path) -> Launch:
    """launch(KERNEL=..., ...): the launcher with these variables; its files are the test's own."""
    assert baton.exists()

    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LAUNCH, "run"],
            env={**plain_environment(), "BATON_RUN": str(room / "run"), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )

    return run


@pytest.mark.usefixtures("userspace")
def test_run_boots_debian_and_v1_prints_a_command_that_does_it_again(
    launch: Launch, room: Path
) -> None:
    record = room / "transcript.txt"
    done = launch(V="1", MEM="384", SMP="1", RECORD=str(record))
    assert done.returncode == 0, done.stdout + done.stderr
    assert initramfs.TOKEN in record.read_text()

    line = next(text for text in done.stdout.splitlines() if text.startswith("qemu-system"))
    assert "-m 384M" in line and "-smp 1" in line
    again = subprocess.run(
        ["sh", "-c", line],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert initramfs.TOKEN.encode() in again.stdout


def test_run_takes_a_kernel_its_initrds_and_its_words(
    launch: Launch, room: Path, kernel: Kernel, userspace: Path
) -> None:
    check = room / "check.img"
    check.write_bytes(initramfs.script("grep -q 'my own words' /proc/cmdline"))
    done = launch(
        KERNEL=str(kernel.image),
        INITRD=f"{userspace} {check}",
        CMDLINE=f"{layout.CONSOLE} my own words",
        RECORD=str(room / "screen.png"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "userspace: test passed" in done.stdout
    assert (room / "screen.png").read_bytes().startswith(b"\x89PNG")


def test_run_without_an_archive_boots_the_native_kernel_and_says_so(
    launch: Launch, room: Path
) -> None:
    nowhere = room / "apt.conf"
    nowhere.write_text('Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "-";\n')
    done = launch(BATON_CACHE=str(room / "cache"), APT_CONFIG=str(nowhere))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no Debian kernel" in done.stdout
    assert "booting the native test kernel" in done.stdout
    assert "BATON-KERNEL: PASS" in done.stdout


def test_run_names_a_kernel_that_is_not_there(launch: Launch) -> None:
    done = launch(KERNEL="/not/there")
    assert done.returncode == 1
    assert "/not/there: no such file" in done.stderr


def told(process: subprocess.Popen[str], pattern: str) -> str:
    """The first group of the first line that matches; fails when the process ends without one."""
    assert process.stdout is not None
    before = ""
    for line in process.stdout:
        before += line
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    raise AssertionError(before)


@pytest.mark.usefixtures("userspace", "baton")
def test_debug_waits_for_gdb_which_shows_source_lines_and_the_machine_boots_on(room: Path) -> None:
    process = subprocess.Popen(
        [*LAUNCH, "debug"],
        env={**plain_environment(), "BATON_RUN": str(room / "run")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        script = told(process, r"in another terminal: gdb -x (\S+)")
        done = subprocess.run(
            ["gdb", "-nx", "-batch", "-x", script]
            + shlex.split("-ex 'break efi_main' -ex continue -ex backtrace -ex list -ex detach"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert "Breakpoint 1, efi_main" in done.stdout, done.stdout + done.stderr
        assert "src/main.c:" in done.stdout
        assert "No such file" not in done.stdout + done.stderr  # `list` found the source
        told(process, f"({initramfs.TOKEN})")
        process.communicate(timeout=180)
    finally:
        process.terminate()
        process.communicate()
    assert process.returncode == 0
