# SPDX-License-Identifier: BSD-2-Clause
"""The loader as a file, for each machine: what firmware, shim, a signing tool and a debugger will find in it.

The file is read with pefile and compared with the linked ELF (read with pyelftools), never with what
the linker script meant to write.
"""

from __future__ import annotations

import re
import subprocess
import zlib
from pathlib import Path

import pefile
import pytest
from elftools.elf.elffile import ELFFile

from build.build import IMAGE, IMAGES, RARE_IMAGE

PAGE = 0x1000
CODE, DATA = 0x20, 0x40
EXECUTE, READ, WRITE = 0x20000000, 0x40000000, 0x80000000
# For a dynamic linker: in the ELF file only.
DROPPED = (".dynamic", ".dynsym", ".dynstr", ".hash")
# The psABIs' R_<machine>_RELATIVE; PE/COFF's machine.
RELATIVE = {"BOOTX64.EFI": 8, "BOOTAA64.EFI": 1027, "BOOTRISCV64.EFI": 3}
MACHINE = {"BOOTX64.EFI": 0x8664, "BOOTAA64.EFI": 0xAA64, "BOOTRISCV64.EFI": 0x5064}


ALL_IMAGES = [*IMAGES, pytest.param(RARE_IMAGE, marks=pytest.mark.arch)]


@pytest.fixture(name="image", scope="module", params=ALL_IMAGES, ids=lambda image: image.name)
def fixture_image(request: pytest.FixtureRequest) -> Path:
    """The file."""
    return request.param


@pytest.fixture(name="pe", scope="module")
def fixture_pe(image: Path) -> pefile.PE:
    """The image, as firmware would parse it."""
    return pefile.PE(image)


@pytest.fixture(name="elf", scope="module")
def fixture_elf(image: Path) -> ELFFile:
    """The linked program with its symbols."""
    return ELFFile(image.with_name(f"{image.name}.debug").open("rb"))


def name_of(section: pefile.SectionStructure) -> str:
    """A section's name without its padding."""
    return section.Name.rstrip(b"\0").decode()


def section(pe: pefile.PE, name: str) -> pefile.SectionStructure:
    """The one section of that name."""
    (found,) = (each for each in pe.sections if name_of(each) == name)
    return found


def memory_of(pe: pefile.PE) -> bytes:
    """The image as firmware lays it out in memory: zero where the file has nothing."""
    memory = bytearray(pe.OPTIONAL_HEADER.SizeOfImage)
    raw = bytes(pe.__data__)
    memory[: pe.OPTIONAL_HEADER.SizeOfHeaders] = raw[: pe.OPTIONAL_HEADER.SizeOfHeaders]
    for each in pe.sections:
        size = min(each.SizeOfRawData, each.Misc_VirtualSize)
        data = raw[each.PointerToRawData : each.PointerToRawData + size]
        memory[each.VirtualAddress : each.VirtualAddress + size] = data
    return bytes(memory)


def test_header_describes_a_uefi_application(pe: pefile.PE, image: Path) -> None:
    """Machine, kind and subsystem are those firmware accepts, and nothing depends on the clock."""
    file, optional = pe.FILE_HEADER, pe.OPTIONAL_HEADER
    assert file.Machine == MACHINE[image.name]
    assert optional.Magic == pefile.OPTIONAL_HEADER_MAGIC_PE_PLUS
    assert optional.Subsystem == pefile.SUBSYSTEM_TYPE["IMAGE_SUBSYSTEM_EFI_APPLICATION"] == 10
    assert file.TimeDateStamp == 0
    assert file.Characteristics & 0x0002, "not marked executable"
    assert not file.Characteristics & 0x2000, "marked as a DLL"
    assert optional.NumberOfRvaAndSizes == len(optional.DATA_DIRECTORY) == 9
    assert optional.CheckSum in (0, pe.generate_checksum())
    assert optional.ImageBase == 0


def test_header_tells_the_truth_about_its_memory(pe: pefile.PE) -> None:
    """Relocatable, no execution of data, and no other promise."""
    assert pe.OPTIONAL_HEADER.DllCharacteristics == 0x0040 | 0x0100
    assert not pe.FILE_HEADER.Characteristics & 0x0001, "RELOCS_STRIPPED contradicts DYNAMIC_BASE"


def test_sections_have_exactly_their_permissions(pe: pefile.PE) -> None:
    """Code is not writable, data is not executable, constants are neither."""
    assert {name_of(each): each.Characteristics for each in pe.sections} == {
        ".text": CODE | READ | EXECUTE,
        ".rodata": DATA | READ,
        ".data": DATA | READ | WRITE,
        ".sbat": DATA | READ,
        ".sdmagic": DATA | READ,
    }
    for each in pe.sections:
        assert not (each.Characteristics & WRITE and each.Characteristics & EXECUTE)


def test_sections_have_their_own_pages(pe: pefile.PE) -> None:
    """Aligned to pages, ascending, disjoint, inside the image: firmware can protect each by itself."""
    assert pe.OPTIONAL_HEADER.SectionAlignment == PAGE
    end = pe.OPTIONAL_HEADER.SizeOfHeaders
    for each in pe.sections:
        assert each.VirtualAddress % PAGE == 0
        assert each.VirtualAddress >= end
        assert each.Misc_VirtualSize > 0
        end = each.VirtualAddress + each.Misc_VirtualSize
    assert pe.OPTIONAL_HEADER.SizeOfImage == (end + PAGE - 1) // PAGE * PAGE


def test_sections_fill_the_file_without_gap_or_rest(pe: pefile.PE) -> None:
    """A signature covers the header and the sections; a byte outside them would be a hiding place."""
    alignment = pe.OPTIONAL_HEADER.FileAlignment
    end = pe.OPTIONAL_HEADER.SizeOfHeaders
    assert end % alignment == 0
    for each in pe.sections:
        assert each.PointerToRawData == end
        assert each.SizeOfRawData % alignment == 0
        # Only .data may be longer in memory than in the file (.bss), none shorter by a whole block.
        assert each.SizeOfRawData < each.Misc_VirtualSize + alignment
        assert each.Misc_VirtualSize <= each.SizeOfRawData or name_of(each) == ".data"
        end += each.SizeOfRawData
    assert len(pe.__data__) == end


def test_header_sums_up_the_sections(pe: pefile.PE) -> None:
    """SizeOfCode and its kind are sums that some loaders check."""
    optional = pe.OPTIONAL_HEADER
    text = section(pe, ".text")
    others = [each for each in pe.sections if each is not text]
    assert optional.SizeOfCode == text.SizeOfRawData
    assert optional.BaseOfCode == text.VirtualAddress
    assert optional.SizeOfInitializedData == sum(each.SizeOfRawData for each in others)


def test_relocation_table_is_well_formed_and_changes_nothing(pe: pefile.PE) -> None:
    """It is aligned, its blocks add up and are aligned, and every entry is of type ABSOLUTE."""
    directory = pe.OPTIONAL_HEADER.DATA_DIRECTORY[5]
    assert directory.VirtualAddress % 4 == 0
    assert section(pe, ".rodata").contains_rva(directory.VirtualAddress)
    total = 0
    for block in pe.DIRECTORY_ENTRY_BASERELOC:
        size = block.struct.SizeOfBlock
        assert size >= 8 and size % 4 == 0
        assert block.struct.VirtualAddress % PAGE == 0
        assert 0 < block.struct.VirtualAddress < pe.OPTIONAL_HEADER.SizeOfImage
        assert [entry.type for entry in block.entries] == [0] * len(block.entries)
        total += size
    assert total == directory.Size


def test_no_other_directory_is_present(pe: pefile.PE) -> None:
    """Above all no certificate: an unsigned file must not look signed."""
    used = [n for n, each in enumerate(pe.OPTIONAL_HEADER.DATA_DIRECTORY) if each.Size]
    assert used == [5]


def shims_complaints(pe: pefile.PE) -> list[str]:
    """What shim that insists on NX would say of an image: its own checks, in its own words.

    shim 16.1: read_header() and get_section_vma() in pe-relocate.c, handle_image() in pe.c,
    verify_buffer_sbat() in verify.c. Its MokPolicy asks for NX, and so does a shim that is marked
    NX-compatible on firmware which can do it; 15.8 has the same checks in other files.
    """
    file, optional = pe.FILE_HEADER, pe.OPTIONAL_HEADER
    headers = pe.DOS_HEADER.e_lfanew + 4 + 20 + file.SizeOfOptionalHeader + 40 * len(pe.sections)
    code = [each for each in pe.sections if each.contains_rva(optional.AddressOfEntryPoint)]
    sbat = [each for each in pe.sections if each.Name == b".sbat\0\0\0"]
    checks = {
        "File Alignment is invalid": optional.FileAlignment % 2 != 0,
        "Image header too large": optional.NumberOfRvaAndSizes > 16,
        "Image header overflows data directory": file.SizeOfOptionalHeader
        != 112 + 8 * optional.NumberOfRvaAndSizes,
        "Image sections overflow image size": headers >= optional.SizeOfImage,
        "Image sections overflow section headers": headers > optional.SizeOfHeaders,
        "Relocations have been stripped": bool(file.Characteristics & 0x0001),
        "Policy requires NX, but image does not support NX": not optional.DllCharacteristics & 0x0100,
        "Image has no relocation entry": optional.NumberOfRvaAndSizes <= 5,
        # What it has to say of a section of that name; without one it relocates nothing.
        "Relocation section is invalid": any(each.Name == b".reloc\0\0" for each in pe.sections),
        "Entry point is not within sections": len(code) != 1,
        "No .sbat section data": len(sbat) != 1
        or sbat[0].SizeOfRawData < sbat[0].Misc_VirtualSize
        or sbat[0].NumberOfRelocations != 0
        or sbat[0].PointerToRelocations != 0,
    }
    for number, each in enumerate(pe.sections):
        end = each.VirtualAddress + each.Misc_VirtualSize
        first = min(each.VirtualAddress, each.PointerToRawData)
        rights = each.Characteristics
        checks |= {
            f"Section {number} is writable and executable": rights & WRITE and rights & EXECUTE,
            f"Section {number} has zero size": each.Misc_VirtualSize == 0,
            f"Section {number} has invalid base address": end > optional.SizeOfImage,
            f"Section {number} is inside image headers": first < optional.SizeOfHeaders,
            # Without this its rights cannot be set: "Invalid call dxe_update_mem_attrs".
            f"Section {number} is not page aligned": each.VirtualAddress % PAGE != 0,
            # Such a section would not be loaded at all.
            f"Section {number} is not readable": not rights & READ,
        }
    return [complaint for complaint, applies in checks.items() if applies]


def test_shim_that_requires_nx_has_nothing_to_complain_about(pe: pefile.PE) -> None:
    """The boot tests show it with shim itself; here each condition has a name."""
    assert not shims_complaints(pe)


@pytest.mark.parametrize(
    ("part", "field", "value", "complaint"),
    [
        ("OPTIONAL_HEADER", "DllCharacteristics", 0x40, "Policy requires NX"),
        ("FILE_HEADER", "Characteristics", 0x23, "Relocations have been stripped"),
        ("OPTIONAL_HEADER", "AddressOfEntryPoint", 0x10, "Entry point is not within"),
        (".text", "Characteristics", CODE | READ | WRITE | EXECUTE, "Section 0 is writable and"),
        (".data", "VirtualAddress", 0x1234, "Section 2 is not page aligned"),
        (".sbat", "Misc_VirtualSize", 0x10000, "No .sbat section data"),
    ],
)
def test_what_shim_would_complain_about_is_noticed(
    image: Path, part: str, field: str, value: int, complaint: str
) -> None:
    """The list of complaints above is not empty because nobody looked."""
    spoilt = pefile.PE(image)
    setattr(section(spoilt, part) if part.startswith(".") else getattr(spoilt, part), field, value)
    assert any(each.startswith(complaint) for each in shims_complaints(spoilt))


def test_sbat_is_what_shim_reads(pe: pefile.PE) -> None:
    """Lines of comma-separated fields: the format's own first, then Baton's with a generation."""
    part = section(pe, ".sbat")
    lines = part.get_data()[: part.Misc_VirtualSize].decode("ascii").splitlines()
    first = "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md"
    assert lines[0] == first
    assert len(lines) == 2
    component, generation, vendor, package, version, address = lines[1].split(",")
    assert (component, generation, vendor, package) == ("baton", "1", "The Baton authors", "baton")
    assert version and address


def test_the_marker_is_what_bootctl_reads(pe: pefile.PE) -> None:
    """In its section, as systemd 262 wants it, and nowhere else in the file, where older ones look."""
    part = section(pe, ".sdmagic")
    marker = part.get_data()[: part.Misc_VirtualSize]
    assert re.fullmatch(rb"#### LoaderInfo: baton [0-9.]+ ####\0", marker)
    assert bytes(pe.__data__).count(b"#### LoaderInfo: ") == 1


def test_every_byte_the_linker_placed_is_at_its_address(pe: pefile.PE, elf: ELFFile) -> None:
    """Each ALLOC section of the ELF is in the image, at the same RVA, with the permissions it needs."""
    memory = memory_of(pe)
    seen = 0
    for each in elf.iter_sections():
        start, size = each["sh_addr"], each["sh_size"]
        if not each["sh_flags"] & 2 or size == 0:  # SHF_ALLOC
            continue
        seen += 1
        empty = each["sh_type"] == "SHT_NOBITS" or each.name in DROPPED
        expected = bytes(size) if empty else each.data()
        inside = memory[start : start + size]
        # The padding up to the file's alignment is not part of the section in memory.
        assert inside.rstrip(b"\xcc\0") == expected.rstrip(b"\xcc\0"), each.name
        if each.name == ".header":
            continue
        home = pe.get_section_by_rva(start)
        assert home is not None, each.name
        assert bool(home.Characteristics & EXECUTE) == bool(each["sh_flags"] & 4), each.name
        assert home.Characteristics & WRITE or not each["sh_flags"] & 1, each.name
    assert seen >= 5


def test_entry_point_is_ours_and_executable(pe: pefile.PE, elf: ELFFile) -> None:
    """Entry of the PE, entry of the ELF and the symbol are one address, inside .text."""
    entry = pe.OPTIONAL_HEADER.AddressOfEntryPoint
    (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name("baton_start")
    assert entry == elf["e_entry"] == symbol["st_value"]
    text = section(pe, ".text")
    assert text.VirtualAddress <= entry < text.VirtualAddress + text.Misc_VirtualSize


def test_no_symbol_is_undefined(elf: ELFFile) -> None:
    """An undefined symbol would be a call to address 0."""
    for table in (".symtab", ".dynsym"):
        part = elf.get_section_by_name(table)
        for symbol in part.iter_symbols() if part else ():
            assert not symbol.name or symbol["st_shndx"] != "SHN_UNDEF", symbol.name


def test_start_up_relocates_only_data_and_only_by_adding_the_base(
    pe: pefile.PE, elf: ELFFile, image: Path
) -> None:
    """The relocator skips other types silently; a write outside .data faults under NX_COMPAT."""
    data = section(pe, ".data")
    table = elf.get_section_by_name(".rela.dyn")
    relocations = list(table.iter_relocations()) if table else []
    # Each is 32 bytes of the file, more than the instructions that make such an address.
    assert (image == IMAGE) == (not relocations), "a constant with an address in it, or the wrong place"
    for each in relocations:
        assert each["r_info_type"] == RELATIVE[image.name]
        offset = each["r_offset"] - data.VirtualAddress
        assert 0 <= offset <= data.Misc_VirtualSize - 8


def symbol(elf: ELFFile, name: str) -> int:
    """The value of the one symbol of that name."""
    (found,) = elf.get_section_by_name(".symtab").get_symbol_by_name(name)
    return found["st_value"]


def test_the_texts_are_in_the_file_packed_and_in_no_other_way(pe: pefile.PE, elf: ELFFile, image: Path) -> None:
    """Unpacked they fill their place to the byte, with what the first link of the build had there."""
    packed = memory_of(pe)[symbol(elf, "texts_packed_start") : symbol(elf, "texts_packed_end")]
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    texts = stream.decompress(packed)
    assert stream.eof and not stream.unused_data
    with (image.parent / "obj/texts.debug").open("rb") as first:
        assert texts == ELFFile(first).get_section_by_name(".packed").data()
    assert len(texts) == symbol(elf, "texts_end") - symbol(elf, "texts_start")
    for text in (b"it cannot be read\0check the disk for errors and copy the file again\0", b"Load Error"):
        assert text in texts, "texts of lists, literals, tables"
        assert text not in pe.__data__
    assert section(pe, ".data").contains_rva(symbol(elf, "texts_start"))
    assert not any(memory_of(pe)[symbol(elf, "texts_start") : symbol(elf, "texts_end")])


def test_debug_file_has_lines_and_the_image_has_no_names(elf: ELFFile, image: Path) -> None:
    """Symbols are beside the image for the debugger, not in it."""
    assert elf.has_dwarf_info()
    assert any(unit.get_top_DIE().get_full_path().endswith("main.c")
               for unit in elf.get_dwarf_info().iter_CUs())  # fmt: skip
    assert b"baton_start" not in image.read_bytes()


def test_a_signature_can_be_added_and_verified(image: Path, tmp_path: Path) -> None:
    """sbsign takes the file without complaint, sbverify accepts the result and nothing changed."""
    key, certificate, signed = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "signed.efi"
    subprocess.run(
        ["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=Baton test/", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    sign = subprocess.run(
        ["sbsign", "--key", key, "--cert", certificate, "--output", signed, image],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "warning" not in (sign.stdout + sign.stderr).lower()
    verify = ["sbverify", "--cert", certificate]
    subprocess.run([*verify, signed], check=True, capture_output=True)
    assert subprocess.run([*verify, image], check=False, capture_output=True).returncode != 0

    original, result = image.read_bytes(), bytearray(signed.read_bytes())
    text = pefile.PE(image).sections[0]
    assert original[text.PointerToRawData :] == result[text.PointerToRawData : len(original)]
    result[text.PointerToRawData] ^= 1
    signed.write_bytes(result)
    assert subprocess.run([*verify, signed], check=False, capture_output=True).returncode != 0
