# SPDX-License-Identifier: BSD-2-Clause
"""`make run` and `make debug` themselves, run as a person runs them."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import debian, debug, initramfs, layout, progress, settings
from lab import launch as launch_module
from lab.debian import Kernel

LAUNCH = [sys.executable, "-m", "lab.launch"]
Launch = Callable[..., "subprocess.CompletedProcess[str]"]


def plain_environment() -> dict[str, str]:
    """The environment without the variables of a `make run` that the tests may be running under."""
    ours = ("KERNEL", "INITRD", "CMDLINE", "MEM", "SMP", "FIRMWARE", "GUI", "RECORD", "GDB_ARGS", "V", progress.FILE)
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


def test_run_ends_when_baton_comes_back(launch: Launch, room: Path) -> None:
    """It recognises the file, and refuses what is in it; no shell is left waiting at its prompt."""
    broken = room / "broken.efi"
    broken.write_bytes(b"MZ" + bytes(2000))
    done = launch(KERNEL=str(broken))
    assert done.returncode == 1
    assert "launch: back in the firmware" in done.stdout
    assert "Baton did not start the kernel" in done.stdout
    assert "\x1b" not in done.stdout, "a log is plain text"


def read(**variables: str) -> settings.Settings:
    """The settings that these variables of make mean."""
    return settings.read(variables)


def refusal(**variables: str) -> str:
    """The one line with which they are refused."""
    with pytest.raises(settings.Wrong) as caught:
        read(**variables)
    (line,) = str(caught.value).splitlines()
    return line


def test_settings_have_defaults_and_take_what_is_right(tmp_path: Path) -> None:
    plain = read()
    assert (plain.kernel, plain.initrds, plain.memory, plain.processors) == (None, [], "512M", 2)
    assert (plain.firmware, plain.window, plain.record) == ("", False, None)
    assert not plain.show_command and not read(V="0").show_command and read(V="1").show_command
    assert read(MEM="384").memory == "384M"
    assert read(MEM="5g").memory == "5G"
    assert read(SMP=" 4 ").processors == 4
    assert read(FIRMWARE="trixie").firmware == "trixie"
    assert read(RECORD=str(tmp_path / "new")).record == (tmp_path / "new").resolve()
    assert read(GDB_ARGS="-batch -ex 'break main'").gdb == ["-batch", "-ex", "break main"]


@pytest.mark.parametrize("text", ["lots", "-1", "1.5G", "5X", "0", "127", "127M", "M"])
def test_a_size_of_memory_is_checked(text: str) -> None:
    assert refusal(MEM=text).startswith(f"MEM={text}: ")


@pytest.mark.parametrize("text", ["x", "0", "-1", "256", "2.0", "99999999999"])
def test_a_number_of_processors_is_checked(text: str) -> None:
    assert refusal(SMP=text).startswith(f"SMP={text}: not a number of processors")


def elf(bits: int, machine: int) -> bytes:
    """The head of an ELF file."""
    return (b"\x7fELF" + bytes([bits // 32, 1, 1])).ljust(18, b"\0") + machine.to_bytes(2, "little")


HEADS = {
    "bzImage": bytes(0x202) + b"HdrS",
    "program": b"MZ" + bytes(100),
    "elf64": elf(64, 62),
    "elf32": elf(32, 3),
    "packed": b"\x1f\x8b\x08" + bytes(100),
}
NO_KERNELS = {
    "text": (b"# Baton\n" * 200, "not a kernel"),
    "empty": (b"", "not a kernel"),
    "arm": (elf(32, 40), "not one for x86"),
    "x32": (elf(32, 62), "not one for x86"),
    "aarch64": (elf(64, 183), "not one for x86"),
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_file_that_begins_as_a_kernel_is_taken(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "kernel"
    path.write_bytes(HEADS[kind])
    assert read(KERNEL=str(path)).kernel == path.resolve()


@pytest.mark.parametrize("kind", NO_KERNELS)
def test_a_file_that_is_no_kernel_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "kernel"
    content, said = NO_KERNELS[kind]
    path.write_bytes(content)
    line = refusal(KERNEL=str(path))
    assert line.startswith(f"KERNEL={path}: ") and said in line


def test_a_kernel_is_one_for_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "kernel"
    path.write_bytes(elf(64, 183))
    assert read(KERNEL=str(path), ARCH="aarch64").kernel == path.resolve()
    assert "not one for riscv64" in refusal(KERNEL=str(path), ARCH="riscv64")
    path.write_bytes(elf(64, 62))
    assert read(KERNEL=str(path), ARCH="x86_64").kernel == path.resolve()
    assert "not one for aarch64" in refusal(KERNEL=str(path), ARCH="aarch64")


def test_files_are_there_before_anything_is_built(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"an initrd")
    assert read(INITRD=f"{there} {there}").initrds == [there.resolve()] * 2
    assert refusal(KERNEL="/not/there").startswith("KERNEL=/not/there: no such file")
    assert refusal(INITRD=f"{there} /not/there").startswith("INITRD=/not/there: no such file")
    assert refusal(KERNEL=str(tmp_path)).startswith(f"KERNEL={tmp_path}: not a file")
    assert refusal(FIRMWARE="/not/there.fd").startswith("FIRMWARE=/not/there.fd: no such file")
    assert refusal(FIRMWARE="nonsense").startswith("FIRMWARE=nonsense: neither")
    assert refusal(RECORD="/not/there/x").startswith("RECORD=/not/there/x: cannot be written")
    assert refusal(RECORD=str(tmp_path)).startswith(f"RECORD={tmp_path}: cannot be written")


def test_other_mistakes_are_one_line_too() -> None:
    assert refusal(CMDLINE="one\ntwo").startswith("CMDLINE: has a line break")
    assert refusal(GUI="1").startswith("GUI=1: no display here")
    assert refusal(GDB_ARGS="'").startswith("GDB_ARGS=': ")


def test_a_mistake_ends_the_launcher_with_that_line_before_anything_is_made(
    launch: Launch, room: Path
) -> None:
    done = launch(MEM="lots")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("launch: MEM=lots: ") and done.stderr.count("\n") == 1
    assert not (room / "run").exists()


def test_a_machine_that_qemu_does_not_start_is_one_line(launch: Launch) -> None:
    done = launch(KERNEL=str(launch_module.NATIVE), MEM="4000T")
    assert done.returncode == 1
    assert "launch: QEMU does not start" in done.stderr and "Traceback" not in done.stderr


def test_names_of_files_fit_on_the_volume_and_in_an_entry(tmp_path: Path) -> None:
    kernel, initrd = tmp_path / "my kernel: 6.1*", tmp_path / "é?"
    files = launch_module.esp_files(b"MZ", kernel, [initrd], "words", "title")
    assert "baton/my_kernel__6.1_" in files and "baton/initrd0-__" in files
    entry = files["loader/entries/run.conf"]
    assert isinstance(entry, str)
    assert "/baton/my_kernel__6.1_\n" in entry and "/baton/initrd0-__\n" in entry


@pytest.fixture
def terminal() -> Iterator[Callable[..., tuple[int, int]]]:
    """terminal(words, environment): run a program on a terminal of its own; its pid, our end."""
    started: list[tuple[int, int]] = []

    def start(words: list[str], environment: dict[str, str]) -> tuple[int, int]:
        pid, end = pty.fork()
        if pid == 0:
            os.execvpe(words[0], words, environment)
        started.append((pid, end))
        return pid, end

    yield start
    for pid, end in started:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(end)


def seen(end: int, token: bytes = b"") -> bytes:
    """What comes on a terminal, up to the token or to its end."""
    text = b""
    while not token or token not in text:
        try:
            piece = os.read(end, 1 << 16)
        except OSError:  # a terminal that everybody has left
            piece = b""
        if not piece:
            break
        text += piece
    assert token in text, text.decode(errors="replace")
    return text


@pytest.mark.usefixtures("userspace", "baton")
def test_run_on_a_terminal_says_how_to_leave_and_ctrl_a_x_does(
    terminal: Callable[..., tuple[int, int]], room: Path
) -> None:
    environment = {**plain_environment(), "BATON_RUN": str(room / "run")}
    pid, end = terminal([*LAUNCH, "run"], environment)
    before = seen(end, b"BdsDxe")
    assert b"Ctrl-A X ends the machine" in before
    assert b"\x1b[2J" not in before, "the firmware clears the screen, with our lines"
    os.write(end, b"\x01x")
    assert b"launch: ended by hand" in seen(end)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.usefixtures("userspace", "baton")
def test_debug_runs_gdb_which_shows_source_lines_and_the_machine_boots_on(room: Path) -> None:
    done = subprocess.run(
        [*LAUNCH, "debug"],
        env={
            **plain_environment(),
            "BATON_RUN": str(room / "run"),
            "GDB_ARGS": "-nx -batch -ex 'break efi_main' -ex continue -ex backtrace -ex list"
            " -ex delete -ex continue",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Breakpoint 1, efi_main" in done.stdout, done.stdout + done.stderr
    assert "src/main.c:" in done.stdout
    assert "No such file" not in done.stdout + done.stderr  # `list` found the source
    log = room / "run/serial.log"
    assert f"the machine's serial output is in {log}" in done.stdout
    assert initramfs.TOKEN in log.read_text(errors="replace")


def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **kind: bool) -> list[list[str]]:
    """The commands of a debug.Terminal, with a tmux that takes notes; gdb is called gdb."""
    notes = tmp_path / "notes"
    for name in ("tmux", "gdb"):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\nprintf "%s|" {name} "$@" >> {notes}; echo >> {notes}; echo %7\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    debug.Terminal(**kind).run(["gdb", "-x", "a script"], Path("/the/log"))
    return [line.rstrip("|").split("|") for line in notes.read_text().splitlines()]


def test_without_tmux_gdb_runs_in_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorded(tmp_path, monkeypatch, tmux=False) == [["gdb", "-x", "a script"]]


def test_inside_tmux_a_pane_is_added_and_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split, gdb, kill = recorded(tmp_path, monkeypatch, tmux=True, inside=True)
    assert split[:2] == ["tmux", "split-window"] and split[-1] == "tail -n +1 -f /the/log"
    assert gdb == ["gdb", "-x", "a script"]
    assert kill == ["tmux", "kill-pane", "-t", "%7"]


def test_outside_tmux_one_of_our_own_ends_with_gdb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (words,) = recorded(tmp_path, monkeypatch, tmux=True)
    assert words[1] == "-L" and words[3] == "new-session"
    assert words[4] == f"gdb -x 'a script'; tmux -L {words[2]} kill-server"
    assert words[5:7] == [";", "split-window"] and words[-1] == "tail -n +1 -f /the/log"
