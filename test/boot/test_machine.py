# SPDX-License-Identifier: BSD-2-Clause
"""The fixture itself: it would be worthless if it let a broken machine pass or left one behind."""

from __future__ import annotations

import contextlib
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from faults.card import misbehaving
from lab import debian, esp, head_start, initramfs, layout, no_tpm, tpm
from lab.board import PC
from lab.machine import (
    Boot, Machine, NoToken, Qmp, Transcript, UnexpectedOutput, readable, spawn, verdict,
)  # fmt: skip
from lab.report import port
from lab.variables import VariableStore


def test_unexpected_output_fails_even_when_the_token_comes_too(boot: Boot) -> None:
    script = layout.shell_script('echo "!!!! X64 Exception Type - 0E"', "echo token-is-here")
    run = boot({"startup.nsh": script})
    run.enter_shell()
    with pytest.raises(UnexpectedOutput, match="X64 Exception"):
        run.expect("token-is-here")


def test_a_machine_that_ends_without_its_token_fails_at_once(boot: Boot) -> None:
    run = boot({"startup.nsh": layout.shell_script("echo nothing")})
    run.enter_shell()
    with pytest.raises(NoToken, match="QEMU ended"):
        run.expect("a token that nobody prints")


def test_a_machine_that_waits_at_the_prompt_fails_long_before_its_deadline(boot: Boot) -> None:
    run = boot({"startup.nsh": "@echo -off\r\n"})
    run.enter_shell()
    with pytest.raises(NoToken, match="the shell waits"):
        run.expect("a token that nobody prints", timeout=3600)


def test_the_first_machine_of_a_kind_gives_the_second_a_head_start_with_its_own_disk(room: Path) -> None:
    machines = []
    for name in ("first", "second"):
        files = {"startup.nsh": layout.shell_script(f"echo this is the {name} disk")}
        (room / name).mkdir()
        machines.append(Machine(room / name, esp.build(room / name / "esp.img", files)))
    first, second = machines
    place = room / "head-starts"
    saved = place / head_start.kind(first)
    with head_start.start(first, place) as run:
        assert saved.exists() and run.machine.saved is None
    with head_start.start(second, place) as run:
        assert run.machine.saved == saved
        run.expect("Press ESC in")
        run.enter_shell()
        run.expect("this is the second disk")


def test_no_machine_is_saved_that_has_looked_at_its_disk(room: Path) -> None:
    files = {"startup.nsh": layout.shell_script("echo nothing")}
    with Machine(room, esp.build(room / "esp.img", files), arguments=["-S"]).start() as run:
        assert head_start.disk_is_untouched(run)
        run.qmp.execute("cont")
        run.expect("Press ESC in")
        assert not head_start.disk_is_untouched(run)


def test_machines_are_of_a_kind_when_all_but_the_disk_is_the_same(room: Path) -> None:
    def machine(name: str, **options: Any) -> str:
        return head_start.kind(Machine(room / name, room / name / "esp.img", **options))

    for name in ("a", "b"):
        (room / name).write_text(name)
    kinds = [
        machine("one"),
        machine("one", tpm=True),
        machine("one", memory="1G"),
        machine("one", variables=room / "a"),
        machine("one", variables=room / "b"),
        machine("one", arguments=["-device", "virtio-rng-pci"]),
    ]
    assert len(set(kinds)) == len(kinds)
    assert machine("another") == kinds[0]
    # The words of the driver that misbehaves later, and no other driver's, may be others.
    assert machine("one", **misbehaving("fail=1")) == machine("one", **misbehaving("fail=2 change"))
    assert machine("one", configuration={"buses": "1"}) != machine("one", configuration={"buses": "2"})


@pytest.mark.parametrize(("device", "answer"), [
    ("virtio-balloon-pci", "0xff"), ("nvme,serial=1", "0xff"), ("edu", "Cannot access memory"),
])  # fmt: skip
def test_nobody_answers_where_a_tpm_would(device: str, answer: str) -> None:
    """Looked at before the firmware runs; without a device that helps nothing is changed."""
    ours, theirs = socket.socketpair()
    with theirs:
        machine = [PC.qemu, "-M", PC.machine, "-display", "none", "-nodefaults", "-device", device]
        process, control = spawn([*machine, *no_tpm.words(theirs.fileno())], inherited=[theirs.fileno()])
    try:
        qmp = Qmp(control)
        no_tpm.settle(ours)
        assert answer in qmp.monitor("xp /1bx 0xfed40000")
        qmp.close()
    finally:
        process.kill()
        process.wait()


def test_a_head_start_is_for_those_that_are_told_nothing_of_the_firmwares_start(room: Path) -> None:
    def is_given(**options: Any) -> bool:
        place = room / "head-starts"
        place.mkdir()
        machine = Machine(room / "machine", room / "esp.img", **options)
        (place / head_start.kind(machine)).write_bytes(b"no machine")
        with contextlib.suppress(RuntimeError):
            head_start.start(machine, place).kill()
        shutil.rmtree(place)
        return machine.saved is not None

    esp.build(room / "esp.img", {})
    assert is_given() and is_given(**misbehaving("fail=1", reports=True))
    assert not is_given(debug_console=True)
    assert not is_given(arguments=port(room / "report.log"))
    assert not is_given(bus="nvme")


def test_a_machine_and_its_tpm_do_not_outlive_a_killed_test(room: Path) -> None:
    starter = (
        "import sys, time; from pathlib import Path; from lab.machine import Machine\n"
        "run = Machine(Path(sys.argv[1]), tpm=True).start()\n"
        "print(run.process.pid, run.tpm.process.pid, flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter, str(room)],
        env={**os.environ, "PYTHONPATH": str(debian.ROOT / "test")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    processes = [os.pidfd_open(int(number)) for number in process.stdout.readline().split()]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for what, ends in zip(("QEMU", "swtpm"), processes):
        ended, _, _ = select.select([ends], [], [], 60)
        os.close(ends)
        assert ended, f"{what} still runs"


def test_a_tpm_ends_with_its_machine(boot: Boot) -> None:
    run = boot({"startup.nsh": layout.shell_script("echo nothing")}, **tpm.machine())
    assert run.tpm is not None
    run.enter_shell()
    assert run.expect_end() == 0
    # By itself; the fixture would kill it.
    assert run.tpm.process.wait(60) == 0


def test_a_machine_that_does_not_start_leaves_no_tpm(room: Path) -> None:
    before = children()
    with pytest.raises(RuntimeError, match="QEMU does not start"):
        Machine(room, tpm=True, arguments=["-no-such-option"]).start()
    assert children() == before


def children() -> set[str]:
    """The processes of this one."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_control_sequences_are_not_in_the_readable_transcript() -> None:
    raw = b"\x1b[2J\x1b[01;01H\x1b[=3hbaton: one\r\n\x1b[0m\x1b[37m\x1b[40mtwo\x1b[05;01Hthree"
    assert readable(raw).split() == ["baton:", "one", "two", "three"]


def test_a_transcript_that_comes_in_pieces_reads_as_it_does_in_one() -> None:
    parts = [b"\n", b"\r\n", b"\x1b[01;01H", b"\x1b[2J", b"word", b"\xc3\xa4", b"\0", b"\n\n\n", b"\r"]
    chosen = random.Random(1)
    for _ in range(300):
        raw = b"".join(chosen.choices(parts, k=30))
        transcript = Transcript()
        for end in sorted(chosen.sample(range(len(raw)), 10)):
            assert transcript.of(raw[:end]) == readable(raw[:end])


def test_the_exit_status_of_qemu_gives_what_the_guest_wrote() -> None:
    assert verdict((5 << 1) | 1) == 5
    assert verdict(0) is None


def test_files_come_out_of_an_esp_as_they_went_in(room: Path) -> None:
    files: dict[str, esp.Content] = {
        "loader/entries/A Long Name-6.1.0-rc1.conf": "title x\n",
        "\\EFI\\BOOT\\BOOTX64.EFI": bytes(range(256)) * 1000,
        "empty": b"",
        "folder": None,
    }
    image = esp.build(room / "esp.img", files)
    assert esp.extract(image, "\\loader\\entries\\a long name-6.1.0-RC1.CONF") == b"title x\n"
    assert esp.extract(image, "EFI/BOOT/BOOTX64.EFI") == bytes(range(256)) * 1000
    assert esp.extract(image, "empty") == b""
    assert image.stat().st_blocks * 512 < 8 << 20, "the image is not sparse"


def test_an_archive_is_the_same_bytes_each_time() -> None:
    files = {"a/b": b"content", "c": b"more"}
    assert initramfs.archive(files) == initramfs.archive(files)


def test_a_variable_is_read_back_and_replaced(room: Path) -> None:
    vendor = uuid.uuid4()
    store = VariableStore(debian.firmware().variables)
    assert store.read("Example", vendor) is None
    store.write("Example", b"first", vendor)
    store.write("Other", b"odd", vendor)
    store.write("Example", b"second", vendor)
    again = VariableStore(store.save(room / "vars.fd"))
    assert again.read("Example", vendor) == b"second"
    assert again.read("Other", vendor) == b"odd"
