/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of \loader\random-seed at a boot, as systemd-boot (253 and later) has it: out of the
 * file and of whatever else differs from boot to boot come the file's next contents and a seed for
 * the kernel, neither of which says anything of the other. Knows nothing of where the parts come
 * from.
 */
#ifndef BATON_CORE_LINUX_BOOT_SEED_H
#define BATON_CORE_LINUX_BOOT_SEED_H

#include "core/base/sha256.h"
#include "core/base/span.h"

#include <stdbool.h>

#define BOOT_SEED_SIZE      SHA256_SIZE
#define BOOT_SEED_FILE_MAX  32768U /* bytes of the file; a longer one is not used */
#define BOOT_SEED_TOKEN_MIN 32U    /* bytes; a shorter one is none */

/* Empty where there is nothing. */
struct boot_seed_parts {
    struct span earlier;   /* what an earlier loader has left for the kernel */
    struct span generated; /* by the firmware */
    struct span token;     /* the variable LoaderSystemToken */
    struct span file;
    struct span count; /* of resets and of calls: the firmware's monotonic counter */
    struct span time;
};

/* Whether there is enough that nobody who has a copy of the disk knows. */
bool boot_seed_is_worth_it(const struct boot_seed_parts *parts, bool secure_boot);

void boot_seed_derive(const struct boot_seed_parts *parts, uint8_t ret_file[BOOT_SEED_SIZE],
                      uint8_t ret_seed[BOOT_SEED_SIZE]);

#endif
