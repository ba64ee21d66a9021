# SPDX-License-Identifier: BSD-2-Clause
"""What Baton takes from the firmware for Linux, as the kernel's own EFI stub does, seen from the kernel:
randomness and option ROMs.

Not here: the request to clear memory at a reset. OVMF has none, and deletes the variable where it finds one.
"""

from __future__ import annotations

import hashlib
import random
import re
import struct
import uuid
from pathlib import Path

from lab import debian, initramfs, layout
from lab.debian import Kernel
from lab.machine import Boot
from lab.transcript import seen, to_userspace
from lab.variables import VariableStore

# Linux's variable with randomness for the next boot; the GUID is that of the table too.
RANDOM_SEED = ("RandomSeed", uuid.UUID("1ce1e5bc-7ceb-42f2-81e5-8aadf180f57b"))

CARD = (0x1234, 0x11E8)  # QEMU's "edu"


def option_rom() -> bytes:
    """A ROM of the kind that UEFI keeps but does not run (code type 0, PC-AT), filled with noise."""
    units = 5
    data = struct.pack(
        "<4sHHHHB3sHHBBHHH", b"PCIR", *CARD, 0, 24, 0, bytes(3), units, 0, 0, 0x80, units, 0, 0
    )
    head = struct.pack("<HB21xH", 0xAA55, units, 0x40).ljust(0x40, b"\0") + data
    return head + random.Random(5).randbytes(units * 512 - len(head))


def has_seed(transcript: str) -> bool:
    """The kernel has found the random seed table among the firmware's."""
    tables = re.search(r"\] efi: .*\bSMBIOS=0x.*", transcript)
    assert tables is not None, f"the kernel names no tables in:\n{transcript}"
    return " RNG=0x" in tables.group()


def test_the_kernel_has_randomness_and_option_roms(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path, room: Path
) -> None:
    rom = room / "card.rom"
    rom.write_bytes(option_rom())
    # Behind the header of struct pci_setup_rom, which the node's data begins with.
    look = """
        for node in /sys/kernel/boot_params/setup_data/*; do
            test "$(cat $node/type)" = 0x3 || continue
            echo "userspace: rom $(head -c 48 $node/data | hexdump -v -e '1/1 "%02x"')" \\
                "$(tail -c +49 $node/data | sha256sum)"
        done
        echo "userspace: seeded $(dmesg | grep -c '^\\[    0.000000\\] random: crng init done')"
    """
    files = layout.disk(baton, kernel, {"1.img": userspace, "2.img": initramfs.script(look)})
    card = ["-device", "virtio-rng-pci", "-device", f"edu,addr=4.0,romfile={rom}"]
    said = to_userspace(boot(files, arguments=card))

    # vendor, devid, padding, pcilen, segment, bus, device, function
    header = struct.pack("<HH4xQQQQQ", *CARD, len(option_rom()), 0, 0, 4, 0)
    found = f"userspace: rom {header.hex()} {hashlib.sha256(option_rom()).hexdigest()}"
    assert said.count(found) == 1, said
    assert has_seed(said), said
    assert seen(said, "seeded") == "1"


def test_randomness_that_the_system_before_has_kept_is_used_once(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path, room: Path
) -> None:
    name, vendor = RANDOM_SEED
    store = VariableStore(debian.firmware().variables)
    store.write(name, random.Random(6).randbytes(32), vendor)
    # A machine without a generator: the variable is all there is.
    files = layout.disk(baton, kernel, {"1.img": userspace})
    run = boot(files, variables=store.save(room / "vars.fd"))
    assert has_seed(to_userspace(run))
    assert VariableStore(run.machine.store).read(name, vendor) is None

    again = boot(files, variables=run.machine.store)
    assert not has_seed(to_userspace(again))
