# SPDX-License-Identifier: BSD-2-Clause
"""`make run` and `make debug`: one machine, from the words that a person puts on make's command line.

Knows: the variables of the Makefile (KERNEL INITRD CMDLINE MEM SMP FIRMWARE GUI RECORD V), read from the
environment; how an ESP for Baton is laid out.
Must not know: how QEMU is driven (machine.py), where Debian's files come from (debian.py).

Everything a run needs stays in build/run/, so that the command which V=1 prints works later by itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab import debian, debug, esp, initramfs, layout
from lab.machine import Machine, Qmp, readable, spawn, verdict

ROOT = debian.ROOT
BATON = debian.BUILD / "BOOTX64.EFI"
NATIVE = debian.BUILD / "kernel" / "native.elf"
RUN = ROOT / (os.environ.get("BATON_RUN") or debian.BUILD / "run")

ENTRY = """\
title   {title}
linux   /baton/{kernel}
{initrds}options {options}
"""


class Wrong(Exception):
    """What the person asked for cannot be done; the text says why and what to do."""


def say(text: str) -> None:
    """One line of the launcher's own, recognisable between the guest's."""
    print(f"launch: {text}", flush=True)


def setting(name: str, default: str = "") -> str:
    """A variable of the Makefile; an empty one counts as not given."""
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    """A variable that is either set or not."""
    return setting(name) not in ("", "0")


def existing(name: str) -> Path:
    """A file that the person named."""
    path = Path(name).expanduser()
    if not path.is_file():
        raise Wrong(f"{name}: no such file (KERNEL= and INITRD= take paths of files here)")
    return path.resolve()


def boot_files() -> tuple[Path, list[Path], str, str]:
    """(kernel, initrds, command line, title) as asked for, or the default."""
    words = setting("CMDLINE", f"console=tty0 {layout.CONSOLE}")
    initrds = [existing(name) for name in setting("INITRD").split()]
    if setting("KERNEL"):
        kernel = existing(setting("KERNEL"))
        return kernel, initrds, words, kernel.name
    try:
        kernel = debian.cloud_kernel()
        image, release = kernel.image, kernel.release
        return image, initrds or [initramfs.build()], words, f"Debian {release}, test initramfs"
    except debian.ArchiveUnreachable as problem:
        say(f"no Debian kernel: {problem}")
        if not NATIVE.exists():
            raise Wrong(f"and there is no {NATIVE} either: build it first") from None
        say(f"booting the native test kernel {NATIVE} instead")
        return NATIVE, initrds, setting("CMDLINE", "native test kernel"), "native test kernel"


def built() -> Path:
    """The loader, which make has built before it calls us."""
    if not BATON.exists():
        raise Wrong("build/BOOTX64.EFI is not built: run make first")
    return BATON


def esp_files(
    baton: Path | bytes, kernel: Path, initrds: list[Path], words: str, title: str
) -> dict[str, esp.Content]:
    """The files of an ESP on which Baton boots `kernel` by one entry."""
    files: dict[str, esp.Content] = {layout.REMOVABLE: baton, f"baton/{kernel.name}": kernel}
    lines = ""
    for number, initrd in enumerate(initrds):
        name = f"initrd{number}-{initrd.name}"
        files[f"baton/{name}"] = initrd
        lines += f"initrd  /baton/{name}\n"
    entry = ENTRY.format(title=title, kernel=kernel.name, initrds=lines, options=words)
    files["loader/entries/run.conf"] = entry
    return files


def machine(baton: Path | bytes) -> Machine:
    """The machine that make's variables describe, with a fresh disk in build/run/."""
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    files = esp_files(baton, *boot_files())
    memory = setting("MEM", "512M")
    return Machine(
        RUN,
        esp.build(RUN / "esp.img", files),
        memory=memory + "M" if memory.isdigit() else memory,
        cpus=int(setting("SMP", "2")),
        firmware=debian.firmware(setting("FIRMWARE")),
        display="std",
        window=flag("GUI"),
    )


def check_window() -> None:
    """A window needs a module of QEMU that Debian packages separately."""
    if flag("GUI"):
        helped = subprocess.run(
            ["qemu-system-x86_64", "-display", "help"], capture_output=True, check=False
        )
        if b"gtk" not in helped.stdout:
            raise Wrong("GUI=1 needs the package qemu-system-gui")


class Attached:
    """A machine that has this terminal as its serial port."""

    def __init__(self, guest: Machine, *more: str) -> None:
        guest.prepare()
        if flag("V"):
            print(guest.shell_line(), flush=True)
        self.log = guest.directory / "serial.log"
        words = [
            f"{word},logfile={self.log}" if word.startswith("stdio,id=com1") else word
            for word in guest.command()
        ]
        self.process, control = spawn([*words, *more])
        self.qmp = Qmp(control)

    def wait(self) -> int:
        """QEMU's exit status; Ctrl-C ends it."""
        try:
            return self.process.wait()
        except KeyboardInterrupt:
            self.process.terminate()
            return self.process.wait()

    @property
    def transcript(self) -> str:
        """Everything the machine has said."""
        return readable(self.log.read_bytes()) if self.log.exists() else ""


def judge(status: int, transcript: str) -> int:
    """The exit status for make. Somebody else's kernel is its owner's affair."""
    value = verdict(status)
    if setting("KERNEL"):
        return 0 if status == 0 or value is not None else status
    if initramfs.TOKEN in transcript or re.search(r"^BATON-KERNEL: PASS", transcript, re.MULTILINE):
        say("the kernel reached its end")
        return 0
    say(f"the kernel did not reach its end; the transcript is {RUN}/serial.log")
    return 1


def run() -> int:
    """`make run`."""
    check_window()
    record = Path(setting("RECORD")).resolve() if setting("RECORD") else None
    picture = record if record is not None and record.suffix == ".png" else None
    # For a picture QEMU stops, rather than ends, when the guest powers off: the screen stays.
    guest = Attached(machine(built()), *(["-no-shutdown"] if picture else []))
    try:
        if picture is not None:
            guest.qmp.wait_event("SHUTDOWN")
            guest.qmp.execute("screendump", filename=str(picture), format="png")
            guest.qmp.execute("quit")
    except (KeyboardInterrupt, ConnectionError) as problem:
        guest.process.terminate()
        say(f"no picture: {problem or 'interrupted'}")
    status = guest.wait()
    if record is not None and picture is None:
        record.write_text(guest.transcript)
    return judge(status, guest.transcript)


def run_debugged() -> int:
    """`make debug`."""
    check_window()
    halted = debug.halt_at_entry(built().read_bytes())
    description = machine(halted.image)
    socket = RUN / "gdb"
    description.gdb = str(socket)
    guest = Attached(description)
    try:
        base = debug.wait_until_halted(guest.qmp, halted)
    except (debug.NeverStarted, ConnectionError) as problem:
        guest.process.kill()
        raise Wrong(str(problem)) from None
    except KeyboardInterrupt:
        guest.process.terminate()
        return guest.process.wait()
    script = RUN / "baton.gdb"
    script.write_text(
        debug.gdb_script(ROOT, BATON.with_name("BOOTX64.EFI.debug"), socket, halted, base)
    )
    print()
    say(f"Baton is loaded at {base:#x} and stopped at its first instruction; nothing has run yet")
    say(f"in another terminal: gdb -x {script}")
    say("there: break efi_main, continue; here: Ctrl-C ends the machine")
    return guest.wait()


def main(arguments: list[str]) -> int:
    """Dispatch."""
    commands = {"run": run, "debug": run_debugged}
    if len(arguments) != 2 or arguments[1] not in commands:
        print(f"usage: python3 -m lab.launch {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        return commands[arguments[1]]()
    except (Wrong, debian.ArchiveUnreachable, FileNotFoundError) as problem:
        print(f"launch: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
