/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/entries.h"

#include "boot/entry/automatic.h"
#include "boot/entry/entry_file.h"
#include "boot/entry/uki_entry.h"
#include "boot/measure.h"
#include "core/base/own_frame.h"
#include "core/entry/baton_conf.h"
#include "core/entry/oem_strings.h"
#include "core/text/text.h"
#include "efi/loaded_image.h"
#include "efi/volumes.h"
#include "efi/watchdog.h"

#define LISTED_MAX (ENTRY_ORDER_MAX + ENTRIES_AUTOMATIC_MAX)

/* More than anybody keeps there; a directory whose clusters form a ring never ends. */
#define NAMES_MAX 16384U

/* Files of one directory that are read whatever they are called. */
#define READ_MAX (4U * ENTRY_ORDER_MAX)

/* Lines of a file of settings that are told of. */
#define CONF_LINES_MAX 8U

/*
 * A file of settings, measured; false when there is none, or it cannot be used, which has been
 * said. A failure to measure stays in `tpm`; whoever measures next is told.
 */
static bool read_conf(struct entry_files *files, struct tpm *tpm, const char *path,
                      efi_status (*measure)(struct tpm *tpm, struct span file),
                      struct span *ret_text)
{
    efi_status status = entry_file_read(files, files->root, path, ret_text);
    enum loader_conf_error error;

    if (status == STATUS_NOT_FOUND)
        return false;
    if (status != 0) {
        entry_file_report(path, entry_file_why(status), NULL, status);
        return false;
    }
    error = loader_conf_judge(*ret_text);
    if (error != LOADER_CONF_TOO_LARGE) /* which has not been read, and says nothing */
        (void)measure(tpm, *ret_text);
    if (error != LOADER_CONF_OK)
        entry_file_report(path, loader_conf_explain(error), NULL, 0);
    return error == LOADER_CONF_OK;
}

/* One line of many that are no good. */
OWN_FRAME static void report_line(const char *path, struct explanation why, struct span line,
                                  uint32_t number)
{
    char buffer[128];
    struct text text = text_in(buffer, sizeof(buffer));
    const struct line_note note = {.line = number, .why = buffer};

    text_put_bytes(&text, (const char *)line.data, line.size);
    entry_file_report(path, why, &note, 0);
}

static void read_baton_conf(struct entry_files *files, struct tpm *tpm)
{
    struct bls_entry nobody = {.id = "", .image_id = ""};
    struct baton_conf conf;
    struct span line;
    struct span text;
    enum bls_warning_kind kind;

    if (!read_conf(files, tpm, BATON_CONF_PATH, measure_baton_conf, &text))
        return;
    files->entries->conf.settings = text;
    conf = baton_conf_of(text);
    for (uint32_t i = 0; i < CONF_LINES_MAX; i++) {
        kind = baton_conf_next(&conf, &nobody, &line);
        if (kind == BLS_WARNING_NONE)
            return;
        report_line(BATON_CONF_PATH, bls_warning_explain(kind), line, conf.lines.number);
    }
}

static void read_loader_conf(struct entry_files *files, struct tpm *tpm)
{
    struct string_pool pool;
    struct lines lines;
    struct span line;
    struct span text;
    enum loader_conf_error error;
    uint32_t reported = 0;

    if (!read_conf(files, tpm, LOADER_CONF_PATH, measure_loader_conf, &text))
        return;
    pool.left = LOADER_CONF_CAPACITY(text.size);
    pool.next = arena_take(files->arena, pool.left);
    if (pool.next == NULL) {
        entry_file_report(LOADER_CONF_PATH, FAILURE_NO_MEMORY, NULL, 0);
        return;
    }
    lines = lines_of(text);
    while ((error = loader_conf_next(&lines, &pool, &files->entries->conf, &line)) !=
           LOADER_CONF_OK)
        if (reported++ < CONF_LINES_MAX)
            report_line(LOADER_CONF_PATH, loader_conf_explain(error), line, lines.number);
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

/* Whoever opens it for good says why it cannot be, unless there is nothing to open. A copy of Baton
 * under another name is refused when it is started. */
static bool has_kernel(struct entry_files *files, const char *path, const struct bls_entry *entry)
{
    const struct explanation absent = because("the entry is left out, its kernel is not there",
                                              "correct its path, or remove the entry");
    const struct explanation itself = because("it is Baton itself, the entry is left out",
                                              "name the program that it is meant to start");
    struct line_note note = {.why = entry->kernel};
    bool is_itself = files->firmware->volume == VOLUME_OWN &&
                     text_equal_ignoring_case(entry->kernel, files->own->path);
    efi_status status = is_itself ? 0 : file_probe(files->firmware, files->root, entry->kernel);

    if (!is_itself && status != STATUS_NOT_FOUND)
        return true;
    entry_file_report(path, is_itself ? itself : absent, &note, status);
    return false;
}

/* What there is to say of an entry that cannot be used is said; `status` is that of reading it. One
 * that is no file is not counted. */
static void take_entry(struct entry_files *files, const char *name, struct span text,
                       efi_status status, bool no_file)
{
    char path_buffer[sizeof(ENTRIES_DIRECTORY) + ENTRY_NAME_MAX];
    struct text path = text_in(path_buffer, sizeof(path_buffer));
    size_t capacity = BLS_ENTRY_CAPACITY(text.size);
    struct bls_entry *entry = arena_take(files->arena, sizeof(*entry));
    char *buffer = arena_take(files->arena, capacity);
    enum bls_entry_error error;
    struct line_note note;

    text_format(&path, "%s\\%s", no_file ? "SMBIOS" : ENTRIES_DIRECTORY, name);
    if (status == 0 && (entry == NULL || buffer == NULL))
        status = STATUS_OUT_OF_RESOURCES;
    if (status != 0) {
        entry_file_report(path.data, entry_file_why(status), NULL, status);
        return;
    }
    error = bls_entry_parse(text, name, &files->entries->conf, buffer, capacity, entry, &note);
    if (error == BLS_ENTRY_ARCHITECTURE)
        return; /* for another machine: to be hidden, says the specification */
    if (error != BLS_ENTRY_OK) {
        entry_file_report(path.data, bls_entry_explain(error), &note, 0);
        return;
    }
    if (no_file)
        entry->counter = (struct entry_counter){.counted = false};
    else
        entry->text = (const char *)text.data;
    if (files->entries->conf.log_level >= LOADER_LOG_WARNING)
        report_warnings(path.data, entry);
    entry->volume = files->firmware->volume;
    if (has_kernel(files, path.data, entry))
        entries_add(files, entry);
    else if (files->entries->absent_count < ENTRIES_ABSENT_MAX)
        files->entries->absent[files->entries->absent_count++] = entry;
}

static void read_entry(struct entry_files *files, const char *name)
{
    struct span text = {0};
    efi_status status = entry_file_read(files, files->directory, name, &text);

    take_entry(files, name, text, status, false);
}

void entries_add(struct entry_files *files, struct bls_entry *entry)
{
    entry->wanted = entry_wanted(entry, &files->entries->wishes);
    (void)entry_keep(&files->entries->list, entry);
}

/* Whether somebody asks for the entry in a file of that name; which profiles an image has, and so
 * their ids, only the file knows. */
static bool is_asked_for(const struct entries *entries, const char *file_name,
                         const struct entry_name *name)
{
    char id[ENTRY_NAME_MAX];
    struct string_pool pool = {.next = id, .left = sizeof(id)};
    struct bls_entry entry = {.counter = name->counter};

    entry.id = entry.image_id = entry_name_id(file_name, name, &pool);
    return entry.id != NULL && entry_wanted(&entry, &entries->wishes) != ENTRY_UNASKED;
}

/* Of the directory at hand; EFI_END_OF_FILE when all have been seen. */
static efi_status read_files(struct entry_files *files, const char *suffix,
                             void (*read_file)(struct entry_files *files, const char *name))
{
    char name[ENTRY_NAME_MAX];
    bool is_directory;
    uint32_t read = 0;

    for (uint32_t seen = 0; seen < NAMES_MAX; seen++) {
        struct entry_name parts;
        efi_status status = directory_next(files->directory, name, sizeof(name), &is_directory);

        if (status != 0)
            return status;
        if (is_directory || entry_name_is_hidden(name) || !entry_name_parse(name, suffix, &parts))
            continue;
        if (read < READ_MAX || is_asked_for(files->entries, name, &parts))
            read_file(files, name);
        else
            files->entries->list.offered++;
        read++;
    }
    return STATUS_VOLUME_CORRUPTED;
}

/* All of one type, behind those that were found before: `read_file` is called for each name that
 * ends in `suffix`. An error has been said; what was found until then counts. */
static efi_status read_directory(struct entry_files *files, const char *path, const char *suffix,
                                 void (*read_file)(struct entry_files *files, const char *name))
{
    const struct explanation breaks_off =
        because("the directory cannot be read to its end", "check the disk for errors");
    efi_status status = directory_open(files->firmware, files->root, path, &files->directory);

    if (status == STATUS_NOT_FOUND)
        return 0;
    if (status == 0) {
        status = read_files(files, suffix, read_file);
        file_close(files->firmware, files->directory);
    }
    if (status == STATUS_END_OF_FILE)
        return 0;
    entry_file_report(path, breaks_off, NULL, status);
    return status;
}

OWN_FRAME static void report_left_out(const struct entry_list *list)
{
    const struct explanation too_many =
        because("there are more than 1024 entries, those that come last are left out",
                "take out those that are not needed");
    char detail[32];
    struct text text = text_in(detail, sizeof(detail));
    struct line_note note = {.why = detail};

    _Static_assert(ENTRY_ORDER_MAX == 1024, "the number in the message");
    if (list->offered == list->count)
        return;
    text_format(&text, PACKED("%lu are left out"), list->offered - list->count);
    entry_file_report(ENTRIES_DIRECTORY, too_many, &note, 0);
}

/* Entries of the same name are listed in this order. */
static efi_status read_directories(struct entry_files *files)
{
    efi_status images = read_directory(files, UKI_DIRECTORY, ".efi", uki_entry_read);
    efi_status texts = read_directory(files, ENTRIES_DIRECTORY, ".conf", read_entry);

    return images != 0 ? images : texts;
}

/* What loader.conf asks for joins what variables ask for. */
static void resolve_wishes(struct entries *entries, const struct asked *asked)
{
    const struct loader_conf *conf = &entries->conf;

    entries->timeout = asked->timeout.wait != LOADER_WAIT_UNSET ? asked->timeout : conf->timeout;
    entries->wishes = asked->wishes;
    entries->wishes.patterns[ENTRY_DEFAULT_CONF] = conf->default_pattern;
    entries->wishes.patterns[ENTRY_PREFERRED_CONF] = conf->preferred_pattern;
    entries->saves = entry_wishes_resolve(&entries->wishes, asked->last_booted);
}

/* The entries of the other volume, behind those of the first. */
static void read_extended(struct entry_files *files)
{
    struct firmware *firmware = files->firmware;
    efi_status status;

    volume_find_extended(firmware);
    if (firmware->extended == NULL)
        return;
    firmware->volume = VOLUME_EXTENDED;
    status = volume_open(firmware, &files->root);
    if (status == 0) {
        (void)read_directories(files);
        file_close(firmware, files->root);
    } else {
        entry_file_report(PACKED("the extended boot loader partition"), entry_file_why(status),
                          NULL, status);
    }
    firmware->volume = VOLUME_OWN;
}

/* Entries that come with a virtual machine: their paths are on Baton's volume. */
OWN_FRAME static void read_strings(struct entry_files *files, struct span strings)
{
    static const char prefix[] = "io.systemd.boot.entries-extra:";
    struct span rest;

    while (oem_strings_next(&strings, prefix, &rest)) {
        char buffer[ENTRY_NAME_MAX];
        struct string_pool pool = {.next = buffer, .left = sizeof(buffer)};
        struct span name = span_of(rest.data, 0);

        while (name.size < rest.size && rest.data[name.size] != '=')
            name.size++;
        if (name.size < rest.size && value_is_text(name) && string_pool_add(&pool, name) != NULL)
            take_entry(files, buffer, span_of(rest.data + name.size + 1, rest.size - name.size - 1),
                       0, true);
    }
}

efi_status entries_read(struct firmware *firmware, struct arena *arena, struct tpm *tpm,
                        const struct asked *asked, struct entries *ret_entries)
{
    struct entries entries = {.conf = loader_conf_default()};
    struct loaded_image own = {0};
    struct entry_files files = {
        .firmware = firmware, .arena = arena, .entries = &entries, .own = &own};
    struct entry_list *list = &entries.list;
    struct span strings = asked->strings;
    struct span level;
    efi_status status = volume_open(firmware, &files.root);

    if (status != 0)
        return status;
    (void)loaded_image_read(firmware, &own);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    list->entries = arena_take(arena, LISTED_MAX * sizeof(list->entries[0]));
    if (list->entries == NULL) {
        file_close(firmware, files.root);
        return STATUS_OUT_OF_RESOURCES;
    }
    /* A ring in a directory's chain of clusters keeps the firmware busy for ever. */
    watchdog_arm(firmware, WATCHDOG_SECONDS);
    if (oem_strings_next(&strings, "io.systemd.boot.loglevel=", &level))
        (void)loader_log_parse(level, &entries.conf.log_level);
    read_loader_conf(&files, tpm);
    read_baton_conf(&files, tpm);
    resolve_wishes(&entries, asked);
    status = read_directories(&files);
    automatic_find(&files);
    file_close(firmware, files.root);
    read_extended(&files);
    if (asked->strings.size != 0 && volume_open(firmware, &files.root) == 0) {
        read_strings(&files, asked->strings);
        file_close(firmware, files.root);
    }
    watchdog_arm(firmware, WATCHDOG_SECONDS);
    if (status != 0 && list->count + entries.automatic_count == 0)
        return status;
    report_left_out(list);
    entry_sort(list);
    entry_join(list);
    for (size_t i = 0; i < entries.automatic_count; i++)
        list->entries[list->count++] = entries.automatic[i];
    entries.chosen = entry_choose(list->entries, list->count);
    *ret_entries = entries;
    return 0;
}
