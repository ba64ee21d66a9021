# SPDX-License-Identifier: BSD-2-Clause
"""Debian's cloud kernel through Baton to userspace, on machines of many shapes."""

from __future__ import annotations

import hashlib
import random
import re
import uuid
from pathlib import Path

import pytest

from lab import initramfs, layout
from lab.debian import Kernel
from lab.machine import Boot
from lab.transcript import seen, to_userspace
from lab.variables import VariableStore


def mebibytes(transcript: str) -> int:
    """The memory that the kernel has."""
    return int(seen(transcript, "memory").split()[0]) // 1024


def test_an_entry_boots_to_userspace_with_working_runtime_services(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    run = boot(layout.disk(baton, kernel, {"initrd.img": userspace}, layout.CONSOLE + " word=ä"))
    text = to_userspace(run)
    assert seen(text, "kernel") == kernel.release
    assert seen(text, "command line") == f"[{layout.CONSOLE} word=ä]"
    assert "64-bit, runtime at 0x" in seen(text, "EFI")
    assert int(seen(text, "EFI variables:")) > 10
    assert seen(text, "boot protocol").startswith("0x020f, loader type 0xff")
    # Computed by the loader: without it the kernel says "could not be determined".
    assert "Secure boot disabled" in text
    assert "left boot services; " in seen(text, "exit:")
    assert re.search(r"efi: .*ACPI 2\.0=0x", text)


def test_three_initrds_one_of_odd_length_are_all_unpacked(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    middle = initramfs.archive({"middle": b"in the middle"}).rstrip(b"\0") + b"\0"
    assert len(middle) % 4 != 0
    check = initramfs.script('test "$(cat /middle)" = "in the middle"')
    initrds = {"1.img": userspace, "2.img": middle, "3.img": check}
    text = to_userspace(boot(layout.disk(baton, kernel, initrds)))
    assert "userspace: test passed" in text


def test_no_initrd_reaches_the_search_for_a_root_file_system(
    boot: Boot, baton: Path, kernel: Kernel
) -> None:
    run = boot(layout.disk(baton, kernel, {}))
    run.allow += [rb"Kernel panic", rb"Call Trace"]
    run.expect("VFS: Unable to mount root fs")
    assert run.expect_end() == 0, run.tail()
    assert "RAMDISK:" not in run.text


def test_a_64_mib_initrd_arrives_unchanged(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    content = random.Random(64).randbytes(64 << 20)
    check = initramfs.script(f"echo '{hashlib.sha256(content).hexdigest()}  /large' | sha256sum -c")
    initrds = {
        "1.img": userspace,
        "2.img": initramfs.archive({"large": content}),
        "3.img": check,
    }
    text = to_userspace(boot(layout.disk(baton, kernel, initrds), memory="768M"))
    assert "/large: OK" in text
    assert "userspace: test passed" in text


def test_efi_variables_are_read_and_written_from_userspace(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    vendor = "ba70ba70-0000-4000-8000-000000000003"
    name = f"BatonTest-{vendor}"
    check = initramfs.script(
        "cd /sys/firmware/efi/efivars\n"
        "test -s SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c\n"
        f"printf '\\007\\000\\000\\000from userspace' >{name}\n"
        f'test "$(tail -c +5 {name})" = "from userspace"\n'
    )
    run = boot(layout.disk(baton, kernel, {"1.img": userspace, "2.img": check}))
    assert "userspace: test passed" in to_userspace(run)
    # In the flash of the machine that is off, where the next boot would find it.
    store = VariableStore(run.machine.store)
    assert store.read("BatonTest", uuid.UUID(vendor)) == b"from userspace"


def test_128_mib_of_memory_are_enough(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    text = to_userspace(boot(layout.disk(baton, kernel, {"initrd.img": userspace}), memory="128M"))
    assert 64 < mebibytes(text) < 128


def test_5_gib_of_memory_are_all_seen(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    text = to_userspace(boot(layout.disk(baton, kernel, {"initrd.img": userspace}), memory="5G"))
    assert 4700 < mebibytes(text) < 5120


def test_a_kernel_is_placed_above_4_gib_when_there_is_no_room_below(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # 96 MiB below 4 GiB, of which the firmware uses half: no room for the 52 MiB of init_size.
    # nokaslr: the kernel stays where its loader put it.
    run = boot(
        layout.disk(baton, kernel, {"initrd.img": userspace}, layout.CONSOLE + " nokaslr"),
        memory="2G",
        arguments=["-machine", "max-ram-below-4g=96M"],
    )
    text = to_userspace(run)
    assert int(seen(text, "kernel code at"), 16) >= 1 << 32


def test_a_kernel_is_placed_above_4_gib_when_asked_to(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    files = layout.disk(baton, kernel, {"initrd.img": userspace}, layout.CONSOLE + " nokaslr")
    entry = files["loader/entries/debian.conf"]
    assert isinstance(entry, str)
    files["loader/entries/debian.conf"] = entry + "baton-place-high yes\n"
    text = to_userspace(boot(files, memory="6G"))
    assert int(seen(text, "kernel code at"), 16) >= 1 << 32


def test_four_processors_are_started(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    text = to_userspace(boot(layout.disk(baton, kernel, {"initrd.img": userspace}), cpus=4))
    assert seen(text, "processors") == "4"


def test_a_processor_with_everything_boots_with_5_level_paging(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    check = initramfs.script("grep -qw la57 /proc/cpuinfo")
    initrds = {"1.img": userspace, "2.img": check}
    text = to_userspace(boot(layout.disk(baton, kernel, initrds), cpu="max"))
    assert "userspace: test passed" in text


def test_a_display_becomes_the_framebuffer(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    text = to_userspace(boot(layout.disk(baton, kernel, {"initrd.img": userspace}), display="std"))
    assert re.match(r"EFI VGA, \d+,\d+", seen(text, "framebuffer"))


def test_no_display_at_all_gives_no_framebuffer(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # The other tests have no display either; this one proves that nothing is made up.
    text = to_userspace(boot(layout.disk(baton, kernel, {"initrd.img": userspace}), display="none"))
    assert "userspace: framebuffer" not in text


@pytest.mark.parametrize("bus", ["ahci", "nvme", "usb"])
def test_the_disk_may_be_sata_nvme_or_usb(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path, bus: str
) -> None:
    to_userspace(boot(layout.disk(baton, kernel, {"initrd.img": userspace}), bus=bus))
