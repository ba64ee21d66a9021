# SPDX-License-Identifier: BSD-2-Clause
"""The native protocol on AArch64: kernels that check every promise of the hand-off from inside.

make test boots one of them, make test-arch the others, on machines of all kinds.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

import pytest

from lab import layout
from lab.board import VIRT
from lab.debian import arm_firmware, u_boot
from lab.machine import Boot

KERNELS = VIRT.image.parent / "kernel"
MODULES = {"first.img": b"the first module", "second.img": b"an odd one, over a page " * 201 + b"."}
WORDS = "some words, \N{SNOWMAN} among them"


def passed(boot: Boot, name: str, **options: Any) -> str:
    """The transcript of the kernel of that name, which has found every promise kept."""
    run = boot(
        {
            VIRT.removable: VIRT.image,
            "kernel.elf": KERNELS / f"{name}.elf",
            **MODULES,
            "loader/entries/native.conf": layout.entry(
                "/kernel.elf", [f"/{module}" for module in MODULES], WORDS
            ),
        },
        board=VIRT,
        **options,
    )
    assert run.expect_end() == 0, run.tail()
    assert re.search(r"^BATON-KERNEL: PASS$", run.text, re.MULTILINE), run.tail()
    assert f"command line: {WORDS}\n" in run.text
    for module, content in MODULES.items():
        assert f"module: \\{module}\n" in run.text
        assert f"{len(content)} bytes, CRC-32 {zlib.crc32(content):#x}\n" in run.text
    return run.text


def test_the_kernel_finds_every_promise_kept(boot: Boot) -> None:
    text = passed(boot, "native-high", arguments=["-device", "ramfb", "-device", "virtio-rng-pci"])
    assert "exception level 1\n" in text
    assert "framebuffers: 1\n" in text
    assert "random seed: 32 bytes\n" in text
    assert "GetVariable works" in text


@pytest.mark.arch
@pytest.mark.parametrize("name", ["native", "native-pie"])
def test_it_may_be_linked_in_other_ways(boot: Boot, name: str) -> None:
    passed(boot, name)


@pytest.mark.arch
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"arguments": ["-machine", "acpi=off"]}, id="device-tree"),
        pytest.param({"arguments": ["-machine", "gic-version=3"]}, id="gicv3"),
        pytest.param({"cpu": "max"}, id="newest-processor"),
        pytest.param({"cpus": 4, "memory": "5G"}, id="four-processors"),
    ],
)
def test_the_promises_hold_on_machines_of_all_kinds(boot: Boot, options: dict[str, Any]) -> None:
    text = passed(boot, "native-high", **options)
    assert "GetVariable works" in text
    assert ("device tree: 0 bytes" not in text) == ("acpi=off" in options.get("arguments", ()))


EL2 = "virtualization=on"


@pytest.mark.arch
@pytest.mark.parametrize(
    ("kernel", "cpu", "gic", "level"),
    [
        pytest.param("native-high", "cortex-a57", 2, 1, id="left"),
        pytest.param("native-high", "max", 3, 1, id="left-with-all-that-traps"),
        pytest.param("native-el2", "max", 3, 2, id="kept"),
        pytest.param("native-el2", "cortex-a57", 3, 1, id="no-host-extensions"),
    ],
)
def test_el2_is_left_or_kept(boot: Boot, kernel: str, cpu: str, gic: int, level: int) -> None:
    machine = f"{EL2},gic-version={gic}"
    text = passed(boot, kernel, cpu=cpu, arguments=["-machine", machine])
    assert f"exception level {level}\n" in text
    assert ("there is SVE\n" in text) == (cpu == "max")
    assert ("the interrupt controller has registers\n" in text) == (gic == 3)


@pytest.mark.arch
def test_the_next_firmware_keeps_them_too(boot: Boot) -> None:
    passed(boot, "native-high", firmware=arm_firmware("trixie"))


@pytest.mark.arch
def test_u_boot_keeps_them_too(boot: Boot) -> None:
    text = passed(boot, "native-pie", firmware=u_boot("qemu_arm64/u-boot.bin"))
    assert "runtime services are not callable" in text  # it keeps their code and data together
