/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4, 6.2). */
#ifndef BATON_CORE_BASE_SHA256_H
#define BATON_CORE_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE  32U
#define SHA256_BLOCK 64U

struct sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *data, size_t size);

/* Wipes what is left in `hash`. */
void sha256_end(struct sha256 *hash, uint8_t ret_digest[SHA256_SIZE]);

#endif
