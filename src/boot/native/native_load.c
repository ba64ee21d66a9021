/* SPDX-License-Identifier: BSD-2-Clause */
/* A native kernel from its file to its place in memory, with its modules. Knows ELF through
 * core/image/elf.h only. */
#include "boot/native/native_loading.h"

#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "core/native/kernel_note.h"
#include "core/text/text.h"
#include "efi/pages.h"

/* What a kernel that is large enough is aligned to, so that it can be mapped by large pages. */
#define LARGE_PAGE (1ULL << 21)

bool native_fail(struct native_loading *loading, const char *doing, struct explanation why,
                 efi_status status)
{
    return boot_fail(loading->boot, doing, loading->boot->payload.kernel.path, why, status);
}

/* Bytes of the kernel file: from its head if they are there, else read into `buffer`. */
static bool read_part(struct native_loading *loading, uint64_t offset, uint64_t size,
                      uint8_t *buffer, struct span *ret_part)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    efi_status status;

    if (span_part(payload_head(&loading->boot->payload), offset, size, ret_part))
        return true;
    status = boot_file_read(loading->boot->firmware, file, offset, size, buffer);
    if (status != 0)
        return boot_fail_reading(loading->boot, loading->boot->payload.kernel.path, status);
    *ret_part = span_of(buffer, size);
    return true;
}

static bool refuse_elf(struct native_loading *loading, enum elf_error error)
{
    return boot_refuse(loading->boot, elf_explain(error));
}

OWN_FRAME static bool read_note(struct native_loading *loading)
{
    uint8_t buffer[ELF_NOTE_SIZE_MAX];
    enum kernel_note_error error;
    struct span notes;
    struct span note;

    for (uint32_t i = 0; i < loading->image.note_count; i++) {
        const struct elf_piece *piece = &loading->image.notes[i];

        if (!read_part(loading, piece->offset, piece->size, buffer, &notes))
            return false;
        if (elf_note(notes, BATON_NOTE_OWNER, BATON_NOTE_KERNEL, &note) != ELF_OK)
            continue;
        error = kernel_note_check(note, &loading->wishes);
        return error == KERNEL_NOTE_OK || boot_refuse(loading->boot, kernel_note_explain(error));
    }
    loading->boot->unclaimed = true;
    return refuse_elf(loading, ELF_NO_NOTE);
}

OWN_FRAME static bool read_headers(struct native_loading *loading)
{
    const struct boot *boot = loading->boot;
    uint8_t buffer[ELF_PROGRAM_HEADERS_MAX * ELF_PROGRAM_HEADER_SIZE];
    struct elf_header header;
    struct span table;
    enum elf_error error =
        elf_header(payload_head(&boot->payload), boot->payload.kernel.size, &header);

    if (error != ELF_OK)
        return refuse_elf(loading, error);
    if (!read_part(loading, header.table_offset,
                   (uint64_t)header.table_count * ELF_PROGRAM_HEADER_SIZE, buffer, &table))
        return false;
    error = elf_image(&header, table, boot->payload.kernel.size, &loading->image);
    if (error != ELF_OK)
        return refuse_elf(loading, error);
    return read_note(loading);
}

/* --- memory --------------------------------------------------------------------------------------
 */

/* Anywhere the page tables will reach; below 4 GiB first, unless high memory is asked for. */
efi_status native_take(struct native_loading *loading, uint64_t size, uint64_t alignment,
                       uint64_t *ret_address)
{
    struct page_request low = {
        .type = MEMORY_LOADER_DATA, .count = pages_for(size), .alignment = alignment};
    struct page_request high = low;
    efi_status status;

    high.minimum = PAGES_BELOW_4G + 1;
    high.maximum = ADDRESS_SPACE_LOWER_END - 1;
    high.high = true;
    status = pages_allocate(loading->boot->firmware,
                            loading->boot->entry->place_high ? &high : &low, ret_address);
    if (status != 0)
        status = pages_allocate(loading->boot->firmware,
                                loading->boot->entry->place_high ? &low : &high, ret_address);
    if (status == 0 && *ret_address + size > loading->highest)
        loading->highest = *ret_address + size;
    return status;
}

static efi_status take_exactly(struct native_loading *loading, uint64_t address, uint64_t size)
{
    struct page_request wanted = {.type = MEMORY_LOADER_DATA,
                                  .count = pages_for(size),
                                  .minimum = address,
                                  .maximum = ADDRESS_SPACE_LOWER_END - 1,
                                  .exact = true};
    uint64_t taken;
    efi_status status = pages_allocate(loading->boot->firmware, &wanted, &taken);

    if (status == 0 && address + size > loading->highest)
        loading->highest = address + size;
    return status;
}

static bool refuse_address(struct native_loading *loading, efi_status status)
{
    const struct elf_image *image = &loading->image;
    const struct explanation taken =
        because("the memory that this kernel is linked for is missing or in use by the firmware",
                "link it position-independent or for the upper half of the address space");

    return boot_fail_placing(loading->boot, image->start, image->start + image->size - 1, taken,
                             status);
}

static bool place_image(struct native_loading *loading)
{
    const struct elf_image *image = &loading->image;
    uint64_t alignment = image->alignment;
    efi_status status;

    if (!image->position_independent && !image->upper_half) {
        status = take_exactly(loading, image->start, image->size);
        if (status != 0)
            return refuse_address(loading, status);
        loading->physical = image->start;
        return true;
    }
    if (alignment < LARGE_PAGE && image->size >= LARGE_PAGE)
        alignment = LARGE_PAGE; /* large pages */
    status = native_take(loading, image->size, alignment, &loading->physical);
    if (status != 0)
        return boot_fail_room(loading->boot, status);
    if (image->position_independent)
        loading->slide = loading->physical - image->start;
    return true;
}

/* Straight to their places; every byte that the file does not fill is cleared, and no other. */
static bool read_segments(struct native_loading *loading)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    uint8_t *base = (uint8_t *)(uintptr_t)loading->physical;
    uint64_t filled = 0;

    for (uint32_t i = 0; i < loading->image.segment_count; i++) {
        const struct elf_segment *segment = &loading->image.segments[i];
        uint64_t offset = segment->address - loading->image.start;
        efi_status status;

        memset(base + filled, 0, offset - filled);
        status = boot_file_read(loading->boot->firmware, file, segment->file_offset,
                                segment->file_size, base + offset);
        if (status != 0)
            return boot_fail_reading(loading->boot, loading->boot->payload.kernel.path, status);
        filled = offset + segment->file_size;
    }
    memset(base + filled, 0, loading->image.size - filled);
    return true;
}

static bool load_kernel(struct native_loading *loading)
{
    enum elf_error error;

    if (!read_headers(loading) || !place_image(loading) || !read_segments(loading))
        return false;
    if (!loading->image.position_independent)
        return true;
    error =
        elf_relocate(&loading->image, (uint8_t *)(uintptr_t)loading->physical, loading->physical);
    return error == ELF_OK || refuse_elf(loading, error);
}

static bool load_modules(struct native_loading *loading)
{
    const struct boot_file *file = loading->boot->payload.modules;
    const struct boot_file *end = file + loading->boot->payload.module_count;

    for (struct baton_module *module = loading->modules; file < end; file++) {
        uint64_t whole = pages_for(file->size == 0 ? 1 : file->size) * PAGE_SIZE;
        uint64_t address;
        efi_status status = native_take(loading, whole, 0, &address);
        uint8_t *bytes = (uint8_t *)(uintptr_t)address;

        if (status != 0)
            return boot_fail_memory(loading->boot, file->path, status);
        memset(bytes + file->size, 0, whole - file->size);
        status = boot_file_read_all(loading->boot->firmware, file, bytes);
        if (status != 0)
            return boot_fail_reading(loading->boot, file->path, status);
        *module++ = (struct baton_module){.address = address, .size = file->size};
    }
    return true;
}

OWN_FRAME bool native_load(struct native_loading *loading)
{
    return load_kernel(loading) && load_modules(loading);
}
