/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel of Multiboot2 from its file to its place in memory, with its modules. What it is in the
 * file is known by src/core/multiboot.
 */
#include "boot/multiboot/multiboot_loading.h"

#include "boot/unpack.h"
#include "core/base/page.h"
#include "core/image/gzip.h"
#include "core/text/text.h"
#include "efi/page_access.h"
#include "efi/pages.h"

bool multiboot_fail(struct multiboot_loading *loading, const char *doing, struct explanation why,
                    efi_status status)
{
    return boot_fail(loading->boot, doing, loading->boot->payload.kernel.path, why, status);
}

/* All of the file, unpacked. What is measured or judged already is in memory. */
static bool read_file(struct multiboot_loading *loading, struct span *ret_file)
{
    struct boot *boot = loading->boot;
    const struct boot_file *kernel = &boot->payload.kernel;
    struct span file = span_of(kernel->bytes, kernel->size);

    if (kernel->bytes == NULL && !boot_file_load(boot, kernel, kernel->size, 0, "loading", &file))
        return false;
    *ret_file = file;
    return !gzip_recognise(file) || unpack_gzip(boot, file, kernel->path, ret_file);
}

/* A gzip file is taken for a kernel's before anybody sees what is in it. */
static bool refuse_contents(struct multiboot_loading *loading, struct span file)
{
    const struct explanation other = because("what is packed in it is no Multiboot2 kernel",
                                             "unpack it (gunzip), or give another kernel");

    (void)boot_refuse_kind(loading->boot, other, file, file.size);
    return false;
}

static bool plan(struct multiboot_loading *loading, struct span file)
{
    enum multiboot_image_error error;
    enum multiboot_header_error wrong = multiboot_header_find(file, &loading->header);

    if (wrong == MULTIBOOT_NO_HEADER)
        return refuse_contents(loading, file);
    if (wrong != MULTIBOOT_HEADER_OK)
        return boot_refuse(loading->boot, multiboot_header_explain(wrong));
    error = multiboot_image_plan(&loading->header, file, &loading->image);
    return error == MULTIBOOT_IMAGE_OK ||
           boot_refuse(loading->boot, multiboot_image_explain(error));
}

/* Whole pages around the image at `start`. */
static struct page_request pages_at(const struct multiboot_loading *loading, uint64_t start)
{
    uint64_t lead = start % PAGE_SIZE;

    return (struct page_request){.type = MEMORY_LOADER_CODE,
                                 .count =
                                     pages_for(lead + loading->image.end - loading->image.start),
                                 .minimum = start - lead,
                                 .exact = true};
}

static efi_status take_anywhere(struct multiboot_loading *loading, uint64_t *ret_address)
{
    const struct multiboot_relocation *relocation = &loading->header.relocation;
    struct page_request wanted = pages_at(loading, 0);

    wanted.exact = false;
    if (relocation->possible) {
        wanted.alignment = relocation->alignment;
        wanted.minimum = relocation->minimum;
        wanted.maximum = relocation->maximum;
        wanted.high = relocation->high;
    } else {
        wanted.high = true; /* out of the way of where it is to go */
    }
    return pages_allocate(loading->boot->firmware, &wanted, ret_address);
}

static bool refuse_address(struct multiboot_loading *loading, efi_status status)
{
    const struct multiboot_image *image = &loading->image;
    const struct explanation taken =
        because("the memory that this kernel is linked for is missing or in use by the firmware",
                "build it relocatable (tag 10 of its Multiboot2 header), or for other addresses");

    return boot_fail_placing(loading->boot, image->start, image->end - 1, taken, status);
}

/*
 * At its own address if it has one: now, if that is free; else, if the firmware will be gone by
 * then, in the last moment, from a place that is asked for after all of its own is ours.
 */
static bool place(struct multiboot_loading *loading)
{
    struct firmware *firmware = loading->boot->firmware;
    struct page_request own = pages_at(loading, loading->image.start);
    uint64_t end = own.minimum + own.count * PAGE_SIZE;
    uint64_t taken;
    efi_status status;

    if (loading->header.relocation.possible) {
        status = take_anywhere(loading, &loading->base);
        loading->staged = loading->base;
        return status == 0 || boot_fail_room(loading->boot, status);
    }
    loading->base = loading->image.start;
    loading->staged = loading->base;
    status = pages_allocate(firmware, &own, &taken);
    if (status == 0)
        return true;
    if (loading->header.keeps_services)
        return refuse_address(loading, status);
    status = pages_inherit(firmware, own.minimum, end);
    if (status != 0)
        return refuse_address(loading, status);
    status = take_anywhere(loading, &loading->staged);
    return status == 0 || boot_fail_room(loading->boot, status);
}

/*
 * A kernel that is entered in the firmware's page tables changes itself there (Xen its descriptor
 * tables and .bss): the only memory that Baton wants both writable and executable.
 */
static bool allow_all(struct multiboot_loading *loading)
{
    const struct explanation refused =
        because("the firmware does not let this kernel change itself",
                "turn its memory protection off in its setup, or start the kernel as an EFI "
                "program");
    struct page_request own = pages_at(loading, loading->base);
    efi_status status = page_access_allow_all(loading->boot->firmware, own.minimum, own.count);

    return status == 0 || multiboot_fail(loading, "placing", refused, status);
}

static bool load_modules(struct multiboot_loading *loading)
{
    const struct payload *payload = &loading->boot->payload;

    for (unsigned int i = 0; i < payload->module_count; i++) {
        const struct boot_file *file = &payload->modules[i];

        if (!boot_file_load(loading->boot, file, file->size, 0, "placing", &loading->modules[i]))
            return false;
    }
    return true;
}

bool multiboot_load(struct multiboot_loading *loading)
{
    struct span file = {0};

    if (!read_file(loading, &file) || !plan(loading, file) || !place(loading))
        return false;
    multiboot_image_load(&loading->image, file, (uint8_t *)(uintptr_t)loading->staged);
    return (!loading->header.keeps_services || allow_all(loading)) && load_modules(loading);
}
