# SPDX-License-Identifier: BSD-2-Clause
"""The words that a person puts on the command line of `make run` and `make debug`, checked.

Knows: the variables of the Makefile (KERNEL INITRD CMDLINE MEM SMP FIRMWARE GUI RECORD GDB_ARGS V MENU), what QEMU
takes for them, how a file that Baton can boot begins.
Must not know: how a machine is made of them.

Whatever is wrong is found here, before anything is fetched, built or started.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LEAST_MEMORY = 128 << 20  # with less the firmware stops before it starts anything
MOST_PROCESSORS = 255  # with QEMU's q35 and an interrupt controller that every kernel knows
SUITES = ("bullseye", "bookworm", "trixie", "forky", "sid")  # of Debian, with a firmware for QEMU
_UNITS = {"": 20, "k": 10, "m": 20, "g": 30, "t": 40}
_HEAD = 0x206  # bytes of a file in which we look for what it is
# Class and machine of the ELF files that the Baton for an ARCH enters.
_ELF = {
    "x86": ((b"\x02", b"\x3e\x00"), (b"\x01", b"\x03\x00")),
    "aarch64": ((b"\x02", b"\xb7\x00"),),
}


class Wrong(Exception):
    """What the person asked for cannot be done; the text says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """What is asked for; None and "" stand for the default."""

    kernel: Path | None
    initrds: list[Path]
    words: str
    memory: str
    processors: int
    firmware: str
    window: bool
    record: Path | None
    gdb: list[str]
    show_command: bool
    menu: bool


def read(variables: Mapping[str, str] = os.environ) -> Settings:
    """The settings, or Wrong."""

    def value(name: str) -> str:
        return variables.get(name, "").strip()

    return Settings(
        kernel=_kernel(value("KERNEL"), value("ARCH")) if value("KERNEL") else None,
        initrds=[_file("INITRD", name) for name in value("INITRD").split()],
        words=_words(value("CMDLINE")),
        memory=_memory(value("MEM") or "512"),
        processors=_processors(value("SMP") or "2"),
        firmware=_firmware(value("FIRMWARE")),
        window=value("GUI") not in ("", "0") and _window(variables),
        record=_record(value("RECORD")) if value("RECORD") else None,
        gdb=_gdb(value("GDB_ARGS")),
        show_command=value("V") not in ("", "0"),
        menu=value("MENU") not in ("", "0"),
    )


def _file(variable: str, name: str) -> Path:
    """A file that is there and can be read."""
    path = Path(name).expanduser()
    if not path.exists():
        raise Wrong(f"{variable}={name}: no such file (paths are those of this computer)")
    if not path.is_file():
        raise Wrong(f"{variable}={name}: not a file")
    if not os.access(path, os.R_OK):
        raise Wrong(f"{variable}={name}: you may not read this file")
    return path.resolve()


def _kernel(name: str, arch: str) -> Path:
    """A file that begins as one that Baton boots; whether it is sound is for Baton to say."""
    path = _file("KERNEL", name)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[0x202:0x206] == b"HdrS" or head[:2] in (b"MZ", b"\x1f\x8b"):
        return path
    if head[:4] != b"\x7fELF":
        raise Wrong(
            f"KERNEL={name}: not a kernel (no HdrS at 0x202, no ELF, gzip or MZ at 0); give a 64-bit bzImage"
            " (vmlinuz), an ELF kernel, one packed with gzip or an EFI program"
        )
    machine = "x86" if arch in ("", "x86_64") else arch
    if (head[4:5], head[18:20]) not in _ELF.get(machine, ()):
        raise Wrong(f"KERNEL={name}: an ELF file, but not one for {machine}")
    return path


def _words(text: str) -> str:
    """A command line for one line of an entry."""
    if "\n" in text or "\r" in text:
        raise Wrong("CMDLINE: has a line break; a kernel's command line is one line")
    return text


def _memory(text: str) -> str:
    """A size as QEMU takes it."""
    found = re.fullmatch(r"(\d+)([kmgt]?)", text.lower())
    if found is None:
        raise Wrong(f"MEM={text}: not a size; write a number of MiB, or one with M or G, e.g. MEM=2G")
    if int(found[1]) << _UNITS[found[2]] < LEAST_MEMORY:
        raise Wrong(f"MEM={text}: too little; the firmware needs {LEAST_MEMORY >> 20}M")
    return text.upper() if found[2] else f"{text}M"


def _processors(text: str) -> int:
    """A number of processors."""
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= MOST_PROCESSORS:
        raise Wrong(f"SMP={text}: not a number of processors; write one from 1 to {MOST_PROCESSORS}")
    return int(text)


def _firmware(text: str) -> str:
    """The file of a firmware's code, or a suite of Debian."""
    if not text or text in SUITES:
        return text
    if "/" in text or text.endswith(".fd"):
        return str(_file("FIRMWARE", text))
    raise Wrong(f"FIRMWARE={text}: neither the path of a .fd file nor one of {', '.join(SUITES)}")


def _window(variables: Mapping[str, str]) -> bool:
    """A window needs somewhere to be, and a module of QEMU that Debian packages separately."""
    if not variables.get("DISPLAY") and not variables.get("WAYLAND_DISPLAY"):
        raise Wrong("GUI=1: no display here (neither DISPLAY nor WAYLAND_DISPLAY is set);"
                    " RECORD=file.png keeps a picture of the screen")  # fmt: skip
    qemu = shutil.which("qemu-system-x86_64")
    words = [qemu, "-display", "help"] if qemu else ["true"]
    if b"gtk" not in subprocess.run(words, capture_output=True, check=False).stdout:
        raise Wrong("GUI=1: needs the package qemu-system-gui")
    return True


def _record(name: str) -> Path:
    """A file that can be written."""
    path = Path(name).expanduser().resolve()
    try:
        path.open("ab").close()
    except OSError as problem:
        raise Wrong(f"RECORD={name}: cannot be written ({problem.strerror})") from None
    return path


def _gdb(text: str) -> list[str]:
    """Words for gdb, quoted as in a shell."""
    try:
        return shlex.split(text)
    except ValueError as problem:
        raise Wrong(f"GDB_ARGS={text}: {problem}") from None
