# SPDX-License-Identifier: BSD-2-Clause
"""Two boots of one kernel, one through Baton and one through its own EFI stub: in what they differ.

Knows: what of a boot has to be the same, each difference that may be, and why. Must not know: how a machine
is run, pytest.

`facts` makes of one boot a flat list of names and values; what is only an address or a time is not in it.
`differences` compares two of them. A difference is allowed when something in ALLOWED names it, and only as
far as that says: most of them state what the values have to be.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lab.machine import CLOCKS
from oracle.witness import BOOT_PARAMS, HEADER, Range, Witness

BLOCK = 256 << 10  # Baton's memory for the tables that it makes for the kernel
USABLE, RECLAIM = "usable", "ACPI data"  # as the kernel names kinds of the e820 map
LAST_PCR = 15

# Of what a loader may have a part in. What drivers say of devices is left out, because they find them in
# parallel; their warnings are not.
_TOPICS = re.compile(
    r"efi|EFI|tpm|TPM|random|[Ss]ecure|e820|fb|[Ff]ramebuffer|lockdown|ima:|evm:|integrity|[Kk]eyring"
    r"|ACPI|SMBIOS|DMI|PCI|pci|vga|[Mm]emory|mem|BIOS|[Cc]ommand line|[Kk]ernel|Linux|initr|RAM|boot"
    r"|NX|x86|microcode|CPU|APIC|[Ll]oader|[Cc]onsole|Zone|zone|page|Spectre|IOMMU|SEV|Hypervisor"
)
WARNING = 4  # and lower: a level of the kernel's messages
# Messages that depend on how fast the computer is that emulates, or on the date.
_NOISE = re.compile(
    CLOCKS.pattern + r"|APIC delta|platform interrupts|calibrate_delay|BogoMIPS|audit: type=2000"
    r"|setting system clock|sched_clock: Marking|deferred pages initialised|^random: crng init"
)
# Messages that spell out maps and addresses; these are compared as what they are, under their own names.
_MAPS = re.compile(
    r"^BIOS-e820: |^e820: |^reserve setup_data: |^efi: mem\d+: |^efi: EFI runtime memory map"
    r"|^efi: .*ACPI 2\.0=|^ +node +0: \[mem|^RAMDISK: |^PM: hibernation: Registered nosave"
    r"|in unavailable ranges$|^Memory: |Total pages: \d+$"
)
# What systemd-boot puts in front of the command line (same_boot.py).
_NAMES = re.compile(r"\binitrd=\\\S+ ")
_ADDRESS = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{16}\b|(?<=efi: Remove mem)\d+")
# A setup_data node of Baton's: the story of the exit, "BATN".
STORY = 0x4E544142

Facts = dict[str, str]


def normal(message: str) -> str:
    """A message of the kernel without addresses, names of initrds, and a number in a list of ranges."""
    return _ADDRESS.sub("#", _NAMES.sub("", message))


def without_block(ranges: list[Range], kind: str, surrounding: str) -> tuple[list[Range], int]:
    """The map with each range of `kind` that is exactly BLOCK as part of what surrounds it; how many.

    `surrounding` is what the memory around such a range is; neighbours of that kind are joined.
    """
    found = 0
    joined: list[Range] = []
    for one in ranges:
        if one.kind == kind and one.last + 1 - one.first == BLOCK:
            found += 1
            one = Range(one.first, one.last, surrounding)
        before = joined[-1] if joined else None
        if before and before.kind == one.kind == surrounding and before.last + 1 == one.first:
            joined[-1] = Range(before.first, one.last, surrounding)
        else:
            joined.append(one)
    return joined, found


def kept_messages(witness: Witness) -> list[str]:
    """The messages that are compared, with their levels."""
    return [
        f"<{level}> {normal(text)}"
        for level, text in witness.messages
        if (level <= WARNING or _TOPICS.search(text))
        and not _NOISE.search(text)
        and not _MAPS.search(text)
    ]


def _messages(witness: Witness) -> Facts:
    """How often each message comes. Their order depends on what the kernel does in parallel, too."""
    facts = {f"message {text}": str(count) for text, count in Counter(kept_messages(witness)).items()}
    said = witness.said
    # Before the command line is parsed: credited from what the loader gives, not gathered later.
    ready, line = said.index("random: crng init done"), _index(said, "Kernel command line: ")
    facts["random numbers are ready"] = "at once" if ready < line else "late"
    return facts


def _index(said: list[str], start: str) -> int:
    return next(number for number, text in enumerate(said) if text.startswith(start))


def _memory(witness: Witness) -> Facts:
    """The e820 map, and of the firmware's the regions that the firmware goes on to own."""
    facts = {"pages of memory": re.findall(r"Total pages: (\d+)", "\n".join(witness.said))[0]}
    ranges, blocks = without_block(witness.e820, RECLAIM, USABLE)
    facts["e820"] = "; ".join(map(str, ranges))
    facts["e820 blocks for tables"] = str(blocks)
    free = ("Loader Code", "Loader Data", "Boot Code", "Boot Data", "Conventional")
    kept = [one for one in witness.memory_map if one.kind not in free]
    for one in kept:
        if not (one.kind == "ACPI Reclaim" and one.last + 1 - one.first == BLOCK):
            facts[f"memory {one.first:#x}-{one.last:#x}"] = one.kind
    for where, what in witness.runtime_regions.items():
        facts[f"runtime region {where}"] = what
    return facts


def _tpm(witness: Witness) -> Facts:
    """The registers, and each event by its place among those of its register."""
    facts = {}
    for bank, values in witness.pcrs.items():
        for number, value in values.items():
            if number <= LAST_PCR:
                facts[f"PCR {number} {bank}"] = value
    log = witness.event_log
    if log is None:
        return facts
    count: Counter[int] = Counter()
    for event in log.events:
        data = event.data
        if event.kind == "EV_EFI_BOOT_SERVICES_APPLICATION":
            # EFI_IMAGE_LOAD_EVENT begins with the address at which the image happened to be.
            data = bytes(8) + data[8:]
        name = f"event {event.pcr}.{count[event.pcr]}"
        count[event.pcr] += 1
        facts[name] = f"{event.kind} {event.digests.get('sha256')} {data.hex()}"
    facts["order of events"] = " ".join(str(event.pcr) for event in log.events)
    return facts


def _zero_page(witness: Witness) -> Facts:
    """Each field of the zero page, and each node of the list that hangs from it."""
    facts = {f"zero page {name}": value.hex() for name, value in witness.boot_params.items()}
    for kind, nodes in witness.setup_data.items():
        for number, data in enumerate(nodes):
            facts[f"setup_data {kind:#x}.{number}"] = hashlib.sha256(data).hexdigest()
    return facts


def facts(witness: Witness) -> Facts:
    """Everything that is compared."""
    found = {
        "command line": witness.text("cmdline"),
        "lockdown": witness.text("lockdown"),
        "framebuffer": witness.text("fb"),
        "TPM banks": " ".join(sorted(witness.pcrs)),
        **{f"table {name}": f"{address:#x}" for name, address in witness.tables.items()},
        **_messages(witness),
        **_memory(witness),
        **_tpm(witness),
        **_zero_page(witness),
    }
    for file, what in (("variables", "variable"), ("acpi", "ACPI table")):
        for line in witness.text(file).splitlines():
            digest, _, name = line.partition("  ")
            found[f"{what} {name}"] = digest
    for file, value in witness.lines("efi", ":").items():
        if not file.startswith("runtime-map/"):
            found[f"/sys/firmware/efi/{file}"] = value
    return found


@dataclass(frozen=True)
class Difference:
    """One name with two values; None where a boot does not have it."""

    name: str
    baton: str | None
    stub: str | None

    def __str__(self) -> str:
        return f"{self.name}\n    Baton: {self.baton}\n    stub:  {self.stub}"


def differences(baton: Witness, stub: Witness) -> list[Difference]:
    """All of them, in order of their names."""
    ours, theirs = facts(baton), facts(stub)
    return [
        Difference(name, ours.get(name), theirs.get(name))
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


@dataclass(frozen=True)
class Case:
    """Two boots, and the file of the kernel that was booted."""

    baton: Witness
    stub: Witness
    kernel: bytes


Check = Callable[[Difference, Case], bool]


@dataclass(frozen=True)
class Allowed:
    """Differences whose name matches `names` entirely are allowed if `check` finds the values right.

    `always`: two boots of the gate's kernel have it each time, so that a rule that nothing needs any longer
    is noticed.
    """

    names: str
    reason: str
    check: Check
    always: bool = True


def _both(difference: Difference, _: Case) -> bool:
    return difference.baton is not None and difference.stub is not None


def _only_baton(difference: Difference, _: Case) -> bool:
    return difference.stub is None


def _only_stub(difference: Difference, _: Case) -> bool:
    return difference.baton is None


def _values(baton: str, stub: str) -> Check:
    """These values and no others."""
    return lambda difference, _: (difference.baton, difference.stub) == (baton, stub)


def _from_the_file(difference: Difference, case: Case) -> bool:
    """Baton's value is what stands in the setup header of the kernel's file."""
    name = difference.name.removeprefix("zero page ")
    start, size = next((start, size) for start, size, known in BOOT_PARAMS if known == name)
    return start in HEADER and difference.baton == case.kernel[start : start + size].hex()


def _load_flags(difference: Difference, case: Case) -> bool:
    """The file's, and KASLR_FLAG, which the kernel's own first code sets."""
    return difference.baton == f"{case.kernel[0x211] | 2:02x}"


def _set_by_both(difference: Difference, case: Case) -> bool:
    return _both(difference, case) and bool(difference.baton) and int(difference.baton, 16) != 0


def _root_of_acpi(difference: Difference, case: Case) -> bool:
    """The address of the table that the firmware has."""
    address = case.baton.tables["ACPI 2.0"].to_bytes(8, "little").hex()
    return (difference.baton, difference.stub) == (address, bytes(8).hex())


def _ranges(difference: Difference, case: Case) -> bool:
    """As many as the kernel has found."""
    counts = [f"{len(witness.e820):02x}" for witness in (case.baton, case.stub)]
    return [difference.baton, difference.stub] == counts


def _at_most_one_block(difference: Difference, _: Case) -> bool:
    """In pages of 4 KiB; the kernel takes off what it needs to describe the pages that there are."""
    if difference.baton is None or difference.stub is None:
        return False
    return 0 < int(difference.stub) - int(difference.baton) <= BLOCK >> 12


def _without_names(difference: Difference, case: Case) -> bool:
    return _both(difference, case) and _NAMES.sub("", difference.stub or "") == difference.baton


def _of_the_command_line(difference: Difference, case: Case) -> bool:
    """Each loader's event is of the command line that its kernel got, and else the same."""
    for value, witness in ((difference.baton, case.baton), (difference.stub, case.stub)):
        line = (witness.text("cmdline").rstrip("\n") + "\0").encode("utf-16-le")
        kind, digest, _ = (value or "- - -").split(" ")
        if (kind, digest) != ("EV_EVENT_TAG", hashlib.sha256(line).hexdigest()):
            return False
    return str(difference.baton).split(" ")[2] == str(difference.stub).split(" ")[2]


def _as_its_log(difference: Difference, case: Case) -> bool:
    """Baton's value is what its events lead to, which are compared one by one."""
    log = case.baton.event_log
    bank = difference.name.rpartition(" ")[2]
    return log is not None and difference.baton == log.replayed[bank].get(9)


ALLOWED = (
    Allowed(
        "command line",
        "systemd-boot gives the stub the names of the initrds too, and the kernel gets what its stub got",
        _without_names,
    ),
    Allowed("event 9.0", "the stub measures the command line, with those names", _of_the_command_line),
    Allowed("PCR 9 .*", "which this register has been extended with", _as_its_log),
    Allowed(
        "PCR 4 .*|event 4.2",
        "PCR 4 is for the programs that were started, and Baton is another one than systemd-boot",
        _both,
    ),
    Allowed(
        "PCR 10 .*",
        "the kernel's integrity measurement begins with a hash of PCRs 0 to 9, and so of PCR 4",
        _both,
    ),
    Allowed(
        "table (RNG|TPMEventLog)",
        "Baton and the stub each make this table, each where it found memory",
        _both,
    ),
    Allowed(
        "table INITRD",
        "the stub tells itself with it where the initrd is; the kernel has that from the zero page",
        _only_stub,
    ),
    Allowed(
        "/sys/firmware/efi/(config_table|systab)",
        "the firmware moves the list of tables when it grows",
        _both,
        always=False,
    ),
    Allowed(
        "variable Loader(Info|Features|Entries)-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
        "each loader says who it is, what it can do, and which entries it adds by itself",
        _both,
    ),
    Allowed(
        "variable RandomSeed-1ce1e5bc-7ceb-42f2-81e5-8aadf180f57b",
        "a seed that the last system left is used once and deleted, as by the stub of Linux 6.2 and "
        "later; that of 6.1 passes it by",
        _only_stub,
    ),
    Allowed(
        "e820 blocks for tables",
        "what Baton makes for the kernel is in one block of fixed size, so that the map of one boot "
        "is that of the next; the stub's is among the firmware's own tables",
        _values("1", "0"),
    ),
    Allowed("zero page e820_entries", "the block, and what is behind it", _ranges),
    Allowed("pages of memory", "the block is kept, like all tables of ACPI", _at_most_one_block),
    Allowed(
        f"setup_data {STORY:#x}.0",
        "the story of the exit, in a node of a type that Linux passes by and shows",
        _only_baton,
    ),
    Allowed(
        "zero page (setup_data|ramdisk_image|cmd_line_ptr|efi_memmap)",
        "where Baton and the stub found memory",
        _set_by_both,
    ),
    Allowed(
        "zero page efi_memmap_size",
        "how many descriptors there are depends on who allocated what",
        _set_by_both,
        always=False,
    ),
    Allowed(
        "zero page code32_start",
        "where the kernel is: loaders say so (boot protocol); the stub has no need to tell itself",
        lambda difference, _: difference.stub == "00000000" != difference.baton,
        always=False,
    ),
    Allowed(
        "zero page acpi_rsdp_addr",
        "it spares the kernel a search; the stub leaves that to the kernel",
        _root_of_acpi,
    ),
    Allowed(
        "zero page type_of_loader",
        "0x21 is the stub's number; 0xff is for loaders that have none",
        _values("ff", "21"),
    ),
    Allowed("zero page loadflags", "loaders keep those of the file", _load_flags, always=False),
    Allowed(
        "zero page (boot_flag|cmdline_size|handover_offset|header|heap_end_ptr|init_size|"
        "initrd_addr_max|jump|kernel_alignment|kernel_info_offset|kernel_version|min_alignment|"
        "payload_length|payload_offset|pref_address|relocatable_kernel|root_flags|setup_move_size|"
        "setup_sects|start_sys_seg|syssize|version|xloadflags)",
        "loaders copy the setup header from the file (boot protocol); the stub sets the few "
        "fields of it that the kernel looks at",
        _from_the_file,
        always=False,
    ),
)


def judge(case: Case, whole: bool = True) -> list[str]:
    """What is wrong, one text for each; empty when all is well.

    `whole`: also the rules that nothing needed.
    """
    wrong = []
    used = set()
    for difference in differences(case.baton, case.stub):
        rules = [rule for rule in ALLOWED if re.fullmatch(rule.names, difference.name)]
        if any(rule.check(difference, case) for rule in rules):
            used.update(rules)
        else:
            reasons = "".join(f"\n    allowed only as: {rule.reason}" for rule in rules)
            wrong.append(f"{difference}{reasons}")
    if whole:
        unused = [rule for rule in ALLOWED if rule.always and rule not in used]
        wrong += [f"nothing needs the rule for {rule.names}: {rule.reason}" for rule in unused]
    return wrong
