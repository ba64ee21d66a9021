# SPDX-License-Identifier: BSD-2-Clause
"""The faults of the exit on AArch64 and RISC-V: the same driver, built for these machines, under Debian's kernels.

Each is a whole boot, of some ten seconds, so that `make test-arch` has the choice of CHOSEN, by the words of the
driver. What is demanded is what trial.py demands, as far as this kernel can tell it: userspace, the map of the
accepted key, the journal's count; or text, record and reset.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from faults import fault_table
from faults.trial import RECORD
from lab import debian, initramfs, layout
from lab.board import VIRT, Board, riscv_under_edk2
from lab.machine import Boot, Run
from lab.report import FILE, Line, parse
from lab.transcript import seen
from lab.variables import VariableStore

CHECK = """
echo "userspace: journal $(grep -a -o 'left boot services[^;]*; [0-9]* attempt' /sys/firmware/fdt)"
dmesg | sed -n 's/^.*efi:   0x\\([0-9a-f]*\\)-0x\\([0-9a-f]*\\) .*$/userspace: range \\1 \\2/p'
"""
CHOSEN = (
    "fail=2 change",
    "fail=2",
    "fail=16 change",
    "fail=5 grow=64",
    "fail=8 allocate=16",
    f"fail=1 status={1 << 63 | 6:#x}",  # NOT_READY
    "fail=3 partial=strict change",
    "fail=4 change moved",
    f"unsaid status={1 << 63 | 7:#x}",
)


def start(
    boot: Boot, room: Path, words: str, more: Sequence[str] = (), board: Board = VIRT, **options: Any
) -> Run:
    """A machine whose firmware has the fault that `words` say."""
    driver = debian.BUILD / board.name / "firmware" / "fault.rom"
    line = f"console={board.console} panic=-1 efi=debug"
    return boot(
        {
            board.removable: board.image,
            "vmlinuz": board.kernel().image,
            "1.img": initramfs.build(board=board),
            "2.img": initramfs.script(CHECK),
            "loader/entries/a.conf": layout.entry("/vmlinuz", ["/1.img", "/2.img"], line),
        },
        board=board,
        memory="1G",
        configuration={"opt/org.baton/fault": words.replace(",", ",,")},
        arguments=[
            *more,
            "-device", f"virtio-rng-pci,romfile={driver}",
            "-chardev", f"file,id=report,path={room / FILE}",
            "-semihosting-config", "enable=on,target=native,chardev=report",
        ],
        **options,
    )  # fmt: skip


def reported(room: Path, event: str) -> list[Line]:
    return [line for line in parse((room / FILE).read_text()) if line.event == event]


def test_the_choice_is_of_the_faults_that_a_pc_can_have() -> None:
    assert not set(CHOSEN) - {scenario.words for scenario in fault_table.scenarios()}


@pytest.mark.arch
@pytest.mark.parametrize("board", [lambda: VIRT, riscv_under_edk2], ids=["aarch64", "riscv64"])
@pytest.mark.parametrize("words", CHOSEN)
def test_linux_boots_on_the_final_map(
    boot: Boot, room: Path, words: str, board: Callable[[], Board]
) -> None:
    run = start(boot, room, f"{words} dump", board=board())
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    (left,) = reported(room, "left")
    assert f"; {left.number('exits')} attempt" in seen(run.text, "journal")
    assert not reported(room, "forbidden"), "a service that is gone was called"
    assert left.number("fresh") == 1
    given = Counter(
        (line.number("start"), line.number("start") + (line.number("pages") << 12) - 1)
        for line in reported(room, "range")
    )
    taken = re.findall(r"^userspace: range ([0-9a-f]+) ([0-9a-f]+)\r?$", run.text, re.MULTILINE)
    assert Counter((int(begin, 16), int(end, 16)) for begin, end in taken) == given


@pytest.mark.arch
@pytest.mark.parametrize("words", ["fail=ever change", "fail=ever deaf-reset"])
@pytest.mark.parametrize("board", [lambda: VIRT, riscv_under_edk2], ids=["aarch64", "riscv64"])
def test_a_firmware_that_never_lets_go_ends_in_text_record_and_reset(
    boot: Boot, room: Path, words: str, board: Callable[[], Board]
) -> None:
    run = start(boot, room, words, board=board())
    run.expect("Baton: restarting")
    assert run.expect_end() == 0, run.tail()
    assert "the firmware did not let go" in run.text
    record = VariableStore(run.machine.store).read(*RECORD)
    assert record is not None
    assert b"gave up" in record
    assert bool(reported(room, "deaf")) == ("deaf-reset" in words)  # then it was PSCI that did it


@pytest.mark.arch
@pytest.mark.parametrize(
    ("masked", "more", "options"),
    [
        pytest.param("", [], {}, id="gic-2"),
        pytest.param("", ["-machine", "acpi=off"], {}, id="gic-2-by-the-device-tree"),
        pytest.param("", ["-machine", "gic-version=3"], {"cpus": 2}, id="gic-3"),
        pytest.param("", ["-machine", "gic-version=3,acpi=off"], {}, id="gic-3-by-the-device-tree"),
        pytest.param("", ["-machine", "virtualization=on"], {"cpu": "max"}, id="el2"),
        pytest.param(" masked", [], {"cpus": 2}, id="another-processor"),
        pytest.param(" masked", ["-machine", "virtualization=on"], {"cpu": "max", "cpus": 2}, id="another-processor-el2"),
    ],
)
def test_a_firmware_that_hangs_in_its_runtime_services_is_reset_all_the_same(
    boot: Boot, room: Path, masked: str, more: list[str], options: dict[str, Any]
) -> None:
    """Text first, then the record, in which it hangs; the timer resets the machine, or another processor does."""
    run = start(boot, room, f"fail=ever hang-runtime{masked}", more, **options)
    run.expect("Baton: restarting")
    assert run.expect_end() == 0, run.tail()
    assert VariableStore(run.machine.store).read(*RECORD) is None


@pytest.mark.arch
def test_the_timer_resets_such_a_machine_on_risc_v_too(boot: Boot, room: Path) -> None:
    run = start(boot, room, "fail=ever hang-runtime", board=riscv_under_edk2())
    run.expect("Baton: restarting")
    assert run.expect_end() == 0, run.tail()
    assert VariableStore(run.machine.store).read(*RECORD) is None
