# SPDX-License-Identifier: BSD-2-Clause
"""The event log of a TPM, read by tpm2_eventlog, and what its events add up to.

Knows: the output of tpm2-tools' parser, and the layout of the crypto-agile log (TCG PC Client Platform
Firmware Profile 1.05, 10.2). Must not know: who measures what.

tpm2_eventlog is the judge of the log's form, and replays it. It prints the data of some events as text
that nobody can read back; the bytes come from a walk of our own, and both have to see the same events.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from dataclasses import dataclass

DIGESTS = {0x04: ("sha1", 20), 0x0B: ("sha256", 32), 0x0C: ("sha384", 48), 0x0D: ("sha512", 64)}
_FIRST = 32  # the header of the first event, which has the form of a TPM 1.2 log
_DIGEST = re.compile(r'AlgorithmId: (\w+)\n +Digest: "([0-9a-f]+)"')
_BANK = re.compile(r"^  (\w+):\n((?:    \d+ *: 0x[0-9a-f]+\n)+)", re.MULTILINE)
# The parser knows GRUB's and shim's use of EV_IPL. Unified kernel images have theirs in PCR 11, and what is
# measured with systemd-boot's names is not the name.
_NO_COMPLAINT = re.compile(
    r"^WARN: Event \d+(?: is unexectedly not extending either PCR 8, 9, 12 or 14"
    r"|'s digest does not match its payload)$",
    re.MULTILINE,
)
_PCR = re.compile(r"(\d+) *: 0x([0-9a-f]+)")


@dataclass(frozen=True)
class Event:
    """One measurement: `kind` as the TCG names it, digests by the name of their algorithm."""

    pcr: int
    kind: str
    digests: dict[str, str]
    data: bytes


@dataclass(frozen=True)
class EventLog:
    """All events but the first, which only describes the log; and the PCRs that they lead to.

    `replayed`: algorithm -> number of a PCR -> value, of those PCRs that have events.
    """

    events: list[Event]
    replayed: dict[str, dict[int, str]]


def _field(block: str, name: str) -> str:
    found = re.search(rf"^ *{name}: (.*)$", block, re.MULTILINE)
    assert found is not None, f"an event without {name}:\n{block}"
    return found.group(1)


def _walk(log: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """(PCR, digests, data) of each event but the first."""
    offset = _FIRST + struct.unpack_from("<I", log, _FIRST - 4)[0]
    events = []
    while offset < len(log):
        pcr, _, count = struct.unpack_from("<III", log, offset)
        offset += 12
        digests = {}
        for _ in range(count):
            name, size = DIGESTS[struct.unpack_from("<H", log, offset)[0]]
            digests[name] = log[offset + 2 : offset + 2 + size].hex()
            offset += 2 + size
        (size,) = struct.unpack_from("<I", log, offset)
        events.append((pcr, digests, log[offset + 4 : offset + 4 + size]))
        offset += 4 + size
    assert offset == len(log), "the last event is cut off"
    return events


def parse(log: bytes) -> EventLog:
    """Read a log of the crypto-agile form; AssertionError when it is not one."""
    with tempfile.NamedTemporaryFile(prefix="baton-log-") as file:
        file.write(log)
        file.flush()
        done = subprocess.run(["tpm2_eventlog", file.name], capture_output=True, check=False)
    complaint = _NO_COMPLAINT.sub("", done.stderr.decode(errors="replace")).strip()
    assert done.returncode == 0 and not complaint, f"tpm2_eventlog: {complaint}"
    text = done.stdout.decode("utf-8", "replace")
    listing, _, replay = text.partition("\npcrs:\n")
    blocks = re.split(r"^- EventNum: \d+$", listing, flags=re.MULTILINE)[2:]
    walked = _walk(log)
    assert len(blocks) == len(walked)
    events = []
    for block, (pcr, digests, data) in zip(blocks, walked):
        assert int(_field(block, "PCRIndex")) == pcr
        assert dict(_DIGEST.findall(block)) == digests
        assert int(_field(block, "EventSize")) == len(data)
        events.append(Event(pcr, _field(block, "EventType"), digests, data))
    banks = {
        name: {int(number): value for number, value in _PCR.findall(values)}
        for name, values in _BANK.findall(replay)
    }
    return EventLog(events, banks)
