# SPDX-License-Identifier: BSD-2-Clause
"""Wall time of loaders on disks as machines have them: virtio, AHCI, NVMe.

Knows: how to look at a clock when the meter (meter.c) reports. Must not know: which loaders there are.

Instructions are not counted here: devices are waited for, and the emulator's speed on this machine is in every
figure. What can be compared is loaders in one run on one disk. The host's clock is read when the line comes
that the meter writes just before it starts the loader, and at the first byte of the one it writes when
boot services have been left.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import ROM
from firmware import rom
from lab import debian
from lab.machine import Machine
from lab.report import port

BUSES = {
    "virtio-blk": "virtio-blk-pci,drive=esp",
    "AHCI": "ide-hd,drive=esp,bus=ide.0",
    "NVMe": "nvme,drive=esp,serial=bench",
}


@dataclass
class Stopwatch:
    """Reads the meter's lines out of a pipe, and the clock with each piece that comes."""

    path: Path
    started: float = 0  # when the last byte of the line `start` had come
    left: float = 0  # when the first byte of the line `left` came
    text: str = ""
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        os.mkfifo(self.path)
        # Both ends, so that the pipe has a reader before QEMU opens it and never ends before close().
        self._pipe = os.open(self.path, os.O_RDWR)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while (piece := os.read(self._pipe, 4096)) != b"\0":
            now = time.monotonic()
            self.text += piece.decode("ascii", "replace")
            last = self.text.splitlines()[-1]
            if last.startswith("start ") and self.text.endswith("\n"):
                self.started = now
            if self.started and not self.left and last.startswith("l"):
                self.left = now

    def close(self) -> None:
        """No more will come."""
        os.write(self._pipe, b"\0")
        self._thread.join()
        os.close(self._pipe)


def seconds(bus: str, firmware: debian.Firmware, disk: Path, options: str) -> float:
    """One start of the loader on `disk`, from its first instruction until it has left."""
    with tempfile.TemporaryDirectory(dir=disk.parent, prefix="wall-") as scratch:
        directory = Path(scratch)
        watch = Stopwatch(directory / "report")
        machine = Machine(
            directory,
            memory="1536M",
            firmware=firmware,
            configuration={
                "opt/org.baton/options": (options or " ").replace(",", ",,"),
                "opt/org.baton/meter": "wall",
            },
            arguments=[
                # Without a boot order from QEMU: with one, OVMF connects the devices named in it only.
                "-drive", f"if=none,id=esp,format=raw,snapshot=on,file={disk}",
                "-device", BUSES[bus],
                *rom.card(ROM), *port(watch.path),
            ],
        )  # fmt: skip
        with machine.start() as run:
            run.expect_end(600)
            story = run.tail()
        watch.close()
        if not watch.started or not watch.left:
            raise RuntimeError(f"{bus}: no start and end were seen:\n{watch.text}\n{story}")
        return watch.left - watch.started
