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

import debian
import esp
import initramfs
from machine import Machine, Qmp, readable, verdict

ROOT = debian.ROOT
BATON = debian.BUILD / "BOOTX64.EFI"
NATIVE = debian.BUILD / "kernel" / "native.elf"
RUN = debian.BUILD / "run"

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


def existing(name: str) -> Path:
    """A file that the person named."""
    path = Path(name).expanduser()
    if not path.is_file():
        raise Wrong(f"{name}: no such file (KERNEL= and INITRD= take paths of files here)")
    return path.resolve()


def boot_files() -> tuple[Path, list[Path], str, str]:
    """(kernel, initrds, command line, title) as asked for, or the default."""
    words = setting("CMDLINE", "console=tty0 console=ttyS0 panic=-1")
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
            raise Wrong(f"and there is no {NATIVE.relative_to(ROOT)} either: build it first") from None
        say(f"booting the native test kernel {NATIVE.relative_to(ROOT)} instead")
        return NATIVE, initrds, setting("CMDLINE", "native test kernel"), "native test kernel"


def esp_files(kernel: Path, initrds: list[Path], words: str, title: str) -> dict[str, esp.Content]:
    """The files of an ESP on which Baton boots `kernel` by one entry."""
    if not BATON.exists():
        raise Wrong("build/BOOTX64.EFI is not built: run make first")
    files: dict[str, esp.Content] = {"EFI/BOOT/BOOTX64.EFI": BATON, f"baton/{kernel.name}": kernel}
    lines = ""
    for number, initrd in enumerate(initrds):
        name = f"initrd{number}-{initrd.name}"
        files[f"baton/{name}"] = initrd
        lines += f"initrd  /baton/{name}\n"
    entry = ENTRY.format(title=title, kernel=kernel.name, initrds=lines, options=words)
    files["loader/entries/run.conf"] = entry
    return files


def machine() -> Machine:
    """The machine that make's variables describe, with a fresh disk in build/run/."""
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    files = esp_files(*boot_files())
    memory = setting("MEM", "512M")
    return Machine(
        RUN,
        esp.build(RUN / "esp.img", files),
        memory=memory + "M" if memory.isdigit() else memory,
        cpus=int(setting("SMP", "2")),
        firmware=debian.firmware(setting("FIRMWARE")),
        display="std",
        window=setting("GUI") not in ("", "0"),
    )


def check_window(wanted: bool) -> None:
    """A window needs a module of QEMU that Debian packages separately."""
    if wanted:
        helped = subprocess.run(["qemu-system-x86_64", "-display", "help"], capture_output=True)
        if b"gtk" not in helped.stdout:
            raise Wrong("GUI=1 needs the package qemu-system-gui")


def attached(guest: Machine, picture: Path | None) -> tuple[int, str]:
    """Run with this terminal as the serial port; QEMU's exit status and the transcript."""
    guest.prepare()
    log = guest.directory / "serial.log"
    words = [f"{w},logfile={log}" if w.startswith("stdio,id=com1") else w for w in guest.command()]
    control = guest.directory / "qmp"
    if picture is not None:
        # Stop, rather than end, when the guest powers off: then the screen is as it left it.
        words += ["-no-shutdown", "-qmp", f"unix:{control.name},server=on,wait=off"]
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *words], cwd=guest.directory)
    try:
        if picture is not None:
            qmp = Qmp(control, process)
            qmp.wait_event("SHUTDOWN")
            qmp.execute("screendump", filename=str(picture), format="png")
            qmp.execute("quit")
        status = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        status = process.wait()
    return status, readable(log.read_bytes()) if log.exists() else ""


def judge(status: int, transcript: str) -> int:
    """The exit status for make. Somebody else's kernel is its owner's affair."""
    value = verdict(status)
    if setting("KERNEL"):
        return 0 if status == 0 or value is not None else status
    if initramfs.TOKEN in transcript or re.search(r"^BATON-KERNEL: PASS", transcript, re.MULTILINE):
        say("the kernel reached its end")
        return 0
    say("the kernel did not reach its end; the transcript is in build/run/serial.log")
    return 1


def run() -> int:
    """`make run`."""
    check_window(setting("GUI") not in ("", "0"))
    guest = machine()
    if setting("V") not in ("", "0"):
        guest.prepare()
        print(guest.shell_line(), flush=True)
    record = Path(setting("RECORD")).resolve() if setting("RECORD") else None
    picture = record if record is not None and record.suffix == ".png" else None
    status, transcript = attached(guest, picture)
    if record is not None and picture is None:
        record.write_text(transcript)
    return judge(status, transcript)


def main(arguments: list[str]) -> int:
    """Dispatch."""
    commands = {"run": run}
    if len(arguments) != 2 or arguments[1] not in commands:
        print(f"usage: launch.py {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        return commands[arguments[1]]()
    except (Wrong, debian.ArchiveUnreachable, FileNotFoundError) as problem:
        print(f"launch: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
