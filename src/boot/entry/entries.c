/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/entries.h"

#include "boot/entry/entry_file.h"
#include "boot/entry/uki_entry.h"
#include "boot/measure.h"
#include "core/entry/entry_order.h"
#include "core/text/text.h"
#include "efi/watchdog.h"

/* More than anybody keeps there; a directory whose clusters form a ring never ends. */
#define NAMES_MAX 16384U

/* Files of one directory that are read at most: the limit is for those that are kept, but the
 * default may stand behind it. */
#define READ_MAX (4U * ENTRY_ORDER_MAX)

/*
 * The whole of a small file, in the arena. One byte more than allowed is read, to be refused.
 * `name` is below `directory`: the firmware takes no path as long as some names with their
 * directories are.
 */
static efi_status read_text(struct entry_files *files, struct file *directory, const char *name,
                            struct span *ret_text)
{
    struct file *file;
    uint64_t size;
    void *buffer;
    efi_status status = file_open(files->firmware, directory, name, &file);

    if (status != 0)
        return status;
    status = file_size(file, &size);
    if (status == 0 && size > LINES_TEXT_MAX)
        size = LINES_TEXT_MAX + 1;
    buffer = status == 0 ? arena_take(files->arena, size + 1) : NULL;
    if (status == 0 && buffer == NULL)
        status = STATUS_OUT_OF_RESOURCES;
    if (status == 0 && size > LINES_TEXT_MAX)
        status = file_read(files->firmware, file, 0, size, buffer);
    else if (status == 0)
        status = file_read_whole(files->firmware, file, size, buffer);
    file_close(files->firmware, file);
    if (status == 0)
        *ret_text = span_of(buffer, size);
    return status;
}

static void read_loader_conf(struct entry_files *files, struct tpm *tpm,
                             struct loader_conf *ret_conf)
{
    struct line_note note;
    struct span text;
    char *buffer;
    enum loader_conf_error error;
    efi_status status = read_text(files, files->root, LOADER_CONF_PATH, &text);

    if (status == STATUS_NOT_FOUND)
        return;
    if (status != 0) {
        entry_file_report(LOADER_CONF_PATH, entry_file_why(status), NULL, status);
        return;
    }
    /* A failure stays in `tpm`; whoever measures next is told. */
    (void)measure_loader_conf(tpm, text);
    buffer = arena_take(files->arena, LOADER_CONF_CAPACITY(text.size));
    if (buffer == NULL) {
        entry_file_report(LOADER_CONF_PATH, FAILURE_NO_MEMORY, NULL, 0);
        return;
    }
    error = loader_conf_parse(text, buffer, LOADER_CONF_CAPACITY(text.size), ret_conf, &note);
    if (error != LOADER_CONF_OK)
        entry_file_report(LOADER_CONF_PATH, loader_conf_explain(error), &note, 0);
}

/* None of it stops the entry, but nobody should have to guess. */
static void report_warnings(const char *path, const struct bls_entry *entry)
{
    for (uint32_t i = 0; i < entry->warning_count && i < BLS_WARNINGS_MAX; i++) {
        const struct bls_warning *warning = &entry->warnings[i];
        struct line_note note = {.line = warning->line};

        entry_file_report(path, bls_warning_explain(warning->kind), &note, 0);
    }
}

/* NULL when there is nothing to boot in it; what there was to say has been said. */
static struct bls_entry *read_entry(struct entry_files *files, const char *name)
{
    char path_buffer[sizeof(ENTRIES_DIRECTORY) + ENTRY_NAME_MAX];
    struct text path = text_in(path_buffer, sizeof(path_buffer));
    struct bls_entry *entry = arena_take(files->arena, sizeof(*entry));
    struct line_note note;
    struct span text;
    char *buffer;
    enum bls_entry_error error;
    efi_status status;

    text_put(&path, ENTRIES_DIRECTORY "\\");
    text_put(&path, name);
    status = read_text(files, files->directory, name, &text);
    if (status != 0) {
        entry_file_report(path.data, entry_file_why(status), NULL, status);
        return NULL;
    }
    buffer = arena_take(files->arena, BLS_ENTRY_CAPACITY(text.size));
    if (entry == NULL || buffer == NULL) {
        entry_file_report(path.data, FAILURE_NO_MEMORY, NULL, 0);
        return NULL;
    }
    error = bls_entry_parse(text, name, buffer, BLS_ENTRY_CAPACITY(text.size), entry, &note);
    if (error == BLS_ENTRY_ARCHITECTURE)
        return NULL; /* for another machine: to be hidden, says the specification */
    if (error != BLS_ENTRY_OK) {
        entry_file_report(path.data, bls_entry_explain(error), &note, 0);
        return NULL;
    }
    report_warnings(path.data, entry);
    return entry;
}

/* Where entries of one type are. */
struct place {
    const char *directory;
    const char *suffix; /* of their names */
    struct bls_entry *(*read)(struct entry_files *files, const char *name);
};

static const struct place places[] = {
    {ENTRIES_DIRECTORY, ".conf", read_entry},
    {UKI_DIRECTORY, ".efi", uki_entry_read},
};
#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

_Static_assert(ENTRY_ORDER_MAX == 1024, "the number in the message");

/* False when one has to be left out: never the default, never what comes first in the order. */
static bool keep(struct entries *entries, struct bls_entry *entry)
{
    const char *pattern = entries->conf.default_pattern;

    entry->wanted = pattern != NULL && entry_matches(entry, pattern);
    return entry_keep(entries->found, &entries->count, entry) == NULL;
}

/* All of one type, behind those that were found before. */
static efi_status read_directory(struct entry_files *files, const struct place *place,
                                 struct entries *entries)
{
    const struct explanation too_many =
        because("there are more than 1024 entries, those that come last are left out",
                "take out those that are not needed");
    char name[ENTRY_NAME_MAX];
    struct file *directory;
    bool is_directory;
    bool left_out = false;
    uint32_t read = 0;
    efi_status status = directory_open(files->firmware, files->root, place->directory, &directory);

    if (status != 0)
        return status == STATUS_NOT_FOUND ? 0 : status;
    files->directory = directory;
    for (uint32_t seen = 0;; seen++) {
        struct bls_entry *entry;
        struct bls_counter counter;
        size_t id_length;

        status = seen < NAMES_MAX ? directory_next(directory, name, sizeof(name), &is_directory)
                                  : STATUS_VOLUME_CORRUPTED;
        if (status != 0)
            break;
        if (is_directory || !bls_file_name_parse(name, place->suffix, &id_length, &counter))
            continue;
        entry = read < READ_MAX ? place->read(files, name) : NULL;
        if ((read++ == READ_MAX || (entry != NULL && !keep(entries, entry))) && !left_out) {
            left_out = true;
            entry_file_report(place->directory, too_many, NULL, 0);
        }
        if (read > READ_MAX)
            break;
    }
    file_close(files->firmware, directory);
    return status == STATUS_END_OF_FILE ? 0 : status;
}

/* A directory that cannot be read is an error only when there is nothing to boot elsewhere. */
static efi_status read_directories(struct entry_files *files, struct entries *entries)
{
    const struct explanation breaks_off =
        because("the rest of the directory cannot be read", "check the disk for errors");
    efi_status statuses[PLACE_COUNT];

    for (size_t i = 0; i < PLACE_COUNT; i++)
        statuses[i] = read_directory(files, &places[i], entries);
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        if (statuses[i] != 0 && entries->count == 0)
            return statuses[i];
        if (statuses[i] != 0)
            entry_file_report(places[i].directory, breaks_off, NULL, statuses[i]);
    }
    return 0;
}

efi_status entries_read(struct firmware *firmware, struct arena *arena, struct tpm *tpm,
                        struct entries *ret_entries)
{
    struct entry_files files = {.firmware = firmware, .arena = arena};
    struct entries entries = {0};
    efi_status status = volume_open(firmware, &files.root);

    if (status != 0)
        return status;
    /* NOLINTBEGIN(bugprone-sizeof-expression): these are arrays of pointers */
    entries.found = arena_take(arena, ENTRY_ORDER_MAX * sizeof(entries.found[0]));
    entries.order = arena_take(arena, ENTRY_ORDER_MAX * sizeof(entries.order[0]));
    /* NOLINTEND(bugprone-sizeof-expression) */
    if (entries.found == NULL || entries.order == NULL) {
        file_close(firmware, files.root);
        return STATUS_OUT_OF_RESOURCES;
    }
    /* A ring in a directory's chain of clusters keeps the firmware busy for ever. */
    watchdog_arm(firmware, WATCHDOG_SECONDS);
    read_loader_conf(&files, tpm, &entries.conf);
    status = read_directories(&files, &entries);
    watchdog_arm(firmware, WATCHDOG_SECONDS);
    file_close(firmware, files.root);
    if (status != 0)
        return status;
    entry_order(entries.found, entries.count, entries.conf.default_pattern, entries.order);
    *ret_entries = entries;
    return 0;
}
