# SPDX-License-Identifier: BSD-2-Clause
"""The initramfs of the boot tests: one static busybox, the script `init`, the modules it loads.

A test adds what else it wants in initrds of its own: a script, more modules, programs (programs.py).

Knows: the newc format's tool (cpio), which modules of Debian's kernels every test needs.
Must not know: how it is booted.
"""

from __future__ import annotations

import gzip
import lzma
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab import debian
from lab.board import PC, Board

INIT = Path(__file__).with_name("init")
TOKEN = "BATON-USERSPACE: done"
# Not built into Debian's kernels; nothing else is needed to look around.
MODULES = ("fs/efivarfs/efivarfs.ko",)


def archive(files: Mapping[str, bytes | Path], modes: Mapping[str, int] | None = None) -> bytes:
    """A newc archive of `files`, the same bytes each time it is made from the same content."""
    with tempfile.TemporaryDirectory(prefix="baton-cpio-") as scratch:
        root = Path(scratch)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
            path.chmod((modes or {}).get(name, 0o755))
        names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
        for name in names:
            os.utime(root / name, (0, 0))
        done = subprocess.run(
            ["cpio", "--quiet", "--create", "--format=newc", "--reproducible", "--owner=+0:+0"],
            input="\n".join(names).encode(),
            cwd=root,
            check=True,
            capture_output=True,
        )
    return done.stdout


def build(kernel: debian.Kernel | None = None, board: Board = PC) -> Path:
    """The initramfs for a kernel (the board's default), made once and kept in the cache."""
    machine = f"-{board.debian}" if board.debian else ""
    name = f"initramfs-{kernel.release}" if kernel else f"initramfs{machine}"
    kernel = kernel or board.kernel()
    target = debian.CACHE / f"{name}.img"
    with debian.locked(debian.CACHE / f"{name}.lock"):
        newest = max(INIT.stat().st_mtime, Path(__file__).stat().st_mtime)
        if target.exists() and target.stat().st_mtime > newest:
            return target
        files: dict[str, bytes | Path] = {"init": INIT, "bin/busybox": debian.busybox(board.debian, board.suite)}
        for number, module in enumerate(MODULES):
            files[f"modules/{number}-{Path(module).name}"] = _module(kernel.module(module))
        fresh = target.with_name(f"{name}.new")
        # The fast level: unpacking is what the guest spends time on, and it does that in emulation.
        fresh.write_bytes(gzip.compress(archive(files), compresslevel=6, mtime=0))
        fresh.rename(target)
    return target


def _module(file: Path) -> bytes | Path:
    """A module as busybox's insmod takes it: newer suites compress them."""
    return lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file


def script(commands: str) -> bytes:
    """An additional initrd that brings a test's own script for userspace."""
    return archive({"test.sh": ("set -eu\n" + commands + "\n").encode()})


def modules(kernel: debian.Kernel, paths: Iterable[str]) -> bytes:
    """An additional initrd with modules that `init` loads in this order, after its own.

    Each is named by its path below kernel/; what one needs of another is for the caller to know.
    """
    return archive(
        {
            f"modules/{number:03}-{Path(path).name}": _module(kernel.module(path))
            for number, path in enumerate(paths, 100)
        }
    )
