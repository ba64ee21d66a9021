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

/* The PE signature and the COFF header. */
struct coff_header {
    uint32_t signature;
    uint16_t machine;
    uint16_t section_count;
    uint32_t rest[3];
    uint16_t optional_header_size;
    uint16_t characteristics;
};
#define OPTIONAL_HEADER 24U
_Static_assert(sizeof(struct coff_header) == OPTIONAL_HEADER, "as in the file");

/* Of the optional header of PE32+ what counts here. */
struct optional_header {
    uint16_t magic;
    uint16_t linker;
    uint32_t sizes[3];
    uint32_t entry;
    uint32_t code_base;
    uint32_t image_base[2];
    uint32_t alignments[2];
    uint16_t versions[6];
    uint32_t version_value;
    uint32_t image_size;
    uint32_t headers_size;
    uint32_t checksum;
    uint16_t subsystem;
};
#define OPTIONAL_FIXED_SIZE 112U /* up to the data directories */
_Static_assert(offsetof(struct optional_header, image_size) == 56 &&
                   offsetof(struct optional_header, subsystem) == 68,
               "as in the file");

#define SUBSYSTEM_EFI_APPLICATION    10U
#define SUBSYSTEM_EFI_BOOT_DRIVER    11U
#define SUBSYSTEM_EFI_RUNTIME_DRIVER 12U
#define SUBSYSTEM_EFI_ROM            13U

/* One header of the section table. */
struct section_header {
    char name[8];
    uint32_t virtual_size;
    uint32_t virtual_address;
    uint32_t raw_size;
    uint32_t raw_pointer;
    uint32_t rest[4];
};
#define SECTION_HEADER_SIZE 40U
_Static_assert(sizeof(struct section_header) == SECTION_HEADER_SIZE, "as in the file");

/* The PE signature and the header behind it; ret_offset: of what follows them. */
static enum pe_error find_signature(struct span head, uint32_t *ret_offset,
                                    struct coff_header *ret_header)
{
    uint16_t magic;
    uint32_t offset;

    if (!span_u16(head, 0, &magic) || magic != DOS_MAGIC)
        return PE_NO_MAGIC;
    if (!span_u32(head, DOS_E_LFANEW, &offset))
        return PE_HEADERS_CUT;
    if (offset >= PE_HEAD_MAX)
        return PE_HEADERS_TOO_LARGE;
    if (!span_copy(head, offset, ret_header, sizeof(*ret_header)))
        return PE_HEADERS_CUT;
    *ret_offset = offset + OPTIONAL_HEADER;
    return ret_header->signature == PE_MAGIC ? PE_OK : PE_NO_MAGIC;
}

static uint32_t table_size(const struct coff_header *header)
{
    return header->section_count * SECTION_HEADER_SIZE;
}

uint32_t pe_head_needed(struct span head)
{
    struct coff_header header;
    uint32_t offset;
    uint32_t end;
    enum pe_error error = find_signature(head, &offset, &header);

    if (error == PE_HEADERS_CUT)
        return PE_HEAD_MAX;
    if (error != PE_OK)
        return 0;
    end = offset + header.optional_header_size + table_size(&header);
    return end < PE_HEAD_MAX ? end : PE_HEAD_MAX;
}

static enum pe_error check_kind(const struct coff_header *header,
                                const struct optional_header *optional)
{
    if (optional->magic != OPTIONAL_PE32_64)
        return PE_32_BIT;
    if (header->optional_header_size < OPTIONAL_FIXED_SIZE)
        return PE_OPTIONAL_HEADER;
    switch (optional->subsystem) {
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

struct pe_section pe_section(const struct pe *pe, uint32_t index)
{
    struct section_header header = {0};
    struct pe_section section;

    (void)span_copy(pe->sections, (uint64_t)index * sizeof(header), &header, sizeof(header));
    section = (struct pe_section){
        .address = header.virtual_address,
        .memory_size = header.virtual_size,
        .offset = header.raw_pointer,
        .file_size = header.raw_size,
    };
    memcpy(section.name, header.name, sizeof(header.name));
    return section;
}

/* Sums of two of the table's fields do not wrap in it. */
struct extent {
    uint64_t start, end;
};

struct extents {
    struct extent file, memory;
};

static struct extents extents_of(const struct pe *pe, uint32_t index)
{
    struct pe_section section = pe_section(pe, index);
    /* Loaders take a VirtualSize of 0 for that of the file's bytes. */
    uint32_t loaded = section.memory_size != 0 ? section.memory_size : section.file_size;

    return (struct extents){
        .file = {section.offset, (uint64_t)section.offset + section.file_size},
        .memory = {section.address, (uint64_t)section.address + loaded},
    };
}

static bool overlap(const struct extent *a, const struct extent *b)
{
    return a->start < a->end && b->start < b->end && a->start < b->end && b->start < a->end;
}

static void reach(struct extent *last, const struct extent *extent)
{
    if (last->end < extent->end)
        last->end = extent->end;
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
    const struct extent headers = {0, pe->headers_size};
    bool follows = section.file.start >= last->file.end && section.memory.start >= last->memory.end;

    if (section.file.start < section.file.end && section.file.end > file_size)
        return PE_SECTION_CUT;
    if (overlap(&section.file, &headers) || overlap(&section.memory, &headers))
        return PE_SECTION_IN_HEADERS;
    if (section.memory.end > pe->image_size)
        return PE_SECTION_BEYOND;
    for (uint32_t i = 0; i < index && !follows; i++) {
        struct extents other = extents_of(pe, i);

        if (overlap(&section.file, &other.file))
            return PE_SECTIONS_IN_FILE;
        if (overlap(&section.memory, &other.memory))
            return PE_SECTIONS_IN_MEMORY;
    }
    reach(&last->file, &section.file);
    reach(&last->memory, &section.memory);
    return PE_OK;
}

enum pe_error pe_parse(struct span head, uint64_t file_size, struct pe *ret_pe)
{
    struct extents last = {0};
    struct coff_header header;
    struct optional_header optional;
    struct pe pe;
    uint32_t offset;
    uint32_t end;
    enum pe_error error;

    if (head.size > file_size)
        head.size = (size_t)file_size;
    error = find_signature(head, &offset, &header);
    if (error != PE_OK)
        return error;
    if (header.machine != TARGET_PE_MACHINE)
        return PE_MACHINE;
    if (!span_covers(head, offset, OPTIONAL_FIXED_SIZE) ||
        !span_copy(head, offset, &optional, sizeof(optional)))
        return PE_HEADERS_CUT;
    error = check_kind(&header, &optional);
    if (error != PE_OK)
        return error;
    pe.section_count = header.section_count;
    if (pe.section_count == 0)
        return PE_NO_SECTIONS;
    if (pe.section_count > PE_SECTIONS_MAX)
        return PE_TOO_MANY_SECTIONS;
    offset += header.optional_header_size;
    end = offset + table_size(&header);
    if (end > PE_HEAD_MAX)
        return PE_HEADERS_TOO_LARGE;
    if (!span_part(head, offset, table_size(&header), &pe.sections))
        return PE_HEADERS_CUT;
    pe.entry = optional.entry;
    pe.image_size = optional.image_size;
    pe.headers_size = optional.headers_size;
    if (pe.headers_size < end || pe.headers_size > file_size || pe.headers_size > pe.image_size)
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
