/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/chain.h"

#include "boot/failure.h"
#include "boot/measure.h"
#include "core/base/page.h"
#include "core/text/text.h"
#include "efi/image/image.h"
#include "efi/image/initrd_media.h"
#include "efi/pages.h"

#define NO_MEMORY because("there is no memory to start it from", "give the machine more memory")

/* The whole file in pages of a lease: the firmware makes its own image of it. */
static bool read_file(struct firmware *firmware, const struct boot_file *file,
                      struct span *ret_bytes, struct boot_failure *ret_failure)
{
    const struct explanation empty = because("the file is empty", "copy it again");
    const struct explanation unreadable =
        because("it can not be read", "check the disk for errors and copy the file again");
    struct page_request wanted = {.type = MEMORY_LOADER_DATA, .count = pages_for(file->size)};
    uint64_t address;
    efi_status status;

    if (file->size == 0)
        return boot_fail(ret_failure, "starting", file->path, empty, 0);
    status = pages_allocate(firmware, &wanted, &address);
    if (status != 0)
        return boot_fail(ret_failure, "starting", file->path, NO_MEMORY, status);
    status = contents_read_all(firmware, file, (void *)(uintptr_t)address);
    if (status != 0)
        return boot_fail(ret_failure, "reading", file->path, unreadable, status);
    *ret_bytes = span_of((const void *)(uintptr_t)address, file->size);
    return true;
}

/*
 * The program's options: of a unified kernel image "@N" in front of them chooses the profile
 * (UAPI.5). They are measured as it gets them, as systemd-boot does.
 */
static bool give_options(struct firmware *firmware, struct tpm *tpm,
                         const struct candidate *candidate, struct image *image,
                         struct boot_failure *ret_failure)
{
    const char *given = candidate->command_line;
    size_t length = text_length(given);
    size_t capacity = length + sizeof("@4294967295 ");
    struct page_request wanted = {.type = MEMORY_LOADER_DATA, .count = pages_for(capacity)};
    efi_status status = 0;
    uint64_t address;

    if (candidate->profile != 0)
        status = pages_allocate(firmware, &wanted, &address);
    if (candidate->profile != 0 && status == 0) {
        struct text options = text_in((char *)(uintptr_t)address, capacity);

        text_put_char(&options, '@');
        text_put_decimal(&options, candidate->profile);
        text_put(&options, length == 0 ? "" : " ");
        text_put(&options, given);
        given = options.data;
    }
    if (status == 0)
        status = image_set_options(firmware, image, given);
    if (status != 0)
        return boot_fail(ret_failure, "starting", candidate->kernel, NO_MEMORY, status);
    (void)measure_options(firmware, tpm, MEASURE_AS_LOADER, given);
    return true;
}

static bool offer_initrds(struct firmware *firmware, const struct opened *opened,
                          struct boot_failure *ret_failure)
{
    const struct explanation refused =
        because("its initrds can not be offered to it", "start Baton from the firmware itself");
    struct initrd_file files[BOOT_MODULES_MAX];
    efi_status status;

    if (opened->module_count == 0)
        return true;
    for (unsigned int i = 0; i < opened->module_count; i++)
        files[i] =
            (struct initrd_file){.file = opened->modules[i].file, .size = opened->modules[i].size};
    status = initrd_media_install(firmware, files, opened->module_count);
    return status == 0 || boot_fail(ret_failure, "starting", opened->kernel.path, refused, status);
}

bool chain_start(struct firmware *firmware, const struct boot_environment *environment,
                 const struct candidate *candidate, const struct opened *opened,
                 struct boot_failure *ret_failure)
{
    const struct explanation came_back =
        because("it was started and has come back", "what comes next is tried");
    const struct boot_file *file = &opened->kernel;
    struct image_end end;
    struct image image = {0};
    struct span bytes = {0};
    struct text detail;
    efi_status status;

    if (!read_file(firmware, file, &bytes, ret_failure))
        return false;
    status = image_load(firmware, bytes, file->path, &image);
    pages_free(firmware, (uintptr_t)bytes.data);
    if (status != 0)
        return boot_fail(ret_failure, "starting", file->path, image_explain(status), status);
    if (!give_options(firmware, environment->tpm, candidate, &image, ret_failure) ||
        !offer_initrds(firmware, opened, ret_failure))
        return false;
    image_start(firmware, &image, &end);
    (void)boot_fail(ret_failure, "starting", file->path, came_back, end.status);
    detail = text_in(ret_failure->detail, sizeof(ret_failure->detail));
    text_put(&detail, end.text[0] == '\0' && end.status == 0 ? "Success" : end.text);
    return false;
}
