# SPDX-License-Identifier: BSD-2-Clause
"""What Baton does for caches on AArch64: no emulator shows that it is missing, so the instructions are read.

The order is that of Linux's Documentation/arch/arm64/booting.rst and of the Arm ARM, K13.5.
"""

from __future__ import annotations

import re
import subprocess

from build.build import IMAGES

DEBUG = IMAGES[1].with_name(f"{IMAGES[1].name}.debug")
IN_ORDER = (
    "msr daifset, #0xf",  # no interrupt from here on
    "mrs x[0-9]+, ctr_el0",  # lines are as long as the processor says
    "dc civac,",  # the kernel: written back, and not left behind as dirty lines
    "dc cvac,",  # what runs here when the data cache is off
    "dsb sy",
    "ic ialluis",
    "dsb sy",
    "isb",
    "msr sctlr_el[12],",  # MMU and caches off
    "isb",
    "ic iallu",
    "dsb nsh",
    "isb",
    "br x[0-9]+",
)


def enter() -> list[str]:
    """The instructions of arch_enter()."""
    text = subprocess.run(
        ["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", "--disassemble=arch_enter", DEBUG],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [re.sub(r"\s+", " ", line) for line in re.findall(r"^\s*[0-9a-f]+:\s+(.*)$", text, re.MULTILINE)]


def test_the_caches_are_cleaned_before_they_are_turned_off() -> None:
    rest = enter()
    for pattern in IN_ORDER:
        found = [number for number, line in enumerate(rest) if re.match(pattern, line)]
        assert found, f"no {pattern!r} in {rest}"
        rest = rest[found[0] + 1 :]
    assert not rest, "and nothing behind the jump"


def test_between_the_last_cleaning_and_the_kernel_nothing_is_read_or_written() -> None:
    lines = enter()
    cleaned = max(number for number, line in enumerate(lines) if line.startswith("dc cvac"))
    kinds = {line.split()[0] for line in lines[cleaned + 1 :]}
    assert not {kind for kind in kinds if re.match(r"(ld|st|push|pop|bl$)", kind)}
