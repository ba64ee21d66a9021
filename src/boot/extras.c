/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/extras.h"

#include "boot/failure.h"
#include "boot/measure.h"
#include "core/linux/cpio.h"
#include "core/text/path.h"
#include "core/text/text.h"
#include "efi/pages.h"

/* An archive's numbers have 32 bits; systemd-boot's limit. */
#define EXTRA_SIZE_MAX (3ULL << 29)

#define DIRECTORY ".extra"
#define NAME_SIZE (sizeof(DIRECTORY "/credentials/") + PATH_COMPONENT_MAX)

/* In the order of enum bls_extra, its names and systemd-boot's: the directory, what is measured. */
PACKED_DATA static const char kinds[] =
    DIRECTORY "/credentials\0Entry credentials initrd\0" DIRECTORY
              "/sysext\0Entry system extension initrd\0" DIRECTORY
              "/confext\0Entry configuration extension initrd";

struct packing {
    struct boot *boot;
    enum bls_extra kind;
    const char *directory;
    struct cpio archive;
    struct boot_file files[BLS_INITRDS_MAX]; /* of all kinds; size 0: left out */
};

/* Whatever is wrong with one is said, and costs only that one. */
static void open_all(struct packing *packing)
{
    const struct explanation too_large =
        because("it has more than 1.5 GiB", "take it out of the entry");
    struct boot *boot = packing->boot;

    for (uint32_t i = 0; i < boot->entry->extra_count; i++) {
        const char *path = bls_extra(boot->entry, i);
        struct boot_file *file = &packing->files[i];

        if (payload_open_file(boot, path, file) &&
            (file->size <= EXTRA_SIZE_MAX || boot_fail(boot, "opening", path, too_large, 0)))
            continue;
        payload_go_without(boot);
        file->size = 0;
    }
}

/* One file with its directories in front. The numbers of its inodes come from the place among all
 * files, of whatever kind: they are measured, and systemd-boot counts like that. */
static bool pack_file(struct packing *packing, const struct boot_file *file, uint32_t place)
{
    struct cpio *archive = &packing->archive;
    uint32_t mode = packing->kind == BLS_EXTRA_CREDENTIAL ? 0400 : 0444;
    char buffer[NAME_SIZE];
    struct text name = text_in(buffer, sizeof(buffer));
    uint8_t *contents;
    efi_status status;

    archive->items = 3 * place;
    (void)cpio_put(archive, DIRECTORY, CPIO_DIRECTORY | 0555, 0);
    (void)cpio_put(archive, packing->directory, CPIO_DIRECTORY | mode | mode >> 2, 0);
    text_format(&name, "%s/%s", packing->directory, path_base_name(file->path));
    contents = cpio_put(archive, buffer, CPIO_FILE | mode, (uint32_t)file->size);
    status = contents == NULL ? 0 : boot_file_read_all(packing->boot->firmware, file, contents);
    return status == 0 || boot_fail_reading(packing->boot, file->path, status);
}

/* All files of the kind, or how much room they need: none for none. */
static bool pack(struct packing *packing)
{
    struct cpio *archive = &packing->archive;
    uint32_t place = 0;

    archive->size = 0;
    for (uint32_t i = 0; i < packing->boot->entry->extra_count; i++) {
        const struct boot_file *file = &packing->files[i];
        enum bls_extra kind;

        if (file->size == 0)
            continue;
        if (bls_extra_is(file->path, &kind) && kind == packing->kind &&
            !pack_file(packing, file, place))
            return false;
        place++;
    }
    if (archive->size != 0)
        cpio_end(archive);
    return true;
}

/* An archive with the files of one kind, unless there are none. */
static bool add_kind(struct packing *packing, const char *name)
{
    struct boot *boot = packing->boot;
    struct payload *payload = &boot->payload;
    uint64_t address;
    efi_status status;

    packing->archive.data = NULL;
    (void)pack(packing);
    if (packing->archive.size == 0)
        return true;
    status = pages_take(boot->firmware, MEMORY_LOADER_DATA, packing->archive.size, &address);
    if (status != 0)
        return boot_fail_memory(boot, packing->directory, status);
    packing->archive.data = (uint8_t *)(uintptr_t)address;
    if (!pack(packing))
        return false;
    (void)measure_extras(boot->environment.tpm, packing->kind == BLS_EXTRA_SYSEXT, name,
                         span_of(packing->archive.data, packing->archive.size));
    payload->modules[payload->module_count++] = (struct boot_file){
        .path = packing->directory, .bytes = packing->archive.data, .size = packing->archive.size};
    return true;
}

bool extras_add(struct boot *boot)
{
    struct packing packing = {.boot = boot};
    const char *next;

    if (boot->entry->extra_count == 0)
        return true;
    open_all(&packing);
    next = packed_text(kinds);
    for (unsigned int kind = 0; kind < BLS_EXTRA_KINDS; kind++) {
        const char *name = next + text_length(next) + 1;

        packing.kind = (enum bls_extra)kind;
        packing.directory = next;
        if (!add_kind(&packing, name))
            return false;
        next = name + text_length(name) + 1;
    }
    return true;
}
