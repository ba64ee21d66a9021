# SPDX-License-Identifier: BSD-2-Clause
"""The variable store of a firmware, read and changed as a file while the machine is off.

Knows: EDK II's layout of a store with authenticated variables (MdeModulePkg VariableFormat.h), load options
(UEFI 2.10, 3.1.3) and the device path of a file on an ESP (10.3.5).
Must not know: machines.

Why not through the UEFI shell: a Boot#### variable with garbage in it is exactly what the shell's tools
refuse to make, and real firmware makes them all the time.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

from lab import esp

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")  # EFI_GLOBAL_VARIABLE
NV_BS_RT = 7  # NON_VOLATILE | BOOTSERVICE_ACCESS | RUNTIME_ACCESS

_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")  # gEfiAuthenticatedVariableGuid
_HEADER = struct.Struct("<HBxIQ16sIII16s")  # AUTHENTICATED_VARIABLE_HEADER, 60 bytes
_START = 0x55AA
_ADDED = 0x3F  # VAR_ADDED; bits are cleared as a variable moves on towards deletion


class VariableStore:
    """The variables in one store file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data = bytearray(path.read_bytes())
        (volume_header,) = struct.unpack_from("<H", self._data, 0x30)
        if self._data[volume_header : volume_header + 16] != _STORE.bytes_le:
            raise ValueError(f"{path}: no store of authenticated variables")
        (size,) = struct.unpack_from("<I", self._data, volume_header + 16)
        self._first = volume_header + 28
        self._end = volume_header + size

    def _walk(self) -> Iterator[tuple[int, int, tuple[uuid.UUID, str], bytes]]:
        """(offset, state, (vendor, name), content) of each variable, dead ones included."""
        offset = self._first
        while offset + _HEADER.size <= self._end:
            start, state, _, _, _, _, name_size, size, vendor = _HEADER.unpack_from(
                self._data, offset
            )
            if start != _START:
                return
            name_at = offset + _HEADER.size
            name = self._data[name_at : name_at + name_size].decode("utf-16-le").rstrip("\0")
            data_at = name_at + name_size
            content = bytes(self._data[data_at : data_at + size])
            yield offset, state, (uuid.UUID(bytes_le=vendor), name), content
            offset = (data_at + size + 3) & ~3

    def read(self, name: str, vendor: uuid.UUID = GLOBAL) -> bytes | None:
        """The content of a variable, or None."""
        found = None
        for _, state, key, content in self._walk():
            if state == _ADDED and key == (vendor, name):
                found = content
        return found

    def write(
        self,
        name: str,
        content: bytes,
        vendor: uuid.UUID = GLOBAL,
        attributes: int = NV_BS_RT,
    ) -> None:
        """Add or replace a non-volatile variable.

        One that only its owner may change (TIME_BASED_AUTHENTICATED_WRITE_ACCESS) gets the time 0, so that
        any later one is newer, and no owner: PK, KEK, db, dbx need none, their owner is PK or KEK.
        """
        free = self._first
        for offset, state, key, old in self._walk():
            if state == _ADDED and key == (vendor, name):
                self._data[offset + 2] &= 0xFD  # VAR_DELETED
            size = _HEADER.size + len((key[1] + "\0").encode("utf-16-le")) + len(old)
            free = (offset + size + 3) & ~3
        encoded = (name + "\0").encode("utf-16-le")
        header = _HEADER.pack(
            _START, _ADDED, attributes, 0, bytes(16), 0, len(encoded), len(content), vendor.bytes_le
        )
        whole = header + encoded + content
        if free + len(whole) > self._end:
            raise ValueError(f"{self._path}: no room for {name}")
        self._data[free : free + len(whole)] = whole

    def save(self, path: Path) -> Path:
        """Write the store, as it now is, to `path`."""
        path.write_bytes(self._data)
        return path


# PciRoot(0x0)/Pci(0x1,0x0), where QEMU puts the first card that it is given: a machine's disk.
_DISK_PATH = struct.pack("<BBHII", 2, 1, 12, 0x0A0341D0, 0) + struct.pack("<BBHBB", 1, 1, 6, 0, 1)


def file_path(name: str, sectors: int = 0) -> bytes:
    """The device path of a file on the ESP of a disk from esp.build().

    A short one, that begins with the partition; a whole one when the partition's size is given.
    """
    disk = _DISK_PATH if sectors else b""
    partition = struct.pack(
        "<BBHIQQ16sBB", 4, 1, 42, 1, esp.FIRST, sectors, esp.PARTITION_ID.bytes_le, 2, 2
    )
    encoded = ("\\" + esp.normalise(name).replace("/", "\\") + "\0").encode("utf-16-le")
    return disk + partition + struct.pack("<BBH", 4, 4, 4 + len(encoded)) + encoded + b"\x7f\xff\x04\0"


def utf16(text: str) -> bytes:
    """Text as load options have it."""
    return (text + "\0").encode("utf-16-le")


def load_option(description: str, name: str, optional: bytes, sectors: int = 0) -> bytes:
    """An EFI_LOAD_OPTION that starts file `name` with `optional` as its load options; see file_path()."""
    path = file_path(name, sectors)
    encoded = (description + "\0").encode("utf-16-le")
    return struct.pack("<IH", 1, len(path)) + encoded + path + optional  # 1: LOAD_OPTION_ACTIVE


def boot_options(store: VariableStore, *options: tuple[str, str, bytes], first: int = 0x40) -> None:
    """What the firmware starts, in this order, as long as each comes back: descriptions, paths, load options."""
    numbers = range(first, first + len(options))
    for number, option in zip(numbers, options):
        store.write(f"Boot{number:04X}", load_option(*option))
    store.write("BootOrder", struct.pack(f"<{len(numbers)}H", *numbers))


def with_boot_option(template: Path, target: Path, name: str, optional: bytes) -> Path:
    """A copy of a store in which the first thing to boot is file `name` with `optional`."""
    store = VariableStore(template)
    boot_options(store, ("Baton under test", name, optional), first=0x42)
    return store.save(target)
