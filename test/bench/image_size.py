# SPDX-License-Identifier: BSD-2-Clause
"""What every byte of BOOTX64.EFI is: by section, and by the source file that it comes from.

Knows: ELF symbols and DWARF, the sections of lds/baton.lds. Must not know: what the code does.

The linker optimises the program as one piece, so there is no object file to ask for sizes. The symbols of
BOOTX64.EFI.debug have them, and its debug information knows the source file of each. Literal texts have no
symbols: they are what is left of .rodata when the named constants are taken off. Texts that are packed
(src/core/base/packed.h) are counted as one piece, as long as it is in the file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

CODE = ".text"
OBJECTS = (".rodata", ".data")
OTHERS = {
    ".header": "PE header",
    ".rela.dyn": "relocations of pointers in constants",
    ".sbat": "SBAT",
}
DW_OP_ADDR = 0x03
UNKNOWN = "gnu-efi and the compiler"
PACKED = "packed texts"
LITERALS = "literal texts, and gaps between constants"
PADDING = "padding between sections"


@dataclass
class Sizes:
    """Bytes of the file."""

    code: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by source file
    constants: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # data, too
    rest: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by what it is
    sections: dict[str, int] = field(default_factory=dict)  # as the linker made them
    file: int = 0


def _address(entry: DIE) -> int | None:
    """Where a function or a static object is, if it is anywhere."""
    low = entry.attributes.get("DW_AT_low_pc")
    if low is not None:
        return int(low.value)
    place = entry.attributes.get("DW_AT_location")
    if place is None or place.form != "DW_FORM_exprloc" or place.value[:1] != [DW_OP_ADDR]:
        return None
    return int.from_bytes(bytes(place.value[1:9]), "little")


def _source(entry: DIE) -> str:
    """The source file of a function or an object; the optimiser's copy refers to the original."""
    for reference in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if reference in entry.attributes:
            return _source(entry.get_DIE_from_attribute(reference))
    return entry.cu.get_top_DIE().attributes["DW_AT_name"].value.decode()


def _sources(elf: ELFFile) -> dict[int, str]:
    """Address -> the source file of what begins there."""
    result: dict[int, str] = {}
    for unit in elf.get_dwarf_info().iter_CUs():
        for entry in unit.iter_DIEs():
            if entry.tag in ("DW_TAG_subprogram", "DW_TAG_variable"):
                address = _address(entry)
                if address is not None:
                    result[address] = _source(entry)
    return result


def _symbols(elf: ELFFile) -> set[tuple[int, int]]:
    """(address, bytes) of all that has a name and a size."""
    symbols = elf.get_section_by_name(".symtab").iter_symbols()
    return {(symbol["st_value"], symbol["st_size"]) for symbol in symbols if symbol["st_size"]}


def _value(elf: ELFFile, name: str) -> int:
    """The value of the one symbol of that name."""
    (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name(name)
    return int(symbol["st_value"])


def measure(image: Path) -> Sizes:
    """All bytes of `image`, which has its ELF file beside it."""
    sizes = Sizes(file=image.stat().st_size)
    with image.with_name(image.name + ".debug").open("rb") as stream:
        elf = ELFFile(stream)
        sources = _sources(elf)
        named = 0
        addresses = {
            section.name: range(section["sh_addr"], section["sh_addr"] + section["sh_size"])
            for section in elf.iter_sections()
            if section["sh_flags"] & 2  # SHF_ALLOC
        }
        sizes.sections = {name: len(place) for name, place in addresses.items() if len(place)}
        # Equal functions are one with several names, and some names are inside of a function.
        counted_to = 0
        for at, size in sorted(_symbols(elf)):
            more = at + size - max(at, counted_to)
            counted_to = max(counted_to, at + size)
            source = sources.get(at, UNKNOWN)
            if at in addresses[CODE]:
                sizes.code[source] += max(more, 0)
            elif any(at in addresses[name] for name in OBJECTS):
                sizes.constants[source] += max(more, 0)
                named += max(more, 0)
        sizes.rest[PACKED] = _value(elf, "texts_packed_end") - _value(elf, "texts_packed_start")
        named += sizes.rest[PACKED]
    present = sum(sizes.sections.get(name, 0) for name in OBJECTS)
    sizes.rest[LITERALS] = present - named
    for name, what in OTHERS.items():
        sizes.rest[what] += sizes.sections.get(name, 0)
    sizes.rest[PADDING] = sizes.file - sum(
        sum(part.values()) for part in (sizes.code, sizes.constants, sizes.rest)
    )
    return sizes


def table(sizes: Sizes) -> str:
    """All of it, as text: folders and their files, then what is no file's."""
    files = sorted(set(sizes.code) | set(sizes.constants))
    folders: dict[str, list[str]] = defaultdict(list)
    for name in files:
        folders[name.rpartition("/")[0] or name].append(name)
    lines = [f"{'code':>7} {'data':>6}"]
    for folder, names in sorted(folders.items(), key=lambda item: -_both(sizes, item[1])):
        code = sum(sizes.code.get(name, 0) for name in names)
        data = sum(sizes.constants.get(name, 0) for name in names)
        lines.append(f"{code:>7} {data:>6}  {folder}")
        if names != [folder]:
            for name in sorted(names, key=lambda name: -_both(sizes, [name])):
                numbers = f"{sizes.code.get(name, 0):>7} {sizes.constants.get(name, 0):>6}"
                lines.append(f"{numbers}    {name.rpartition('/')[2]}")
    lines += [f"{'':>7} {size:>6}  {what}" for what, size in sizes.rest.items() if size]
    lines.append(f"{sizes.file:>14}  the whole file")
    return "\n".join(lines)


def _both(sizes: Sizes, names: list[str]) -> int:
    return sum(sizes.code.get(name, 0) + sizes.constants.get(name, 0) for name in names)
