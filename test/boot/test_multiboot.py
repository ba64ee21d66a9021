# SPDX-License-Identifier: BSD-2-Clause
"""Kernels of Multiboot2: Xen, which leaves boot services itself, to its dom0's userspace, and a kernel for
which Baton leaves, and which checks what it gets from inside.
"""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

import pytest

from faults.card import misbehaving
from lab import debian, initramfs, layout, secure_boot
from lab.esp import Content
from lab.machine import Boot, Run
from lab.transcript import passed, seen

KERNELS = debian.BUILD / "kernel"
MODULES = {"first": b"the first module", "second": b"an odd one, over a page " * 201 + b"."}

# SMAP: dom0 dies of it under QEMU's emulation, in its first step to ring 3.
PROCESSOR = "max,-smap"
XEN_OPTIONS = "console=com1 com1=115200 loglvl=warning dom0_mem=512M noreboot"
DOM0_OPTIONS = f"console=hvc0 panic=-1 {layout.QUICK} word=dom0"


def xen_entry(*lines: str) -> str:
    """An entry as the README has it."""
    return "\n".join(["linux /xen.gz", f"options {XEN_OPTIONS}", *lines]) + "\n"


def together(userspace: Path, check: bytes) -> bytes:
    """One initrd of both: Xen hands dom0 one only."""
    packed = userspace.read_bytes()
    return packed + bytes(-len(packed) % 4) + check


def dom0(run: Run) -> str:
    """Wait for dom0's userspace, and for Xen turning the machine off."""
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "baton:" not in run.text and "userspace: test passed" in run.text
    return run.text


def xen_files(baton: Path, kernel: debian.Kernel, xen: Path) -> dict[str, Content]:
    """An ESP with Xen, and a dom0 that looks whether it is one."""
    check = initramfs.script('test "$(cat /sys/hypervisor/type)" = xen\n'
                             'test "$(cat /sys/hypervisor/version/major)" = 4')  # fmt: skip
    return {
        layout.REMOVABLE: baton,
        "xen.gz": xen,
        "vmlinuz": kernel.image,
        "initrd.img": together(initramfs.build(kernel), check),
        "loader/entries/xen.conf": xen_entry(
            "initrd /initrd.img", f"baton-module /vmlinuz {DOM0_OPTIONS}"
        ),
    }


def test_xen_boots_to_the_userspace_of_its_dom0(boot: Boot, baton: Path) -> None:
    """On a firmware that refuses three exits. Xen tries twice, says so and halts: it is the guard that leaves."""
    kernel = debian.linux("full")
    files = xen_files(baton, kernel, debian.xen_multiboot())
    run = boot(
        files,
        memory="1G",
        cpu=PROCESSOR,
        **misbehaving("fail=3"),
    )
    text = dom0(run)
    assert "Bootloader: Baton" in text
    assert seen(text, "command line") == f"[{DOM0_OPTIONS}]"
    assert seen(text, "kernel") == kernel.release


def checked(baton: Path, kernel: Content) -> dict[str, Content]:
    """An ESP with one of our kernels, two modules and an initrd."""
    return {
        layout.REMOVABLE: baton,
        "kernel": kernel,
        **MODULES,
        "initrd": b"no words",
        "loader/entries/it.conf": "linux /kernel\ninitrd /initrd\nbaton-module first\n"
        "baton-module /second two  words\noptions some words\nbaton-debug yes\n",
    }


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param("multiboot.elf", "", id="packed"),
        pytest.param("multiboot-taken.elf", "fail=3 grow=64 fragments=300", id="moved-and-refused"),
        pytest.param("multiboot-flat.bin", "", id="flat"),
    ],
)
def test_a_kernel_finds_every_promise_kept(boot: Boot, baton: Path, name: str, fault: str) -> None:
    """At an address that is free, at ones that boot services hold, and without ELF headers."""
    packed = gzip.compress((KERNELS / name).read_bytes(), compresslevel=1, mtime=0)
    run = boot(
        checked(baton, packed if name == "multiboot.elf" else KERNELS / name),
        display="std",
        cpu="max",
        **(misbehaving(fault) if fault else {}),
    )
    text = passed(run)
    assert f"left boot services; {'4 attempts' if fault else '1 attempt'} in " in text
    assert "        some words\n" in text
    for words, module in (("", MODULES["first"]), ("two  words", MODULES["second"]),
                          ("\\initrd", b"no words")):  # fmt: skip
        assert f"module [{words}] CRC-32 {zlib.crc32(module):#x}\n" in text
    assert "a framebuffer" in text


@pytest.mark.multiboot
@pytest.mark.parametrize("xen", ["bookworm", "trixie"])
@pytest.mark.parametrize("firmware", ["bookworm", "trixie"])
@pytest.mark.parametrize("linux", ["bookworm", "trixie"])
def test_each_xen_boots_with_each_firmware_and_kernel(
    boot: Boot, baton: Path, xen: str, firmware: str, linux: str
) -> None:
    kernel = debian.linux("full", linux)
    files = xen_files(baton, kernel, debian.xen_multiboot(xen))
    text = dom0(boot(files, memory="1G", cpu=PROCESSOR, firmware=debian.firmware(firmware)))
    assert seen(text, "kernel") == kernel.release


@pytest.mark.multiboot
def test_kernels_run_where_memory_is_not_executable_unless_asked_for(boot: Boot, baton: Path) -> None:
    """Xen to its dom0's start: Linux finds memory of this firmware's in its way there, started by either of them."""
    machine = {"firmware": secure_boot.secure_firmware(strict=True), "arguments": secure_boot.MACHINE}
    passed(boot(checked(baton, KERNELS / "multiboot.elf"), **machine))
    files = xen_files(baton, debian.linux("full"), debian.xen_multiboot())
    run = boot(files, memory="1G", cpu=PROCESSOR, **machine)
    run.expect(re.compile(r"\(XEN\) Freed \d+kB init memory"))


@pytest.mark.multiboot
def test_gnu_mach_runs_in_the_upper_half(boot: Boot, baton: Path) -> None:
    """It says nothing without a VGA text screen, so that its registers have to."""
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "gnumach.gz": debian.gnumach(),
        "loader/entries/mach.conf": "linux /gnumach.gz\nbaton-debug yes\n",
    }
    run = boot(files, memory="1G", display="std")
    run.expect("left boot services; ")
    for _ in range(120):
        run.collect(0.5)
        registers = run.qmp.execute("human-monitor-command", **{"command-line": "info registers"})
        if re.search(r"^RIP=ffffffff81", registers, re.M):
            break
    else:
        pytest.fail(f"it never came there:\n{registers}\n{run.tail()}")
