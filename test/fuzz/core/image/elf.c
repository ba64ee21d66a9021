/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ELF file, from its first bytes to the relocated image, and the kernel's note in it: what
 * src/boot/native/native.c does with the same functions. Input: the file.
 */
#include "core/image/elf.h"

#include "baton-handoff.h"
#include "core/base/checked.h"
#include "core/base/page.h"
#include "core/native/kernel_note.h"
#include "fuzz/fuzz.h"

#define IMAGE_MAX 0x40000U /* larger ones are only planned, not loaded */
#define FAR_AWAY  0x40000000ULL

static void require_segments(const struct elf_image *image, uint64_t file_size)
{
    bool entry_found = false;
    uint64_t next_page = image->start;

    REQUIRE(image->segment_count >= 1 && image->segment_count <= ELF_SEGMENTS_MAX);
    REQUIRE(image->start % PAGE_SIZE == 0 && image->size % PAGE_SIZE == 0 && image->size != 0);
    REQUIRE(is_power_of_two(image->alignment) && image->alignment <= ELF_ALIGNMENT_MAX);
    REQUIRE(!image->position_independent || image->start % image->alignment == 0);
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        uint64_t last = segment->address + (segment->memory_size - 1);

        REQUIRE(segment->file_size <= segment->memory_size && last >= segment->address);
        REQUIRE(segment->file_offset <= file_size &&
                segment->file_size <= file_size - segment->file_offset);
        REQUIRE(segment->address >= next_page); /* ascending, no two on one page */
        REQUIRE(last - image->start < image->size);
        REQUIRE((last >= UINT64_MAX << 47) == image->upper_half);
        REQUIRE(image->upper_half || last < 1ULL << 47);
        REQUIRE(!(segment->writable && segment->executable));
        entry_found |=
            segment->executable && image->entry >= segment->address && image->entry <= last;
        next_page = (last & ~(PAGE_SIZE - 1)) + PAGE_SIZE;
        REQUIRE(next_page != 0 || i + 1 == image->segment_count);
    }
    REQUIRE(next_page == image->start + image->size); /* both 0 at the end of all addresses */
    REQUIRE(entry_found && image->note_count <= ELF_NOTES_MAX);
}

static void try_notes(const struct elf_image *image, struct span file)
{
    for (uint32_t i = 0; i < image->note_count; i++) {
        struct span piece;
        struct span note = {0};
        struct kernel_wishes wishes = {0};

        REQUIRE(image->notes[i].size <= ELF_NOTE_SIZE_MAX);
        REQUIRE(span_part(file, image->notes[i].offset, image->notes[i].size, &piece));
        uint8_t *bytes = exact(piece.data, piece.size);
        enum elf_error error = elf_note(span_of(bytes, piece.size), "Baton", 1, &note);
        require_explanation(elf_explain(error));
        if (error == ELF_OK) {
            REQUIRE(note.size == 0 ||
                    (note.data > bytes && note.data + note.size <= bytes + piece.size));
            enum kernel_note_error wrong = kernel_note_check(note, &wishes);
            require_explanation(kernel_note_explain(wrong));
            REQUIRE((wrong == KERNEL_NOTE_OK) == (wishes.stack_size != 0));
            REQUIRE(wishes.stack_size % PAGE_SIZE == 0 && wishes.stack_size <= BATON_STACK_MAX);
        }
        free(bytes);
    }
}

static uint8_t *load(const struct elf_image *image, struct span file)
{
    uint8_t *bytes = exact(NULL, image->size);

    memset(bytes, 0, image->size);
    for (uint32_t i = 0; i < image->segment_count; i++)
        memcpy(bytes + (image->segments[i].address - image->start),
               file.data + image->segments[i].file_offset, image->segments[i].file_size);
    return bytes;
}

/* ASan sees a byte outside of the image; what is found wrong in time has changed nothing inside. */
static void try_relocations(const struct elf_image *image, struct span file)
{
    uint8_t *before = load(image, file);
    uint8_t *after = load(image, file);
    enum elf_error error = elf_relocate(image, after, image->start + FAR_AWAY);

    require_explanation(elf_explain(error));
    if (image->dynamic_size == 0)
        REQUIRE(error == ELF_OK);
    if (image->dynamic_size == 0 || error == ELF_DYNAMIC_OUTSIDE || error == ELF_NEEDS_LIBRARY ||
        error == ELF_RELOCATION_FORM || error == ELF_RELOCATIONS_OUTSIDE)
        REQUIRE(memcmp(before, after, image->size) == 0);
    free(before);
    free(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = span_of(data, size);
    uint8_t *head = exact(data, size < 4096 ? size : 4096);
    struct elf_header header;
    struct elf_image image;
    struct span table;
    enum elf_error error = elf_header(span_of(head, size < 4096 ? size : 4096), size, &header);

    free(head);
    require_explanation(elf_explain(error));
    if (error != ELF_OK)
        return 0;
    REQUIRE(header.table_count >= 1 && header.table_count <= ELF_PROGRAM_HEADERS_MAX);
    REQUIRE(
        span_part(file, header.table_offset, header.table_count * ELF_PROGRAM_HEADER_SIZE, &table));
    uint8_t *copy = exact(table.data, table.size);
    error = elf_image(&header, span_of(copy, table.size), size, &image);
    free(copy);
    require_explanation(elf_explain(error));
    if (error != ELF_OK)
        return 0;
    require_segments(&image, size);
    try_notes(&image, file);
    if (image.size <= IMAGE_MAX)
        try_relocations(&image, file);
    return 0;
}
