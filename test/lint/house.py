# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house that no compiler enforces: who may include what, who may import what, how files begin.

Knows: the places of the source tree. Prints one line for each violation.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 700  # lines: more than that is two files
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdalign.h", "limits.h"}
# Who may include what, beside freestanding headers, include/ (public, so all may) and itself. A file
# is bound by the longest place that it lies in; under SOURCES a file that lies in none is an error.
# A name that ends in "/" stands for everything below it. src/README.md shows the same table.
SOURCES = "src"
MAY_INCLUDE = {
    "src/main.c": ("boot/", "efi/", "arch/arch.h", "core/"),
    "src/guard.c": ("efi/", "arch/arch.h", "core/"),
    "src/boot/": ("efi/", "arch/arch.h", "core/"),
    "src/boot/entry/": ("boot/", "efi/", "arch/arch.h", "core/"),
    "src/boot/linux/": ("boot/", "efi/", "arch/arch.h", "core/"),
    "src/boot/menu/": ("boot/", "efi/", "arch/arch.h", "core/"),
    "src/boot/multiboot/": ("boot/", "efi/", "arch/arch.h", "arch/x86_entry.h", "core/"),
    "src/boot/native/": ("boot/", "efi/", "arch/arch.h", "core/"),
    "src/boot/native/arm/": ("boot/", "efi/", "arch/arch.h", "arch/arm_entry.h", "core/"),
    "src/efi/": ("arch/arch.h", "core/", "efi.h"),
    "src/arch/": ("core/memory/", "core/time/", "core/base/"),
    "src/arch/aarch64/": ("arch/arch.h", "arch/arm_entry.h", "arch/function.inc", "core/memory/", "core/time/", "core/base/"),
    "src/arch/gnu-efi/": (),
    "src/arch/riscv64/": ("arch/arch.h", "arch/function.inc", "core/memory/", "core/time/", "core/base/"),
    "src/arch/tree/": ("arch/arch.h",),
    "src/arch/x86_64/": ("arch/arch.h", "arch/function.inc", "arch/x86_entry.h", "core/memory/", "core/time/", "core/base/"),
    "src/core/native/": ("core/exit/", "core/image/", "core/memory/", "core/text/", "core/base/"),
    "src/core/multiboot/": ("core/memory/", "core/text/", "core/screen/", "core/base/"),
    "src/core/exit/": ("core/memory/", "core/text/", "core/base/"),
    "src/core/guard/": ("core/memory/", "core/base/"),
    "src/core/linux/": ("core/text/", "core/screen/", "core/base/"),
    "src/core/linux/x86/": ("core/linux/", "core/memory/", "core/text/", "core/screen/", "core/base/"),
    "src/core/entry/": ("core/text/", "core/base/"),
    "src/core/image/": ("core/text/", "core/base/"),
    "src/core/disk/": ("core/base/",),
    "src/core/memory/": ("core/text/", "core/base/"),
    "src/core/trust/": ("core/text/", "core/base/"),
    "src/core/time/": ("core/base/",),
    "src/core/text/": ("core/base/",),
    "src/core/menu/": ("core/text/", "core/base/"),
    "src/core/screen/": ("core/base/",),
    "src/core/base/": (),
    "src/driver/": ("core/base/",),
    "include/": (),
}
# The file that shows people the table, one row for each place below SOURCES.
SHOWN = Path("src/README.md")
# Files that are data for people, or whose format has no comments.
NO_LICENCE_LINE = {"LICENSE", "README.md"}
# Shown in the README as a beginning for other people's kernels.
FOR_STRANGERS = {Path("test/kernel/hello.c")}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:[<"]([^>"]+)[>"]|(.*))', re.MULTILINE)
# What only the code of one architecture may know: its instructions, its names.
# An empty __asm__ tells the compiler something and the processor nothing.
MACHINE_WORDS = re.compile(r"\b(?:__asm__(?! volatile\(\"\" )|__x86_64__|__aarch64__|__riscv)"
                           r"|\bmachine_(?:cpuid|cr4|rdmsr|wrmsr|in8|in32|out8|alarm_gate|triple_fault)\b")  # fmt: skip
MACHINE_PLACES = re.compile(r"src/arch/\w+/|src/\w+/\w+/x86/")
# The archive to use is the one that the system is configured for; no file knows better.
ARCHIVE_HOST = re.compile(r"\b(?:deb|ftp|archive|snapshot|security)\.(?:debian|ubuntu)\.")
SPDX = re.compile(r"SPDX-License-Identifier: (\S+)")


def tracked() -> list[Path]:
    """The files of the project: what git has or would add; without git, everything but build/."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return sorted(path for name in done.stdout.split("\0") if name
                      and (path := ROOT / name).is_file())  # fmt: skip
    return sorted(path for path in ROOT.rglob("*") if path.is_file() and "build" not in path.parts)


def place_of(path: Path) -> str | None:
    """The longest place of MAY_INCLUDE that a file lies in."""
    name = path.as_posix()
    places = [place for place in MAY_INCLUDE
              if name == place or (place.endswith("/") and name.startswith(place))]  # fmt: skip
    return max(places, key=len, default=None)


def matches(name: str, allowed: str) -> bool:
    """Is a header's name the allowed one, or below the allowed folder?"""
    return name == allowed or (allowed.endswith("/") and name.startswith(allowed))


def forbidden_includes(path: Path, text: str) -> Iterator[str]:
    """Includes that reach into what this file's place must not know."""
    place = place_of(path)
    if place is None:
        if path.parts[0] == SOURCES:
            yield f"{path}: lies in no place that test/lint/house.py has a rule for"
        return
    public = {header.name for header in (ROOT / "include").rglob("*.h")}
    for name, odd in INCLUDE.findall(text):
        if not name:
            yield f"{path}: an include of {odd!r}, which nobody can check"
        elif not (name in FREESTANDING or name in public or place_of(Path(SOURCES, name)) == place
                  or any(matches(name, allowed) for allowed in MAY_INCLUDE[place])):  # fmt: skip
            yield f"{path}: {place} must not include {name}"


def forbidden_imports(path: Path, text: str) -> Iterator[str]:
    """Ways of a Python file to find modules of its own: there is one way, see test/conftest.py."""
    for node in ast.walk(ast.parse(text, path.as_posix())):
        match node:
            case (ast.Attribute(ast.Name("sys"), "path") | ast.ImportFrom("sys", [ast.alias("path")])
                  | ast.Import([ast.alias("site")])):  # fmt: skip
                yield f"{path}:{node.lineno}: edits the path of modules; import from the packages of test/"
            case ast.ImportFrom(str(module)) if module.rpartition(".")[2].startswith("test_"):
                yield f"{path}:{node.lineno}: imports from a test, {module}"


def rows() -> Iterator[str]:
    """MAY_INCLUDE as SHOWN has it."""
    for place, allowed in MAY_INCLUDE.items():
        if place.startswith(f"{SOURCES}/"):
            own = place.removeprefix(f"{SOURCES}/")
            yield f"| `{own}` | {' '.join(f'`{name}`' for name in allowed) or 'nothing'} |"


def other_table() -> Iterator[str]:
    """Rows that SHOWN lacks, or has and should not."""
    text = (ROOT / SHOWN).read_text(encoding="utf-8")
    _, _, table = text.partition("| may include |\n|---|---|\n")
    shown = table.split("\n\n", 1)[0].splitlines()
    wanted = list(rows())
    for row in wanted:
        if row not in shown:
            yield f"{SHOWN}: the table of what may include what lacks the row {row}"
    for row in shown:
        if row not in wanted:
            yield f"{SHOWN}: the table of what may include what has another row {row}"


def problems(path: Path) -> Iterator[str]:
    """Every rule that one file breaks; `path` is relative to the top."""
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    if path.name not in NO_LICENCE_LINE and path.suffix != ".md":
        wanted = "0BSD" if path.parts[0] == "include" or path in FOR_STRANGERS else "BSD-2-Clause"
        found = SPDX.search("\n".join(text.splitlines()[:3]))
        if found is None:
            yield f"{path}: no SPDX-License-Identifier in its first lines"
        elif found.group(1) != wanted:
            yield f"{path}: is under {found.group(1)}, should be {wanted}"
    if ARCHIVE_HOST.search(text):
        yield f"{path}: names the host of a package archive"
    if path.suffix in {".c", ".h", ".S", ".py"} and text.count("\n") > LONGEST:
        yield f"{path}: {text.count(chr(10))} lines, more than {LONGEST}"
    if path.suffix in {".c", ".h", ".S"}:
        yield from forbidden_includes(path, text)
        if path.parts[0] == SOURCES and not MACHINE_PLACES.match(path.as_posix()):
            for word in sorted(set(MACHINE_WORDS.findall(text))):
                yield f"{path}: {word} belongs into src/arch, or an x86 half of a protocol"
        if path.parts[0] == "src" and "uefi_call_wrapper" in text:
            yield f"{path}: uefi_call_wrapper hides the types of a call"
    if path.suffix == ".py":
        yield from forbidden_imports(path, text)
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"


def main() -> int:
    """Print all violations."""
    found = [line for path in tracked() for line in problems(path.relative_to(ROOT))]
    found.extend(other_table())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
