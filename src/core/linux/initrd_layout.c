/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/initrd_layout.h"

#include "core/base/checked.h"

bool initrd_layout(const uint64_t *sizes, size_t count, uint64_t *ret_offsets, uint64_t *ret_total)
{
    uint64_t total = 0;

    for (size_t i = 0; i < count; i++)
        if (!checked_align_up(total, 4, &total) || !checked_add(total, sizes[i], &total))
            return false;
    *ret_total = total;
    total = 0;
    for (size_t i = 0; i < count; i++) {
        ret_offsets[i] = (total + 3) & ~3ULL;
        total = ret_offsets[i] + sizes[i];
    }
    return true;
}
