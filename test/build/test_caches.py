# SPDX-License-Identifier: BSD-2-Clause
"""What Baton does for caches on AArch64: no emulator shows that it is missing, so the instructions are read.

The order is that of Linux's Documentation/arch/arm64/booting.rst and of the Arm ARM, K13.5.
"""

from __future__ import annotations

import re
import subprocess

from build.build import IMAGES

DEBUG = IMAGES[1].with_name(f"{IMAGES[1].name}.debug")
CLEANED = (
    "msr daifset, #0xf",  # no interrupt from here on
    "mrs x[0-9]+, ctr_el0",  # lines are as long as the processor says
    "bl ",  # the kernel: written back, and not left behind as dirty lines
    "bl ",  # the hand-off
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
    "cbnz",  # a kernel with page tables goes another way
)
LINUX = (*CLEANED, "br x[0-9]+")
# No register of the translation changes but with the MMU off, and it is turned on with nothing old left.
NATIVE = (
    *CLEANED,
    "br x[0-9]+",
    "dc civac,",  # what was called above
    "ret",
    "tlbi alle2",
    "tlbi alle1",
    "dsb nsh",
    "msr hcr_el2,",
    "isb",
    "msr vbar_el2,",
    "eret",  # from EL2 to EL1
    "msr sctlr_el1,",  # there the MMU is off, too
    "msr vbar_el1,",
    "msr mair_el1,",
    "msr tcr_el1,",
    "msr ttbr0_el1,",
    "msr ttbr1_el1,",
    "isb",
    "tlbi vmalle1",
    "ic iallu",
    "dsb nsh",
    "isb",
    "msr sctlr_el1,",
    "isb",
    "eret",
)


def instructions() -> dict[str, list[str]]:
    """Those of each function of the loader."""
    text = subprocess.run(
        ["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", DEBUG], check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    functions: dict[str, list[str]] = {}
    for name, body in re.findall(r"^[0-9a-f]+ <([^>]+)>:\n((?: .*\n)*)", text, re.MULTILINE):
        lines = re.findall(r"^\s*[0-9a-f]+:\s+(.*)$", body, re.MULTILINE)
        functions[name] = [re.sub(r"\s+", " ", line) for line in lines]
    return functions


def behind(lines: list[str], patterns: tuple[str, ...]) -> list[str]:
    """What follows the instructions that are there in that order, each the first of its kind."""
    for pattern in patterns:
        found = [number for number, line in enumerate(lines) if re.match(pattern, line)]
        assert found, f"no {pattern!r} in {lines}"
        lines = lines[found[0] + 1 :]
    return lines


def test_the_caches_are_cleaned_before_they_are_turned_off() -> None:
    assert behind(instructions()["arch_enter"], LINUX), "the other way begins there"


def test_translation_changes_while_the_mmu_is_off() -> None:
    lines = instructions()["arch_enter"]
    assert not behind(lines, NATIVE), "and nothing behind the jump"
    written = [line for line in lines if re.match(r"msr (sctlr|s3_5_c1_c0_0)", line)]
    assert len(written) == 6, "off, at EL1 and EL2; EL1's before EL2 is left, in two ways; off; on"


def test_page_tables_and_what_another_processor_runs_are_cleaned_when_they_are_made() -> None:
    functions = instructions()
    for pattern in ("mrs x[0-9]+, ctr_el0", "dc cvac,", "dsb sy"):  # in the compiler's order
        behind(functions["machine_clean"], (pattern,))
    callers = {name: lines for name, lines in functions.items() if any("<machine_clean>" in line for line in lines)}
    # arch_space_build() and begin_other(), whatever they have become a part of.
    assert len(callers) == 2
    made = [lines for lines in callers.values() if any("<paging_map>" in line for line in lines)]
    others = [lines for lines in callers.values() if lines not in made]
    assert len(made) == 1
    behind(others[0], ("bl .*<machine_clean>", "[sh][mv]c #0x0"))


def test_between_the_last_cleaning_and_the_kernel_nothing_is_read_or_written() -> None:
    lines = instructions()["arch_enter"]
    cleaned = max(number for number, line in enumerate(lines) if line.startswith("dc cvac"))
    kinds = {line.split()[0] for line in lines[cleaned + 1 :]}
    assert not {kind for kind in kinds if re.match(r"(ld|st|push|pop|bl$)", kind)}
