# SPDX-License-Identifier: BSD-2-Clause
"""UEFI drivers and option ROMs.

    rom.py driver FILE.efi                 turns an application into a driver: the same file otherwise
    rom.py runtime FILE.efi                into one that is still there when an operating system runs
    rom.py pack FILE.rom DRIVER.efi...     packs drivers as the option ROM of a PCI card

Knows: a card of QEMU's, the PCI expansion ROM (PCI Firmware Specification 3.3, 5.1) and UEFI's kind of image in it
(UEFI 2.10, 14.4.2: EFI_PCI_EXPANSION_ROM_HEADER). Must not know: what the drivers do, machines.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

UNIT = 512
SIGNATURE = 0xAA55
EFI_SIGNATURE = 0x0EF1
# EFI_IMAGE_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER and ..._EFI_RUNTIME_DRIVER; others are not loaded.
SUBSYSTEMS = {"driver": 11, "runtime": 12}
EFI_CODE = 3  # code type of the PCI data structure
LAST_IMAGE = 0x80
HEADER = struct.Struct("<HHIHHH8xHH")
DATA = struct.Struct("<4sHHHHB3sHHBBHHH")
IMAGE_OFFSET = 64  # both structures fit below it; firmware wants no alignment beyond that


def fields(driver: bytes) -> tuple[int, int]:
    """Where machine and subsystem of a PE32+ file are (PE/COFF specification, 3.3 and 3.4.2)."""
    (offset,) = struct.unpack_from("<I", driver, 0x3C)
    if driver[offset : offset + 4] != b"PE\0\0":
        raise ValueError("not a PE file")
    return offset + 4, offset + 24 + 68


def as_driver(application: bytes, kind: str) -> bytes:
    """The same image as a driver of one of SUBSYSTEMS, which stays when its entry point has returned.

    Baton's linker script lays out an application, and all else about a driver is the same.
    """
    driver = bytearray(application)
    struct.pack_into("<H", driver, fields(application)[1], SUBSYSTEMS[kind])
    return bytes(driver)


def image(driver: bytes, last: bool, vendor: int = 0x1234, device: int = 0x11E8) -> bytes:
    """One driver as one uncompressed image of a ROM."""
    machine, subsystem = (struct.unpack_from("<H", driver, at)[0] for at in fields(driver))
    units = -(-(IMAGE_OFFSET + len(driver)) // UNIT)
    header = HEADER.pack(
        SIGNATURE, units, EFI_SIGNATURE, subsystem, machine, 0, IMAGE_OFFSET, HEADER.size + 2
    )
    data = DATA.pack(
        b"PCIR", vendor, device, 0, DATA.size, 3, b"\0\0\0",
        units, 0, EFI_CODE, LAST_IMAGE if last else 0, units, 0, 0,
    )  # fmt: skip
    head = header.ljust(HEADER.size + 2, b"\0") + data
    return (head.ljust(IMAGE_OFFSET, b"\0") + driver).ljust(units * UNIT, b"\xff")


def pack(drivers: list[bytes]) -> bytes:
    """A ROM with one image per driver."""
    return b"".join(
        image(driver, number == len(drivers)) for number, driver in enumerate(drivers, 1)
    )


def card(file: Path) -> list[str]:
    """A card with that option ROM, for QEMU: one that the firmware has no driver for, so that this is all it brings."""
    return ["-device", f"virtio-balloon-pci,romfile={file}"]


def main(verb: str, output: str, *drivers: str) -> None:
    """Write OUTPUT."""
    path = Path(output)
    if verb in SUBSYSTEMS:
        path.write_bytes(as_driver(path.read_bytes(), verb))
    else:
        path.write_bytes(pack([Path(name).read_bytes() for name in drivers]))


if __name__ == "__main__":
    main(*sys.argv[1:])
