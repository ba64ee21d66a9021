/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/image/elf.h"

#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "core/base/target.h"
#include "core/text/text.h"

#define ET_EXEC 2U
#define ET_DYN  3U

#define PT_LOAD    1U
#define PT_DYNAMIC 2U
#define PT_INTERP  3U
#define PT_NOTE    4U

#define PF_X 1U
#define PF_W 2U

#define DT_NULL     0U
#define DT_NEEDED   1U
#define DT_PLTRELSZ 2U
#define DT_RELA     7U
#define DT_RELASZ   8U
#define DT_RELAENT  9U
#define DT_RELSZ    18U
#define DT_RELRSZ   35U

#define R_NONE 0U /* R_<machine>_NONE, the same on all */

#define LOWER_HALF_END   0x0000800000000000ULL
#define UPPER_HALF_START TARGET_UPPER_HALF

/* The texts below have the numbers in words. */
_Static_assert(ELF_PROGRAM_HEADERS_MAX == 64 && ELF_SEGMENTS_MAX == 16 && ELF_NOTES_MAX == 4 &&
                   ELF_NOTE_SIZE_MAX == 4096 && ELF_ALIGNMENT_MAX == 1U << 30 &&
                   ELF_LOWEST_ADDRESS == 1U << 20,
               "elf_explain()");

#define EXPLANATIONS(X)                                                                            \
    X(ELF_OK, "nothing is wrong", "go on")                                                         \
    X(ELF_NO_MAGIC, "no ELF magic at 0", "give a kernel")                                          \
    X(ELF_HEADER_CUT, "the file ends inside the ELF header", "copy it again")                      \
    X(ELF_PROGRAM_HEADERS_CUT, "the program headers are not in the file", AS_BEFORE)               \
    X(ELF_SEGMENT_CUT, "a segment is not all in the file", AS_BEFORE)                              \
    X(ELF_NOT_64_BIT, "this is a 32-bit ELF file", "build it for " TARGET_NAME)                    \
    X(ELF_NOT_LITTLE_ENDIAN, "this is a big-endian ELF file", AS_BEFORE)                           \
    X(ELF_OTHER_MACHINE, "this ELF file is for another processor", AS_BEFORE)                      \
    X(ELF_NOT_EXECUTABLE, "this ELF file is not an executable", "link it first (ld -static)")      \
    X(ELF_INTERPRETER, "this is a program that wants an operating system, not a kernel",           \
      "give a kernel, or link yours with -static")                                                 \
    X(ELF_MOVABLE_UPPER_HALF,                                                                      \
      "it is position-independent and linked for the upper half of the address space, and Baton "  \
      "runs such kernels where free memory is",                                                    \
      "link it from address 0 on, or for fixed addresses in the upper half (-no-pie)")             \
    X(ELF_SEGMENT_NOT_CANONICAL,                                                                   \
      "a segment lies in the gap between the two halves of the address space",                     \
      "link below 0x800000000000 or from 0xffff800000000000 up")                                   \
    X(ELF_SEGMENT_TOO_LOW, "a segment lies below 1 MiB",                                           \
      "link it higher, position-independent or in the upper half")                                 \
    X(ELF_BAD_ALIGNMENT, "a segment's alignment is not a power of two up to 1 GiB",                \
      "link with -z max-page-size=4096")                                                           \
    X(ELF_WRITABLE_CODE, "a segment is both writable and executable",                              \
      "link with -z separate-code and one PHDRS entry for each permission")                        \
    X(ELF_SHARED_PAGE, "two segments share a page", AS_BEFORE)                                     \
    X(ELF_BOTH_HALVES, "there are segments in both halves of the address space",                   \
      "link all of the kernel in one half")                                                        \
    X(ELF_BAD_ENTRY, "the entry point is not in an executable segment",                            \
      "name it with ENTRY() in the linker script")                                                 \
    X(ELF_NEEDS_LIBRARY, "the kernel needs a shared library", "link with -static")                 \
    X(ELF_RELOCATION_FORM, "the relocations have a form other than RELA",                          \
      "link with -z nopack-relative-relocs, without PLT (-fno-plt)")                               \
    X(ELF_RELOCATION_TYPE, "a relocation is not the RELATIVE one, as for an undefined symbol",     \
      "link with -static -pie --no-dynamic-linker -z text")                                        \
    X(ELF_NO_NOTE, "this ELF file is not a kernel for Baton: it has no \"Baton\" note",            \
      "of Linux, boot the vmlinuz; in a kernel of yours, use BATON_KERNEL() of "                   \
      "include/baton-handoff.h")                                                                   \
    X(ELF_MANY_NOTES, "the ELF file has more than 4 note segments, or one of more than 4 KiB",     \
      "keep Baton's note alone (/DISCARD/ in the linker script)")                                  \
    X(ELF_BAD_VERSION, "the version of the ELF header is not 1",                                   \
      "link it as include/baton-handoff.h says")                                                   \
    X(ELF_BAD_HEADER_SIZE, "the ELF header has wrong sizes", AS_BEFORE)                            \
    X(ELF_NO_PROGRAM_HEADERS, "the ELF file has no program headers", AS_BEFORE)                    \
    X(ELF_MANY_PROGRAM_HEADERS, "the ELF file has more than 64 program headers", AS_BEFORE)        \
    X(ELF_SEGMENT_SHRINKS, "a segment is larger in the file than in memory", AS_BEFORE)            \
    X(ELF_SEGMENT_WRAPS, "a segment goes beyond the end of the address space", AS_BEFORE)          \
    X(ELF_MISALIGNED, "a segment's address does not fit its alignment", AS_BEFORE)                 \
    X(ELF_UNSORTED, "the segments are not in ascending order", AS_BEFORE)                          \
    X(ELF_OVERLAP, "two segments overlap", AS_BEFORE)                                              \
    X(ELF_NO_SEGMENTS, "the ELF file has nothing to load", AS_BEFORE)                              \
    X(ELF_MANY_SEGMENTS, "the ELF file has more than 16 segments", AS_BEFORE)                      \
    X(ELF_DYNAMIC_OUTSIDE, "the dynamic section is not in a segment", AS_BEFORE)                   \
    X(ELF_RELOCATIONS_OUTSIDE, "the relocations are not in a segment", AS_BEFORE)                  \
    X(ELF_RELOCATION_OUTSIDE, "a relocation is for an address outside of the kernel", AS_BEFORE)   \
    X(ELF_BAD_NOTE, "a note is not all in its segment", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation elf_explain(enum elf_error error)
{
    return EXPLAIN(error);
}

/* ELF-64 object file format: figures 2, 6 and 8, and the notes and relocations of the gABI. */
struct file_header {
    uint32_t magic;
    uint8_t class;
    uint8_t byte_order;
    uint8_t ident_version;
    uint8_t rest_of_ident[9];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t table_offset;
    uint64_t section_table_offset;
    uint32_t flags;
    uint16_t header_size;
    uint16_t entry_size;
    uint16_t count;
    uint16_t sections[3];
};
_Static_assert(sizeof(struct file_header) == ELF_HEADER_SIZE, "as in the file");

struct program_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t physical_address;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};
_Static_assert(sizeof(struct program_header) == ELF_PROGRAM_HEADER_SIZE, "as in the file");

struct note_header {
    uint32_t name_size;
    uint32_t size;
    uint32_t type;
};

struct dynamic_entry {
    uint64_t tag;
    uint64_t value;
};

struct relocation {
    uint64_t address;
    uint64_t information;
    uint64_t addend;
};

enum elf_error elf_header(struct span head, uint64_t file_size, struct elf_header *ret_header)
{
    struct file_header header;
    uint32_t magic;

    if (!span_u32(head, 0, &magic) || magic != 0x464c457fU)
        return ELF_NO_MAGIC;
    if (!span_copy(head, 0, &header, sizeof(header)))
        return ELF_HEADER_CUT;
    if (header.class != 2)
        return ELF_NOT_64_BIT;
    if (header.byte_order != 1)
        return ELF_NOT_LITTLE_ENDIAN;
    if (header.ident_version != 1 || header.version != 1)
        return ELF_BAD_VERSION;
    if (header.machine != TARGET_ELF_MACHINE)
        return ELF_OTHER_MACHINE;
    if (header.type != ET_EXEC && header.type != ET_DYN)
        return ELF_NOT_EXECUTABLE;
    if (header.count == 0)
        return ELF_NO_PROGRAM_HEADERS;
    if (header.header_size != ELF_HEADER_SIZE || header.entry_size != ELF_PROGRAM_HEADER_SIZE)
        return ELF_BAD_HEADER_SIZE;
    if (header.count > ELF_PROGRAM_HEADERS_MAX)
        return ELF_MANY_PROGRAM_HEADERS;
    if (header.table_offset > file_size ||
        file_size - header.table_offset < (uint64_t)header.count * ELF_PROGRAM_HEADER_SIZE)
        return ELF_PROGRAM_HEADERS_CUT;
    *ret_header = (struct elf_header){.entry = header.entry,
                                      .table_offset = header.table_offset,
                                      .table_count = header.count,
                                      .position_independent = header.type == ET_DYN};
    return ELF_OK;
}

static bool in_file(const struct program_header *header, uint64_t file_size)
{
    return header->offset <= file_size && header->file_size <= file_size - header->offset;
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(PAGE_SIZE - 1);
}

/* The checks of one segment that need no other. */
static enum elf_error check_segment(const struct program_header *header, uint64_t file_size,
                                    bool position_independent)
{
    uint64_t last = header->address + (header->memory_size - 1);

    if (!in_file(header, file_size))
        return ELF_SEGMENT_CUT;
    if (header->file_size > header->memory_size)
        return ELF_SEGMENT_SHRINKS;
    if (last < header->address)
        return ELF_SEGMENT_WRAPS;
    if (header->alignment > ELF_ALIGNMENT_MAX ||
        (header->alignment > 1 && !is_power_of_two(header->alignment)))
        return ELF_BAD_ALIGNMENT;
    if (header->alignment > 1 && (header->address - header->offset) % header->alignment != 0)
        return ELF_MISALIGNED;
    if ((header->flags & PF_W) != 0 && (header->flags & PF_X) != 0)
        return ELF_WRITABLE_CODE;
    if (last >= LOWER_HALF_END && header->address < UPPER_HALF_START)
        return ELF_SEGMENT_NOT_CANONICAL;
    if (last >= LOWER_HALF_END && position_independent)
        return ELF_MOVABLE_UPPER_HALF;
    if (!position_independent && header->address < ELF_LOWEST_ADDRESS)
        return ELF_SEGMENT_TOO_LOW;
    return ELF_OK;
}

static enum elf_error add_segment(struct elf_image *image, const struct program_header *header)
{
    struct elf_segment *segment = &image->segments[image->segment_count];

    if (image->segment_count == ELF_SEGMENTS_MAX)
        return ELF_MANY_SEGMENTS;
    if (image->segment_count > 0) {
        const struct elf_segment *before = segment - 1;
        uint64_t last = before->address + (before->memory_size - 1);

        if (header->address < before->address)
            return ELF_UNSORTED;
        if (header->address <= last)
            return ELF_OVERLAP;
        if (page_of(header->address) == page_of(last))
            return ELF_SHARED_PAGE;
        if ((header->address ^ last) >= UPPER_HALF_START)
            return ELF_BOTH_HALVES;
    }
    *segment = (struct elf_segment){
        .address = header->address,
        .memory_size = header->memory_size,
        .file_offset = header->offset,
        .file_size = header->file_size,
        .writable = (header->flags & PF_W) != 0,
        .executable = (header->flags & PF_X) != 0,
    };
    image->segment_count++;
    if (header->alignment > image->alignment)
        image->alignment = header->alignment;
    return ELF_OK;
}

OWN_FRAME static enum elf_error add_header(struct elf_image *image,
                                           const struct program_header *header, uint64_t file_size)
{
    enum elf_error error;

    switch (header->type) {
    case PT_LOAD:
        if (header->memory_size == 0 && header->file_size == 0)
            return ELF_OK;
        error = check_segment(header, file_size, image->position_independent);
        return error != ELF_OK ? error : add_segment(image, header);
    case PT_INTERP:
        return ELF_INTERPRETER;
    case PT_NOTE:
        if (!in_file(header, file_size))
            return ELF_SEGMENT_CUT;
        if (image->note_count == ELF_NOTES_MAX || header->file_size > ELF_NOTE_SIZE_MAX)
            return ELF_MANY_NOTES;
        image->notes[image->note_count++] =
            (struct elf_piece){.offset = header->offset, .size = header->file_size};
        return ELF_OK;
    case PT_DYNAMIC:
        if (image->position_independent) {
            image->dynamic = header->address;
            image->dynamic_size = header->memory_size;
        }
        return ELF_OK;
    default:
        return ELF_OK;
    }
}

/* True when [address, address + size) lies in the image's pages; ret_offset counts from its start.
 */
static bool image_covers(const struct elf_image *image, uint64_t address, uint64_t size,
                         uint64_t *ret_offset)
{
    uint64_t offset = address - image->start;

    if (address < image->start || offset > image->size || size > image->size - offset)
        return false;
    *ret_offset = offset;
    return true;
}

static bool is_entry(const struct elf_image *image)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];

        if (segment->executable && image->entry >= segment->address &&
            image->entry - segment->address < segment->memory_size)
            return true;
    }
    return false;
}

enum elf_error elf_image(const struct elf_header *header, struct span table, uint64_t file_size,
                         struct elf_image *ret_image)
{
    struct elf_image image = {.position_independent = header->position_independent,
                              .entry = header->entry,
                              .alignment = PAGE_SIZE};
    const struct elf_segment *last;

    for (uint32_t i = 0; i < header->table_count; i++) {
        struct program_header program_header;
        enum elf_error error;

        if (!span_copy(table, (uint64_t)i * sizeof(program_header), &program_header,
                       sizeof(program_header)))
            return ELF_PROGRAM_HEADERS_CUT;
        error = add_header(&image, &program_header, file_size);
        if (error != ELF_OK)
            return error;
    }
    if (image.segment_count == 0)
        return ELF_NO_SEGMENTS;
    last = &image.segments[image.segment_count - 1];
    image.start = page_of(image.segments[0].address);
    if (image.position_independent) /* so that moving it by whole alignments is enough */
        image.start &= ~(image.alignment - 1);
    image.size = page_of(last->address + (last->memory_size - 1)) - image.start + PAGE_SIZE;
    image.upper_half = image.start >= UPPER_HALF_START;
    if (!is_entry(&image))
        return ELF_BAD_ENTRY;
    *ret_image = image;
    return ELF_OK;
}

enum elf_error elf_note(struct span notes, const char *owner, uint32_t type, struct span *ret_note)
{
    uint32_t wanted = (uint32_t)text_length(owner) + 1;
    struct note_header header;
    uint64_t at = 0;

    while (span_copy(notes, at, &header, sizeof(header))) {
        uint64_t name = at + sizeof(header);
        uint64_t description;
        struct span note;

        /* 32-bit sizes: none of these sums can wrap. */
        description = name + ((header.name_size + 3ULL) & ~3ULL);
        if (!span_covers(notes, name, header.name_size) ||
            !span_part(notes, description, header.size, &note))
            return ELF_BAD_NOTE;
        if (header.name_size == wanted && header.type == type &&
            notes.data[name + wanted - 1] == 0 &&
            text_equal((const char *)&notes.data[name], owner)) {
            *ret_note = note;
            return ELF_OK;
        }
        at = description + ((header.size + 3ULL) & ~3ULL);
    }
    return ELF_NO_NOTE;
}

struct relocations {
    uint64_t address;
    uint64_t size;
    uint64_t entry_size;
};

static enum elf_error find_relocations(struct span dynamic, struct relocations *ret)
{
    struct dynamic_entry entry;

    *ret = (struct relocations){.entry_size = sizeof(struct relocation)};
    for (uint64_t at = 0; span_copy(dynamic, at, &entry, sizeof(entry)); at += sizeof(entry)) {
        if (entry.tag == DT_NULL)
            return ELF_OK;
        if (entry.tag == DT_NEEDED)
            return ELF_NEEDS_LIBRARY;
        if ((entry.tag == DT_PLTRELSZ || entry.tag == DT_RELSZ || entry.tag == DT_RELRSZ) &&
            entry.value != 0)
            return ELF_RELOCATION_FORM;
        if (entry.tag == DT_RELA)
            ret->address = entry.value;
        else if (entry.tag == DT_RELASZ)
            ret->size = entry.value;
        else if (entry.tag == DT_RELAENT)
            ret->entry_size = entry.value;
    }
    return ELF_DYNAMIC_OUTSIDE;
}

static enum elf_error apply(const struct elf_image *image, struct span table, uint8_t *bytes,
                            uint64_t slide)
{
    struct relocation relocation;

    for (uint64_t at = 0; span_copy(table, at, &relocation, sizeof(relocation));
         at += sizeof(relocation)) {
        uint64_t value = relocation.addend + slide;
        uint64_t offset;

        if (relocation.information == R_NONE)
            continue;
        if (relocation.information != TARGET_ELF_RELATIVE)
            return ELF_RELOCATION_TYPE;
        if (!image_covers(image, relocation.address, sizeof(value), &offset))
            return ELF_RELOCATION_OUTSIDE;
        memcpy(bytes + offset, &value, sizeof(value));
    }
    return ELF_OK;
}

enum elf_error elf_relocate(const struct elf_image *image, uint8_t *bytes, uint64_t address)
{
    struct span all = span_of(bytes, image->size);
    struct relocations relocations;
    struct span part;
    uint64_t offset;
    enum elf_error error;

    if (image->dynamic_size == 0)
        return ELF_OK;
    if (!image_covers(image, image->dynamic, image->dynamic_size, &offset) ||
        !span_part(all, offset, image->dynamic_size, &part))
        return ELF_DYNAMIC_OUTSIDE;
    error = find_relocations(part, &relocations);
    if (error != ELF_OK || relocations.size == 0)
        return error;
    if (relocations.entry_size != sizeof(struct relocation) ||
        relocations.size % sizeof(struct relocation) != 0)
        return ELF_RELOCATION_FORM;
    if (!image_covers(image, relocations.address, relocations.size, &offset) ||
        !span_part(all, offset, relocations.size, &part))
        return ELF_RELOCATIONS_OUTSIDE;
    return apply(image, part, bytes, address - image->start);
}
