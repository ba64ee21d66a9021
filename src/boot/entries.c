/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entries.h"

#include "boot/failure.h"
#include "core/entry_order.h"
#include "core/text.h"

/* The path of an entry, for messages and for opening it. */
#define ENTRY_NAME_MAX (3U * 255U + 1U) /* 255 UTF-16 units as UTF-8 */
/* More than anybody keeps there; a directory whose clusters form a ring never ends. */
#define NAMES_MAX 16384U

#define ENTRY_PATH_MAX (sizeof(ENTRIES_DIRECTORY) + ENTRY_NAME_MAX)

struct reading {
    struct firmware *firmware;
    struct leases *leases;
    struct arena *arena;
    struct file *root;
};

static void report(const char *file, struct explanation why, const struct line_note *note,
                   efi_status status)
{
    struct boot_failure failure = {.doing = "reading", .file = file, .why = why, .status = status};
    struct text detail = text_in(failure.detail, sizeof(failure.detail));

    if (note != NULL && note->line != 0) {
        text_put(&detail, "line ");
        text_put_decimal(&detail, note->line);
    }
    if (note != NULL && note->why != NULL) {
        text_put(&detail, note->line != 0 ? ": " : "");
        text_put(&detail, note->why);
    }
    failure_report(&failure);
}

#define UNREADABLE because("the file can not be read", "check the disk for errors")
#define NO_MEMORY  because("there is no memory to read it into", "give the machine more memory")

static struct explanation why_not_read(efi_status status)
{
    return status == STATUS_OUT_OF_RESOURCES ? NO_MEMORY : UNREADABLE;
}

/* The whole of a small file, in the arena. One byte more than allowed is read, to be refused. */
static efi_status read_text(const struct reading *reading, const char *path, struct span *ret_text)
{
    struct file *file;
    uint64_t size;
    void *buffer;
    efi_status status = file_open(reading->leases, reading->root, path, &file);

    if (status != 0)
        return status;
    status = file_size(file, &size);
    if (status == 0 && size > LINES_TEXT_MAX)
        size = LINES_TEXT_MAX + 1;
    buffer = status == 0 ? arena_take(reading->arena, size) : NULL;
    if (status == 0 && buffer == NULL)
        status = STATUS_OUT_OF_RESOURCES;
    if (status == 0)
        status = file_read(reading->firmware, file, 0, size, buffer);
    file_close(reading->firmware, reading->leases, file);
    if (status == 0)
        *ret_text = span_of(buffer, size);
    return status;
}

static void read_loader_conf(const struct reading *reading, struct loader_conf *ret_conf)
{
    struct line_note note;
    struct span text;
    char *buffer;
    enum loader_conf_error error;
    efi_status status = read_text(reading, LOADER_CONF_PATH, &text);

    if (status == STATUS_NOT_FOUND)
        return;
    if (status != 0) {
        report(LOADER_CONF_PATH, why_not_read(status), NULL, status);
        return;
    }
    buffer = arena_take(reading->arena, LOADER_CONF_CAPACITY(text.size));
    if (buffer == NULL) {
        report(LOADER_CONF_PATH, NO_MEMORY, NULL, 0);
        return;
    }
    error = loader_conf_parse(text, buffer, LOADER_CONF_CAPACITY(text.size), ret_conf, &note);
    if (error != LOADER_CONF_OK)
        report(LOADER_CONF_PATH, loader_conf_explain(error), &note, 0);
}

/* A line that was passed over does not stop the entry, but nobody should have to guess. */
static void report_warnings(const char *path, const struct bls_entry *entry)
{
    const struct explanation ignored =
        because("a line is ignored", "correct the line or take it out");

    for (uint32_t i = 0; i < entry->warning_count && i < BLS_WARNINGS_MAX; i++)
        report(path, ignored, &entry->warnings[i], 0);
}

/* NULL when there is nothing to boot in it; what there was to say has been said. */
static const struct bls_entry *read_entry(const struct reading *reading, const char *name)
{
    char path_buffer[ENTRY_PATH_MAX];
    struct text path = text_in(path_buffer, sizeof(path_buffer));
    struct bls_entry *entry = arena_take(reading->arena, sizeof(*entry));
    struct line_note note;
    struct span text;
    char *buffer;
    enum bls_entry_error error;
    efi_status status;

    text_put(&path, ENTRIES_DIRECTORY "\\");
    text_put(&path, name);
    status = read_text(reading, path.data, &text);
    if (status != 0) {
        report(path.data, why_not_read(status), NULL, status);
        return NULL;
    }
    buffer = arena_take(reading->arena, BLS_ENTRY_CAPACITY(text.size));
    if (entry == NULL || buffer == NULL) {
        report(path.data, NO_MEMORY, NULL, 0);
        return NULL;
    }
    error = bls_entry_parse(text, name, buffer, BLS_ENTRY_CAPACITY(text.size), entry, &note);
    if (error == BLS_ENTRY_ARCHITECTURE)
        return NULL; /* for another machine: to be hidden, says the specification */
    if (error != BLS_ENTRY_OK) {
        report(path.data, bls_entry_explain(error), &note, 0);
        return NULL;
    }
    report_warnings(path.data, entry);
    return entry;
}

/* A directory that breaks off is an error only when there is nothing to boot in front of it. */
static efi_status read_directory(const struct reading *reading, struct entries *entries)
{
    const struct explanation breaks_off =
        because("the rest of the directory can not be read", "check the disk for errors");
    char name[ENTRY_NAME_MAX];
    struct file *directory;
    bool is_directory;
    efi_status status =
        directory_open(reading->leases, reading->root, ENTRIES_DIRECTORY, &directory);

    if (status != 0)
        return status == STATUS_NOT_FOUND ? 0 : status;
    for (uint32_t seen = 0; entries->count < ENTRY_ORDER_MAX; seen++) {
        const struct bls_entry *entry;
        struct bls_counter counter;
        size_t id_length;

        status = seen < NAMES_MAX ? directory_next(directory, name, sizeof(name), &is_directory)
                                  : STATUS_VOLUME_CORRUPTED;
        if (status != 0)
            break;
        if (is_directory || !bls_file_name_parse(name, ".conf", &id_length, &counter))
            continue;
        entry = read_entry(reading, name);
        if (entry != NULL)
            entries->found[entries->count++] = entry;
    }
    file_close(reading->firmware, reading->leases, directory);
    if (status == STATUS_END_OF_FILE)
        return 0;
    if (status != 0 && entries->count > 0) {
        report(ENTRIES_DIRECTORY, breaks_off, NULL, status);
        return 0;
    }
    return status;
}

efi_status entries_read(struct firmware *firmware, struct leases *leases, struct arena *arena,
                        struct entries *ret_entries)
{
    struct reading reading = {.firmware = firmware, .leases = leases, .arena = arena};
    struct entries entries = {0};
    efi_status status = volume_open(firmware, leases, &reading.root);

    if (status != 0)
        return status;
    /* NOLINTBEGIN(bugprone-sizeof-expression): these are arrays of pointers */
    entries.found = arena_take(arena, ENTRY_ORDER_MAX * sizeof(entries.found[0]));
    entries.order = arena_take(arena, ENTRY_ORDER_MAX * sizeof(entries.order[0]));
    /* NOLINTEND(bugprone-sizeof-expression) */
    if (entries.found == NULL || entries.order == NULL) {
        file_close(firmware, leases, reading.root);
        return STATUS_OUT_OF_RESOURCES;
    }
    read_loader_conf(&reading, &entries.conf);
    status = read_directory(&reading, &entries);
    file_close(firmware, leases, reading.root);
    if (status != 0)
        return status;
    entry_order(entries.found, entries.count, entries.conf.default_pattern, entries.order);
    *ret_entries = entries;
    return 0;
}
