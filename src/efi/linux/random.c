/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/random.h"

#include "core/base/mem.h"
#include "core/linux/random_seed.h"
#include "efi/services.h"
#include "efi/variable.h"

#define GENERATED_SIZE 32U
#define KEPT_NAME      "RandomSeed"

/* NULL when there is none. */
static EFI_RNG_PROTOCOL *find_generator(const struct firmware *firmware)
{
    static const EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;

    return locate_protocol(firmware, &guid);
}

/* EFI_NOT_FOUND when there is no generator. */
static EFI_STATUS generate(const struct firmware *firmware, uint8_t *bytes, size_t size)
{
    EFI_RNG_ALGORITHM raw = EFI_RNG_ALGORITHM_RAW;
    EFI_RNG_PROTOCOL *rng = find_generator(firmware);
    EFI_STATUS status;

    if (rng == NULL)
        return EFI_NOT_FOUND;
    status = rng->GetRNG(rng, &raw, size, bytes);
    if (status != EFI_SUCCESS)
        status = rng->GetRNG(rng, NULL, size, bytes);
    if (status == EFI_SUCCESS && !random_seed_is_random(bytes, size))
        status = EFI_DEVICE_ERROR;
    return status;
}

bool random_seed(const struct firmware *firmware, uint8_t *seed, size_t size)
{
    return generate(firmware, seed, size) == EFI_SUCCESS;
}

static EFI_STATUS add_generated(const struct firmware *firmware, struct random_seed *seed)
{
    EFI_STATUS status = generate(firmware, random_seed_end(seed), GENERATED_SIZE);

    if (status == EFI_SUCCESS)
        (void)random_seed_add(seed, GENERATED_SIZE);
    return status;
}

/* Leaves room for `reserved` bytes. */
static EFI_STATUS add_kept(const struct firmware *firmware, size_t reserved,
                           struct random_seed *seed)
{
    size_t size;
    uint32_t attributes;
    EFI_STATUS status =
        variable_read(firmware, VARIABLE_RANDOM_SEED, KEPT_NAME, random_seed_end(seed),
                      random_seed_room(seed) - reserved, &size, &attributes);

    if (status != EFI_SUCCESS)
        return status;
    status = variable_delete(firmware_runtime_services(firmware), VARIABLE_RANDOM_SEED, KEPT_NAME);
    if (status != EFI_SUCCESS)
        memory_wipe(random_seed_end(seed), size);
    else if (!random_seed_add(seed, size))
        status = EFI_DEVICE_ERROR;
    return status;
}

/* Looked for before there is a table: where there is nothing, its memory is not asked for. */
static bool is_kept(const struct firmware *firmware)
{
    uint8_t nothing[1];
    size_t size;
    uint32_t attributes;

    return variable_read(firmware, VARIABLE_RANDOM_SEED, KEPT_NAME, nothing, 0, &size,
                         &attributes) != EFI_NOT_FOUND;
}

/* Of both parts, as the header says. */
static EFI_STATUS both(EFI_STATUS generated, EFI_STATUS kept)
{
    if (kept == EFI_NOT_FOUND || (generated != EFI_SUCCESS && generated != EFI_NOT_FOUND))
        return generated;
    return kept;
}

efi_status random_table_install(struct firmware *firmware, struct linux_tables *tables)
{
    struct span earlier =
        random_seed_earlier(linux_tables_installed(firmware, LINUX_TABLE_RANDOM_SEED));
    struct random_seed *seed;
    EFI_STATUS generated;
    EFI_STATUS kept;
    EFI_STATUS status;

    if (find_generator(firmware) == NULL && !is_kept(firmware))
        return EFI_NOT_FOUND;
    seed = linux_tables_take(firmware, tables, sizeof(*seed));
    if (seed == NULL)
        return EFI_OUT_OF_RESOURCES;
    seed->size = 0;
    generated = add_generated(firmware, seed);
    kept = add_kept(firmware, earlier.size, seed);
    if (seed->size == 0)
        return both(generated, kept);
    if (earlier.size != 0) {
        memcpy(random_seed_end(seed), earlier.data, earlier.size);
        (void)random_seed_add(seed, earlier.size);
    }
    status = linux_tables_install(firmware, LINUX_TABLE_RANDOM_SEED, seed);
    if (status != EFI_SUCCESS) {
        memory_wipe(seed, sizeof(*seed));
        return status;
    }
    if (earlier.size != 0)
        memory_wipe((void *)(uintptr_t)earlier.data, earlier.size);
    return both(generated, kept);
}
