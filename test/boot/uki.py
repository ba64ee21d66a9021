# SPDX-License-Identifier: BSD-2-Clause
"""Unified kernel images, made with objcopy on systemd's stub.

Knows: where a PE image has room for another section. Must not know: what the sections are for.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pefile

import debian


def stub() -> Path:
    """The program in front of the sections that starts what is in them."""
    return debian.package("systemd-boot-efi") / "usr/lib/systemd/boot/efi/linuxx64.efi.stub"


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
