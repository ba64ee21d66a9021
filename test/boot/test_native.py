# SPDX-License-Identifier: BSD-2-Clause
"""The native protocol: kernels that check every promise of the hand-off from inside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import debian
import layout
from conftest import Boot
from machine import verdict

KERNELS = debian.BUILD / "kernel"
PASS = 0  # what the kernels write to the isa-debug-exit port when every check has passed


@pytest.mark.parametrize("name", ["native", "high"])
def test_the_kernel_finds_every_promise_kept(boot: Boot, baton: Path, name: str) -> None:
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": KERNELS / f"{name}.elf",
        "first.img": b"the first module",
        "second.img": b"the second one is odd",
        "loader/entries/native.conf": layout.entry(
            "/kernel.elf", ["/first.img", "/second.img"], "some words"
        ),
    }
    run = boot(files, display="std")
    assert verdict(run.expect_end()) == PASS, run.tail()
    assert re.search(r"^BATON-KERNEL: PASS", run.text, re.MULTILINE), run.tail()
