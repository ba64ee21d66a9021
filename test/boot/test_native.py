# SPDX-License-Identifier: BSD-2-Clause
"""The native protocol: kernels that check every promise of the hand-off from inside.

What the kernel cannot know by itself (is this module the file on the disk?) is checked here.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from lab import debian, layout
from lab.esp import Content
from lab.machine import Boot
from lab.transcript import back_in_firmware, complaint, passed

KERNELS = debian.BUILD / "kernel"
ALL = ["native", "native-high", "native-pie"]
MODULES = {"first.img": b"the first module", "second.img": b"an odd one, over a page " * 201 + b"."}
WORDS = "some words, \N{SNOWMAN} among them"
FOUR_GIB = 1 << 32


def files(baton: Path, kernel: Content, more: str = "") -> dict[str, Content]:
    """An ESP whose one entry boots `kernel` with the modules."""
    entry = layout.entry("/kernel.elf", [f"/{name}" for name in MODULES], WORDS)
    return {
        layout.REMOVABLE: baton,
        "kernel.elf": kernel,
        **MODULES,
        "loader/entries/native.conf": entry + more,
    }


def regions(text: str) -> list[tuple[int, int, str]]:
    """The memory map as the kernel printed it: (address, size, type)."""
    found = re.findall(r"^ +0x([0-9a-f]+) \+ 0x([0-9a-f]+) (.+)$", text, re.MULTILINE)
    return [(int(address, 16), int(size, 16), kind) for address, size, kind in found]


@pytest.mark.parametrize("name", ALL)
def test_the_kernel_finds_every_promise_kept(boot: Boot, baton: Path, name: str) -> None:
    text = passed(boot(files(baton, KERNELS / f"{name}.elf"), display="std"))
    assert f"command line: {WORDS}\n" in text
    for module, content in MODULES.items():
        assert f"module: \\{module}\n" in text
        assert f"{len(content)} bytes, CRC-32 {zlib.crc32(content):#x}\n" in text
    assert "GetVariable works" in text


SMALL = {"memory": "128M", "display": "virtio", "arguments": ["-device", "virtio-rng-pci"]}
LARGE = {"memory": "5G", "cpus": 4, "cpu": "qemu64,-rdrand"}


@pytest.mark.parametrize(
    ("options", "seeds"),
    [
        pytest.param(SMALL, ["32"], id="small, with a source of random numbers"),
        pytest.param(LARGE, ["0"], id="large, with none"),
    ],
)
def test_the_promises_hold_on_machines_of_all_kinds(
    boot: Boot, baton: Path, options: dict[str, Any], seeds: list[str]
) -> None:
    text = passed(boot(files(baton, KERNELS / "native-high.elf"), **options))
    assert re.findall(r"^ +random seed: (\d+) bytes$", text, re.MULTILINE) == seeds


@pytest.mark.parametrize("name", ["native-high", "native-pie"])
def test_everything_can_lie_above_4_gib(boot: Boot, baton: Path, name: str) -> None:
    more = "baton-place-high yes\n"
    text = passed(boot(files(baton, KERNELS / f"{name}.elf", more), memory="5G", cpu="max"))
    high = {kind for address, _, kind in regions(text) if address >= FOUR_GIB}
    assert {"kernel", "module", "stack", "page tables", "hand-off"} <= high


def test_the_smallest_kernel_says_hello_and_turns_the_machine_off(boot: Boot, baton: Path) -> None:
    run = boot(files(baton, KERNELS / "hello.elf"))
    assert run.expect_end() == 0, run.tail()
    assert re.search(f"^Hello from a kernel started by Baton .* with: {WORDS}$", run.text, re.M)


def moved(kernel: bytes, distance: int) -> bytes:
    """A fixed-address kernel that claims to be linked elsewhere: it must not get as far as running."""
    changed = bytearray(kernel)
    entry, table = struct.unpack_from("<QQ", kernel, 24)
    (count,) = struct.unpack_from("<H", kernel, 56)
    struct.pack_into("<Q", changed, 24, entry + distance)
    for offset in range(table, table + 56 * count, 56):
        (address,) = struct.unpack_from("<Q", kernel, offset + 16)
        struct.pack_into("<Q", changed, offset + 16, address + distance)
    return bytes(changed)


def refused(boot: Boot, baton: Path, kernel: Content, *parts: str) -> None:
    """Baton says why not, and the firmware goes on."""
    run = boot({**files(baton, kernel), **layout.firmware_next()})
    back_in_firmware(run)
    complaint(run, "kernel.elf", *parts)


def test_a_kernel_whose_address_is_taken_is_refused(boot: Boot, baton: Path) -> None:
    kernel = moved((KERNELS / "native.elf").read_bytes(), 0x800000)  # OVMF's own memory, always
    refused(boot, baton, kernel, "in use by the firmware", "position-independent")


def test_an_elf_file_without_the_note_is_refused_with_a_remedy(boot: Boot, baton: Path) -> None:
    kernel = (KERNELS / "native.elf").read_bytes().replace(b"Baton\0", b"Mason\0", 1)
    refused(boot, baton, kernel, 'no "Baton" note', "BATON_KERNEL()")


def test_a_program_of_an_operating_system_is_refused(boot: Boot, baton: Path) -> None:
    refused(boot, baton, Path("/bin/true"), "wants an operating system")


def test_a_kernel_for_a_later_protocol_is_refused(boot: Boot, baton: Path) -> None:
    kernel = bytearray((KERNELS / "native.elf").read_bytes())
    note = kernel.index(b"Baton\0\0\0") + 8
    kernel[note : note + 2] = (2).to_bytes(2, "little")
    refused(boot, baton, bytes(kernel), "version 1")
