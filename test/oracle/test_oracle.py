# SPDX-License-Identifier: BSD-2-Clause
"""Nothing is lost against the kernel's own stub: Debian's cloud kernel booted both ways on one machine.

Both boots happen once, whichever test needs them first. `make test-oracle` compares other kernels too.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import struct
import uuid
from pathlib import Path

import pytest

from lab import debian, layout, secure_boot
from lab.debian import Kernel
from lab.event_log import Event
from lab.machine import Boot
from lab.variables import VariableStore, utf16
from oracle import oracle, same_boot
from oracle.witness import Witness

# TCG Platform Reset Attack Mitigation Specification 1.10, 4.1
OVERWRITE = ("MemoryOverwriteRequestControl", uuid.UUID("e20939be-32d4-41be-a150-897f85d49829"))


def attended(shared: Path, head_starts: Path, loader: str, kernel: Kernel) -> Witness:
    """The witness of this loader's boot; the machine runs when there is none yet."""
    saved = shared / f"witness-{loader}"
    with debian.locked(shared / f"witness-{loader}.lock"):
        if not saved.exists():
            files = same_boot.attend(shared / f"same-boot-{loader}", head_starts, loader, kernel).files
            saved.write_bytes(pickle.dumps(files))
    return Witness(pickle.loads(saved.read_bytes()))


@pytest.fixture(params=same_boot.LOADERS)
def either(request: pytest.FixtureRequest, shared: Path, head_starts: Path, baton: Path, kernel: Kernel) -> Witness:
    """The boot through Baton, and the one through the stub."""
    return attended(shared, head_starts, request.param, kernel)


@pytest.fixture
def through_baton(shared: Path, head_starts: Path, baton: Path, kernel: Kernel) -> Witness:
    """The boot through Baton."""
    return attended(shared, head_starts, "baton", kernel)


@pytest.fixture
def through_stub(shared: Path, head_starts: Path, kernel: Kernel) -> Witness:
    """The boot through systemd-boot and the stub."""
    return attended(shared, head_starts, "stub", kernel)


def test_a_boot_through_baton_differs_from_one_through_the_stub_only_where_it_may(
    through_baton: Witness, through_stub: Witness, kernel: Kernel
) -> None:
    case = oracle.Case(through_baton, through_stub, kernel.image.read_bytes())
    wrong = oracle.judge(case)
    assert not wrong, "\n".join(wrong)


def test_the_machine_has_what_is_compared(through_stub: Witness) -> None:
    # Two boots without a TPM, a seed or a screen would be alike too.
    assert {"TPMFinalLog", "TPMEventLog", "RNG", "MEMATTR"} <= through_stub.tables.keys()
    assert {"sha1", "sha256"} <= through_stub.pcrs.keys()
    assert 3 in through_stub.setup_data, "no option ROM"
    assert "EFI VGA" in through_stub.text("fb")
    assert len(through_stub.e820) > 10 and len(through_stub.memory_map) > 50
    assert len(through_stub.runtime_regions) > 3


# What could be lost -> the file of the witness that tells of it, what stands there, what would stand there
# instead.
LOSSES = {
    "table RNG": ("messages", rb" RNG=0x[0-9a-f]+", b""),
    "random numbers are ready": ("messages", rb"(.*random: crng init done\n)((?s:.*))", rb"\2\1"),
    "message <4> a warning": ("messages", rb"\Z", b"<4>[    1.000000] a warning\n"),
    "e820": ("messages", rb"(BIOS-e820: .*) ACPI NVS", rb"\1 reserved"),
    "PCR 9 sha256": ("pcrs", rb"(pcr-sha256/9:)....", rb"\g<1>0000"),
    "event 9.1": ("event_log", rb"Linux initrd", b"Linux inctrd"),
    "zero page secure_boot": ("boot_params", rb"(?s)\A(.{492}).", rb"\1\0"),
    "zero page screen_info": ("boot_params", rb"(?s)\A(.{60}).", b"\\1\x07"),
    "variable SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c": ("variables", rb".*SecureBoot-.*\n", b""),
    "lockdown": ("lockdown", rb"\[none\]", b"none"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_seen(through_stub: Witness, kernel: Kernel, name: str) -> None:
    file, there, instead = LOSSES[name]
    doctored, count = re.subn(there, instead, through_stub.files[file], count=1)
    assert count == 1
    lossy = Witness({**through_stub.files, file: doctored})
    case = oracle.Case(lossy, through_stub, kernel.image.read_bytes())
    seen = [text.splitlines()[0] for text in oracle.judge(case, whole=False)]
    assert seen == [name]


def test_the_event_log_leads_to_the_registers(either: Witness) -> None:
    log = either.event_log
    assert log is not None, "the kernel has no event log"
    assert log.replayed.keys() == either.pcrs.keys()
    for bank, values in either.pcrs.items():
        for number in range(oracle.LAST_PCR + 1):
            if number == 10:  # the kernel's own measurements (IMA), which are not in this log
                continue
            value = log.replayed[bank].get(number, "0" * len(values[number]))
            assert values[number] == value, f"PCR {number}, {bank}"


def tagged(number: int, text: str) -> bytes:
    """The data of an EV_EVENT_TAG event (TCG PC Client Platform Firmware Profile, 10.4.2.1)."""
    name = text.encode() + b"\0"
    return struct.pack("<II", number, len(name)) + name


def events(witness: Witness, pcr: int) -> list[Event]:
    """The events of one register."""
    assert witness.event_log is not None, "the kernel has no event log"
    return [event for event in witness.event_log.events if event.pcr == pcr]


def test_command_line_and_initrd_are_measured(either: Witness, kernel: Kernel) -> None:
    given = either.text("cmdline").rstrip("\n")
    assert given in (same_boot.OPTIONS, same_boot.load_options())
    line = utf16(given)
    loaders = utf16(same_boot.load_options())
    initrd = b"".join(same_boot.initrds(kernel))
    options, content = events(either, 9)
    (parameters,) = events(either, 12)
    # The tags are those of Linux's drivers/firmware/efi/libstub/efistub.h.
    assert options.data == tagged(0x8F3B22ED, "LOADED_IMAGE::LoadOptions")
    assert content.data == tagged(0x8F3B22EC, "Linux initrd")
    assert parameters.data == loaders
    for event, kind, measured in (
        (options, "EV_EVENT_TAG", line),
        (content, "EV_EVENT_TAG", initrd),
        (parameters, "EV_IPL", loaders),
    ):
        assert event.kind == kind
        for name, digest in event.digests.items():
            assert digest == hashlib.new(name, measured).hexdigest(), (event.pcr, name)


def test_the_firmware_is_asked_to_clear_memory_when_the_system_does_not_end_well(
    boot: Boot, room: Path, baton: Path, kernel: Kernel
) -> None:
    # This firmware keeps the variable when it has system management mode to guard it and a TPM.
    secure = secure_boot.secure_firmware()
    store = VariableStore(secure.variables)
    store.write(OVERWRITE[0], b"\0", OVERWRITE[1])
    files = {
        layout.REMOVABLE: baton,
        "vmlinuz": kernel.image,
        "loader/entries/linux.conf": layout.entry("/vmlinuz", (), "earlyprintk=ttyS0"),
    }
    run = boot(
        files,
        firmware=secure,
        variables=store.save(room / "prepared.fd"),
        tpm=True,
        arguments=secure_boot.MACHINE,
    )
    run.expect("Linux version ")
    assert VariableStore(run.machine.store).read(*OVERWRITE) == b"\1"
