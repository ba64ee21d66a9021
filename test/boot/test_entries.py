# SPDX-License-Identifier: BSD-2-Clause
"""Entries as systemd-boot lists them, chosen as variables ask for, counted, and told to who runs next.

What runs is an EFI program that prints what the loader has told it (test/firmware/told.c).
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from lab import debian, esp, head_start, layout, uki
from lab.esp import Content
from lab.machine import Boot, Machine
from lab.variables import VariableStore, utf16

TOLD = debian.BUILD / "firmware" / "told.efi"
SYSTEMD = uuid.UUID("4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
L = "linux /told.efi\n"


def told(text: str) -> dict[str, str]:
    """What the program has printed, by name; the attributes of variables are checked on the way."""
    lines = re.findall(r"^told (\w+)(?: (\d))?: (.*)$", text, re.MULTILINE)
    kept = {"LoaderConfigTimeout", "LoaderEntryDefault", "LoaderEntryLastBooted", "LoaderEntryPreferred"}
    for name, attributes, _ in lines:
        assert attributes == ("" if name == "options" else "7" if name in kept else "6"), name
    return {name: value.removesuffix("|") for name, _, value in lines}


def keyed(key: str, version: str, machine: str = "") -> str:
    """An entry with a sort-key."""
    lines = {"sort-key": key, "version": version, "machine-id": machine}
    return L + "".join(f"{name} {value}\n" for name, value in lines.items() if value)


# The table of the 49 entries that systemd-boot 262 lists in this order, and what it does not list.
KEYED = {
    "sk-upper.conf": keyed("A", "1"),
    "sk-a-10.conf": keyed("a", "10"),
    "sk-a-2.conf": keyed("a", "2"),
    "sk-a-2rc.conf": keyed("a", "2~rc1"),
    "sk-a-1.conf": keyed("a", "1"),
    "sk-b-m0.conf": keyed("b", "0.1"),
    "sk-b-m1.conf": keyed("b", "1", "1" * 32),
    "sk-b-nov.conf": keyed("b", "", "1" * 32),
    "sk-b-m2.conf": keyed("b", "9", "2" * 32),
    "sk-c-0.conf": keyed("c", "6.12.0-0.rc1"),
    "sk-c-rc.conf": keyed("c", "6.12.0-rc1"),
    "skct+0.conf": keyed("a", "99"),
}
PLAIN = (
    "UPPER.CONF plus+3x.conf plus+x.conf pad+03-00.conf num-1.0.conf num-1.a.conf foo_3.conf foo2.conf"
    " foo.conf foo^1.conf foo-2.conf foo~1.conf dup.conf dump.conf Debian-6.1.0-20-amd64.conf ct3+2-1.conf"
    " ct+3.conf ct+1-2.conf a+2+1.conf ct2+0-3.conf"
).split() + ["a b.conf"]
ODD = {
    "two-linux.conf": L + L,
    "skempty.conf": L + "sort-key\n",
    "debian-6.1.0-18-amd64.conf": L + "version 6.1.0-18\n",
    "debian-6.1.0-9-amd64.conf": L + "version 6.1.0-9\n",
    "arch-x64.conf": L + "architecture X64\n",
    # Not listed.
    "auto-foo.conf": L,
    ".hidden.conf": L,
    "noext": L,
    "arch-aa64.conf": L + "architecture aa64\n",
    "missing.conf": "linux /nothing.efi\n",
    "nokernel.conf": "title only\n",
    "two.conf": L + "efi /told.efi\n",
}
UKIS = {
    "u3+2-1.efi": "ID=debian\nPRETTY_NAME=x\nBUILD_ID=77\n",
    "u1.efi": "ID=debian\nVERSION_ID=12\n",
    "u4-nover.efi": "NAME=x\n",
    "noname.efi": "VERSION_ID=1\n",
    "auto-u.efi": "ID=debian\n",
}
LISTED = (
    "sk-upper sk-a-10 sk-a-3 sk-a-2 sk-a-2rc sk-a-1 sk-b-m0 sk-b-m1 sk-b-nov sk-b-m2 sk-c-0 sk-c-rc u3.efi"
    " u1.efi u1.efi u2.efi u2.efi@rescue u2.efi@2 u2.efi@3 x-only upper u4-nover.efi two-linux skempty"
    " plus+3x plus+x pad num-1.0 num-1.a foo_3 foo2 foo foo^1 foo-2 foo~1 dup dup dump debian-6.1.0-20-amd64"
    " debian-6.1.0-18-amd64 debian-6.1.0-9-amd64 ct3 ct ct arch-x64 a+2 a_b skct ct2"
)
IDS = [
    (name if ".efi" in name else name + ".conf").replace("a_b", "a b") for name in LISTED.split()
]

# Nobody has written these: they are behind the others.
AUTOMATIC = ["auto-windows", "auto-efi-shell", "auto-reboot-to-firmware-setup", "auto-poweroff", "auto-reboot"]


def image(room: Path, name: str, os_release: str) -> Path:
    """A unified kernel image that is only to be listed."""
    return uki.build(room / name, {".osrel": os_release.encode(), ".linux": b"kernel"})


def with_profiles(room: Path) -> Path:
    """u2.efi: four profiles, of which one has a name."""
    addon = uki.stub(uki.UKIFY, "addon")
    others = [
        uki.ukify(room / f"profile{number}.efi", addon, profile=text)
        for number, text in enumerate(("ID=rescue", "TITLE=x", "TITLE=y"))
    ]
    return uki.ukify(
        room / "u2.efi", uki.stub(uki.UKIFY), linux=TOLD, uname="1", profile="ID=main",
        os_release="IMAGE_ID=img\nIMAGE_VERSION=7\n", join_profile=others,
    )  # fmt: skip


def pair_of_volumes(room: Path) -> Path:
    """A disk with an ESP and an extended boot loader partition that hold all of these."""
    texts = {**KEYED, **{name: L for name in PLAIN}, **ODD}
    images: dict[str, Content] = {
        f"EFI/Linux/{name}": image(room, name, text) for name, text in UKIS.items()
    }
    images["EFI/Linux/noosrel.efi"] = uki.build(room / "noosrel.efi", {".linux": b"kernel"})
    images["EFI/Linux/u2.efi"] = with_profiles(room)
    disk = room / "disk.img"
    files: dict[str, Content] = {
        "told.efi": TOLD,
        "loader/loader.conf": "timeout 0\ndefault foo.conf\nauto-reboot yes\nauto-poweroff yes\n",
        "shellx64.efi": TOLD,
        "EFI/Microsoft/Boot/bootmgfw.efi": TOLD,
        **images,
        "loader/entries": None,
        "EFI/BOOT": None,
    }
    extended: dict[str, Content] = {
        "told.efi": TOLD,
        "EFI/Linux/u1.efi": image(room, "u1.efi", UKIS["u1.efi"]),
        "loader/entries/sk-a-3.conf": keyed("a", "3"),
        "loader/entries/x-only.conf": L,
        "loader/entries/dup.conf": L,
    }
    esp.build_pair(disk, files, extended)
    esp.add_folder(disk, "loader/entries", texts)
    return disk


def started(room: Path, head_starts: Path, disk: Path, loader: Path) -> dict[str, str]:
    """What `loader` tells from that disk."""
    esp.add(disk, layout.REMOVABLE, loader, {"efi", "efi/boot"})
    run = head_start.start(Machine(room / loader.stem, disk), head_starts)
    try:
        run.expect("told the end")
        assert run.expect_end() == 0
        return told(run.text)
    finally:
        run.kill()


def counters_cut(name: str) -> str:
    """An id of version 252, which keeps the counters, as it is since 254."""
    return re.sub(r"\+\d+(?:-\d+)?(?=\.)", "", name)


def test_systemd_boot_lists_the_same_entries_in_the_same_order(room: Path, head_starts: Path, baton: Path) -> None:
    disk = pair_of_volumes(room)
    mine = started(room, head_starts, disk, baton)
    newest = started(room, head_starts, disk, debian.systemd_boot("sid"))
    oldest = started(room, head_starts, disk, debian.systemd_boot())
    assert mine["LoaderEntries"].split("|") == IDS + AUTOMATIC
    assert newest["LoaderEntries"].split("|") == IDS + AUTOMATIC
    # 252: no profiles; it takes the later kernel of two.conf, and reads it before its neighbour. It
    # does not know the last two of the automatic ones.
    assert [counters_cut(name) for name in oldest["LoaderEntries"].split("|")] == [
        name for name in IDS + AUTOMATIC[:3] for name in (["two.conf", name] if name == "two-linux.conf" else [name])
        if "@" not in name
    ]  # fmt: skip
    same = {
        "options", "LoaderDevicePartUUID", "LoaderEntrySelected", "LoaderFirmwareInfo", "LoaderFirmwareType",
        "LoaderImageIdentifier", "LoaderEntries",
    }  # fmt: skip
    assert {name: mine[name] for name in same} == {name: newest[name] for name in same}
    assert mine.keys() == newest.keys()
    assert mine["LoaderInfo"].startswith("baton ")
    # What Baton claims, systemd-boot claims too.
    assert int(mine["LoaderFeatures"], 0) & ~int(newest["LoaderFeatures"], 0) == 0


# What a machine's maker says in SMBIOS strings: options of `linux` entries, an entry, how much is said.
STRINGS = {
    "kernel-cmdline-extra": "of-maker again",
    "entries-extra:f.conf": L,
    "loglevel": "notice",
}


def test_variables_choose_and_counters_run_out(boot: Boot, room: Path, baton: Path) -> None:
    store = VariableStore(debian.firmware().variables)
    store.write("LoaderEntryOneShot", utf16("C*"), SYSTEMD)
    store.write("LoaderEntryPreferred", utf16("b.conf"), SYSTEMD)
    text = L + "options of-b\n"
    files: dict[str, Content] = {
        layout.REMOVABLE: baton,
        "told.efi": TOLD,
        "loader/loader.conf": "default d*\n",
        "loader/entries/e.conf": L,
        "loader/entries/d.conf": "efi /told.efi\noptions of-d\n",
        "loader/entries/c.conf": L + "options of-c\n",
        "loader/entries/b+2.conf": text,
    }
    values = [f"value=io.systemd.boot.{name}={value}" for name, value in STRINGS.items()]
    again = ("-action", "reboot=reset", "-smbios", ",".join(["type=11", *values]))
    run = boot(files, variables=store.save(room / "vars.fd"), arguments=again)
    run.expect("told LoaderEntrySelected 6: d.conf")
    assert run.expect_end() == 0
    boots = [told(part) for part in run.text.split("told the end")[:-1]]
    assert [(each["options"], each["LoaderEntrySelected"]) for each in boots] == [
        ("of-c of-maker again", "c.conf"),  # the one-shot, which is then gone
        ("of-b of-maker again", "b.conf"),  # preferred, with two tries,
        ("of-b of-maker again", "b.conf"),  # with one
        ("of-d", "d.conf"),  # and with none: the default, which is no kernel
    ]
    assert [each.get("LoaderBootCountPath") for each in boots] == [
        None, r"\loader\entries\b+1-1.conf", r"\loader\entries\b+0-2.conf", None,
    ]  # fmt: skip
    assert [each["LoaderEntries"] for each in boots] == [
        "f.conf|e.conf|d.conf|c.conf|b.conf|auto-reboot-to-firmware-setup",
    ] * 4
    assert all(each["LoaderEntryPreferred"] == "b.conf" for each in boots)
    assert esp.extract(run.machine.disk, "loader/entries/b+0-2.conf") == text.encode()
    assert not re.search(r"b\+[12]", esp.listing(run.machine.disk, "loader/entries"))
    assert "baton: " not in run.text  # the line about what is booted is of a higher level
