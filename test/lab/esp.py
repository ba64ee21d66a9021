# SPDX-License-Identifier: BSD-2-Clause
"""Disk images with an EFI system partition, made without root.

Knows: partition tables (UEFI 2.10, chapter 5) and how to drive mtools.
Must not know: what the files are for.

The disk has a partition table like the disk of a real machine: firmware then reports a device path with
a partition in it, which is what a loader that looks for its own volume has to cope with.
"""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
MIB = 1 << 20
START = MIB  # where the partition begins, as partitioning tools do
FIRST = START // SECTOR
ENTRIES = 128
ENTRY_SIZE = 128

# UEFI 2.10, table 5.7: the partition type of an EFI system partition.
ESP_TYPE = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
ESP_TYPE_MBR = 0xEF
# Fixed, so that an image is the same each time and a test can name its partition.
DISK_ID = uuid.UUID("ba70ba70-0000-4000-8000-000000000001")
PARTITION_ID = uuid.UUID("ba70ba70-0000-4000-8000-000000000002")
# UAPI.1: the extended boot loader partition.
EXTENDED_TYPE = uuid.UUID("bc13c2ff-59e6-4262-a352-b275fd6f7172")
EXTENDED_ID = uuid.UUID("ba70ba70-0000-4000-8000-000000000003")
EXTENDED_SIZE = 48 * MIB  # enough clusters for FAT32
# UAPI.2, the discoverable partitions specification: the root of Linux on x86-64.
ROOT_TYPE = uuid.UUID("4f68bce3-e8cd-4db1-96e7-fbcaf984b709")
ROOT_ID = uuid.UUID("ba70ba70-0000-4000-8000-000000000004")

Content = bytes | str | Path | None
"""What a path on the ESP holds: bytes, a text, a file to copy, or (None) it is an empty directory."""


@dataclass(frozen=True)
class Medium:
    """What a disk is like: its partition table (gpt, mbr, none), bytes in a sector, bits of its FAT."""

    table: str = "gpt"
    sector: int = SECTOR
    fat: int = 32
    begin: int = START  # of the partition, bytes

    @property
    def start(self) -> int:
        """The first byte of the file system."""
        return 0 if self.table == "none" else self.begin


DISK = Medium()


def _header(
    medium: Medium, current: int, backup: int, table: int, last: int, entries: bytes
) -> bytes:
    """One GPT header (UEFI 2.10, 5.3.2) as a whole sector."""
    fields = [
        b"EFI PART", 0x00010000, 92, 0, 0, current, backup, START // medium.sector, last,
        DISK_ID.bytes_le, table, ENTRIES, ENTRY_SIZE, zlib.crc32(entries),
    ]  # fmt: skip
    layout = "<8sIIIIQQQQ16sQIII"
    fields[3] = zlib.crc32(struct.pack(layout, *fields))
    return struct.pack(layout, *fields).ljust(medium.sector, b"\0")


def _write_mbr(image: Path, kind: int, first: int, count: int) -> None:
    """A master boot record (UEFI 2.10, 5.2.1) with one partition."""
    record = struct.pack("<B3sB3sII", 0, b"\0\2\0", kind, b"\xff\xff\xff", first, count)
    with image.open("r+b") as disk:
        disk.seek(446)
        disk.write(record)
        disk.seek(510)
        disk.write(b"\x55\xaa")


def _entry(kind: uuid.UUID, own: uuid.UUID, first: int, last: int, name: str) -> bytes:
    """One partition (UEFI 2.10, 5.3.3)."""
    label = name.encode("utf-16-le")
    return struct.pack("<16s16sQQQ72s", kind.bytes_le, own.bytes_le, first, last, 0, label)


def _last_usable(size: int, medium: Medium) -> int:
    """The last sector in front of the second partition table."""
    return (size - ENTRIES * ENTRY_SIZE) // medium.sector - 2


@dataclass(frozen=True)
class Second:
    """A partition behind the ESP, up to the end of the disk."""

    kind: uuid.UUID
    own: uuid.UUID
    size: int  # bytes
    name: str


EXTENDED = Second(EXTENDED_TYPE, EXTENDED_ID, EXTENDED_SIZE, "Linux extended boot")


def _write_gpt(image: Path, size: int, medium: Medium, second: Second | None = None) -> int:
    """A GUID partition table with an ESP, and behind it the partition `second`; the ESP's last sector."""
    sectors = size // medium.sector
    table = ENTRIES * ENTRY_SIZE // medium.sector
    last = _last_usable(size, medium)
    end = last - (second.size if second else 0) // medium.sector
    entries = _entry(ESP_TYPE, PARTITION_ID, START // medium.sector, end, "EFI system partition")
    if second:
        entries += _entry(second.kind, second.own, end + 1, last, second.name)
    entries = entries.ljust(ENTRIES * ENTRY_SIZE, b"\0")
    # The protective MBR (5.2.3): one partition of type 0xee over the whole disk.
    _write_mbr(image, 0xEE, 1, sectors - 1)
    with image.open("r+b") as disk:
        disk.seek(medium.sector)
        disk.write(_header(medium, 1, sectors - 1, 2, last, entries) + entries)
        disk.seek((sectors - table - 1) * medium.sector)
        disk.write(entries)
        disk.write(_header(medium, sectors - 1, 1, sectors - table - 1, last, entries))
    return end


def _partition(image: Path, size: int, medium: Medium) -> int:
    """Make `image` a sparse disk with one file system; that one's number of sectors."""
    first = medium.start // medium.sector
    last = size // medium.sector - 1
    with image.open("wb") as disk:
        disk.truncate(size)
    if medium.table == "gpt":
        last = _write_gpt(image, size, medium)
    elif medium.table == "mbr":
        _write_mbr(image, ESP_TYPE_MBR, first, last - first + 1)
    return last - first + 1


def _mtools(tool: str, *words: str | Path) -> None:
    """Run one tool of mtools; what it says goes into the exception when it fails."""
    done = subprocess.run(
        [tool, *words],
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{tool} {' '.join(map(str, words))}: {done.stdout.strip()}")


def normalise(path: str) -> str:
    """A path on the volume, with forward slashes and no leading one."""
    return path.replace("\\", "/").strip("/")


def needed(files: Mapping[str, Content]) -> int:
    """A size for the image in which `files` fit: at least 64 MiB, a multiple of 32 MiB."""
    total = 0
    for content in files.values():
        if isinstance(content, Path):
            total += content.stat().st_size
        elif content is not None:
            total += len(content)
    return max(64 * MIB, -(-(total * 21 // 20 + 4 * MIB) // (32 * MIB)) * 32 * MIB)


def partition_sectors(files: Mapping[str, Content]) -> int:
    """The size of the partition on the disk that build() makes for `files`."""
    return _last_usable(needed(files), DISK) - FIRST + 1


def _format(drive: str, size: int, sectors: int, medium: Medium) -> None:
    """Make a file system. Its FAT has 12, 16 or 32 bits by the number of clusters (Microsoft FAT specification)."""
    # FAT32 needs 65525 clusters at least (Microsoft FAT specification): small clusters on small disks.
    # From 260 MiB on 4 KiB, as mkfs.fat and Windows choose for the partitions that machines have.
    cluster = 1 if size <= 128 * MIB else 2 if size <= 256 * MIB else 8
    cluster = {12: 64, 16: 8, 32: cluster if medium.sector == SECTOR else 1}[medium.fat]
    words = ["-F"] if medium.fat == 32 else []
    if medium.sector != SECTOR:
        words += ["-S", str(medium.sector.bit_length() - 8)]
    _mtools(
        "mformat", "-i", drive, *words, "-v", "BATON", "-N", "ba70ba70",
        "-T", str(sectors), "-h", "255", "-s", "63", "-c", str(cluster),
        "-H", str(medium.start // medium.sector), "::",
    )  # fmt: skip


def build(
    image: Path, files: Mapping[str, Content], size: int = 0, medium: Medium = DISK
) -> Path:
    """Make `image` a disk whose ESP holds `files`, and give it back."""
    size = size or needed(files)
    if medium.fat == 32:
        size = max(size, 68_000 * medium.sector // MIB * MIB)
    sectors = _partition(image, size, medium)
    _format(f"{image}@@{medium.start}", size, sectors, medium)
    made: set[str] = set()
    for name, content in files.items():
        add(image, name, content, made, medium)
    return image


def build_pair(image: Path, files: Mapping[str, Content], extended: Mapping[str, Content]) -> Medium:
    """Make `image` a disk with an ESP and an extended boot loader partition; the latter, for add()."""
    size = max(needed(files), 40 * MIB) + EXTENDED_SIZE
    with image.open("wb") as disk:
        disk.truncate(size)
    end = _write_gpt(image, size, DISK, EXTENDED) + 1
    other = Medium(begin=end * SECTOR)
    _format(f"{image}@@{START}", size - EXTENDED_SIZE, end - FIRST, DISK)
    _format(f"{image}@@{other.start}", EXTENDED_SIZE, EXTENDED_SIZE // SECTOR, other)
    for medium, held in ((DISK, files), (other, extended)):
        made: set[str] = set()
        for name, content in held.items():
            add(image, name, content, made, medium)
    return other


def build_before(image: Path, files: Mapping[str, Content], root: Path, spare: int = 0) -> None:
    """Make `image` a disk with an ESP, which holds `files` and `spare` bytes more, and the file system `root` behind it."""
    size = needed(files) + spare
    second = Second(ROOT_TYPE, ROOT_ID, root.stat().st_size, "root")
    with image.open("wb") as disk:
        disk.truncate(size + second.size)
    end = _write_gpt(image, size + second.size, DISK, second) + 1
    _format(f"{image}@@{START}", size, end - FIRST, DISK)
    made: set[str] = set()
    for name, content in files.items():
        add(image, name, content, made)
    subprocess.run(
        ["dd", f"if={root}", f"of={image}", f"seek={end * SECTOR}", "oflag=seek_bytes", "bs=1M",
         "conv=sparse,notrunc", "status=none"],
        check=True,
    )  # fmt: skip


def add(
    image: Path,
    name: str,
    content: Content,
    made: set[str] | None = None,
    medium: Medium = DISK,
) -> None:
    """Put one more file on a disk from build(); `made` remembers the directories that exist."""
    made = set() if made is None else made
    drive = f"{image}@@{medium.start}"
    name = normalise(name)
    folders = name.split("/") if content is None else name.split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        folder = "/".join(folders[:depth])
        if folder.lower() not in made:
            _mtools("mmd", "-D", "s", "-i", drive, "::/" + folder)
            made.add(folder.lower())
    if content is None:
        return
    if isinstance(content, Path):
        _mtools("mcopy", "-o", "-i", drive, content, "::/" + name)
        return
    data = content.encode() if isinstance(content, str) else content
    with tempfile.NamedTemporaryFile(dir=image.parent, prefix=".esp-") as scratch:
        scratch.write(data)
        scratch.flush()
        _mtools("mcopy", "-o", "-i", drive, scratch.name, "::/" + name)


def add_large(image: Path, name: str, size: int) -> None:
    """Put a file of gibibytes into the root directory, with holes on the disk of the host.

    `name` is short and in capitals. Each mebibyte of the file begins with its own number, and the last
    eight bytes have the file's size; the rest is zeros. Nothing may be added to the disk afterwards:
    the file lies behind everything else (Microsoft FAT specification, sections 3 to 6).
    """
    add(image, name, b"x")
    start = FIRST * SECTOR
    with image.open("r+b") as disk:
        disk.seek(start)
        boot = disk.read(SECTOR)
        cluster = SECTOR * boot[13]
        (reserved,) = struct.unpack_from("<H", boot, 14)
        (fat_sectors,) = struct.unpack_from("<I", boot, 36)
        fats = [start + (reserved + i * fat_sectors) * SECTOR for i in range(boot[16])]
        data = fats[-1] + fat_sectors * SECTOR
        disk.seek(fats[0])
        table = struct.unpack(f"<{fat_sectors * SECTOR // 4}I", disk.read(fat_sectors * SECTOR))
        first = max(i for i, entry in enumerate(table) if entry) + 1
        count = -(-size // cluster)
        chain = struct.pack(f"<{count}I", *range(first + 1, first + count), 0x0FFFFFFF)
        for fat in fats:
            disk.seek(fat + first * 4)
            disk.write(chain)
        disk.seek(data)
        base, _, extension = name.partition(".")
        entry = disk.read(cluster).index(f"{base:8}{extension:3}".encode())
        disk.seek(data + entry + 20)
        disk.write(struct.pack("<H", first >> 16))
        disk.seek(data + entry + 26)
        disk.write(struct.pack("<HI", first & 0xFFFF, size))
        content = data + (first - 2) * cluster
        for number in range(size // MIB):
            disk.seek(content + number * MIB)
            disk.write(struct.pack("<Q", number))
        disk.seek(content + size - 8)
        disk.write(struct.pack("<Q", size))


def add_folder(image: Path, folder: str, files: Mapping[str, str]) -> None:
    """Put many small files into a folder that is there, in one step; their names have no path."""
    with tempfile.TemporaryDirectory(dir=image.parent, prefix=".esp-") as scratch:
        paths = [Path(scratch, name) for name in files]
        for path in paths:
            path.write_text(files[path.name])
        drive = f"{image}@@{START}"
        _mtools("mcopy", "-o", "-i", drive, *paths, "::/" + normalise(folder))


def extract(image: Path, name: str) -> bytes:
    """The content of one file on the ESP of `image`."""
    done = subprocess.run(
        ["mtype", "-i", f"{image}@@{START}", "::/" + normalise(name)],
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"},
        check=True,
        capture_output=True,
    )
    return done.stdout


def listing(image: Path, folder: str) -> str:
    """The names in a folder on the ESP of `image`, each in a line."""
    done = subprocess.run(
        ["mdir", "-b", "-i", f"{image}@@{START}", "::/" + normalise(folder)],
        env={**os.environ, "MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
