# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house that no compiler enforces: who may include what, and how files begin.

Knows: the layers of the source tree. Prints one line for each violation.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 700  # lines: more than that is two files
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdalign.h", "limits.h"}
# What each layer may include beside freestanding headers. include/ is public, so all may.
LAYERS = {
    "src/core": {"core/", "baton/"},
    "src/efi": {"core/", "efi/", "x86_64/", "efi.h"},
    "src/boot": {"core/", "efi/", "boot/", "x86_64/"},
    # It needs to know the machine state that a protocol asks for, and nothing else of src/boot.
    "src/x86_64": {"core/", "x86_64/", "boot/protocol.h"},
    "include": set(),
}
# Files that are data for people, or whose format has no comments.
NO_LICENCE_LINE = {"LICENSE", "README.md"}
# Shown in the README as a beginning for other people's kernels.
FOR_STRANGERS = {Path("test/kernel/hello.c")}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
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


def forbidden_includes(path: Path, text: str) -> Iterator[str]:
    """Includes that reach into a layer that this one must not know."""
    layer = path.parent.as_posix()
    if layer not in LAYERS:
        return
    public = {header.name for header in (ROOT / "include").rglob("*.h")}
    for name in INCLUDE.findall(text):
        if name in FREESTANDING or name in public:
            continue
        if not any(name == allowed or (allowed.endswith("/") and name.startswith(allowed))
                   for allowed in LAYERS[layer]):  # fmt: skip
            yield f"{path}: {layer} must not include {name}"


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
    if path.suffix in {".c", ".h"}:
        yield from forbidden_includes(path, text)
        if path.parts[0] == "src" and "uefi_call_wrapper" in text:
            yield f"{path}: uefi_call_wrapper hides the types of a call"
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"


def main() -> int:
    """Print all violations."""
    found = [line for path in tracked() for line in problems(path.relative_to(ROOT))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
