# SPDX-License-Identifier: BSD-2-Clause
"""The referee (test/referee) on loaders whose ways are known: Baton's, Debian's, and a driver's.

Each machine shows one loader leaving. The referee is loaded in the UEFI shell, or comes as an option ROM
together with the driver that makes exits fail (test/faults/fault.c): before it in the ROM, so that it stands
behind the faults, where the loader sees what it sees.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pefile

from firmware import rom
from lab import debian, layout
from lab.esp import Content
from lab.machine import Boot, Run
from lab.report import port
from referee import loaders
from referee.report import REFEREE, REFEREE_ROM, WITH_FAULT_ROM, report_of

DRIVERS = debian.BUILD / "firmware"
NATIVE = debian.NATIVE
FAILED = "status 0x8000000000000002"  # EFI_INVALID_PARAMETER, in the referee's words
CONVENTIONAL = 7  # UEFI 2.10, 7.2: EFI_MEMORY_TYPE


def start(boot: Boot, files: dict[str, Content], *, fault: str = "",
          devices: Sequence[str] = (), suite: str = "") -> Run:  # fmt: skip
    """A machine with a port for reports; with `fault` the card with both drivers is in it."""
    return boot(
        files,
        configuration={"opt/org.baton/fault": fault} if fault else {},
        arguments=[*port(), *(rom.card(WITH_FAULT_ROM) if fault else []), *devices],
        memory="1G",
        firmware=debian.firmware(suite),
    )


def shell(*lines: str) -> dict[str, Content]:
    """The referee on the disk, loaded before these lines."""
    return {"referee.efi": REFEREE, "startup.nsh": layout.shell_script("load fs0:\\referee.efi", *lines)}


def test_baton_keeps_every_rule(boot: Boot, baton: Path) -> None:
    files = {"baton.efi": baton, "native.elf": NATIVE, **shell("fs0:\\baton.efi \\native.elf")}
    run = start(boot, files)
    run.enter_shell()
    report = report_of(run)
    assert set(report.verdicts("loader").values()) == {"ok"}
    assert report.one("referee").values["image"] == r"\baton.efi"
    # The firmware of Debian 12 itself does what drivers must not do.
    (image,) = {line.values["image"] for line in report.of("call", list="handlers")}
    assert image.startswith("ReportStatusCodeRouterRuntimeDxe,_d93ce3d8-")
    assert report.verdicts("firmware")["map"] == "violation"
    run.expect("BATON-KERNEL: PASS")


def test_baton_keeps_every_rule_when_its_first_exit_fails(boot: Boot, baton: Path) -> None:
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": NATIVE,
        "loader/entries/kernel.conf": layout.entry("/kernel.elf", [], ""),
    }
    run = start(boot, files, fault="fail=1 grow=20")
    report = report_of(run)
    verdicts = report.verdicts("loader")
    assert verdicts.pop("attempts") == "note"
    assert set(verdicts.values()) == {"ok"}
    first, second = report.of("attempt")
    assert first.number("status") == 1 << 63 | 2 and second.number("status") == 0


def test_memory_services_before_the_exit_handlers_are_told_apart(boot: Boot, baton: Path) -> None:
    # The firmware of sid flushes FAT volumes in the group before the exit group, where memory may be
    # allocated; that is why the first exit fails.
    files = {
        layout.REMOVABLE: baton,
        "kernel.elf": NATIVE,
        "loader/entries/kernel.conf": layout.entry("/kernel.elf", [], ""),
    }
    report = report_of(start(boot, files, devices=rom.card(REFEREE_ROM), suite="sid"))
    assert [line.number("status") >> 63 for line in report.of("attempt")] == [1, 0]
    places: dict[int, set[str]] = {0: set(), 1: set()}
    for line in report.of("call", list="handlers"):
        places[line.number("early")].add(line.values["image"].partition(",")[0])
    assert "VirtioBlkDxe" in places[1]
    assert places[0] == {"ReportStatusCodeRouterRuntimeDxe"}


def test_the_stub_of_linux_6_1_has_eight_spare_descriptors(boot: Boot) -> None:
    files = {**loaders.systemd_boot("sd-boot.efi"), **shell("fs0:\\sd-boot.efi")}
    run = start(boot, files)
    run.enter_shell()
    report = report_of(run)
    assert report.one("referee").number("left") == 1
    assert report.one("capacity").number("slack") == 8
    verdicts = report.verdicts("loader")
    assert verdicts["capacity"] == "note"
    assert verdicts["attempts"] == "ok"


def test_the_stub_of_linux_6_1_returns_to_the_firmware_after_two_attempts(boot: Boot) -> None:
    run = start(boot, loaders.systemd_boot(), fault="fail=ever change")
    report = report_of(run)
    loader = report.one("referee", attempts="0x2")
    assert (loader.number("returned"), loader.number("left")) == (1, 0)
    assert report.verdicts("loader")["after"] == "violation"
    assert any(name.startswith("ConOut.") for name in report.called("after"))


def test_a_guarded_kernel_leaves_as_well_as_baton_does(boot: Boot, baton: Path) -> None:
    # The same stub, under a fault that it does not survive alone: the exits are the guard's.
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "vmlinuz": debian.cloud_kernel().image,
        "loader/entries/linux.conf": layout.entry("/vmlinuz") + "baton-exit guard\n",
    }
    run = start(boot, files, fault="fail=2 grow=20")
    report = report_of(run)
    verdicts = report.verdicts("loader")
    # The boot manager has armed the watchdog for the program; the firmware disarms it.
    assert (verdicts.pop("attempts"), verdicts.pop("watchdog")) == ("note", "note")
    assert set(verdicts.values()) == {"ok"}
    assert [line.number("status") >> 63 for line in report.of("attempt")] == [1, 1, 0]
    run.expect("Linux version")


def test_grub_prints_after_a_failed_exit_and_has_no_spare_descriptor(boot: Boot) -> None:
    run = start(boot, loaders.grub_multiboot2(), fault="fail=1 change")
    report = report_of(run)
    assert report.one("referee").number("attempts") == 2
    verdicts = report.verdicts("loader")
    assert verdicts["after"] == "violation"
    assert "ConOut.OutputString" in report.called("after")
    assert report.one("capacity").number("slack") == 0
    assert verdicts["capacity"] == "violation"
    assert verdicts["key"] == "ok"


def with_debug_path(driver: bytes, path: str) -> bytes:
    """The driver with a debug directory that names a file (PE/COFF specification, 6.1), as most have."""
    image = pefile.PE(data=driver)
    section = image.sections[-1]
    used = -(-section.Misc_VirtualSize // 4) * 4
    at, address = (place + used for place in (section.PointerToRawData, section.VirtualAddress))
    content = b"RSDS" + bytes(20) + path.encode() + b"\0"
    entry = struct.pack("<IIHHIIII", 0, 0, 0, 0, 2, len(content), address + 28, at + 28)
    # The last section, of some bytes, ends the file, and has a page to itself in memory.
    added = (entry + content).ljust(-(-(used + len(entry + content)) // 32) * 32 - used, b"\0")
    assert section.PointerToRawData + section.SizeOfRawData == len(driver) and used + len(added) < 4096
    section.Misc_VirtualSize = section.SizeOfRawData = used + len(added)
    debug = image.OPTIONAL_HEADER.DATA_DIRECTORY[6]
    debug.VirtualAddress, debug.Size = address, len(entry)
    return bytes(image.write())[:at].ljust(at, b"\0") + added


def test_a_driver_that_frees_memory_in_its_exit_handler_is_named(
    boot: Boot, room: Path, baton: Path
) -> None:
    # The bus driver of 2019 (test/firmware/old_bus.c) in the option ROM of its controller, behind another.
    child, old_bus = ((DRIVERS / name).read_bytes() for name in ("child.efi", "old_bus.efi"))
    child = with_debug_path(child, "/somewhere/ChildDxe.dll")
    (room / "old.rom").write_bytes(rom.pack([child, old_bus]))
    second = len(rom.image(child, False))
    (room / "buses").write_text("at=0x20 tpl=c children=cc kind=old\n")
    devices = ["-fw_cfg", f"name=opt/org.baton/buses,file={room / 'buses'}",
               "-device", f"edu,addr=4,romfile={room / 'old.rom'}"]  # fmt: skip
    script = shell("connect -r", "fs0:\\baton.efi \\native.elf")
    files = {"baton.efi": baton, "native.elf": NATIVE, **script}
    run = start(boot, files, devices=devices)
    run.enter_shell()
    report = report_of(run)
    assert set(report.verdicts("loader").values()) == {"ok"}
    assert report.verdicts("firmware")["handlers"] == "violation"
    calls: dict[str, set[str]] = {}
    for line in report.of("call", list="handlers"):
        calls.setdefault(line.values["image"], set()).add(line.values["service"])
    assert {"DisconnectController", "FreePages"} <= calls[f"option_ROM_of_Pci(0x4,0x0)_at_{second:#x}"]
    # The devices' driver is made to free things; a real one has such a name from its linker.
    assert "FreePool" in calls["ChildDxe,_option_ROM_of_Pci(0x4,0x0)_at_0x0"]
    (ring,) = {line.number("ring") for line in report.of("connect")}
    page = report.one("change", start=f"{ring:#x}")
    assert page.number("is") == CONVENTIONAL


def test_the_guard_as_an_option_rom_is_there_for_a_kernel_that_nobody_starts_guarded(
    boot: Boot, room: Path
) -> None:
    both = room / "guard.rom"
    both.write_bytes(rom.pack([REFEREE.read_bytes(), (debian.BUILD / "guard.efi").read_bytes()]))
    files: dict[str, Content] = {layout.REMOVABLE: debian.cloud_kernel().image}
    more = []
    for file in (REFEREE_ROM, both):
        run = start(boot, files, devices=rom.card(file))
        line = report_of(run).one("capacity")
        more.append((line.number("told") - line.number("used")) // 48)
        run.kill()
    # Asked for the map's size, the firmware says about what it is. The guard says 512 descriptors more.
    alone, guarded = more
    assert alone < 16
    assert guarded >= 512
