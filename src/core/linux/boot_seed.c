/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/boot_seed.h"

#include "core/base/mem.h"

bool boot_seed_is_worth_it(const struct boot_seed_parts *parts, bool secure_boot)
{
    if (parts->earlier.size != 0 || parts->generated.size != 0)
        return true;
    /* A token can be read by whoever runs, and under Secure Boot the disk is anybody's. */
    return !secure_boot && parts->token.size >= BOOT_SEED_TOKEN_MIN &&
           parts->file.size >= BOOT_SEED_SIZE;
}

static void add(struct sha256 *hash, struct span part)
{
    uint64_t size = part.size; /* little-endian, as Baton's machines are */

    sha256_update(hash, &size, sizeof(size));
    sha256_update(hash, part.data, part.size);
}

static void expand(const uint8_t key[SHA256_SIZE], uint8_t number, uint8_t ret[BOOT_SEED_SIZE])
{
    struct sha256 hash;

    sha256_begin(&hash);
    sha256_update(&hash, key, SHA256_SIZE);
    sha256_update(&hash, &number, sizeof(number));
    sha256_end(&hash, ret);
}

void boot_seed_derive(const struct boot_seed_parts *parts, uint8_t ret_file[BOOT_SEED_SIZE],
                      uint8_t ret_seed[BOOT_SEED_SIZE])
{
    static const char label[] = "systemd-boot random seed label v1";
    uint8_t key[SHA256_SIZE];
    struct sha256 hash;

    sha256_begin(&hash);
    sha256_update(&hash, label, sizeof(label) - 1);
    add(&hash, parts->earlier);
    add(&hash, parts->generated);
    add(&hash, parts->token);
    add(&hash, parts->file);
    add(&hash, parts->count);
    add(&hash, parts->time);
    sha256_end(&hash, key);
    expand(key, 0, ret_file);
    expand(key, 1, ret_seed);
    memory_wipe(key, sizeof(key));
}
