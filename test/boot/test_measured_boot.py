# SPDX-License-Identifier: BSD-2-Clause
"""A TPM without Secure Boot: everything may be entered, and nothing is entered that the TPM does not know.

`kernel/forge.c` is the attacker: a native kernel that extends the registers with the digests of a healthy
boot. It must not get them to where they are after that boot.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faults.card import misbehaving
from lab import debian, initramfs, layout, tpm
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot, Run
from lab.transcript import back_in_firmware, complaint, passed, to_userspace
from lab.variables import utf16
from oracle import witness

FORGE = debian.BUILD / "kernel" / "forge.elf"
MAGIC = b"BATON FORGERIES\0"
EMPTY = bytes(32)  # a register that nobody has extended
# 10 has a digest of the others: Linux's IMA begins with one.
COMPARED = [number for number in range(16) if number != 10]


def sha256(data: bytes) -> bytes:
    """The digest of one measurement."""
    return hashlib.sha256(data).digest()


def extended(value: bytes, digests: Iterable[bytes]) -> bytes:
    """What a register of `value` is after measurements of these digests."""
    for digest in digests:
        value = sha256(value + digest)
    return value


def forging(forgeries: list[tuple[int, bytes]]) -> bytes:
    """The kernel that extends these registers with these digests."""
    kernel = bytearray(FORGE.read_bytes())
    assert kernel.count(MAGIC) == 1
    table = b"".join(struct.pack("<I", index) + digest for index, digest in forgeries)
    start = kernel.index(MAGIC) + len(MAGIC)
    kernel[start : start + 4 + len(table)] = struct.pack("<I", len(forgeries)) + table
    return bytes(kernel)


def registers(run: Run, when: str) -> dict[int, bytes]:
    """What that kernel has printed of the registers, "before" or "after"."""
    found = re.findall(rf"^{when} (\d+): ([0-9a-f]{{64}})$", run.text, re.MULTILINE)
    assert len(found) == 16, run.tail()
    return {int(number): bytes.fromhex(value) for number, value in found}


def linux(baton: Path, kernel: Content, userspace: Path) -> dict[str, Content]:
    """A disk whose Linux tells everything."""
    return {
        layout.REMOVABLE: baton,
        "kernel": kernel,
        "initrd.img": userspace,
        "witness.img": initramfs.script(witness.SCRIPT),
        "loader/entries/only.conf": layout.entry("/kernel", ["/initrd.img", "/witness.img"]),
    }


def native(baton: Path, kernel: bytes, entry: str) -> dict[str, Content]:
    """A disk with that kernel and an entry for it."""
    return {layout.REMOVABLE: baton, "kernel": kernel, "loader/entries/only.conf": entry}


def digests(one: witness.Witness, pcr: int) -> list[bytes]:
    """What has been measured into one register of a boot, from a log that leads to what it is."""
    assert one.event_log is not None
    log = one.event_log
    assert log.replayed["sha256"][pcr] == one.pcrs["sha256"][pcr]
    return [bytes.fromhex(event.digests["sha256"]) for event in log.events if event.pcr == pcr]


def test_a_kernel_that_plays_a_healthy_boot_does_not_reach_its_registers(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    run = boot(linux(baton, kernel.image, userspace), **tpm.machine())
    to_userspace(run)
    healthy = witness.read(run.text)
    loaded = digests(healthy, 4)
    forgeries = [(4, loaded[-1])]  # what LoadImage has measured: the kernel
    forgeries += [(pcr, digest) for pcr in (9, 12) for digest in digests(healthy, pcr)]
    assert len(forgeries) == 4

    forger = forging(forgeries)
    other = boot(native(baton, forger, "linux /kernel\n"), **tpm.machine())
    passed(other)
    before, after = registers(other, "before"), registers(other, "after")
    wanted = {pcr: bytes.fromhex(healthy.pcrs["sha256"][pcr]) for pcr in range(16)}
    # Its own bytes, in front of all that it can add; of the rest there was nothing, and it has all of it.
    assert before[4] == extended(extended(EMPTY, loaded[:-1]), [sha256(forger)])
    assert before[9] == before[12] == EMPTY
    assert after[9] == wanted[9] and after[12] == wanted[12]
    assert {pcr for pcr in COMPARED if after[pcr] != wanted[pcr]} == {4}


def test_a_native_kernel_its_command_line_and_its_modules_are_measured(
    boot: Boot, baton: Path
) -> None:
    module, words = b"a module " * 1000, "some words"
    kernel = forging([])
    run = boot(
        {
            **native(baton, kernel, f"linux /kernel\ninitrd /module.img\noptions {words}\n"),
            "module.img": module,
        },
        **tpm.machine(),
    )
    passed(run)
    after = registers(run, "after")
    options = sha256(utf16(words))
    assert after[12] == extended(EMPTY, [sha256(utf16(f"initrd=\\module.img {words}"))])
    assert after[9] == extended(EMPTY, [options, sha256(b"\\module.img\0"), sha256(module)])
    assert after[11] == EMPTY


def test_a_linux_kernel_that_the_firmware_refuses_is_measured_by_baton(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    # No "MZ": no PE file to LoadImage, a sound bzImage to Baton.
    hidden = bytes(2) + kernel.image.read_bytes()[2:]
    run = boot(linux(baton, hidden, userspace), **tpm.machine())
    text = to_userspace(run)
    told = witness.read(text)
    assert told.event_log is not None
    last = [event for event in told.event_log.events if event.pcr == 4][-1]
    assert digests(told, 4)[-1] == sha256(hidden)
    assert (last.kind, last.data) == ("EV_IPL", b"\\kernel\0")
    assert len(digests(told, 9)) == 2 and len(digests(told, 12)) == 1
    assert "so nobody has verified it" in text


# --- a TPM that fails while it is used ----------------------------------------------------------

CLOSING = sha256(struct.pack("<I", 1))  # EV_SEPARATOR with an error
CLOSED = {4, 5, 9, 11, 12, 13}


def failing(words: str) -> dict[str, Any]:
    """A machine with a TPM whose firmware fails as the fault driver's `words` say."""
    return {**tpm.machine(), **misbehaving(words)}


def test_one_measurement_that_fails_closes_the_registers_before_a_kernel_is_entered(
    boot: Boot, baton: Path
) -> None:
    forger = forging([(12, sha256(utf16("some words")))])  # what has failed, as if it had not
    run = boot(
        native(baton, forger, "linux /kernel\noptions some words\n"),
        **failing("tpm-error=1 tpm-register=12"),
    )
    passed(run)
    complaint(run, "\\kernel", "a measurement failed", "4, 5, 9 and 11 to 13", "Device Error")
    before, after = registers(run, "before"), registers(run, "after")
    closed = extended(EMPTY, [CLOSING])
    assert before[9] == before[11] == before[12] == closed
    assert after[12] == extended(closed, [sha256(utf16("some words"))])
    # Not empty before: the firmware has measured its own there, and Baton the kernel.
    healthy = boot(native(baton, forger, "linux /kernel\noptions some words\n"), **tpm.machine())
    passed(healthy)
    sound = registers(healthy, "before")
    assert before[4] == extended(sound[4], [CLOSING])
    # In 5 the firmware's own events of the exit come behind it; 1 and 2 know the machine and its card with the driver.
    assert {pcr for pcr in COMPARED if before[pcr] != sound[pcr]} == CLOSED | {1, 2}


def test_linux_is_entered_with_its_initrd_not_measured_and_the_registers_closed(
    boot: Boot, baton: Path, kernel: Kernel, userspace: Path
) -> None:
    run = boot(linux(baton, kernel.image, userspace), **failing("tpm-error=1 tpm-register=9"))
    told = witness.read(to_userspace(run))
    assert told.event_log is not None
    closed = [event.pcr for event in told.event_log.events if bytes.fromhex(event.digests["sha256"]) == CLOSING]
    assert sorted(closed) == sorted(CLOSED)
    # Behind it the firmware's own events of the exit only.
    assert {event.pcr for event in told.event_log.events[-len(CLOSED) - 2 :]} == CLOSED
    assert told.event_log.replayed["sha256"][12] == told.pcrs["sha256"][12]


def test_nothing_is_entered_when_the_tpm_takes_nothing_any_more(boot: Boot, baton: Path) -> None:
    entry = "linux /kernel\noptions some words\n"
    run = boot(
        {**native(baton, forging([]), entry), **layout.firmware_next()},
        **failing("tpm-error=1 times=ever"),
    )
    back_in_firmware(run)
    complaint(run, "\\kernel", "registers cannot be closed either", "reset the machine")
    assert "before 4:" not in run.text
