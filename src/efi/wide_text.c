/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/wide_text.h"

#include "core/base/page.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/pages.h"

efi_status wide_text_make(struct firmware *firmware, const char *utf8, struct span *ret_text)
{
    size_t capacity = text_length(utf8) + 1; /* no more units of UTF-16 than bytes of UTF-8 */
    uint64_t address;
    size_t length;
    efi_status status =
        pages_take(firmware, MEMORY_LOADER_DATA, capacity * sizeof(uint16_t), &address);

    if (status != STATUS_SUCCESS)
        return status;
    if (utf8_to_utf16(utf8, (uint16_t *)(uintptr_t)address, capacity, &length) != UTF_OK) {
        pages_free(firmware, address);
        return STATUS_INVALID_PARAMETER;
    }
    *ret_text = span_of((const void *)(uintptr_t)address, (length + 1) * sizeof(uint16_t));
    return STATUS_SUCCESS;
}
