/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/boot_file.h"

#include "boot/boot.h"
#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "efi/pages.h"

efi_status boot_file_read(struct firmware *firmware, const struct boot_file *from, uint64_t offset,
                          uint64_t size, void *destination)
{
    if (size == 0)
        return 0;
    if (from->bytes == NULL)
        return file_read(firmware, from->file, from->offset + offset, size, destination);
    memcpy(destination, from->bytes + offset, size);
    return 0;
}

efi_status boot_file_read_all(struct firmware *firmware, const struct boot_file *from,
                              void *destination)
{
    efi_status status = boot_file_read(firmware, from, 0, from->size, destination);

    if (status != 0 || from->part || from->bytes != NULL)
        return status;
    return file_confirm_end(from->file, from->size);
}

bool boot_file_load(struct boot *boot, const struct boot_file *from, uint64_t size, uint64_t lead,
                    const char *doing, struct span *ret_bytes)
{
    uint64_t address;
    uint64_t whole;
    efi_status status = STATUS_OUT_OF_RESOURCES;

    if (checked_add(size, lead, &whole))
        status = pages_take(boot->firmware, MEMORY_LOADER_DATA, whole, &address);
    if (status != 0)
        return boot_fail(boot, doing, from->path, FAILURE_NO_MEMORY, status);
    address += lead;
    status = size == from->size
                 ? boot_file_read_all(boot->firmware, from, (void *)(uintptr_t)address)
                 : boot_file_read(boot->firmware, from, 0, size, (void *)(uintptr_t)address);
    if (status != 0)
        return boot_fail_reading(boot, from->path, status);
    *ret_bytes = span_of((const void *)(uintptr_t)address, size);
    return true;
}
