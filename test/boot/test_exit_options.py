# SPDX-License-Identifier: BSD-2-Clause
"""What an entry can ask for around the exit: a second look at the map, and a marker while the exit lasts."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from faults.card import misbehaving
from lab import debian, initramfs, layout
from lab.esp import Content
from lab.machine import CLOCKS, Boot, Run, verdict, without_busy_host
from lab.report import FILE
from lab.transcript import PASS, to_userspace
from lab.variables import VariableStore

VENDOR = uuid.UUID("4b521f68-b6fc-4b68-b123-1c2025b7d599")
MARKER = ("BatonExitMarker", VENDOR)
KERNELS = debian.BUILD / "kernel"
REPORT = "an earlier start went into the firmware's exit and did not come back"
LATE = re.compile(r"^userspace: exit: late: \+(?:about )?[\d.]+ ms map Success, .* key 0x[0-9a-f]+(.*)$", re.M)
CHANGE = re.compile(r"0x([0-9a-f]+)-0x([0-9a-f]+) (\d+|none)>(\d+|none)")


def with_keys(files: dict[str, Content], *keys: str) -> dict[str, Content]:
    """The same files with `keys` in each entry."""
    return {
        name: f"{content}{''.join(f'{key} yes' + chr(10) for key in keys)}"
        if name.startswith("loader/entries/")
        else content
        for name, content in files.items()
    }


def warnings(transcript: str) -> set[str]:
    """What the kernel warned of; numbers do not count, nor what depends on the load of this computer."""
    found = re.findall(r"^userspace: warning: (.*)$", without_busy_host(transcript), re.MULTILINE)
    return {re.sub(r"0x[0-9a-f]+|\d+", "N", line) for line in found if not CLOCKS.search(line)}


@pytest.mark.parametrize("firmware", ["bookworm", "trixie"])
def test_linux_is_told_what_the_firmwares_own_handlers_did_to_the_map(
    boot: Boot, baton: Path, kernel: debian.Kernel, userspace: Path, firmware: str
) -> None:
    files = layout.disk(baton, kernel, {"initrd.img": userspace})
    options = {"firmware": debian.firmware(firmware)}
    text = to_userspace(boot(with_keys(files, "baton-late-map"), **options))
    (changes,) = LATE.findall(text)
    found = CHANGE.findall(changes)
    assert found, "OVMF frees pages after it has checked the key"
    assert all(int(start, 16) < int(end, 16) for start, end, _, _ in found)
    without = to_userspace(boot(files, **options))
    assert "exit: late" not in without
    assert warnings(text) <= warnings(without)


@pytest.mark.parametrize("name", ["native", "native-high", "native-pie"])
def test_the_native_kernel_gets_the_late_map(boot: Boot, baton: Path, name: str) -> None:
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": KERNELS / f"{name}.elf",
        "loader/entries/native.conf": layout.entry("/kernel.elf", options="words"),
    }
    run = boot(with_keys(files, "baton-late-map"))
    assert verdict(run.expect_end()) == PASS, run.tail()
    (changes,) = re.findall(r"late map:\n.* (\d+) changes$", run.text, re.MULTILINE)
    assert int(changes) > 0
    assert "the late map was taken during the last exit" in run.text


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("on-exit on-exit-late", id="handlers-allocate-and-put-off"),
        pytest.param("ami on-exit", id="events-before-the-key-check"),
        pytest.param("fail=5 grow=64 on-exit", id="after-five-failures"),
        pytest.param("keep-table interrupts", id="nothing-is-cleaned"),
    ],
)
def test_the_late_map_holds_with_a_firmware_that_misbehaves(
    boot: Boot, baton: Path, words: str
) -> None:
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": KERNELS / "native.elf",
        "loader/entries/native.conf": layout.entry("/kernel.elf", options="words"),
    }
    run = boot(
        with_keys(files, "baton-late-map"),
        **misbehaving(words),
    )
    assert verdict(run.expect_end()) == PASS, run.tail()
    assert "the late map was taken during the last exit" in run.text
    if "late" in words:
        *_, accepted, late = (int(key, 16) for key in re.findall(r"^ +key 0x([0-9a-f]+)", run.text, re.M))
        assert late >= accepted + 3, "OVMF frees, a handler allocates, another puts that off"


# --- a firmware that never comes back -----------------------------------------------------------


def two_entries(baton: Path, *keys: str) -> dict[str, Content]:
    """`first` is the default and has the keys, `second` has not."""
    second = layout.entry("/hello.elf", options="second")
    first = with_keys({"loader/entries/first.conf": layout.entry("/hello.elf", options="first")}, *keys)
    return {
        layout.REMOVABLE: baton,
        "hello.elf": KERNELS / "hello.elf",
        **first,
        "loader/entries/second.conf": second,
        "loader/loader.conf": "default first\n",
    }


def hang(boot: Boot, files: dict[str, Content]) -> Path:
    """The variable store of a machine that was switched off while it hung in the firmware's exit."""
    run = boot(files, **misbehaving("on-exit-hang", reports=True))
    report = run.machine.directory / FILE
    while "handler of=hang" not in report.read_text():
        assert run.collect(0.1), run.tail()
    run.kill()
    return run.machine.store


def greeting(run: Run) -> str:
    """Which entry the kernel was started by."""
    assert run.expect_end() == 0, run.tail()
    (words,) = re.findall(r"^Hello from a kernel started by Baton .* with: (.*)$", run.text, re.M)
    return words


def reported(run: Run) -> bool:
    """Whether Baton told of the marker; the console breaks lines where it wants."""
    return re.sub(r"\s", "", REPORT) in re.sub(r"\s", "", run.text)


def test_a_hang_in_the_exit_is_reported_and_another_entry_tried(
    boot: Boot, baton: Path
) -> None:
    files = two_entries(baton, "baton-exit-marker")
    store = hang(boot, files)
    content = VariableStore(store).read(*MARKER)
    assert content is not None
    assert re.fullmatch(rb"entry: first\.conf\ntime: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*\n", content)

    next_start = boot(files, variables=store)
    assert greeting(next_start) == "second"
    assert reported(next_start)
    assert VariableStore(next_start.machine.store).read(*MARKER) is None

    one_later = boot(files, variables=next_start.machine.store)
    assert greeting(one_later) == "first"
    assert not reported(one_later)
    assert VariableStore(one_later.machine.store).read(*MARKER) is None


def test_a_hang_without_the_marker_leaves_no_variable(boot: Boot, baton: Path) -> None:
    store = hang(boot, two_entries(baton))
    assert VariableStore(store).read(*MARKER) is None


def test_the_only_entry_is_tried_again_with_its_marker(boot: Boot, baton: Path) -> None:
    files = two_entries(baton, "baton-exit-marker")
    del files["loader/entries/second.conf"]
    store = hang(boot, files)
    run = boot(files, variables=store)
    assert greeting(run) == "first"
    assert reported(run)
    assert VariableStore(run.machine.store).read(*MARKER) is None


def test_linux_finds_no_marker_after_a_good_exit(
    boot: Boot, baton: Path, kernel: debian.Kernel, userspace: Path
) -> None:
    # The clear is a call of runtime services after boot services have ended: they must survive it.
    check = initramfs.script(
        "ls /sys/firmware/efi/efivars | grep -q SecureBoot\n"
        "if ls /sys/firmware/efi/efivars | grep BatonExit; then exit 1; fi\n"
    )
    files = layout.disk(baton, kernel, {"1.img": userspace, "2.img": check})
    text = to_userspace(boot(with_keys(files, "baton-exit-marker", "baton-late-map")))
    assert "userspace: test passed" in text
