# SPDX-License-Identifier: BSD-2-Clause
"""Programs of Debian's packages for the guest, with the libraries that they are linked with.

Knows: what an ELF file says about loader and libraries, where Debian's loader looks for them.
Must not know: what the programs do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from elftools.elf.elffile import ELFFile

from lab import debian, initramfs

# Where Debian's dynamic loader looks without being told, and, there or below usr/, where packages have them.
LIBRARIES = "lib/x86_64-linux-gnu"


def initrd(paths: Mapping[str, str], packages: Iterable[str]) -> bytes:
    """An additional initrd that brings commands.

    `paths`: package -> paths of the programs in it, with blanks between. Libraries are looked for in `packages`; KeyError names
    one that is in none of them.
    """
    offered = {
        library.name: library
        for tree in debian.packages(list(packages))
        for folder in (LIBRARIES, f"usr/{LIBRARIES}", f"usr/{LIBRARIES}/systemd")
        for library in (tree / folder).glob("*.so*")
    }
    files: dict[str, bytes | Path] = {}
    to_do = {
        f"bin/{Path(path).name}": tree / path
        for tree, several in zip(debian.packages(list(paths)), paths.values())
        for path in several.split()
    }
    while to_do:
        name, file = to_do.popitem()
        files[name] = file
        loader, needed = _linked_with(file)
        wanted = {f"{LIBRARIES}/{library}": offered[library] for library in needed}
        if loader:
            wanted[loader] = offered[Path(loader).name]
        to_do |= {path: library for path, library in wanted.items() if path not in files}
    return initramfs.archive(files)


def _linked_with(file: Path) -> tuple[str, list[str]]:
    """The loader that a program asks for ("": a library asks for none), and the libraries it needs."""
    with file.open("rb") as stream:
        elf = ELFFile(stream)
        loaders = [part.get_interp_name().lstrip("/") for part in elf.iter_segments("PT_INTERP")]
        needed = [tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
    return "".join(loaders), needed
