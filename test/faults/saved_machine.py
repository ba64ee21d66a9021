# SPDX-License-Identifier: BSD-2-Clause
"""Machines whose firmware misbehaves on purpose, many from one: saved just before the loader starts.

Knows: the words that the driver of this folder obeys, the lines it reports, how QEMU saves and resumes a
machine. Must not know: which faults there are, what should come of them.

A boot costs seconds until the loader starts, and these are the same whatever the fault will be: the driver
waits there at a closed gate (test/firmware/gate.h). The machine is saved at that point, and each run resumes it
with other words and an open gate. The disk, the flash and all devices are those of an ordinary machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.card import ROM
from firmware import rom
from lab import debian, esp
from lab.machine import Machine, Run
from lab.report import FILE, parse, port



@dataclass
class SavedMachine:
    """One firmware with one disk, saved at the moment the loader starts."""

    directory: Path
    firmware: debian.Firmware
    memory: str = "512M"

    def machine(
        self, directory: Path, words: str = "", options: str = "", gate: str = "open"
    ) -> Machine:
        """A machine of this kind; `directory` holds its own files."""
        # QEMU wants something in a file, and each comma of an option twice.
        asked = {"fault": words or "none", "options": options or " ", "gate": gate}
        return Machine(
            directory,
            memory=self.memory,
            firmware=self.firmware,
            configuration={
                f"opt/org.baton/{name}": text.replace(",", ",,") for name, text in asked.items()
            },
            arguments=[
                # Without a boot order from QEMU: with one, OVMF connects the devices named in it only.
                # snapshot: read-only, so that many machines share it.
                "-drive", f"if=none,id=esp,format=raw,snapshot=on,file={self.disk}",
                "-device", "virtio-blk-pci,drive=esp",
                *rom.card(ROM), *port(),
            ],
        )  # fmt: skip

    @property
    def saved(self) -> Path:
        """The saved machine; it is there when it is complete."""
        return self.directory / "saved"

    @property
    def disk(self) -> Path:
        """The ESP that all machines share."""
        return self.directory / "esp.img"

    def save(self, files: Mapping[str, esp.Content]) -> None:
        """Start a machine with `files` on its ESP, and save it when its loader is about to start."""
        esp.build(self.disk, files)
        directory = self.directory / "first"
        with self.machine(directory, gate="closed").start() as run:
            report = directory / FILE
            while not any(line.event == "ready" for line in parse(report.read_text())):
                assert run.collect(0.1), run.tail()
            run.save(self.saved)
        shutil.rmtree(directory)

    def resume(self, directory: Path, words: str, options: str = "") -> Run:
        """The saved machine again, and the loader is started under the fault that `words` say."""
        machine = self.machine(directory, words, options)
        machine.saved = self.saved
        return machine.start()
