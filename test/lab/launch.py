# SPDX-License-Identifier: BSD-2-Clause
"""`make run` and `make debug`: one machine, from the words that a person puts on make's command line.

Knows: how an ESP for Baton is laid out, what a person at a terminal has to be told.
Must not know: how QEMU is driven (machine.py), where Debian's files come from (debian.py), which words are
wrong (settings.py).

Everything a run needs stays in build/run/, so that the command which V=1 prints works later by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from lab import debian, debug, esp, initramfs, layout, settings
from lab.board import BOARDS, PC
from lab.machine import Machine, Qmp, Screen, readable, spawn, verdict
from lab.patience import Patience
from lab.progress import Waiting
from lab.settings import Settings, Wrong

ROOT = debian.ROOT
BOARD = BOARDS[os.environ.get("ARCH") or PC.name]
BATON = BOARD.image
NATIVE = BATON.parent / "kernel" / "native.elf"
RUN = ROOT / (os.environ.get("BATON_RUN") or debian.BUILD / "run")
LOG = RUN / "serial.log"

ENTRY = """\
title   {title}
linux   /baton/{kernel}
{initrds}options {options}
"""

# When Baton comes back, the firmware starts its shell. That would wait at its prompt for ever.
BACK = "launch: back in the firmware"
STARTUP = f'@echo -off\r\necho "{BACK}"\r\nreset -s\r\n'


def say(text: str) -> None:
    """One line of the launcher's own, recognisable between the guest's."""
    print(f"launch: {text}", flush=True)


def boot_files(asked: Settings) -> tuple[Path, list[Path], str, str]:
    """(kernel, initrds, command line, title) as asked for, or the default."""
    words = asked.words or f"console=tty0 console={BOARD.console} {layout.LATE_TIMER}"
    if asked.kernel:
        return asked.kernel, asked.initrds, words, asked.kernel.name
    try:
        kernel = BOARD.kernel()
        title = f"Debian {kernel.release}, test initramfs"
        return kernel.image, asked.initrds or [initramfs.build(board=BOARD)], words, title
    except debian.ArchiveUnreachable as problem:
        say(f"no Debian kernel: {problem}")
        if not NATIVE.exists():
            raise Wrong(f"and there is no {NATIVE} either: build it first") from None
        say(f"booting the native test kernel {NATIVE} instead")
        return NATIVE, asked.initrds, asked.words or "native test kernel", "native test kernel"


def built() -> Path:
    """The loader, which make has built before it calls us."""
    if not BATON.exists():
        raise Wrong(f"{BATON} is not built: run make first")
    return BATON


def on_volume(name: str) -> str:
    """A file's name as every file system and every line of an entry takes it."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", name)


def esp_files(
    baton: Path | bytes, kernel: Path, initrds: list[Path], words: str, title: str
) -> dict[str, esp.Content]:
    """The files of an ESP on which Baton boots `kernel` by one entry."""
    image = on_volume(kernel.name)
    files: dict[str, esp.Content] = {
        BOARD.removable: baton,
        f"baton/{image}": kernel,
        "startup.nsh": STARTUP,
    }
    lines = ""
    for number, initrd in enumerate(initrds):
        name = f"initrd{number}-{on_volume(initrd.name)}"
        files[f"baton/{name}"] = initrd
        lines += f"initrd  /baton/{name}\n"
    entry = ENTRY.format(title=title, kernel=image, initrds=lines, options=words)
    files["loader/entries/run.conf"] = entry
    return files


def with_menu(files: dict[str, esp.Content]) -> dict[str, esp.Content]:
    """Two entries more, one of which cannot be booted, and time to choose."""
    entry = str(files["loader/entries/run.conf"])
    title = entry.splitlines()[0]
    return {
        **files,
        "loader/loader.conf": "timeout 30\ndefault run.conf\n",
        "loader/entries/debug.conf": entry.replace(title, f"{title}, with debug", 1).rstrip() + " debug\n",
        "loader/entries/broken.conf": "title   A text, which is no kernel\nlinux   /startup.nsh\n",
    }


def machine(baton: Path | bytes, asked: Settings) -> Machine:
    """The machine that is asked for, with a fresh disk in build/run/."""
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    kernel, initrds, words, title = boot_files(asked)
    files = esp_files(baton, kernel, initrds, words, title)
    if asked.menu:
        files = with_menu(files)
    say(f"building the disk {RUN}/esp.img, {esp.needed(files) >> 20} MiB, for {title}")
    return Machine(
        RUN,
        esp.build(RUN / "esp.img", files),
        memory=asked.memory,
        cpus=asked.processors,
        board=BOARD,
        firmware=BOARD.firmware(asked.firmware),
        display="std" if BOARD is PC else "none",
        window=asked.window,
    )


class Started:
    """A machine whose serial port is `serial`, in the words of -chardev, and is kept in LOG too."""

    def __init__(self, guest: Machine, asked: Settings, serial: str, *more: str, **popen: object) -> None:
        guest.prepare()
        if asked.show_command:
            print(guest.shell_line(), flush=True)
        words = [
            word.replace("stdio,id=com1", f"{serial},id=com1", 1) for word in guest.command()
        ]
        self.process, control = spawn([*words, *more], **popen)
        self._screen = Screen(sys.stdout.isatty())
        self._pump = threading.Thread(target=self._show, daemon=True)
        self._pump.start()
        try:
            self.qmp = Qmp(control)
        except ConnectionError:
            self.process.wait()
            raise Wrong("QEMU does not start, see its line above (V=1 shows the command)") from None

    def _show(self) -> None:
        """Pass on what comes on the serial port, if it comes to us."""
        while self.process.stdout is not None:
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            sys.stdout.buffer.write(self._screen.show(piece, last=not piece))
            sys.stdout.flush()
            if not piece:
                return

    def wait(self) -> int:
        """QEMU's exit status, when all it had to say has been shown; Ctrl-C ends it."""
        try:
            self.process.wait()
        except KeyboardInterrupt:
            self.process.terminate()
            self.process.wait()
        self._pump.join()
        if not self._screen.at_line_start:
            print(flush=True)
        return self.process.returncode

    @property
    def by_hand(self) -> bool:
        """Whether Ctrl-A X, or the button of its window, has ended it."""
        reasons = [reason for name, reason in self.qmp.all_events() if name == "SHUTDOWN"]
        return reasons[:1] in (["host-qmp-quit"], ["host-ui"])

    @property
    def transcript(self) -> str:
        """Everything the machine has said."""
        return readable(LOG.read_bytes()) if LOG.exists() else ""

    def waiting(self) -> str:
        """What the machine is busy with before it says anything."""
        silent = not LOG.exists() or LOG.stat().st_size == 0
        return "launch: the firmware is starting" if silent else ""


def judge(asked: Settings, status: int, transcript: str) -> int:
    """The exit status for make. Somebody else's kernel is its owner's affair."""
    value = verdict(status)
    if BACK in transcript:
        say("Baton did not start the kernel; its line above says why")
        return 1
    if asked.kernel:
        return 0 if status == 0 or value is not None else status
    if initramfs.TOKEN in transcript or re.search(r"^BATON-KERNEL: PASS", transcript, re.MULTILINE):
        say("the kernel reached its end")
        return 0
    say(f"the kernel did not reach its end; the transcript is {LOG}")
    return 1


def run() -> int:
    """`make run`."""
    asked = settings.read()
    picture = asked.record if asked.record is not None and asked.record.suffix == ".png" else None
    guest = machine(built(), asked)
    keyboard = sys.stdin.isatty()
    # Then Ctrl-C is the guest's, as every other key is.
    serial = "stdio,mux=on,signal=off" if keyboard else "stdio"
    how = "Ctrl-A X ends the machine, Ctrl-C goes to it" if keyboard else "Ctrl-C ends the machine"
    say(f"starting the machine, without KVM: the firmware takes some seconds; {how}")
    # For a picture QEMU stops, rather than ends, when the guest powers off: the screen stays.
    more = ["-no-shutdown"] if picture else []
    started = Started(guest, asked, f"{serial},logfile={LOG}", *more, stdout=subprocess.PIPE)
    with Waiting(started.waiting):
        try:
            if picture is not None:
                started.qmp.wait_event("SHUTDOWN")
                started.qmp.execute("screendump", filename=str(picture), format="png")
                started.qmp.execute("quit")
        except (KeyboardInterrupt, ConnectionError) as problem:
            started.process.terminate()
            say(f"no picture: {problem or 'interrupted'}")
        status = started.wait()
    if asked.record is not None and picture is None:
        asked.record.write_text(started.transcript)
    if picture is None and status == 0 and started.by_hand:
        say(f"ended by hand; the transcript is {LOG}")
        return 0
    return judge(asked, status, started.transcript)


def stopped_in_baton(asked: Settings) -> tuple[Started, Path]:
    """A machine that stands at Baton's first instruction, and what gdb has to be told."""
    halted = debug.halt_at_entry(built().read_bytes())
    description = machine(halted.image, asked)
    socket = RUN / "gdb"
    description.gdb = str(socket)
    say("starting the machine, without KVM: it takes the firmware some seconds to start Baton")
    # Ctrl-C in gdb stops the guest; it must not reach QEMU. What QEMU itself has to say goes to our terminal
    # before gdb is there.
    started = Started(
        description, asked, f"file,path={LOG}", stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        with Waiting(lambda: "launch: the firmware is starting"):
            patience = Patience(180, started.process.pid)
            base = debug.wait_until_halted(started.qmp, halted, patience)
    except (debug.NeverStarted, ConnectionError) as problem:
        started.process.kill()
        raise Wrong(f"{problem}; what it said is in {LOG}") from None
    except KeyboardInterrupt:
        started.process.kill()
        raise
    script = RUN / "baton.gdb"
    script.write_text(
        debug.gdb_script(ROOT, BATON.with_name("BOOTX64.EFI.debug"), socket, halted, base)
    )
    say(f"Baton is loaded at {base:#x} and stopped at its first instruction; nothing has run yet")
    return started, script


def run_debugged() -> int:
    """`make debug`."""
    asked = settings.read()
    started, script = stopped_in_baton(asked)
    terminal = debug.Terminal.here()
    say(f"gdb -x {script}; the machine's serial output is in {LOG}{terminal.where}")
    say("in gdb: break efi_main, continue; Ctrl-C stops the machine, quit ends it")
    # gdb takes Ctrl-C for itself. A handler, not SIG_IGN, because gdb would inherit that.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        terminal.run(["gdb", "-q", "-x", str(script), *asked.gdb], LOG)
    finally:
        signal.signal(signal.SIGINT, before)
        started.process.kill()
    started.process.wait()
    say(f"gdb has ended, and the machine with it; its serial output is in {LOG}")
    return 0


def main(arguments: list[str]) -> int:
    """Dispatch."""
    commands = {"run": run, "debug": run_debugged}
    if len(arguments) != 2 or arguments[1] not in commands:
        print(f"usage: python3 -m lab.launch {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        return commands[arguments[1]]()
    except (Wrong, debian.ArchiveUnreachable, OSError, RuntimeError) as problem:
        print(f"launch: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("launch: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv))
