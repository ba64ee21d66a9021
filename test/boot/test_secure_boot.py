# SPDX-License-Identifier: BSD-2-Clause
"""Secure Boot: what this machine does not trust is not booted, and what it trusts boots locked down.

The firmware has keys that were made for these tests, or Microsoft's and then shim. Each refusal takes
seconds, so one boot meets all of them on its way to the kernel that is trusted.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pefile
import pytest

from firmware import rom
from lab import debian, initramfs, layout, secure_boot, uki
from lab.debian import Kernel
from lab.esp import Content
from lab.machine import Boot, Run
from lab.secure_boot import Key
from lab.transcript import passed, refused, said, seen, to_userspace
from lab.variables import VariableStore, boot_options, utf16

# The Linux of these tests says what its loader told it: boot_params.secure_boot, and what it made of it.
LOCKED_DOWN = initramfs.script(
    'test "$(hexdump -v -s $((0x1ec)) -n 1 -e "1/1 \\"%u\\"" /sys/kernel/boot_params/data)" = 3\n'
    "mount -t securityfs securityfs /sys/kernel/security\n"
    "grep -qF '[integrity]' /sys/kernel/security/lockdown"
)
USERSPACE = f"initrd /initrd.img\ninitrd /check.img\noptions {layout.CONSOLE}"
COMEBACK = debian.BUILD / "firmware" / "comeback.efi"
GAVE_UP = "BdsDxe: No bootable option or device was found."  # the firmware has no choice left


@dataclass(frozen=True)
class Keys:
    """Who is who on the machines of these tests."""

    owner: Key  # of the machine
    trusted: Key  # in db
    stranger: Key  # nowhere
    revoked: Key  # in db, and in dbx


@pytest.fixture(name="workshop", scope="session")
def fixture_workshop(shared: Path) -> Path:
    """Where files are signed for all of these tests: the same keys make machines of the same kind."""
    place = shared / "signed"
    place.mkdir(exist_ok=True)
    return place


@pytest.fixture(name="keys", scope="session")
def fixture_keys(workshop: Path) -> Keys:
    """Made for this session."""
    with debian.locked(workshop / "keys.lock"):
        return Keys(*(Key.made(workshop, name) for name in ("owner", "trusted", "stranger", "revoked")))


@pytest.fixture(name="unsigned", scope="session")
def fixture_unsigned(workshop: Path, kernel: Kernel) -> Path:
    """Debian's kernel without Debian's signature."""
    target = workshop / "unsigned"
    with debian.locked(workshop / "unsigned.lock"):
        if not target.exists():
            target.write_bytes(kernel.image.read_bytes())
            subprocess.run(["sbattach", "--remove", target], check=True, capture_output=True)
    return target


@pytest.fixture(name="signed_fault_rom", scope="session")
def fixture_signed_fault_rom(workshop: Path, keys: Keys) -> Path:
    """The driver that makes exits fail, as a card's that the firmware trusts."""
    target = workshop / "fault.rom"
    with debian.locked(workshop / "fault.lock"):
        if not target.exists():
            driver = keys.trusted.sign(debian.BUILD / "firmware" / "fault.efi", workshop / "fault.efi")
            target.write_bytes(rom.pack([driver.read_bytes()]))
    return target


def flipped(image: Path) -> bytes:
    """An image with one bit changed, in the middle of its code."""
    content = bytearray(image.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


def padded(image: Path, target: Path) -> Path:
    """An image with something after its sections, which a signature covers."""
    target.write_bytes(image.read_bytes() + b"condemned".ljust(16, b"."))
    return target


def start(
    boot: Boot, store: VariableStore, path: Path, files: Mapping[str, Content], strict: bool = False
) -> Run:
    """A machine whose firmware insists on signatures."""
    return boot(
        files,
        firmware=secure_boot.secure_firmware(strict),
        variables=store.save(path),
        arguments=secure_boot.MACHINE,
    )


def own_store(keys: Keys, dbx: bytes = b"") -> VariableStore:
    """A machine that trusts the keys of these tests and no other."""
    store = VariableStore(secure_boot.secure_firmware().variables)
    trusted = secure_boot.certificates(keys.trusted, keys.revoked)
    secure_boot.enrol(store, keys.owner, trusted, secure_boot.certificates(keys.revoked) + dbx)
    return store


def start_in_order(store: VariableStore, *options: tuple[str, bytes]) -> None:
    """What the firmware starts: paths with load options."""
    boot_options(store, *((f"number {number}", *option) for number, option in enumerate(options)))


def locked_down(run: Run) -> str:
    """Wait until userspace has found that the kernel knows of Secure Boot; the transcript."""
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text, run.tail()
    assert "Kernel is locked down from EFI Secure Boot" in run.text
    assert "secureboot: Secure boot enabled" in run.text
    return run.text


def test_the_firmware_of_these_tests_does_not_start_baton_without_a_signature(
    boot: Boot, room: Path, keys: Keys, baton: Path
) -> None:
    # The control: without it nothing below would prove anything.
    run = start(boot, own_store(keys), room / "vars.fd", {layout.REMOVABLE: baton})
    run.expect(GAVE_UP)
    assert re.search(r"failed to load .*: Access Denied", run.text), run.tail()
    assert not said(run)


def test_keys_are_enrolled_where_there_are_none(
    boot: Boot, room: Path, keys: Keys, baton: Path, unsigned: Path, userspace: Path
) -> None:
    """In a virtual machine unasked, after a look; the next start is one with Secure Boot."""
    chosen = secure_boot.key_files(keys.owner, secure_boot.certificates(keys.trusted))
    files: dict[str, Content] = {
        layout.REMOVABLE: keys.trusted.sign(baton, room / "baton.efi"),
        "trusted": keys.trusted.sign(unsigned, room / "trusted"),
        "unsigned": unsigned,
        "initrd.img": userspace,
        "check.img": LOCKED_DOWN,
        **{f"loader/keys/auto/{name}": content for name, content in chosen.items()},
        **layout.entries({"bad": "linux /unsigned", "good": f"linux /trusted\n{USERSPACE} enrolled"}),
    }
    run = boot(
        files,
        firmware=secure_boot.secure_firmware(),
        variables=secure_boot.secure_firmware().variables,
        arguments=(*secure_boot.MACHINE, "-action", "reboot=reset"),
    )
    run.expect("Enrolling these keys in")
    run.send("\r")
    assert "enrolled" in seen(locked_down(run), "command line")
    refused(run, "unsigned", "does not trust it", "sign it")
    store = VariableStore(run.machine.store)
    assert store.read("PK") == secure_boot.certificates(keys.owner)
    assert store.read("db", secure_boot.DATABASE) == secure_boot.certificates(keys.trusted)


def test_what_is_not_trusted_is_refused_by_name_and_the_trusted_entry_boots(
    boot: Boot, room: Path, keys: Keys, baton: Path, unsigned: Path, userspace: Path
) -> None:
    trusted = keys.trusted.sign(unsigned, room / "trusted")
    # The same kernel with other bytes behind its code, so that its hash is its own.
    condemned = keys.trusted.sign(padded(unsigned, room / "padded"), room / "condemned")
    store = own_store(keys, secure_boot.hashes(secure_boot.image_hash(condemned.read_bytes())))
    # Nobody vouches for load options, so they cannot even choose a kernel that is trusted.
    start_in_order(store, ("baton.efi", utf16(f"\\trusted {layout.CONSOLE} by-load-options")))
    distrusted = {
        "unsigned": unsigned,
        "by-a-stranger": keys.stranger.sign(unsigned, room / "strange"),
        "one-bit-changed": flipped(trusted),
        "revoked-by-hash": condemned,
        "revoked-by-key": keys.revoked.sign(unsigned, room / "revoked"),
    }
    lines = {name: f"linux /{name}\noptions {layout.CONSOLE}" for name in distrusted}
    lines["program"] = "efi /program.efi"
    unsignable = ("native.elf", "multiboot.elf", "packed.gz")
    lines.update({name.partition(".")[0]: f"linux /{name}" for name in unsignable})
    lines["good"] = f"linux /trusted\n{USERSPACE} by-entry"
    files: dict[str, Content] = {
        "baton.efi": keys.trusted.sign(baton, room / "baton.efi"),
        "trusted": trusted,
        "initrd.img": userspace,
        "check.img": LOCKED_DOWN,
        "program.efi": COMEBACK,
        "native.elf": debian.NATIVE,
        "multiboot.elf": debian.BUILD / "kernel" / "multiboot.elf",
        "packed.gz": gzip.compress((debian.BUILD / "kernel" / "multiboot.elf").read_bytes()),
        **distrusted,
        **layout.entries(lines),
    }
    run = start(boot, store, room / "vars.fd", files)
    assert "by-entry" in seen(locked_down(run), "command line")
    for name in [*distrusted, "program.efi"]:
        refused(run, name, "does not trust it", "sign it")
    for name in unsignable:
        refused(run, name, "Secure Boot", "no signature", "signed unified kernel image")
    assert re.match(r"baton:readingtheloadoptions.*\\trusted:SecureBootison", said(run)[0])
    assert len(said(run)) == len(distrusted) + len(unsignable) + 4  # and "booting", "leaving boot services"


def test_the_firmware_goes_on_when_there_is_nothing_that_it_trusts(
    boot: Boot, room: Path, keys: Keys, baton: Path, unsigned: Path
) -> None:
    # Firmware of this kind, like most machines, resets when a program that returns has used more lasting
    # memory than was set aside for it: the next choice would never come.
    store = own_store(keys)
    start_in_order(store, ("baton.efi", b""))
    files: dict[str, Content] = {
        "baton.efi": keys.trusted.sign(baton, room / "baton.efi"),
        "unsigned": unsigned,
        **layout.entries({"only": f"linux /unsigned\noptions {layout.CONSOLE}"}),
    }
    run = start(boot, store, room / "vars.fd", files)
    run.expect(GAVE_UP)
    refused(run, "unsigned", "does not trust it")
    assert "noentrycouldbebooted" in said(run)[-1], run.tail()


def test_an_elf_kernel_boots_inside_a_signed_image_with_the_command_line_that_was_signed(
    boot: Boot, room: Path, keys: Keys, baton: Path
) -> None:
    module = b"a module that is signed, too " * 1001
    words = "words that are signed"
    image = uki.build(
        room / "image",
        {
            ".osrel": b"ID=baton\n",
            ".cmdline": words.encode(),
            ".linux": debian.NATIVE,
            ".initrd": module,
        },
    )
    signed = keys.trusted.sign(image, room / "signed")
    changed = signed.read_bytes()
    assert changed.count(module) == 1
    images: dict[str, Content] = {
        "unsigned.efi": image,
        "changed.efi": changed.replace(module, b"A" + module[1:]),
        "signed.efi": signed,
    }
    lines = {name: f"uki /{name}\nbaton-exit baton\noptions by-entry" for name in images}
    files: dict[str, Content] = {
        layout.REMOVABLE: keys.trusted.sign(baton, room / "baton.efi"),
        **images,
        **layout.entries(lines),
    }
    run = start(boot, own_store(keys), room / "vars.fd", files)
    text = passed(run)
    assert f"command line: {words}\n" in text
    assert f"{len(module)} bytes, CRC-32 {zlib.crc32(module):#x}\n" in text
    for name in ("unsigned.efi", "changed.efi"):
        refused(run, name, "does not trust it")


# --- shim ----------------------------------------------------------------------------------------


def without_nx(image: Path, target: Path) -> Path:
    """A loader that does not promise to work when data cannot be executed."""
    program = pefile.PE(image)
    program.OPTIONAL_HEADER.DllCharacteristics &= ~0x0100
    program.write(target)
    return target


def shim(suite: str | None = None) -> Path:
    """The loader between firmware that knows Microsoft's keys and a loader that it does not know."""
    try:
        return debian.package("shim-signed", suite) / "usr/lib/shim/shimx64.efi.signed"
    except debian.ArchiveUnreachable as error:
        if suite is None:
            raise
        pytest.skip(f"no package archive: {error}")  # old suites leave it one day


def store_for_shim(keys: Keys, generation: int = 1, strict: bool = False) -> VariableStore:
    """A machine that knows Microsoft's keys, and whose owner has told shim what to trust.

    That is the key of these tests, images that are fit for memory which is not executable, and no Baton
    before `generation` (SBAT.md of shim).
    """
    store = secure_boot.microsoft_store(secure_boot.secure_firmware(strict))
    level = f"sbat,1,2099010100\nbaton,{generation}\n"
    trusted = secure_boot.certificates(keys.trusted)
    words = {"MokList": trusted, "MokPolicy": b"\1", "SbatLevel": level.encode()}
    secure_boot.write_shim(store, words)
    return store


# 15 judges through its own protocol; Debian 11 has it. 16 stands in for the firmware's LoadImage, and where
# the firmware can do it, it gives each section of an image the rights that it asks for and no other.
@pytest.mark.parametrize(
    ("suite", "version", "strict"),
    [pytest.param("bullseye", 15, False, id="15"), pytest.param(None, 16, True, id="16-strict")],
)
def test_baton_under_shim_boots_what_debian_signed_and_nothing_else(
    boot: Boot,
    room: Path,
    keys: Keys,
    baton: Path,
    kernel: Kernel,
    unsigned: Path,
    userspace: Path,
    suite: str | None,
    version: int,
    strict: bool,
) -> None:
    assert f"$Version: {version}.".encode() in shim(suite).read_bytes()
    store = store_for_shim(keys, strict=strict)
    loaders = {"no-nx": without_nx(baton, room / "no-nx"), "good": baton}
    files: dict[str, Content] = {
        "debian": kernel.image,
        "unsigned": unsigned,
        "by-a-stranger": keys.stranger.sign(unsigned, room / "strange"),
        "initrd.img": userspace,
        "check.img": LOCKED_DOWN,
        "comeback.efi": keys.trusted.sign(COMEBACK, room / "comeback.efi"),
        "loader/loader.conf": "timeout menu-disabled\n",  # else one that comes back leads to the menu
        **layout.entries(
            {
                "unsigned": f"linux /unsigned\noptions {layout.CONSOLE}",
                "strange": f"linux /by-a-stranger\noptions {layout.CONSOLE}",
                # Judged by shim alone, and it returns: what shim has put into the firmware is as it was.
                "program": "efi /comeback.efi",
                "good": f"linux /debian\n{USERSPACE}",
            }
        ),
    }
    for name, loader in loaders.items():
        files[f"EFI/{name}/shimx64.efi"] = shim(suite)
        files[f"EFI/{name}/grubx64.efi"] = keys.trusted.sign(loader, room / f"{name}.efi")
    start_in_order(store, *((f"EFI/{name}/shimx64.efi", b"") for name in loaders))
    run = start(boot, store, room / "vars.fd", files, strict)
    text = locked_down(run)
    assert seen(text, "kernel") == kernel.release
    assert text.count("Policy requires NX, but image does not support NX") == 1
    for name in ("unsigned", "by-a-stranger"):
        refused(run, name, "does not trust it", "MOK")
    refused(run, "comeback.efi", "has come back (Success)")
    # What shim says of images whose sections are not whole pages.
    assert "Invalid call" not in text


@pytest.mark.parametrize("suite", ["bullseye", None], ids=["15", "16"])
def test_a_kernel_that_leaves_by_itself_under_shim_is_guarded(
    boot: Boot,
    room: Path,
    keys: Keys,
    signed_fault_rom: Path,
    baton: Path,
    kernel: Kernel,
    userspace: Path,
    suite: str | None,
) -> None:
    # shim 15 hooks the exit, too, and takes the guard's hook out when it starts an image. A driver that the
    # firmware trusts makes two exits fail, and really allocates: the kernel's map is wrong by then.
    store = own_store(keys)
    start_in_order(store, ("EFI/baton/shimx64.efi", b""))
    signed = keys.trusted.sign(baton, room / "baton.efi")
    files: dict[str, Content] = {
        "EFI/baton/shimx64.efi": keys.trusted.sign(shim(suite), room / "shim.efi"),
        "EFI/baton/grubx64.efi": signed,
        layout.REMOVABLE: signed,
        "comeback.efi": keys.trusted.sign(COMEBACK, room / "comeback.efi"),
        "debian": kernel.image,
        "initrd.img": userspace,
        "check.img": LOCKED_DOWN,
        **layout.entries(
            {
                "program": "efi /comeback.efi",
                "good": f"linux /debian\nbaton-exit guard\nbaton-debug yes\n{USERSPACE}",
            }
        ),
    }
    run = boot(
        files,
        firmware=secure_boot.secure_firmware(),
        variables=store.save(room / "vars.fd"),
        arguments=[*secure_boot.MACHINE, *rom.card(signed_fault_rom)],
        configuration={"opt/org.baton/fault": "fail=2 allocate=3"},
    )
    run.expect(re.compile("(?s)has come back.*Enter boots"))  # a program that comes back leads to the menu
    run.send("2\r")
    text = locked_down(run)
    assert "EFI Default Loader" not in text, "a copy of Baton is none of its entries"
    assert "baton: left boot services; 3 attempts in " in text
    assert "EFI stub: Loaded initrd from" in text


def only_readable(image: Path, target: Path, name: str) -> Path:
    """A loader one of whose sections asks for no right but to be read."""
    program = pefile.PE(image)
    (section,) = (each for each in program.sections if each.Name.rstrip(b"\0") == name.encode())
    section.Characteristics &= ~(0x20000000 | 0x80000000)  # MEM_EXECUTE, MEM_WRITE
    program.write(target)
    return target


@pytest.mark.parametrize(
    ("name", "fault"),
    [(".text", "I:1 R:0 U:0 W:0 P:1"), (".data", "I:0 R:0 U:0 W:1 P:1")],
    ids=["code", "data"],
)
def test_the_strict_machine_gives_a_section_no_right_that_it_does_not_ask_for(
    boot: Boot, room: Path, keys: Keys, baton: Path, name: str, fault: str
) -> None:
    # The control of the test above: a Baton that asks for less than it uses ends in a page fault.
    store = store_for_shim(keys, strict=True)
    start_in_order(store, ("EFI/baton/shimx64.efi", b""))
    spoilt = only_readable(baton, room / "spoilt", name)
    files: dict[str, Content] = {
        "EFI/baton/shimx64.efi": shim(),
        "EFI/baton/grubx64.efi": keys.trusted.sign(spoilt, room / "baton.efi"),
    }
    run = start(boot, store, room / "vars.fd", files, strict=True)
    run.allow += [rb"X64 Exception"]
    run.expect(fault)


def test_shim_refuses_baton_when_its_generation_is_revoked(
    boot: Boot, room: Path, keys: Keys, baton: Path
) -> None:
    store = store_for_shim(keys, generation=2)
    start_in_order(store, ("EFI/baton/shimx64.efi", b""))
    files: dict[str, Content] = {
        "EFI/baton/shimx64.efi": shim(),
        "EFI/baton/grubx64.efi": keys.trusted.sign(baton, room / "baton.efi"),
    }
    run = start(boot, store, room / "vars.fd", files)
    run.expect("Verification failed: (0x1A) Security Violation")
    assert not said(run)


def test_nothing_is_refused_when_the_owner_has_told_shim_not_to_judge(
    boot: Boot, room: Path, keys: Keys, baton: Path, unsigned: Path, userspace: Path
) -> None:
    # The firmware would still refuse all of this; shim, and the kernel's own stub, take the owner's word.
    store = secure_boot.microsoft_store(secure_boot.secure_firmware())
    secure_boot.write_shim(store, {"MokSBState": b"\1"})
    start_in_order(store, ("EFI/baton/shimx64.efi", b""))
    files: dict[str, Content] = {
        "EFI/baton/shimx64.efi": shim(),
        "EFI/baton/grubx64.efi": keys.stranger.sign(baton, room / "baton.efi"),
        "unsigned": unsigned,
        "initrd.img": userspace,
        **layout.entries({"only": f"linux /unsigned\ninitrd /initrd.img\noptions {layout.CONSOLE}"}),
    }
    text = to_userspace(start(boot, store, room / "vars.fd", files))
    assert "Booting in insecure mode" in text
    assert "secureboot: Secure boot disabled" in text
    assert "locked down" not in text
