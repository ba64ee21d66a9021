/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows how Microsoft's PE format lays out headers and sections; must not know what a section is
 * for. Comments name fields as the specification does. */
#include "core/image/pe.h"

#include "core/base/mem.h"
#include "core/base/target.h"

/* MS-DOS Stub: where the file says that its PE signature is. */
#define DOS_MAGIC    0x5a4dU /* MZ */
#define DOS_E_LFANEW 0x3cU

#define PE_MAGIC         0x4550U /* PE\0\0 */
#define OPTIONAL_PE32_64 0x20bU

/* Offsets from the PE signature: COFF header, optional header of PE32+. */
#define COFF_MACHINE              4U
#define COFF_SECTION_COUNT        6U
#define COFF_OPTIONAL_HEADER_SIZE 20U
#define OPTIONAL_HEADER           24U
#define OPTIONAL_ENTRY            (OPTIONAL_HEADER + 16U)
#define OPTIONAL_IMAGE_SIZE       (OPTIONAL_HEADER + 56U)
#define OPTIONAL_HEADERS_SIZE     (OPTIONAL_HEADER + 60U)
#define OPTIONAL_SUBSYSTEM        (OPTIONAL_HEADER + 68U)
#define OPTIONAL_FIXED_SIZE       112U /* up to the data directories */

#define SUBSYSTEM_EFI_APPLICATION    10U
#define SUBSYSTEM_EFI_BOOT_DRIVER    11U
#define SUBSYSTEM_EFI_RUNTIME_DRIVER 12U
#define SUBSYSTEM_EFI_ROM            13U

/* Offsets in one header of the section table. */
#define SECTION_VIRTUAL_SIZE    8U
#define SECTION_VIRTUAL_ADDRESS 12U
#define SECTION_RAW_SIZE        16U
#define SECTION_RAW_POINTER     20U
#define SECTION_HEADER_SIZE     40U

/* For what is known to be there. */
static uint16_t u16_at(struct span bytes, uint64_t offset)
{
    uint16_t value = 0;

    (void)span_u16(bytes, offset, &value);
    return value;
}

static uint32_t u32_at(struct span bytes, uint64_t offset)
{
    uint32_t value = 0;

    (void)span_u32(bytes, offset, &value);
    return value;
}

/* What the PE signature, found at ret_offset, begins; ret_pe reaches to the end of the head. */
static enum pe_error find_signature(struct span head, uint32_t *ret_offset, struct span *ret_pe)
{
    uint16_t magic;
    uint32_t offset;

    if (!span_u16(head, 0, &magic) || magic != DOS_MAGIC)
        return PE_NO_MAGIC;
    if (!span_u32(head, DOS_E_LFANEW, &offset))
        return PE_HEADERS_CUT;
    if (offset >= PE_HEAD_MAX)
        return PE_HEADERS_TOO_LARGE;
    if (!span_covers(head, offset, OPTIONAL_HEADER))
        return PE_HEADERS_CUT;
    *ret_offset = offset;
    *ret_pe = span_behind(head, offset);
    return u32_at(*ret_pe, 0) == PE_MAGIC ? PE_OK : PE_NO_MAGIC;
}

/* From the PE signature: where the section table begins, and its size. */
static uint32_t table_offset(struct span pe)
{
    return OPTIONAL_HEADER + u16_at(pe, COFF_OPTIONAL_HEADER_SIZE);
}

static uint32_t table_size(struct span pe)
{
    return u16_at(pe, COFF_SECTION_COUNT) * SECTION_HEADER_SIZE;
}

uint32_t pe_head_needed(struct span head)
{
    struct span pe;
    uint32_t offset;
    uint32_t end;
    enum pe_error error = find_signature(head, &offset, &pe);

    if (error == PE_HEADERS_CUT)
        return PE_HEAD_MAX;
    if (error != PE_OK)
        return 0;
    end = offset + table_offset(pe) + table_size(pe);
    return end < PE_HEAD_MAX ? end : PE_HEAD_MAX;
}

static enum pe_error check_kind(struct span pe)
{
    if (u16_at(pe, COFF_MACHINE) != TARGET_PE_MACHINE)
        return PE_MACHINE;
    if (!span_covers(pe, OPTIONAL_HEADER, OPTIONAL_FIXED_SIZE))
        return PE_HEADERS_CUT;
    if (u16_at(pe, OPTIONAL_HEADER) != OPTIONAL_PE32_64)
        return PE_32_BIT;
    if (u16_at(pe, COFF_OPTIONAL_HEADER_SIZE) < OPTIONAL_FIXED_SIZE)
        return PE_OPTIONAL_HEADER;
    switch (u16_at(pe, OPTIONAL_SUBSYSTEM)) {
    case SUBSYSTEM_EFI_APPLICATION:
        return PE_OK;
    case SUBSYSTEM_EFI_BOOT_DRIVER:
        return PE_BOOT_DRIVER;
    case SUBSYSTEM_EFI_RUNTIME_DRIVER:
        return PE_RUNTIME_DRIVER;
    case SUBSYSTEM_EFI_ROM:
        return PE_ROM;
    default:
        return PE_NOT_EFI;
    }
}

static struct span section_header(const struct pe *pe, uint32_t index)
{
    return span_of(pe->sections.data + (size_t)index * SECTION_HEADER_SIZE, SECTION_HEADER_SIZE);
}

struct pe_section pe_section(const struct pe *pe, uint32_t index)
{
    struct span header = section_header(pe, index);
    struct pe_section section = {
        .address = u32_at(header, SECTION_VIRTUAL_ADDRESS),
        .memory_size = u32_at(header, SECTION_VIRTUAL_SIZE),
        .offset = u32_at(header, SECTION_RAW_POINTER),
        .file_size = u32_at(header, SECTION_RAW_SIZE),
    };

    memcpy(section.name, header.data, sizeof(section.name) - 1);
    return section;
}

/* Sums of two of the table's fields do not wrap in these. */
struct extents {
    uint64_t file_start, file_end;
    uint64_t memory_start, memory_end;
};

static struct extents extents_of(const struct pe *pe, uint32_t index)
{
    struct pe_section section = pe_section(pe, index);
    /* Loaders take a VirtualSize of 0 for that of the file's bytes. */
    uint32_t loaded = section.memory_size != 0 ? section.memory_size : section.file_size;

    return (struct extents){
        .file_start = section.offset,
        .file_end = (uint64_t)section.offset + section.file_size,
        .memory_start = section.address,
        .memory_end = (uint64_t)section.address + loaded,
    };
}

static bool overlap(uint64_t a_start, uint64_t a_end, uint64_t b_start, uint64_t b_end)
{
    return a_start < a_end && b_start < b_end && a_start < b_end && b_start < a_end;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/*
 * Against the headers, the file, the image, and the sections before it. `last` has the ends of
 * those; they need to be compared one by one only when this one does not follow all of them, as it
 * does in what linkers write.
 */
static enum pe_error check_section(const struct pe *pe, uint32_t index, uint64_t file_size,
                                   struct extents *last)
{
    struct extents section = extents_of(pe, index);
    bool follows = section.file_start >= last->file_end && section.memory_start >= last->memory_end;

    if (section.file_start < section.file_end && section.file_end > file_size)
        return PE_SECTION_CUT;
    if (overlap(section.file_start, section.file_end, 0, pe->headers_size) ||
        overlap(section.memory_start, section.memory_end, 0, pe->headers_size))
        return PE_SECTION_IN_HEADERS;
    if (section.memory_end > pe->image_size)
        return PE_SECTION_BEYOND;
    for (uint32_t i = 0; i < index && !follows; i++) {
        struct extents other = extents_of(pe, i);

        if (overlap(section.file_start, section.file_end, other.file_start, other.file_end))
            return PE_SECTIONS_IN_FILE;
        if (overlap(section.memory_start, section.memory_end, other.memory_start, other.memory_end))
            return PE_SECTIONS_IN_MEMORY;
    }
    last->file_end = larger(last->file_end, section.file_end);
    last->memory_end = larger(last->memory_end, section.memory_end);
    return PE_OK;
}

enum pe_error pe_parse(struct span head, uint64_t file_size, struct pe *ret_pe)
{
    struct extents last = {0};
    struct pe pe;
    struct span rest;
    uint32_t offset;
    enum pe_error error;

    if (head.size > file_size)
        head.size = (size_t)file_size;
    error = find_signature(head, &offset, &rest);
    if (error == PE_OK)
        error = check_kind(rest);
    if (error != PE_OK)
        return error;
    pe.section_count = u16_at(rest, COFF_SECTION_COUNT);
    if (pe.section_count == 0)
        return PE_NO_SECTIONS;
    if (pe.section_count > PE_SECTIONS_MAX)
        return PE_TOO_MANY_SECTIONS;
    if (offset + table_offset(rest) + table_size(rest) > PE_HEAD_MAX)
        return PE_HEADERS_TOO_LARGE;
    if (!span_part(rest, table_offset(rest), table_size(rest), &pe.sections))
        return PE_HEADERS_CUT;
    pe.entry = u32_at(rest, OPTIONAL_ENTRY);
    pe.image_size = u32_at(rest, OPTIONAL_IMAGE_SIZE);
    pe.headers_size = u32_at(rest, OPTIONAL_HEADERS_SIZE);
    if (pe.headers_size < offset + table_offset(rest) + table_size(rest) ||
        pe.headers_size > file_size || pe.headers_size > pe.image_size)
        return PE_HEADERS_SIZE;
    for (uint32_t i = 0; i < pe.section_count && error == PE_OK; i++)
        error = check_section(&pe, i, file_size, &last);
    if (error != PE_OK)
        return error;
    *ret_pe = pe;
    return PE_OK;
}

#define EXPLANATIONS(X)                                                                            \
    X(PE_OK, "a sound EFI program", "nothing to do")                                               \
    X(PE_NO_MAGIC, "it is no EFI program (no MZ, or no PE behind it)",                             \
      "give an EFI program for " TARGET_NAME)                                                      \
    X(PE_HEADERS_CUT, "the file ends inside its headers", "copy it to the volume again")           \
    X(PE_HEADERS_TOO_LARGE, "its headers have more than 64 KiB", AS_BEFORE)                        \
    X(PE_MACHINE, "it is for another machine", "give an EFI program for " TARGET_NAME)             \
    X(PE_32_BIT, "its optional header is not that of a 64-bit program (PE32+)", AS_BEFORE)         \
    X(PE_OPTIONAL_HEADER, "its optional header is too short", "copy it to the volume again")       \
    X(PE_NOT_EFI, "it is a program for another system than EFI",                                   \
      "give an EFI program for " TARGET_NAME)                                                      \
    X(PE_BOOT_DRIVER, "it is a driver of boot services, not a program",                            \
      "let the firmware load it, as Driver####")                                                   \
    X(PE_RUNTIME_DRIVER, "it is a runtime driver, not a program", AS_BEFORE)                       \
    X(PE_ROM, "it is a ROM image, not a program", "give an EFI program for " TARGET_NAME)          \
    X(PE_NO_SECTIONS, "it has no sections", "copy it to the volume again")                         \
    X(PE_TOO_MANY_SECTIONS, "it has more than 256 sections", "build it with fewer")                \
    X(PE_HEADERS_SIZE, "its SizeOfHeaders contradicts its headers", "copy it to the volume again") \
    X(PE_SECTION_CUT, "the file ends inside a section", AS_BEFORE)                                 \
    X(PE_SECTION_IN_HEADERS, "a section begins inside the headers", "build it again")              \
    X(PE_SECTION_BEYOND, "a section ends behind SizeOfImage", AS_BEFORE)                           \
    X(PE_SECTIONS_IN_FILE, "two sections overlap in the file", AS_BEFORE)                          \
    X(PE_SECTIONS_IN_MEMORY, "two sections overlap in memory", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation pe_explain(enum pe_error error)
{
    return EXPLAIN(error);
}

bool pe_is_loaded(struct span file, struct span loaded)
{
    static const char text[] = ".text";
    struct pe pe;

    if (pe_parse(file, file.size, &pe) != PE_OK)
        return false;
    for (uint32_t i = 0; i < pe.section_count; i++) {
        struct pe_section section = pe_section(&pe, i);
        uint32_t size =
            section.file_size < section.memory_size ? section.file_size : section.memory_size;
        struct span memory;

        if (memcmp(section.name, text, sizeof(text)) == 0)
            return size != 0 && span_part(loaded, section.address, size, &memory) &&
                   memcmp(file.data + section.offset, memory.data, size) == 0;
    }
    return false;
}
