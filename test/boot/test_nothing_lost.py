# SPDX-License-Identifier: BSD-2-Clause
"""A boot that fails gives everything back: fifty times each, the firmware's memory is what it was.

So does one whose program comes back; and afterwards there are no handles that were not there before.

A program, firmware/repeat.c, starts Baton again and again for each kind of failure, and the UEFI shell prints its
`memmap` between the kinds. That the two lose nothing themselves is seen first, with a program that only comes back.
Fifty files that stay open cost 4 pages, memory that is kept 50 pages and more.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from pathlib import Path

from lab import debian, layout
from lab.esp import Content
from lab.machine import Boot

RUNS = 50
WARM_UP = 3
SLACK = 2  # pages: room for a timer of the firmware's that allocates while `memmap` runs
MARK = "one kind is done"
HANDLES = "these are all handles"
PROGRAMS = debian.BUILD / "firmware"


def sample_kernel() -> bytes:
    """A bzImage that loads quickly and is never entered: its initrd must lie below 2 MiB, which
    leaves no room for one of 2 MiB, and its command line may have 16 bytes.

    Fields as https://docs.kernel.org/arch/x86/boot.html describes them.
    """
    kernel = bytearray(b"\x90" * 0x4000)
    kernel[0x1F1:0x26C] = bytes(0x26C - 0x1F1)
    kernel[0x1F1] = 7  # setup_sects: the code begins at 0x1000
    fields = (
        (0x1F4, "<I", 0x300),  # syssize, in 16 bytes
        (0x1FE, "<H", 0xAA55),
        (0x200, "<H", 0x6AEB),  # a jump that says where the header ends
        (0x202, "4s", b"HdrS"),
        (0x206, "<H", 0x20F),
        (0x211, "<B", 1),  # loaded high
        (0x22C, "<I", 0x1FFFFF),  # initrd_addr_max
        (0x230, "<I", 0x200000),
        (0x234, "<B", 1),  # relocatable
        (0x235, "<B", 21),
        (0x236, "<H", 1),  # 64-bit entry, nothing above 4 GiB
        (0x238, "<I", 16),  # cmdline_size
        (0x258, "<Q", 0x1000000),
        (0x260, "<I", 0x300000),
    )
    for offset, form, value in fields:
        struct.pack_into(form, kernel, offset, value)
    return bytes(kernel)


# What is run -> what Baton says of it, each time.
FAILURES = {
    "baton.efi \\not-there": "there is no such file",
    "baton.efi \\folder": "it is a directory",
    "baton.efi \\letter": "not a kernel that Baton knows",
    "baton.efi \\short": "the file ends inside the setup header",
    "baton.efi \\kernel initrd=\\folder": "it is a directory",
    "baton.efi \\kernel initrd=\\small more than sixteen bytes": "the command line is longer",
    "baton.efi \\kernel initrd=\\large": "there is not enough free memory",
    "baton.efi": "no entry could be booted",
    "baton.efi --help": "an OS loader",
    # Baton cannot enter it: started, with load options and an initrd to be found.
    "baton.efi \\comeback.efi initrd=\\small words": "came with an initrd and the words: words",
}
# Without Baton.
CONTROL = {"comeback.efi": "came alone and the words: comeback.efi"}
KINDS = {**CONTROL, **FAILURES}


def files_for(baton: Path) -> dict[str, Content]:
    """The volume that FAILURES speaks of."""
    return {
        "baton.efi": baton,
        "kernel": sample_kernel(),
        "short": sample_kernel()[:0x220],
        "letter": "I am a letter, not a kernel.\n" * 400,
        "small": b"x" * 10_001,
        "large": bytes(0x200000),
        "folder": None,
        "comeback.efi": PROGRAMS / "comeback.efi",
        "repeat.efi": PROGRAMS / "repeat.efi",
        "loader/loader.conf": "timeout menu-disabled\n",  # nobody reads fifty menus
        "loader/entries/broken.conf": "linux\n",
        "loader/entries/other.conf": layout.entry("/letter", ["/initrd"]),
    }


def totals(listing: str) -> dict[str, int]:
    """Kind of memory -> pages, from the last summary of the shell's `memmap` in `listing`."""
    _, found, summary = listing.rpartition("Reserved  :")
    assert found, listing
    kinds = re.findall(r"(\w+)\s*:\s*([\d,]+) Pages", found + summary)
    return {kind: int(pages.replace(",", "")) for kind, pages in kinds}


def kinds_of_handles(listing: str) -> Counter[str]:
    """What handles carry -> how many there are of them, from the shell's `dh` in `listing`."""
    return Counter(re.findall(r"^[0-9A-F]+: (.*)$", listing, re.MULTILINE))


def test_fifty_failures_of_each_kind_lose_no_memory(boot: Boot, baton: Path) -> None:
    script = []
    for line in KINDS:  # the first times, the firmware fills caches
        script.append(f"repeat.efi {WARM_UP} {line}")
    script += ["dh", f"echo {HANDLES}", "memmap", f"echo {MARK}"]
    for line in KINDS:
        script += [f"repeat.efi {RUNS} {line}", "memmap", f"echo {MARK}"]
    script += [f"echo {HANDLES}", "dh", f"echo {HANDLES}"]
    text = "\r\n".join(["@echo -off", *script, "reset -s", ""])
    run = boot({**files_for(baton), "startup.nsh": text})
    run.enter_shell()
    assert run.expect_end(600) == 0, run.tail()

    first, _, last, _ = run.text.split(f"\n{HANDLES}\n")
    handles = kinds_of_handles(first)
    assert sum(handles.values()) > 50 and handles == kinds_of_handles(last)

    before, *rounds, _ = run.text.split(f"\n{MARK}\n")
    assert len(rounds) == len(KINDS), run.tail()
    for (line, message), said in zip(KINDS.items(), rounds):
        # The firmware breaks lines at the width of its screen.
        squeezed = re.sub(r"\s", "", said)
        assert squeezed.count(re.sub(r"\s", "", message)) == RUNS, f"{line}:\n{said[:2000]}"
        then, now = totals(before), totals(said)
        changes = {kind: now[kind] - then[kind] for kind in now if now[kind] != then[kind]}
        assert all(abs(change) <= SLACK for change in changes.values()), f"{line}: {changes}"
        before = said
