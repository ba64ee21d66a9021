# SPDX-License-Identifier: BSD-2-Clause
"""Debian's cloud kernel through Baton to userspace, on machines of many shapes."""

from __future__ import annotations

import hashlib
import random
import re
import uuid
from pathlib import Path

from lab import initramfs, layout
from lab.debian import Kernel
from lab.machine import Boot
from lab.transcript import seen, to_userspace
from lab.variables import VariableStore


def mebibytes(transcript: str) -> int:
    """The memory that the kernel has."""
    return int(seen(transcript, "memory").split()[0]) // 1024


VENDOR = "ba70ba70-0000-4000-8000-000000000003"
# A file of the second of three initrds, and variables.
CHECK = f"""
test "$(cat /middle)" = "in the middle"
cd /sys/firmware/efi/efivars
test -s SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
printf '\\007\\000\\000\\000from userspace' >BatonTest-{VENDOR}
test "$(tail -c +5 BatonTest-{VENDOR})" = "from userspace"
"""


def test_an_entry_boots_to_userspace_with_its_initrds_and_runtime_services(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    middle = initramfs.archive({"middle": b"in the middle"}).rstrip(b"\0") + b"\0"
    assert len(middle) % 4 != 0
    initrds = {"1.img": userspace, "2.img": middle, "3.img": initramfs.script(CHECK)}
    run = boot(layout.disk(baton, kernel, initrds, layout.CONSOLE + " word=ä"))
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
    assert "userspace: framebuffer" not in text, "there is no display, and none is made up"
    assert "userspace: test passed" in text
    # In the flash of the machine that is off, where the next boot would find it.
    store = VariableStore(run.machine.store)
    assert store.read("BatonTest", uuid.UUID(VENDOR)) == b"from userspace"


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
    check = initramfs.script(f"echo '{hashlib.md5(content).hexdigest()}  /large' | md5sum -c")
    initrds = {
        "1.img": userspace,
        "2.img": initramfs.archive({"large": content}),
        "3.img": check,
    }
    text = to_userspace(boot(layout.disk(baton, kernel, initrds), memory="1G"))
    assert "/large: OK" in text
    assert "userspace: test passed" in text


# --- machines that differ in several ways at once -----------------------------------------------


def test_a_small_machine_with_a_sata_disk(boot: Boot, baton: Path, kernel: Kernel, userspace: Path) -> None:
    files = layout.disk(baton, kernel, {"initrd.img": userspace})
    text = to_userspace(boot(files, memory="128M", bus="ahci"))
    assert 64 < mebibytes(text) < 128


def test_a_large_machine_with_four_processors_a_display_and_an_nvme_disk(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    files = layout.disk(baton, kernel, {"initrd.img": userspace})
    text = to_userspace(boot(files, memory="5G", cpus=4, display="std", bus="nvme"))
    assert 4700 < mebibytes(text) < 5120
    assert seen(text, "processors") == "4"
    assert re.match(r"EFI VGA, \d+,\d+", seen(text, "framebuffer"))


def test_a_processor_with_everything_boots_with_5_level_paging_from_a_usb_disk(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    check = initramfs.script("grep -qw la57 /proc/cpuinfo")
    initrds = {"1.img": userspace, "2.img": check}
    text = to_userspace(boot(layout.disk(baton, kernel, initrds), cpu="max", bus="usb"))
    assert "userspace: test passed" in text


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
