/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/multiboot/multiboot_image.h"

#include "core/base/mem.h"

#define EXPLANATIONS(X)                                                                            \
    X(MULTIBOOT_IMAGE_OK, "nothing is wrong", "go on")                                             \
    X(MULTIBOOT_IMAGE_CUT, "the file ends before what is to be loaded", "copy it again")           \
    X(MULTIBOOT_NOT_ELF, "it has neither an address tag nor ELF headers for x86",                  \
      "build it as section 3.1 of the Multiboot2 manual says")                                     \
    X(MULTIBOOT_SEGMENTS, "it has no segment to load, or more than 16", AS_BEFORE)                 \
    X(MULTIBOOT_SEGMENT, "a segment shrinks in memory, or is not below 4 GiB", AS_BEFORE)          \
    X(MULTIBOOT_OVERLAP, "two segments overlap", AS_BEFORE)                                        \
    X(MULTIBOOT_ADDRESSES, "its address tag contradicts itself", AS_BEFORE)                        \
    X(MULTIBOOT_ENTRY, "its entry point is not in what is loaded", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)
_Static_assert(MULTIBOOT_SEGMENTS_MAX == 16, "the number in the message");

struct explanation multiboot_image_explain(enum multiboot_image_error error)
{
    return EXPLAIN(error);
}

#define ADDRESS_END (1ULL << 32)

#define ELF_MAGIC 0x464c457fU
#define PT_LOAD   1U

/* Numbers of a program header, in the order of elf_class.places. */
enum { VIRTUAL, PHYSICAL, MEMORY_SIZE, FILE_OFFSET, FILE_SIZE, FIELDS };

/* Where the two classes of ELF files have what counts here (System V gABI, chapters 4 and 5). */
struct elf_class {
    uint8_t class;       /* EI_CLASS */
    uint8_t machine;     /* e_machine */
    uint8_t size;        /* of a number; e_entry is at 24 in both, e_phoff behind it */
    uint8_t entry_size;  /* e_phentsize; e_phnum is behind it */
    uint8_t header_size; /* what that has to be */
    uint8_t places[FIELDS];
};
static const struct elf_class classes[] = {
    {1, 3, 4, 42, 32, {8, 12, 20, 4, 16}},
    {2, 62, 8, 54, 56, {16, 24, 40, 8, 32}},
};
#define ENTRY_PLACE 24U

/* A number of the class's size; one that is not there is not below any limit. */
static uint64_t number(const struct elf_class *class, struct span view, uint64_t offset)
{
    uint64_t large = UINT64_MAX;
    uint32_t small;

    if (class->size == 8)
        (void)span_u64(view, offset, &large);
    else if (span_u32(view, offset, &small))
        large = small;
    return large;
}

static const struct elf_class *class_of(struct span file)
{
    uint32_t magic;
    uint16_t kind; /* EI_CLASS, EI_DATA */
    uint16_t machine;

    if (!span_u32(file, 0, &magic) || magic != ELF_MAGIC || !span_u16(file, 4, &kind) ||
        !span_u16(file, 18, &machine))
        return NULL;
    for (unsigned int i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (kind == (classes[i].class | 1U << 8) && machine == classes[i].machine)
            return &classes[i];
    }
    return NULL;
}

/* Adds one segment, whose addresses have been checked against nothing yet. */
static enum multiboot_image_error add_segment(struct multiboot_image *image, struct span file,
                                              const struct multiboot_segment *segment)
{
    uint64_t end = segment->address + segment->memory_size;

    if (segment->file_size > segment->memory_size || segment->address >= ADDRESS_END ||
        segment->memory_size > ADDRESS_END - segment->address)
        return MULTIBOOT_SEGMENT;
    if (!span_covers(file, segment->file_offset, segment->file_size))
        return MULTIBOOT_IMAGE_CUT;
    if (image->segment_count == MULTIBOOT_SEGMENTS_MAX)
        return MULTIBOOT_SEGMENTS;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct multiboot_segment *other = &image->segments[i];

        if (segment->address < other->address + other->memory_size && other->address < end)
            return MULTIBOOT_OVERLAP;
    }
    if (image->segment_count == 0 || segment->address < image->start)
        image->start = segment->address;
    if (end > image->end)
        image->end = end;
    image->segments[image->segment_count++] = *segment;
    return MULTIBOOT_IMAGE_OK;
}

static enum multiboot_image_error plan_elf(struct span file, struct multiboot_image *image)
{
    const struct elf_class *class = class_of(file);
    uint64_t entry;
    uint64_t at;
    uint16_t size;
    uint16_t count;

    if (class == NULL || !span_u16(file, class->entry_size, &size) ||
        !span_u16(file, class->entry_size + 2U, &count) || size != class->header_size)
        return MULTIBOOT_NOT_ELF;
    entry = number(class, file, ENTRY_PLACE);
    at = number(class, file, ENTRY_PLACE + class->size);
    for (; count > 0; count--, at += size) {
        uint64_t fields[FIELDS];
        struct span header;
        uint32_t type;
        enum multiboot_image_error error;

        if (!span_part(file, at, size, &header) || !span_u32(header, 0, &type))
            return MULTIBOOT_IMAGE_CUT;
        for (unsigned int i = 0; i < FIELDS; i++)
            fields[i] = number(class, header, class->places[i]);
        if (type != PT_LOAD || fields[MEMORY_SIZE] == 0)
            continue;
        error = add_segment(image, file,
                            &(struct multiboot_segment){fields[PHYSICAL], fields[MEMORY_SIZE],
                                                        fields[FILE_OFFSET], fields[FILE_SIZE]});
        if (error != MULTIBOOT_IMAGE_OK)
            return error;
        /* The entry is a virtual address, in whichever segment is linked there. */
        if (entry - fields[VIRTUAL] < fields[MEMORY_SIZE])
            image->entry = fields[PHYSICAL] + (entry - fields[VIRTUAL]);
    }
    return MULTIBOOT_IMAGE_OK;
}

/* 3.1.5: the file's byte that belongs to load_address is as far before the header as that. */
static enum multiboot_image_error plan_flat(const struct multiboot_header *header, struct span file,
                                            struct multiboot_image *image)
{
    const struct multiboot_flat *flat = &header->flat;
    struct multiboot_segment segment = {.address = flat->load_address};
    uint64_t end = flat->load_end;

    if (flat->load_address == UINT32_MAX) /* from the file's first byte on */
        segment.address = (uint64_t)flat->header_address - header->offset;
    if (segment.address > flat->header_address ||
        flat->header_address - segment.address > header->offset)
        return MULTIBOOT_ADDRESSES;
    segment.file_offset = header->offset - (flat->header_address - segment.address);
    if (end == 0) /* to its last */
        end = segment.address + (file.size - segment.file_offset);
    if (end <= segment.address)
        return MULTIBOOT_ADDRESSES;
    segment.file_size = end - segment.address;
    segment.memory_size = segment.file_size;
    if (flat->bss_end != 0) {
        if (flat->bss_end < end)
            return MULTIBOOT_ADDRESSES;
        segment.memory_size = flat->bss_end - segment.address;
    }
    return add_segment(image, file, &segment);
}

enum multiboot_image_error multiboot_image_plan(const struct multiboot_header *header,
                                                struct span file, struct multiboot_image *ret_image)
{
    struct multiboot_image image = {.entry = UINT64_MAX};
    enum multiboot_image_error error =
        header->flat.given ? plan_flat(header, file, &image) : plan_elf(file, &image);

    if (error == MULTIBOOT_IMAGE_OK && image.segment_count == 0)
        error = MULTIBOOT_SEGMENTS;
    if (error != MULTIBOOT_IMAGE_OK)
        return error;
    if (header->has_entry)
        image.entry = header->entry;
    if (image.entry < image.start || image.entry >= image.end)
        return MULTIBOOT_ENTRY;
    *ret_image = image;
    return MULTIBOOT_IMAGE_OK;
}

void multiboot_image_load(const struct multiboot_image *image, struct span file, uint8_t *to)
{
    memset(to, 0, (size_t)(image->end - image->start));
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct multiboot_segment *segment = &image->segments[i];

        if (segment->file_size != 0)
            memcpy(to + (segment->address - image->start), file.data + segment->file_offset,
                   (size_t)segment->file_size);
    }
}
