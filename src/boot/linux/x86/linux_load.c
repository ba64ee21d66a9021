/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/failure.h"
#include "boot/linux/initrds.h"
#include "boot/linux/x86/linux_loading.h"
#include "boot/trust.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "efi/pages.h"

bool linux_take_place(struct linux_loading *loading, const struct linux_places *places,
                      enum memory_type type, struct placed *ret_placed, efi_status *ret_status)
{
    efi_status status = 0;

    for (unsigned int i = 0; i < places->count; i++) {
        const struct linux_place *place = &places->place[i];
        struct page_request wanted = {.type = type,
                                      .count = pages_for(place->size),
                                      .alignment = place->alignment,
                                      .minimum = place->minimum,
                                      .maximum = place->maximum,
                                      .exact = place->exact,
                                      .high = place->high};
        uint64_t address;

        status = pages_allocate(loading->boot->firmware, &wanted, &address);
        if (status != 0)
            continue;
        *ret_placed = (struct placed){.address = address + place->lead,
                                      .size = place->size - place->lead,
                                      .alignment = place->alignment};
        return true;
    }
    *ret_status = status;
    return false;
}

/* --- the kernel ----------------------------------------------------------------------------------
 */

/*
 * For small machines, when all else has failed. Only what comes from the file is written before the
 * exit; the rest of init_size is room for the kernel to unpack itself in, and may well be what boot
 * services leave behind. OVMF with 128 MiB has no 52 MiB in one piece, because its first stack lies
 * in the middle.
 */
static bool inherit_place(struct linux_loading *loading, struct placed *ret_placed)
{
    struct page_request wanted = {.type = MEMORY_LOADER_CODE,
                                  .count = pages_for(loading->image.code_size),
                                  .alignment = loading->image.alignment,
                                  .minimum = loading->image.preferred_address};
    uint64_t size = pages_for(loading->image.init_size) * PAGE_SIZE;
    uint64_t address;

    if (!loading->image.relocatable ||
        pages_allocate(loading->boot->firmware, &wanted, &address) != 0 ||
        pages_inherit(loading->boot->firmware, address + wanted.count * PAGE_SIZE,
                      address + size) != 0)
        return false;
    *ret_placed = (struct placed){.address = address, .size = size, .alignment = wanted.alignment};
    loading->inherited_start = address + wanted.count * PAGE_SIZE;
    loading->inherited_end = address + size;
    return true;
}

/*
 * "A non-relocatable kernel will unconditionally move itself and to run at this address": what boot
 * services leave behind there it may overwrite, it only cannot be read to there while they live.
 */
static bool place_apart(struct linux_loading *loading, struct placed *ret_placed)
{
    const struct bzimage *image = &loading->image;
    struct page_request wanted = {.type = MEMORY_LOADER_CODE,
                                  .count = pages_for(image->init_size),
                                  .alignment = image->alignment};
    uint64_t end = image->preferred_address + wanted.count * PAGE_SIZE;
    uint64_t address;

    if (image->relocatable ||
        pages_inherit(loading->boot->firmware, image->preferred_address, end) != 0 ||
        pages_allocate(loading->boot->firmware, &wanted, &address) != 0)
        return false;
    *ret_placed = (struct placed){
        .address = address, .size = wanted.count * PAGE_SIZE, .alignment = wanted.alignment};
    loading->inherited_start = image->preferred_address;
    loading->inherited_end = end;
    return true;
}

static bool place_kernel(struct linux_loading *loading)
{
    const struct explanation taken =
        because("the only address this kernel can run at is taken by the firmware",
                "use a relocatable kernel (CONFIG_RELOCATABLE=y)");
    struct linux_places places;
    efi_status status;

    linux_kernel_places(&loading->image, 0, loading->boot->entry->place_high, &places);
    if (linux_take_place(loading, &places, MEMORY_LOADER_CODE, &loading->kernel, &status) ||
        inherit_place(loading, &loading->kernel) || place_apart(loading, &loading->kernel))
        return true;
    return boot_fail(loading->boot, "placing", loading->boot->payload.kernel.path,
                     loading->image.relocatable ? FAILURE_NO_MEMORY : taken, status);
}

/* Memory for the whole file such that its code is where it will run; false: there is none. */
static bool place_file(struct linux_loading *loading, uint8_t **ret_file)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    struct linux_places places;
    efi_status status;

    /* A signature lies behind the code, in what the kernel will unpack itself to. */
    if (file->size - loading->image.code_offset > loading->image.init_size)
        return false;
    linux_kernel_places(&loading->image, loading->image.code_offset,
                        loading->boot->entry->place_high, &places);
    if (!linux_take_place(loading, &places, MEMORY_LOADER_CODE, &loading->kernel, &status))
        return false;
    *ret_file = (uint8_t *)(uintptr_t)(loading->kernel.address - loading->image.code_offset);
    return true;
}

static bool unreadable(struct linux_loading *loading, efi_status status)
{
    return boot_fail_reading(loading->boot, loading->boot->payload.kernel.path, status);
}

/* Reads the whole kernel file to `destination` and has the firmware judge it there. */
static bool read_and_judge(struct linux_loading *loading, uint8_t *destination)
{
    struct boot *boot = loading->boot;
    const struct boot_file *kernel = &boot->payload.kernel;

    return payload_read_kernel(boot, destination) &&
           trust_image(boot, span_of(destination, kernel->size), kernel->path);
}

/* For a kernel that has no room for the rest of its file in front of it: judged elsewhere, moved.
 */
static bool load_judged_apart(struct linux_loading *loading)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    uint64_t whole;
    efi_status status = pages_take(loading->boot->firmware, MEMORY_LOADER_DATA, file->size, &whole);

    if (status != 0)
        return boot_fail_room(loading->boot, status);
    if (!read_and_judge(loading, (uint8_t *)(uintptr_t)whole) || !place_kernel(loading))
        return false;
    memcpy((void *)(uintptr_t)loading->kernel.address,
           (const uint8_t *)(uintptr_t)whole + loading->image.code_offset,
           loading->image.code_size);
    pages_free(loading->boot->firmware, whole);
    return true;
}

static bool load_kernel(struct linux_loading *loading)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    uint8_t *whole;
    efi_status status;

    if (file->bytes == NULL && trust_wanted(loading->boot))
        return place_file(loading, &whole) ? read_and_judge(loading, whole)
                                           : load_judged_apart(loading);
    if (!place_kernel(loading))
        return false;
    status = boot_file_read(loading->boot->firmware, file, loading->image.code_offset,
                            loading->image.code_size, (void *)(uintptr_t)loading->kernel.address);
    return status == 0 || unreadable(loading, status);
}

bool linux_load_kernel(struct linux_loading *loading)
{
    enum bzimage_error error;

    if (!load_kernel(loading))
        return false;
    error = bzimage_check_code(
        &loading->image,
        span_of((const void *)(uintptr_t)loading->kernel.address, loading->image.code_size));
    return error == BZIMAGE_OK || boot_refuse(loading->boot, bzimage_explain(error));
}

/* --- the initrds ---------------------------------------------------------------------------------
 */

bool linux_load_initrds(struct linux_loading *loading)
{
    struct boot *boot = loading->boot;
    const uint64_t in_place = initrds_in_place(boot, loading->image.initrd_max);
    struct linux_places places;
    struct initrds initrds;
    efi_status status;

    if (in_place != 0) {
        loading->initrd =
            (struct placed){.address = in_place, .size = boot->payload.modules[0].size};
        return true;
    }
    if (!initrds_measure_out(boot, &initrds))
        return false;
    if (initrds.total == 0)
        return true;
    linux_initrd_places(&loading->image, initrds.total, boot->entry->place_high, &places);
    if (!linux_take_place(loading, &places, MEMORY_LOADER_DATA, &loading->initrd, &status))
        return boot_fail_memory(boot, boot->payload.modules[0].path, status);
    return initrds_read(boot, &initrds, loading->initrd.address);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t linux_mapped_end(const struct linux_loading *loading)
{
    uint64_t end = larger(loading->kernel.address + loading->image.init_size,
                          loading->initrd.address + loading->initrd.size);

    end = larger(end, loading->inherited_end);
    return larger(end, loading->zero_area.address + loading->zero_area.size);
}
