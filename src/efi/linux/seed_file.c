/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/seed_file.h"

#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "core/linux/boot_seed.h"
#include "core/linux/random_seed.h"
#include "efi/file_write.h"
#include "efi/linux/linux_tables.h"
#include "efi/linux/random.h"
#include "efi/pages.h"
#include "efi/services.h"
#include "efi/variable.h"

#define TOKEN_MAX 512U

/* What is gathered for one boot; secret. */
struct secrets {
    uint8_t generated[BOOT_SEED_SIZE];
    uint8_t token[TOKEN_MAX];
    UINT64 count;
    EFI_TIME time;
    uint8_t next[BOOT_SEED_SIZE]; /* of the file */
    uint8_t seed[BOOT_SEED_SIZE];
};

OWN_FRAME static void gather(const struct firmware *firmware, struct secrets *secrets,
                             struct boot_seed_parts *parts)
{
    uint32_t attributes;
    size_t size = 0;

    parts->earlier = random_seed_earlier(linux_tables_installed(firmware, LINUX_TABLE_RANDOM_SEED));
    if (random_seed(firmware, secrets->generated, sizeof(secrets->generated)))
        parts->generated = span_of(secrets->generated, sizeof(secrets->generated));
    if (variable_read(firmware, VARIABLE_SYSTEMD, "LoaderSystemToken", secrets->token,
                      sizeof(secrets->token), &size, &attributes) == EFI_SUCCESS)
        parts->token = span_of(secrets->token, size);
    if (boot_services(firmware)->GetNextMonotonicCount(&secrets->count) == EFI_SUCCESS)
        parts->count = span_of(&secrets->count, sizeof(secrets->count));
    if (runtime_services(firmware)->GetTime(&secrets->time, NULL) == EFI_SUCCESS)
        parts->time = span_of(&secrets->time, sizeof(secrets->time));
}

/* The new seed, and an earlier loader's is gone. */
static void hand_over(struct firmware *firmware, struct span earlier, const uint8_t *seed)
{
    struct linux_tables none = {0};
    struct random_seed *table = linux_tables_take(firmware, &none, sizeof(*table));

    if (table == NULL)
        return;
    table->size = 0;
    memcpy(random_seed_end(table), seed, BOOT_SEED_SIZE);
    (void)random_seed_add(table, BOOT_SEED_SIZE);
    if (linux_tables_install(firmware, LINUX_TABLE_RANDOM_SEED, table) != EFI_SUCCESS)
        memory_wipe(table, sizeof(*table));
    else if (earlier.size != 0)
        memory_wipe((void *)(uintptr_t)earlier.data, earlier.size);
}

/* `contents` has the file, and room for a seed: afterwards it is as the file is to be. */
static void use(struct firmware *firmware, struct file *root, bool secure_boot, uint64_t size,
                uint8_t *contents)
{
    struct boot_seed_parts parts = {.file = span_of(contents, size < BOOT_SEED_SIZE ? 0 : size)};
    struct secrets secrets = {.count = 0};

    gather(firmware, &secrets, &parts);
    if (boot_seed_is_worth_it(&parts, secure_boot)) {
        boot_seed_derive(&parts, secrets.next, secrets.seed);
        memset(contents, 0, size);
        memcpy(contents, secrets.next, BOOT_SEED_SIZE);
        if (size < BOOT_SEED_SIZE)
            size = BOOT_SEED_SIZE;
        if (file_overwrite(root, SEED_FILE_PATH, span_of(contents, size)) == EFI_SUCCESS)
            hand_over(firmware, parts.earlier, secrets.seed);
    }
    memory_wipe(&secrets, sizeof(secrets));
}

/* EFI_NOT_FOUND for one that is to be left alone. */
static efi_status load(struct firmware *firmware, struct file *file, uint64_t *ret_address,
                       uint64_t *ret_size)
{
    efi_status status = file_size(file, ret_size);

    if (status != EFI_SUCCESS || file_is_read_only(file))
        return EFI_NOT_FOUND;
    if (*ret_size > BOOT_SEED_FILE_MAX)
        return EFI_BAD_BUFFER_SIZE;
    if (pages_take(firmware, MEMORY_LOADER_DATA, *ret_size + BOOT_SEED_SIZE, ret_address) !=
        EFI_SUCCESS)
        return EFI_NOT_FOUND;
    status = file_read(firmware, file, 0, *ret_size, (void *)(uintptr_t)*ret_address);
    if (status != EFI_SUCCESS)
        pages_free(firmware, *ret_address);
    return status == EFI_SUCCESS ? status : EFI_NOT_FOUND;
}

efi_status seed_file_use(struct firmware *firmware, bool secure_boot)
{
    struct file *root;
    struct file *file;
    uint64_t address;
    uint64_t size;
    efi_status status;

    if (volume_open(firmware, &root) != EFI_SUCCESS)
        return EFI_SUCCESS;
    status = file_open(firmware, root, SEED_FILE_PATH, &file);
    if (status == EFI_SUCCESS) {
        status = load(firmware, file, &address, &size);
        file_close(firmware, file); /* before it is written: not every driver opens it twice */
    }
    if (status == EFI_SUCCESS) {
        use(firmware, root, secure_boot, size, (uint8_t *)(uintptr_t)address);
        memory_wipe((void *)(uintptr_t)address, size + BOOT_SEED_SIZE);
        pages_free(firmware, address);
    }
    file_close(firmware, root);
    return status == EFI_BAD_BUFFER_SIZE ? status : EFI_SUCCESS;
}
