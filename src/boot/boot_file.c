/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/boot_file.h"

#include "core/base/mem.h"

efi_status contents_read(struct firmware *firmware, const struct boot_file *from, uint64_t offset,
                         uint64_t size, void *destination)
{
    if (size == 0)
        return 0;
    if (from->bytes == NULL)
        return file_read(firmware, from->file, from->offset + offset, size, destination);
    memcpy(destination, from->bytes + offset, size);
    return 0;
}

efi_status contents_read_all(struct firmware *firmware, const struct boot_file *from,
                             void *destination)
{
    efi_status status = contents_read(firmware, from, 0, from->size, destination);

    if (status != 0 || from->part || from->bytes != NULL)
        return status;
    return file_confirm_end(from->file, from->size);
}
