# SPDX-License-Identifier: BSD-2-Clause
"""What a machine has written to its disk, in order, and the disk as a power failure would have left it.

Knows: the log of QEMU's block driver blklogwrites, which is that of Linux's dm-log-writes. Must not know:
what is on the disk.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
_MAGIC = 0x6A736677736872
_FLUSH, _DISCARD = 1, 4


@dataclass(frozen=True)
class Write:
    """Sectors that were written; a flush without any is one of these too."""

    sector: int
    data: bytes
    flush: bool


def arguments(disk: Path, log: Path) -> Sequence[str]:
    """For a machine whose disk is this one: everything that is written goes to `log` as well."""
    log.touch()
    return (
        "-blockdev", f"driver=file,node-name=base,filename={disk}",
        "-blockdev", f"driver=file,node-name=log,filename={log}",
        "-blockdev", "driver=blklogwrites,node-name=esp,file=base,log=log",
        "-device", "virtio-blk-pci,drive=esp,bootindex=1",
    )  # fmt: skip


def read(log: Path) -> list[Write]:
    """All writes and flushes of a log."""
    raw = log.read_bytes()
    magic, _, count, size = struct.unpack_from("<QQQI", raw)
    assert (magic, size) == (_MAGIC, SECTOR)
    writes = []
    at = SECTOR
    for _ in range(count):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", raw, at)
        assert not flags & _DISCARD
        at += SECTOR
        writes.append(Write(sector, raw[at : at + sectors * SECTOR], bool(flags & _FLUSH)))
        at += sectors * SECTOR
    return writes


def power_failures(writes: Sequence[Write], seed: int) -> Iterator[dict[int, bytes]]:
    """Endlessly: sectors as the disk has them when the power fails at a random moment.

    What was flushed is there. Of what was written since, each sector is or is not: disks keep no order.
    """
    dice = random.Random(seed)
    while True:
        end = dice.randrange(len(writes) + 1)
        flushed = max((i for i in range(end) if writes[i].flush), default=-1)
        kept = dice.choice((0.02, 0.5, 0.98))
        sectors: dict[int, bytes] = {}
        for number, write in enumerate(writes[:end]):
            for i in range(len(write.data) // SECTOR):
                if number < flushed or dice.random() < kept:
                    sectors[write.sector + i] = write.data[i * SECTOR : (i + 1) * SECTOR]
        yield sectors


class Disk:
    """A disk on which sectors are changed and put back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before: dict[int, bytes] = {}

    def put(self, sectors: dict[int, bytes]) -> None:
        """Change these, and put back what was changed before."""
        with self.path.open("r+b") as disk:
            for number, data in self._before.items():
                disk.seek(number * SECTOR)
                disk.write(data)
            self._before = {}
            for number, data in sectors.items():
                disk.seek(number * SECTOR)
                self._before[number] = disk.read(SECTOR)
                disk.seek(number * SECTOR)
                disk.write(data)
