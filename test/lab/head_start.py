# SPDX-License-Identifier: BSD-2-Clause
"""Machines whose firmware is up already: more than half of a boot's time is the same for all of a kind.

Knows: how a Machine is saved and resumed, when firmware has not looked at the disk yet.
Must not know: what is on the disk, pytest.

The first machine of a kind is saved when its firmware says the first byte on its consoles: it has set up
processor, memory and devices by then, and looks at its disks next. Later machines of the kind begin there. To save
it takes a fiftieth of what it saves each of them. The file of the saved machine has the variable store and the
TPM's memory with it. A disk that the firmware has begun with is no longer any disk, so that such a machine is not
saved; the next one may be. Nor is one whose file, of some 50 MiB, would be among the last ones that there is room for.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from pathlib import Path

from lab import debian
from lab.machine import Machine, Run
from lab.report import port

_ROOM = 1 << 30  # bytes, which are for others
# What the test drivers ask QEMU for when a loader is about to start, which is later (fw_cfg).
_ASKED_LATER = re.compile(r"(name=opt/org\.baton/(?:fault|options),string=).*", re.DOTALL)


def kind(machine: Machine) -> str:
    """What has to be the same: all but the disk's contents, what is asked for later, and where the machine's files are."""
    words = " ".join(_ASKED_LATER.sub(r"\1", word) for word in machine.command())
    for own, name in ((machine.disk, "DISK"), (machine.directory, "DIRECTORY")):
        words = words.replace(str(own), name)
    content = hashlib.sha256(f"{words} tpm={machine.tpm}".encode())
    if machine.variables:
        content.update(machine.variables.read_bytes())
    return content.hexdigest()[:24]


def _is_plain(machine: Machine) -> bool:
    """Nobody wants to be told of its firmware's start, and its disk can be asked whether it was used.

    A report in the machine's own directory is about the loader.
    """
    told = [words for option, words in zip(machine.arguments, machine.arguments[1:]) if option == "-chardev"]
    watched = machine.debug_console or machine.gdb or machine.window or told not in ([], port()[1:2])
    return machine.disk is not None and machine.bus == "virtio" and not watched


def disk_is_untouched(run: Run) -> bool:
    """A driver's first act is to reset the device and to say that it has noticed it (virtio 1.2, 3.1.1).

    The questions are QEMU's for developers: of a QEMU without them, no machine is saved.
    """
    try:
        devices = run.qmp.execute("x-query-virtio")
        (disk,) = (device["path"] for device in devices if device["name"] == "virtio-blk")
        status = run.qmp.execute("x-query-virtio-status", path=disk)["status"]
    except RuntimeError:
        return False
    return not status["statuses"] and not status.get("unknown-statuses")


def start(machine: Machine, place: Path) -> Run:
    """Run the machine, from where its firmware is up when there is one of its kind in `place`."""
    if not _is_plain(machine):
        return machine.start()
    place.mkdir(exist_ok=True)
    saved = place / kind(machine)
    if not saved.exists():
        # Who comes second waits for the first: that is over before a start of its own would be.
        with debian.locked(saved.with_name(f"{saved.name}.lock")):
            if not saved.exists():
                return _start_first(machine, saved)
    machine.saved = saved
    run = machine.start()
    # It was saved while it stood still, and that is what it does when it is complete.
    while run.qmp.execute("query-status")["status"] == "inmigrate":
        time.sleep(0.01)
    run.qmp.execute("cont")
    return run


def _start_first(machine: Machine, saved: Path) -> Run:
    """Run the machine and save it on the way."""
    run = machine.start()
    while not run.raw and run.collect(1.0):
        pass
    if run.process.poll() is None:
        run.qmp.execute("stop")
        if disk_is_untouched(run) and shutil.disk_usage(saved.parent).free > _ROOM:
            run.save(saved)
        run.qmp.execute("cont")
    return run
