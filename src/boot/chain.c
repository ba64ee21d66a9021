/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/chain.h"

#include "boot/measure.h"
#include "core/base/page.h"
#include "core/text/text.h"
#include "efi/image/image.h"
#include "efi/image/initrd_media.h"
#include "efi/pages.h"

/*
 * The program's options: of a unified kernel image "@N" in front of them chooses the profile
 * (UAPI.5). They are measured as it gets them, as systemd-boot does.
 */
static bool give_options(struct boot *boot, struct image *image)
{
    const char *given = boot->payload.command_line;
    size_t length = text_length(given);
    size_t capacity = length + sizeof("@4294967295 ");
    struct page_request wanted = {.type = MEMORY_LOADER_DATA, .count = pages_for(capacity)};
    efi_status status = 0;
    uint64_t address;

    if (boot->entry->profile != 0)
        status = pages_allocate(boot->firmware, &wanted, &address);
    if (boot->entry->profile != 0 && status == 0) {
        struct text options = text_in((char *)(uintptr_t)address, capacity);

        text_put_char(&options, '@');
        text_put_decimal(&options, boot->entry->profile);
        text_put(&options, length == 0 ? "" : " ");
        text_put(&options, given);
        given = options.data;
    }
    if (status == 0)
        status = image_set_options(boot->firmware, image, given);
    if (status != 0)
        return boot_fail(boot, "starting", boot->payload.kernel.path, FAILURE_NO_MEMORY, status);
    (void)measure_options(boot->firmware, boot->environment.tpm, MEASURE_AS_LOADER, given);
    return true;
}

static bool offer_initrds(struct boot *boot)
{
    const struct explanation refused =
        because("its initrds can not be offered to it", "start Baton from the firmware itself");
    const struct payload *payload = &boot->payload;
    struct initrd_file files[BOOT_MODULES_MAX];
    efi_status status;

    if (payload->module_count == 0)
        return true;
    for (unsigned int i = 0; i < payload->module_count; i++)
        files[i] = (struct initrd_file){.file = payload->modules[i].file,
                                        .size = payload->modules[i].size};
    status = initrd_media_install(boot->firmware, files, payload->module_count);
    return status == 0 || boot_fail(boot, "starting", payload->kernel.path, refused, status);
}

bool chain_start(struct boot *boot)
{
    const struct explanation came_back =
        because("it was started and has come back", "what comes next is tried");
    const struct boot_file *file = &boot->payload.kernel;
    struct image_end end;
    struct image image = {0};
    struct span bytes = {0};
    struct text detail;
    efi_status status;

    if (!boot_file_load(boot, file, file->size, 0, "starting", &bytes))
        return false;
    status = image_load(boot->firmware, bytes, file->path, &image);
    pages_free(boot->firmware, (uintptr_t)bytes.data);
    if (status != 0)
        return boot_fail(boot, "starting", file->path, image_explain(status), status);
    if (!give_options(boot, &image) || !offer_initrds(boot))
        return false;
    image_start(boot->firmware, &image, &end);
    (void)boot_fail(boot, "starting", file->path, came_back, end.status);
    detail = text_in(boot->failure.detail, sizeof(boot->failure.detail));
    text_put(&detail, end.text[0] == '\0' && end.status == 0 ? "Success" : end.text);
    return false;
}
