/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/boot_count.h"

#include "boot/entry/entries.h"
#include "boot/entry/uki_entry.h"
#include "core/base/mem.h"
#include "core/text/path.h"
#include "core/text/text.h"
#include "efi/file_write.h"

/* Enough for a name and for the clusters that a directory may need for it. */
#define ROOM_FOR_NAME (64U << 10)

/* Names with other bytes that are passed over, and traces of power failures that are followed. */
#define STEPS_MAX 64U

struct counting {
    struct entry_files files;
    const char *where;         /* the directory */
    const char *suffix;        /* of names there */
    char name[ENTRY_NAME_MAX]; /* of the entry's file as it is */
    char next[ENTRY_NAME_MAX]; /* that is tried */
};

static bool find_next(struct counting *counting, const char *from)
{
    char next[ENTRY_NAME_MAX];
    struct entry_name name;

    if (!entry_name_parse(from, counting->suffix, &name) || !name.counter.counted ||
        !entry_name_next(from, &name, next, sizeof(next)))
        return false;
    memcpy(counting->next, next, sizeof(next));
    return true;
}

static bool is_read_only(struct counting *counting)
{
    struct file *file;
    bool read_only;

    if (file_open(counting->files.firmware, counting->files.directory, counting->name, &file) != 0)
        return true;
    read_only = file_is_read_only(file);
    file_close(counting->files.firmware, file);
    return read_only;
}

/* Whether there is a file of the next name, and whether it has these bytes. */
static bool next_is_there(struct counting *counting, struct span text, bool *ret_same)
{
    struct span other;
    efi_status status =
        entry_file_read(&counting->files, counting->files.directory, counting->next, &other);

    *ret_same =
        status == 0 && other.size == text.size && memcmp(other.data, text.data, text.size) == 0;
    return status != STATUS_NOT_FOUND;
}

static void take_next(struct counting *counting)
{
    memcpy(counting->name, counting->next, sizeof(counting->name));
}

/* The copy is there and on the disk: the old name may go. */
static void replace(struct counting *counting)
{
    (void)file_delete(counting->files.directory, counting->name);
    take_next(counting);
}

static efi_status count_text(struct counting *counting)
{
    struct span text;
    efi_status status =
        entry_file_read(&counting->files, counting->files.directory, counting->name, &text);
    bool more = status == 0 && find_next(counting, counting->name);
    bool same;

    if (status == 0 && text.size > LINES_TEXT_MAX)
        return STATUS_UNSUPPORTED;
    for (unsigned int step = 0; more && step < STEPS_MAX; step++) {
        if (text_equal_ignoring_case(counting->next, counting->name))
            return 0; /* nothing left to count */
        if (!next_is_there(counting, text, &same)) {
            status = file_create(counting->files.firmware, counting->files.directory,
                                 counting->next, text);
            if (status == 0 && !(next_is_there(counting, text, &same) && same))
                status = STATUS_VOLUME_CORRUPTED;
            if (status == 0)
                replace(counting);
            return status;
        }
        if (same)
            replace(counting);
        more = find_next(counting, counting->next);
    }
    return status != 0 ? status : STATUS_UNSUPPORTED;
}

static bool next_opens(struct counting *counting)
{
    return file_probe(counting->files.firmware, counting->files.directory, counting->next) == 0;
}

static efi_status count_image(struct counting *counting)
{
    bool more = find_next(counting, counting->name);
    efi_status status = file_has_room(counting->files.root, ROOM_FOR_NAME);

    if (more && text_equal_ignoring_case(counting->next, counting->name))
        return 0; /* nothing left to count */
    for (unsigned int step = 0; more && next_opens(counting); step++)
        more = step < STEPS_MAX && find_next(counting, counting->next);
    if (!more)
        return STATUS_UNSUPPORTED;
    if (status != 0)
        return status;
    status = file_rename(counting->files.directory, counting->name, counting->next);
    /* What counts is what is there now, whatever the firmware has said. */
    if (!next_opens(counting))
        return status != 0 && file_probe(counting->files.firmware, counting->files.directory,
                                         counting->name) == 0
                   ? status
                   : STATUS_NOT_FOUND;
    take_next(counting);
    return 0;
}

static const char *put_path(const struct counting *counting)
{
    size_t capacity = text_length(counting->where) + 1 + text_length(counting->name) + 1;
    char *buffer = arena_take(counting->files.arena, capacity);
    struct text path;

    if (buffer == NULL)
        return NULL;
    path = text_in(buffer, capacity);
    text_format(&path, "%s\\%s", counting->where, counting->name);
    return buffer;
}

/* What it was, and what came of it. */
static const char *count(struct counting *counting, const struct bls_entry *entry)
{
    const struct explanation not_counted =
        because("the try that it is about to have cannot be counted in its name",
                "check the file system for errors, and make room on it");
    efi_status status;

    if (is_read_only(counting))
        return NULL;
    status = entry->is_image ? count_image(counting) : count_text(counting);
    if (status != 0 && !file_is_refusal(status))
        entry_file_report(entry->file, not_counted, NULL, status);
    return status == 0 ? put_path(counting) : NULL;
}

/* All entries of the file: an image has one for each of its profiles. */
static void move_entries(const struct entry_list *list, const struct bls_entry *counted,
                         const struct counting *counting, const char *path)
{
    const char *file = counted->file;
    struct entry_name name;

    for (size_t i = 0; i < list->count; i++) {
        struct bls_entry *entry = list->entries[i];

        if (!entry->counter.counted || entry->volume != counted->volume ||
            entry->is_image != counted->is_image || !text_equal(entry->file, file))
            continue;
        entry->file = path_base_name(path);
        if (entry->is_image)
            entry->kernel = path;
        if (entry_name_parse(entry->file, counting->suffix, &name))
            entry->counter = name.counter;
    }
}

const char *boot_count(struct firmware *firmware, struct arena *arena,
                       const struct entry_list *list, const struct bls_entry *entry)
{
    struct counting counting = {.files = {.firmware = firmware, .arena = arena},
                                .where = entry->is_image ? UKI_DIRECTORY : ENTRIES_DIRECTORY,
                                .suffix = entry->is_image ? ".efi" : ".conf"};
    struct text name = text_in(counting.name, sizeof(counting.name));
    const char *path = NULL;

    if (!entry->counter.counted || volume_open(firmware, &counting.files.root) != 0)
        return NULL;
    text_put(&name, entry->file);
    if (directory_open(firmware, counting.files.root, counting.where, &counting.files.directory) ==
        0) {
        path = count(&counting, entry);
        if (path != NULL)
            move_entries(list, entry, &counting, path);
        file_close(firmware, counting.files.directory);
    }
    file_close(firmware, counting.files.root);
    return path;
}
