/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/announce.h"

#include "boot/boot.h"
#include "core/base/page.h"
#include "core/base/store.h"
#include "core/base/target.h"
#include "core/entry/entry_choice.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/loaded_image.h"
#include "efi/origin.h"
#include "efi/pages.h"
#include "efi/variable.h"

/*
 * LoaderFeatures: what is true of this Baton. Not yet, or never: drivers (7), device trees (10),
 * uki-url (17) and what some variables say (15, 18, 20, 21).
 */
enum feature {
    FEATURE_TIMEOUT = 1U << 0,
    FEATURE_TIMEOUT_ONE_SHOT = 1U << 1,
    FEATURE_ENTRY_DEFAULT = 1U << 2,
    FEATURE_ENTRY_ONE_SHOT = 1U << 3,
    FEATURE_BOOT_COUNTING = 1U << 4,
    FEATURE_XBOOTLDR = 1U << 5,
    FEATURE_RANDOM_SEED = 1U << 6,
    FEATURE_SORT_KEY = 1U << 8,
    FEATURE_SAVED = 1U << 9,
    FEATURE_TREE = TARGET_HAS_TREES << 10,
    FEATURE_ENROLL = 1U << 11,
    FEATURE_RETAIN_SHIM = 1U << 12,
    FEATURE_MENU_DISABLED = 1U << 13,
    FEATURE_PROFILES = 1U << 14,
    FEATURE_UKI = 1U << 16,
    FEATURE_ENTRY_PREFERRED = 1U << 19,
};
#define FEATURES                                                                                   \
    (FEATURE_TIMEOUT | FEATURE_TIMEOUT_ONE_SHOT | FEATURE_MENU_DISABLED | FEATURE_ENTRY_DEFAULT |  \
     FEATURE_ENTRY_ONE_SHOT | FEATURE_BOOT_COUNTING | FEATURE_XBOOTLDR | FEATURE_RANDOM_SEED |     \
     FEATURE_SORT_KEY | FEATURE_SAVED | FEATURE_ENROLL | FEATURE_RETAIN_SHIM | FEATURE_PROFILES |  \
     FEATURE_UKI | FEATURE_ENTRY_PREFERRED | FEATURE_TREE)

#define TEXT_UNITS_MAX 1024U /* of ids that need no pages */

/* Bytes of ids that are written at once; a store that takes less gets fewer of them. */
#define IDS_SIZE_MAX (64U << 10)

static efi_status write(const struct boot *boot, const char *name, uint32_t attributes,
                        const void *data, size_t size)
{
    return variable_write(firmware_runtime_services(boot->firmware), VARIABLE_SYSTEMD, name,
                          attributes, data, size);
}

/* NULL deletes (UEFI 2.10, 8.2.3); what is empty is not written. */
static void write_text(const struct boot *boot, const char *name, uint32_t attributes,
                       const char *text)
{
    if (text == NULL || text[0] != '\0')
        (void)variable_write_text(firmware_runtime_services(boot->firmware), name, attributes,
                                  text);
}

static bool is_there(const struct boot *boot, const char *name)
{
    uint8_t nothing[1];
    uint32_t attributes;
    size_t size;

    return variable_read(boot->firmware, VARIABLE_SYSTEMD, name, nothing, 0, &size, &attributes) !=
           STATUS_NOT_FOUND;
}

/* A loader that has started this one has said where the machine was started from. */
static void tell_origin(const struct boot *boot)
{
    struct loaded_image image = {0};
    struct origin origin;

    origin_read(boot->firmware, &origin);
    (void)loaded_image_read(boot->firmware, &image);
    write_text(boot, "LoaderFirmwareInfo", VARIABLE_TOLD, origin.firmware);
    write_text(boot, "LoaderFirmwareType", VARIABLE_TOLD, origin.specification);
    write_text(boot, "LoaderImageIdentifier", VARIABLE_TOLD, image.path);
    write_text(boot, "LoaderDevicePartUUID", VARIABLE_TOLD, origin.partition);
}

/* As units of UTF-16. */
struct id_list {
    uint16_t *units;
    size_t used;
    size_t capacity;
};

/* One id with its NUL; false when there is no room. */
static bool add_id(struct id_list *ids, const char *id)
{
    size_t units;
    enum utf_error error =
        utf8_to_utf16(id, ids->units + ids->used, ids->capacity - ids->used, &units);

    if (error == UTF_OK)
        ids->used += units + 1;
    return error != UTF_BUFFER_TOO_SMALL;
}

/* All of them in their order; with `own` that one, the automatic ones and the others, while there
 * is room. */
static void put_ids(const struct entry_list *list, const struct bls_entry *own, struct id_list *ids)
{
    bool fits = own == NULL || add_id(ids, own->id);

    for (unsigned int turn = 0; turn < 2; turn++)
        for (size_t i = 0; fits && i < list->count; i++) {
            const struct bls_entry *entry = list->entries[i];

            if (own == NULL ? turn == 0 : entry != own && entry->is_automatic == (turn == 0))
                fits = add_id(ids, entry->id);
        }
}

/*
 * `units` are all of them. When there is no room for so many, or the variable store has none, it is
 * what is booted, what nobody finds in a directory, and as many others as it takes. EDK II says
 * EFI_INVALID_PARAMETER to what is larger than any variable may be.
 */
static void write_ids(const struct boot *boot, const struct announcement *announcement,
                      uint16_t *buffer, size_t capacity, size_t units)
{
    const struct bls_entry *own = units > capacity ? announcement->listed : NULL;
    efi_status status;

    if (units > capacity)
        units = capacity;
    do {
        struct id_list ids = {.units = buffer, .capacity = units};

        put_ids(announcement->list, own, &ids);
        if (ids.used == 0)
            return;
        status = write(boot, "LoaderEntries", VARIABLE_TOLD, buffer, ids.used * sizeof(*buffer));
        own = announcement->listed;
        units /= 2;
    } while (status == STATUS_OUT_OF_RESOURCES || status == STATUS_INVALID_PARAMETER);
}

/* Pages only for more than a few: EDK II clears what it is given back. */
static void tell_entries(const struct boot *boot, const struct announcement *announcement)
{
    uint16_t few[TEXT_UNITS_MAX];
    uint64_t address;
    size_t units = 0; /* at most: UTF-16 has no more than UTF-8 has bytes */

    for (size_t i = 0; i < announcement->list->count; i++)
        units += text_length(announcement->list->entries[i]->id) + 1;
    if (units <= TEXT_UNITS_MAX) {
        write_ids(boot, announcement, few, TEXT_UNITS_MAX, units);
    } else if (pages_take(boot->firmware, MEMORY_LOADER_DATA, IDS_SIZE_MAX, &address) == 0) {
        write_ids(boot, announcement, (uint16_t *)(uintptr_t)address,
                  IDS_SIZE_MAX / sizeof(uint16_t), units);
        pages_free(boot->firmware, address);
    }
}

/* Microseconds since the counter began. */
static void tell_time(const struct boot *boot, const char *name, uint64_t ticks, uint64_t hz)
{
    char buffer[24];
    struct text text = text_in(buffer, sizeof(buffer));

    text_put_decimal(&text, ticks / hz * 1000000 + ticks % hz * 1000000 / hz);
    write_text(boot, name, VARIABLE_TOLD, buffer);
}

/* Only of a machine whose counter began when it was turned on: as systemd-boot. */
static void tell_times(const struct boot *boot, const struct announcement *announcement)
{
    uint64_t hz = arch_is_virtual() ? 0 : arch_clock_hz(&boot->session->clock);

    if (hz == 0)
        return;
    if (!announcement->is_told)
        tell_time(boot, "LoaderTimeInitUSec", boot->session->ticks, hz);
    if (announcement->menu_ticks != 0)
        tell_time(boot, "LoaderTimeMenuUSec", announcement->menu_ticks, hz);
    tell_time(boot, "LoaderTimeExecUSec", arch_ticks(), hz);
}

/* `@saved`, kept only as long as somebody wants it, and written only when it is another one. */
static void save_entry(const struct boot *boot, struct announcement *announcement)
{
    const struct bls_entry *listed = announcement->listed;
    const char *saved = announcement->last_booted;
    const char *id = announcement->saves ? listed->id : NULL;

    if (id == NULL
            ? saved != NULL
            : listed->wanted != ENTRY_ONE_SHOT && (saved == NULL || !text_equal(saved, id))) {
        write_text(boot, "LoaderEntryLastBooted", VARIABLE_KEPT, id);
        announcement->last_booted = id;
    }
}

static void tell_once(const struct boot *boot, const struct announcement *announcement)
{
    uint8_t features[8] = {0};

    store_u32(features, FEATURES);
    if (!is_there(boot, "LoaderInfo"))
        tell_origin(boot);
    write_text(boot, "LoaderInfo", VARIABLE_TOLD, "baton " BATON_VERSION);
    (void)write(boot, "LoaderFeatures", VARIABLE_TOLD, features, sizeof(features));
    if (announcement->listed == NULL)
        return;
    tell_entries(boot, announcement);
    if (announcement->update_failed)
        write_text(boot, "LoaderSysFailReason", VARIABLE_TOLD, "firmware-update-failure");
}

/* Of this entry, and of none that was tried before it. */
static void tell_count(const struct boot *boot, struct announcement *announcement)
{
    const char *path = announcement->count_path;

    if (path != NULL || announcement->count_is_told)
        write_text(boot, "LoaderBootCountPath", VARIABLE_TOLD, path);
    announcement->count_is_told = path != NULL;
}

void announce(struct boot *boot)
{
    struct announcement *announcement = boot->session->announcement;

    if (announcement == NULL)
        return;
    if (!announcement->is_told)
        tell_once(boot, announcement);
    if (announcement->listed != NULL) {
        write_text(boot, "LoaderEntrySelected", VARIABLE_TOLD, announcement->listed->id);
        tell_count(boot, announcement);
        save_entry(boot, announcement);
    }
    tell_times(boot, announcement);
    announcement->is_told = true;
}
