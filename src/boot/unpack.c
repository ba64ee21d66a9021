/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/unpack.h"

#include "core/base/page.h"
#include "core/image/gzip.h"
#include "efi/pages.h"

/* DEFLATE makes no more bytes than these out of one (258 of two bits). */
#define RATIO_MAX 1032U

bool unpack_gzip(struct boot *boot, struct span packed, const char *path, struct span *ret_bytes)
{
    struct inflate_target target = {.capacity = gzip_claimed_size(packed)};
    enum inflate_error error;

    /* A claim that cannot be true costs no memory; then it is counted first. */
    if (target.capacity / RATIO_MAX > packed.size)
        target.capacity = 0;
    for (unsigned int tries = 0;; tries++) {
        uint64_t address = 0;
        efi_status status = target.capacity == 0 ? 0
                                                 : pages_take(boot->firmware, MEMORY_LOADER_DATA,
                                                              target.capacity, &address);

        if (status != 0)
            return boot_fail(boot, "unpacking", path, FAILURE_NO_MEMORY, status);
        target.data = (uint8_t *)(uintptr_t)address;
        target.size = 0;
        error = gzip_unpack(packed, &target);
        if (error != INFLATE_FULL || tries != 0)
            break;
        pages_free(boot->firmware, address);
        target.capacity = target.size;
    }
    *ret_bytes = span_of(target.data, target.size);
    return error == INFLATE_OK || boot_fail(boot, "unpacking", path, inflate_explain(error), 0);
}
