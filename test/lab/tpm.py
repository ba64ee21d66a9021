# SPDX-License-Identifier: BSD-2-Clause
"""A TPM 2.0 for one machine: swtpm, at the other end of a socket that has no name.

Knows: swtpm's options, those of QEMU that connect a machine to it, which firmware is quick beside it.
Must not know: what is measured into it.
"""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from typing import Any

from lab import debian


def machine() -> dict[str, Any]:
    """Options of a Machine with a TPM, and with firmware that is soon up: of Debian 13.

    Firmware measures itself. Debian 12's does that in code of 32 bits, which takes 6 s longer in emulation.
    """
    return {"tpm": True, "firmware": debian.firmware("trixie")}


def words(channel: str, device: str) -> list[str]:
    """The words of QEMU's command that put the TPM on the board as `device`; `channel` as a -chardev has it."""
    return [
        "-chardev", f"socket,id=tpm,{channel}",
        "-tpmdev", "emulator,id=tpm0,chardev=tpm",
        "-device", f"{device},tpmdev=tpm0",
    ]  # fmt: skip


def command(channel: str, state: Path) -> list[str]:
    """The command that runs a TPM whose memory is in directory `state`."""
    return [
        "swtpm", "socket", "--tpm2", "--terminate",
        "--ctrl", f"type=unixio,{channel}",
        "--tpmstate", f"dir={state}",
    ]  # fmt: skip


class Tpm:
    """A running swtpm with a fresh state; QEMU inherits `end`, a file descriptor.

    It ends with its connection, with close(), or with this process (parent-death signal), whatever comes
    first.
    """

    def __init__(self, directory: Path) -> None:
        state = directory / "tpm"
        state.mkdir(exist_ok=True)
        theirs, self._end = socket.socketpair()
        with theirs, (directory / "tpm.log").open("wb") as log:
            number = theirs.fileno()
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command(f"clientfd={number}", state)],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.end = self._end.fileno()

    def close(self) -> None:
        """End it; harmless when it has ended."""
        self._end.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
