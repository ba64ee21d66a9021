# SPDX-License-Identifier: BSD-2-Clause
"""Calling `make` from a test.

Knows: how to keep the make that runs the tests (and its job server) out of the make under test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
IMAGE = BUILD / "BOOTX64.EFI"
# For each machine; the others' are built by a make of their own.
IMAGES = (IMAGE, BUILD / "aarch64" / "BOOTAA64.EFI")
# Made for `make test-arch` only.
RARE_IMAGE = BUILD / "riscv64" / "BOOTRISCV64.EFI"


def make(
    *words: str | Path, tree: Path = ROOT, path: str = os.environ["PATH"]
) -> subprocess.CompletedProcess[str]:
    """Run make in `tree` as a person would; packages are neither looked for nor installed."""
    ours = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "GNU_EFI", "ARCH"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        ["make", "DEPS=no", *map(str, words)],
        cwd=tree,
        env={**environment, "LC_ALL": "C", "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def made(*words: str | Path, tree: Path = ROOT) -> str:
    """What make said, when it has to succeed."""
    done = make(*words, tree=tree)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy_sources(where: Path) -> Path:
    """A second source tree, of what the build needs."""
    where.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", where)
    for folder in ("src", "include", "lds"):
        shutil.copytree(ROOT / folder, where / folder)
    return where


MAIN = """
#include <efi.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system_table);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system_table)
{
    (void)image;
    return system_table->ConOut->OutputString(system_table->ConOut, (CHAR16 *)L"" BATON_VERSION);
}
"""


def small_sources(where: Path) -> Path:
    """The build around a program of one call: for tests of the Makefile, which need no more."""
    (where / "src/arch/x86_64").mkdir(parents=True)
    (where / "src/core/base").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", where)
    shutil.copytree(ROOT / "lds", where / "lds")
    (where / "test").mkdir()
    shutil.copy(ROOT / "test/install.sh", where / "test")
    for name in ("arch.mk", "start.S", "mem.c"):
        shutil.copy(ROOT / "src/arch/x86_64" / name, where / "src/arch/x86_64")
    shutil.copy(ROOT / "src/core/base/mem.h", where / "src/core/base")
    shutil.copy(ROOT / "src/arch/function.inc", where / "src/arch")
    (where / "src/main.c").write_text(MAIN)
    return where
