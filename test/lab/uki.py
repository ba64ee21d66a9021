# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images, made on systemd's stub: by ukify as distributions make them, or with any sections.

Knows: where a PE image has room for another section, ukify's command line. Must not know: what the
sections are for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pefile

from lab import debian

UKIFY = "trixie"  # the suite whose ukify it is; this Debian has none


def stub(suite: str | None = None, kind: str = "linux") -> Path:
    """The program in front of the sections that starts what is in them; kind "addon": no program."""
    return debian.package("systemd-boot-efi", suite) / f"usr/lib/systemd/boot/efi/{kind}x64.efi.stub"


def ukify(target: Path, program: Path, **options: str | Path | list[Path]) -> Path:
    """Make `target` with ukify on a stub and give it back; its options, with lists for what may repeat."""
    words = [f"--stub={program}", f"--output={target}", "--efi-arch=x64"]
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        words += [f"--{name.replace('_', '-')}={one}" for one in values]
    tool = debian.package("systemd-ukify", UKIFY) / "usr/bin/ukify"
    done = subprocess.run(
        [sys.executable, tool, "build", *words], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"ukify: {done.stderr.strip()}")
    return target


def build(target: Path, sections: Mapping[str, bytes | Path]) -> Path:
    """Make `target` the stub with `sections`, in this order, and give it back."""
    program = pefile.PE(stub(), fast_load=True)
    alignment = program.OPTIONAL_HEADER.SectionAlignment
    last = program.sections[-1]
    address = program.OPTIONAL_HEADER.ImageBase + last.VirtualAddress + last.Misc_VirtualSize
    words: list[str | Path] = []
    with tempfile.TemporaryDirectory(prefix="baton-uki-") as scratch:
        for name, content in sections.items():
            data = content.read_bytes() if isinstance(content, Path) else content
            part = Path(scratch, name)
            part.write_bytes(data)
            address = -(-address // alignment) * alignment
            words += ["--add-section", f"{name}={part}"]
            words += ["--set-section-flags", f"{name}=contents,alloc,load,readonly,data"]
            words += ["--change-section-vma", f"{name}={address:#x}"]
            address += len(data)
        done = subprocess.run(
            ["objcopy", *words, stub(), target], capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise RuntimeError(f"objcopy: {done.stderr.strip()}")
    return target
