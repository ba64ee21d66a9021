# SPDX-License-Identifier: BSD-2-Clause
"""Nothing is lost against the kernel's own stub on AArch64 and RISC-V: Debian's kernels entered by Baton, and by it.

Knows: what these kernels tell of how they were started (witness.py has the script), and each difference that may
be, with its reason. `make test-arch` runs it: two boots on one machine of each kind, with random numbers, the
first with a TPM.
"""

from __future__ import annotations

import re
import struct
from collections import Counter

import pytest

from lab import initramfs, layout
from lab.board import VIRT, Board, riscv_under_edk2
from lab.machine import CLOCKS, Boot
from oracle import witness
from oracle.witness import Witness

# efi=debug: the firmware's map in the kernel's log.
OPTIONS = "panic=-1 efi=debug"
TPM_MODULES = [f"drivers/char/tpm/{name}.ko" for name in ("tpm_tis_core", "tpm_tis")]
_TABLES = re.compile(r"^efi: .*=0x[0-9a-f]+")
_RANGE = re.compile(r"^efi:   0x([0-9a-f]+)-0x([0-9a-f]+) \[([^|]+)\|([^\]]*)\]")
# Types of memory that are Linux's when it runs.
_FREE = ("Conventional", "Loader Code", "Loader Data", "Boot Code", "Boot Data", "ACPI Reclaim")
# What depends on the speed of emulation, or on where random numbers have put the kernel.
_NOISE = re.compile(rf"{CLOCKS.pattern}|Calibrating|BogoMIPS|virtual kernel memory|cma:|clocksource|Memory: |audit")


def _table_names(seen: Witness) -> list[str]:
    lines = [text for text in seen.said if _TABLES.match(text)]
    return [name for line in lines for name in re.findall(r"([A-Z][\w .]*)=0x[0-9a-f]+ ?", line)]


def _said(seen: Witness) -> Counter[str]:
    """All that the kernel has said, without numbers, times and the map, which is compared on its own."""
    texts = (text for text in seen.said if not _NOISE.search(text) and not _RANGE.match(text) and not _TABLES.match(text))
    return Counter(re.sub(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+", "N", text) for text in texts)


def _memory(seen: Witness) -> dict[str, int]:
    """Type of the firmware's map -> bytes of it; in one sum what becomes Linux's and what it keeps for its tables.

    With a TPM Baton's tables are in one block of 256 KiB, the stub's in several of a fitting size.
    """
    sums: Counter[str] = Counter()
    for text in seen.said:
        if found := _RANGE.match(text):
            kind = found[3].strip()
            sums["free" if kind in _FREE else kind] += int(found[2], 16) + 1 - int(found[1], 16)
    return sums


def _chosen(seen: Witness) -> set[str]:
    """The properties of /chosen in the device tree (Devicetree Specification 0.4, chapter 5)."""
    tree = seen.files["tree"]
    at, strings = struct.unpack_from(">2I", tree, 8)
    names: set[str] = set()
    path: list[str] = []
    while (token := struct.unpack_from(">I", tree, at)[0]) != 9:
        at += 4
        if token == 1:
            end = tree.index(b"\0", at)
            path.append(tree[at:end].decode())
            at += (end - at) // 4 * 4 + 4
        elif token == 2:
            path.pop()
        elif token == 3:
            size, name = struct.unpack_from(">2I", tree, at)
            at += 8 + -(-size // 4) * 4
            if path == ["", "chosen"]:
                begin = strings + name
                names.add(tree[begin : tree.index(b"\0", begin)].decode())
    return names


def facts(seen: Witness) -> dict[str, str]:
    """Everything that is compared: name -> value."""
    found = {
        "command line": seen.text("cmdline"),
        "lockdown": seen.text("lockdown"),
        "framebuffer": seen.text("fb"),
        **{f"table {name}": "there" for name in _table_names(seen)},
        **{f"message {text}": str(count) for text, count in _said(seen).items()},
        **{f"memory {kind}": str(size) for kind, size in _memory(seen).items()},
    }
    for bank, values in seen.pcrs.items():
        found.update({f"PCR {number} {bank}": value for number, value in values.items() if number < 16})
    found.update({f"/chosen/{name}": "there" for name in _chosen(seen)} if "tree" in seen.files else {})
    for file, what in (("variables", "variable"), ("acpi", "ACPI table")):
        for line in seen.text(file).splitlines():
            digest, _, name = line.partition("  ")
            if not name.startswith("LoaderTime"):
                found[f"{what} {name}"] = digest
    return found


def differences(baton: Witness, stub: Witness) -> dict[str, str]:
    """Name -> both values, where they differ."""
    ours, theirs = facts(baton), facts(stub)
    return {
        name: f"{ours.get(name)} through Baton, {theirs.get(name)} through the stub"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    }


# A name, as a whole -> why it may differ.
ALLOWED: dict[str, str] = {
    "table INITRD": "the stub's way to tell where the initrd is",
    "/chosen/linux,initrd-(start|end)": "Baton's",
    "/chosen/baton,exit-journal": "Baton's own",
}


# The stub keeps the kernel of RISC-V without one unless the firmware's tree has it.
ALLOWED_RISCV = {**ALLOWED, "/chosen/kaslr-seed": "of the firmware's random numbers"}


def wrong(found: dict[str, str], allowed: dict[str, str]) -> list[str]:
    """The differences that nothing allows, and what nothing needs."""
    unknown = [f"{name}: {values}" for name, values in found.items()
               if not any(re.fullmatch(rule, name) for rule in allowed)]  # fmt: skip
    unused = [f"nothing needs the rule for {rule}: {why}" for rule, why in allowed.items()
              if not any(re.fullmatch(rule, name) for name in found)]  # fmt: skip
    return unknown + unused


def attend(boot: Boot, board: Board, *lines: str) -> Witness:
    """Boot to userspace and hear what it has to tell."""
    entry = layout.entry("/vmlinuz", ["/1.img", "/2.img", "/3.img"], f"console={board.console} {OPTIONS}")
    kernel = board.kernel()
    run = boot(
        {
            board.removable: board.image,
            "vmlinuz": kernel.image,
            "1.img": initramfs.build(board=board),
            "2.img": initramfs.modules(kernel, TPM_MODULES if board is VIRT else []),
            "3.img": initramfs.script(witness.SCRIPT),
            "loader/entries/a.conf": "\n".join((entry, *lines, "")),
        },
        board=board,
        tpm=board is VIRT,
        memory="1G",
        arguments=["-device", "virtio-rng-pci"],
    )
    run.expect(initramfs.TOKEN)
    assert run.expect_end() == 0, run.tail()
    assert "userspace: test passed" in run.text, run.tail()
    return witness.read(run.text)


@pytest.mark.arch
def test_a_boot_through_baton_differs_from_one_through_the_stub_only_where_it_may(boot: Boot) -> None:
    ours, theirs = attend(boot, VIRT), attend(boot, VIRT, "baton-exit firmware")
    # Two boots without any of it would be alike too.
    assert {"sha1", "sha256"} <= theirs.pcrs.keys() and {"RNG", "TPMEventLog"} <= set(_table_names(theirs))
    assert wrong(differences(ours, theirs), ALLOWED) == []


@pytest.mark.arch
def test_the_same_on_risc_v(boot: Boot) -> None:
    board = riscv_under_edk2()
    ours, theirs = attend(boot, board), attend(boot, board, "baton-exit firmware")
    assert "RNG" in _table_names(theirs)
    assert wrong(differences(ours, theirs), ALLOWED_RISCV) == []


def test_a_loss_is_seen() -> None:
    whole = (
        "efi: ACPI 2.0=0x5c130018 RNG=0x5bcd0000 ",
        "efi:   0x000040000000-0x00004007ffff [Boot Data|   |WB]",
        "secureboot: Secure boot disabled",
    )
    lossy = {
        "table RNG": (whole[0].replace(" RNG=0x5bcd0000", ""), *whole[1:]),
        "memory free": (whole[0], whole[1].replace("7ffff", "6ffff"), whole[2]),
        f"message {whole[2]}": whole[:2],
    }

    def told(lines: tuple[str, ...]) -> Witness:
        return Witness({"messages": "".join(f"<6>[    0.000000] {line}\n" for line in lines).encode()})

    for name, lines in lossy.items():
        assert list(differences(told(lines), told(whole))) == [name]
