/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/memory_overwrite.h"

#include "efi/services.h"
#include "efi/variable.h"

#define NAME "MemoryOverwriteRequestControl"

efi_status memory_overwrite_request(const struct firmware *firmware)
{
    static const uint8_t clear_memory = 1;
    uint8_t value;
    size_t size;
    uint32_t attributes;
    efi_status status = variable_read(firmware, VARIABLE_OVERWRITE, NAME, &value, sizeof(value),
                                      &size, &attributes);

    /* One that is larger than it should be exists too. */
    if (status != EFI_SUCCESS && status != EFI_BUFFER_TOO_SMALL)
        return status;
    return variable_write(firmware_runtime_services(firmware), VARIABLE_OVERWRITE, NAME,
                          VARIABLE_KEPT, &clear_memory, sizeof(clear_memory));
}
