/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/payload.h"

#include "boot/boot.h"
#include "core/base/mem.h"
#include "core/text/path.h"
#include "core/text/text.h"
#include "efi/pages.h"

static struct explanation why_not_open(efi_status status)
{
    if (status == STATUS_NOT_FOUND)
        return because("there is no such file",
                       "check its path on the volume of its entry, or of Baton");
    if (status == STATUS_UNSUPPORTED)
        return because("it is a directory", "name a file");
    if (status == STATUS_INVALID_PARAMETER)
        return because("the firmware takes no path as long as this", "use shorter names");
    return because("the firmware cannot open it", "check the file system for errors");
}

static bool fail_empty(struct boot *boot, const char *path)
{
    const struct explanation empty =
        because("the file is empty", "copy it again, or take it out of the entry");

    return boot_fail(boot, "opening", path, empty, 0);
}

bool payload_open_file(struct boot *boot, const char *path, struct boot_file *ret_file)
{
    const struct explanation no_size =
        because("the firmware cannot tell its size", "check the file system for errors");
    struct boot_file opened = {.path = path};
    efi_status status = file_open(boot->firmware, boot->payload.root, path, &opened.file);

    if (status != 0)
        return boot_fail(boot, "opening", path, why_not_open(status), status);
    status = file_size(opened.file, &opened.size);
    if (status != 0)
        return boot_fail(boot, "opening", path, no_size, status);
    if (opened.size == 0)
        return fail_empty(boot, path);
    *ret_file = opened;
    return true;
}

bool payload_is_whole(struct boot *boot)
{
    return boot->payload.left_out == NULL || fail_empty(boot, boot->payload.left_out);
}

void payload_go_without(struct boot *boot)
{
    boot->failure.remedy = PACKED("the boot goes on without it");
    failure_report(&boot->failure);
    boot->failure = (struct boot_failure){0};
}

bool payload_read_head(struct boot *boot)
{
    struct payload *payload = &boot->payload;
    efi_status status;

    payload->head_size = BOOT_HEAD_SIZE;
    if (payload->kernel.size < BOOT_HEAD_SIZE)
        payload->head_size = (uint32_t)payload->kernel.size;
    status = boot_file_read(boot->firmware, &payload->kernel, 0, payload->head_size, payload->head);
    return status == 0 || boot_fail_reading(boot, payload->kernel.path, status);
}

bool payload_is_unchanged(struct boot *boot, const void *whole)
{
    const struct explanation changed =
        because("it is not the same as when it was opened", "check the disk for errors");
    const struct payload *payload = &boot->payload;

    return memcmp(whole, payload->head, payload->head_size) == 0 ||
           boot_fail(boot, "reading", payload->kernel.path, changed, 0);
}

bool payload_read_kernel(struct boot *boot, uint8_t *destination)
{
    const struct boot_file *kernel = &boot->payload.kernel;
    efi_status status = boot_file_read_all(boot->firmware, kernel, destination);

    if (status != 0)
        return boot_fail_reading(boot, kernel->path, status);
    return payload_is_unchanged(boot, destination);
}

efi_status payload_load_options(struct boot *boot, unsigned int first, const char **ret_options)
{
    const struct bls_entry *entry = boot->entry;
    const struct payload *payload = &boot->payload;
    size_t capacity = text_length(entry->options) + sizeof(" @4294967295 ") +
                      payload->module_count * (sizeof(" initrd=") + PATH_CAPACITY);
    struct text text;
    uint64_t address;
    efi_status status;

    if (entry->profile == 0 && first == payload->module_count) {
        *ret_options = entry->options;
        return 0;
    }
    status = pages_take(boot->firmware, MEMORY_LOADER_DATA, capacity, &address);
    if (status != 0)
        return status;
    text = text_in((char *)(uintptr_t)address, capacity);
    if (entry->profile != 0)
        text_format(&text, " @%lu", (uint64_t)entry->profile);
    for (; first < payload->module_count; first++)
        text_format(&text, " initrd=%s", payload->modules[first].path);
    if (entry->options[0] != '\0')
        text_format(&text, " %s", entry->options);
    *ret_options = text.data + 1;
    return 0;
}

bool payload_open(struct boot *boot)
{
    const struct explanation no_volume =
        because("its volume cannot be opened", "use a file system that this firmware reads");
    const struct bls_entry *entry = boot->entry;
    struct payload *payload = &boot->payload;
    efi_status status = volume_open(boot->firmware, &payload->root);

    if (status != 0)
        return boot_fail(boot, "opening", entry->kernel, no_volume, status);
    if (!payload_open_file(boot, entry->kernel, &payload->kernel) || !payload_read_head(boot))
        return false;
    for (unsigned int i = 0; i < entry->module_count + entry->initrd_count; i++) {
        const char *path =
            i < entry->module_count ? entry->modules[i] : entry->initrds[i - entry->module_count];

        if (payload_open_file(boot, path, &payload->modules[payload->module_count]))
            payload->module_count++;
        else if (i < entry->module_count || boot->failure.status != 0)
            return false; /* without it another boot than is meant would run */
        else {
            payload->left_out = path;
            payload_go_without(boot); /* an empty initrd adds nothing to those of Linux */
        }
    }
    status = payload_load_options(boot, payload->module_count, &payload->command_line);
    return status == 0 || boot_fail_memory(boot, entry->kernel, status);
}
