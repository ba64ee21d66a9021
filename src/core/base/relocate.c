/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base/relocate.h"

#include "core/base/target.h"

void relocate(uint8_t *image, const struct relocation *begin, const struct relocation *end)
{
    for (const struct relocation *each = begin; each < end; each++)
        if ((uint32_t)each->info == TARGET_ELF_RELATIVE)
            *(uint64_t *)(void *)(image + each->offset) = (uintptr_t)image + each->addend;
}
