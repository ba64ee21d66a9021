/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows https://uapi-group.org/specifications/specs/boot_loader_specification/, "Type #1 Boot
 * Loader Entry Keys" and "Boot counting"; must not know what a kernel is. */
#include "core/entry/bls_entry.h"

#include "core/text/path.h"
#include "core/text/text.h"

#define EXPLANATIONS(X)                                                                            \
    X(BLS_ENTRY_OK, "nothing is wrong with the entry", "report this as a defect of Baton")         \
    X(BLS_ENTRY_FILE_NAME, "the name of an entry does not end in .conf", "rename it")              \
    X(BLS_ENTRY_TOO_LARGE, "the entry has more than 64 KiB", "write a shorter one")                \
    X(BLS_ENTRY_BINARY, "the entry has NUL bytes in it", "save it as UTF-8 text")                  \
    X(BLS_ENTRY_ARCHITECTURE, "the entry is for another machine", "boot it on that machine")       \
    X(BLS_ENTRY_LINE_TOO_LONG, "the line has more than 8192 bytes",                                \
      "split it: 'options' may be repeated")                                                       \
    X(BLS_ENTRY_NO_VALUE, "the key has no value", "give it one or remove the line")                \
    X(BLS_ENTRY_ENCODING, "the value is not UTF-8 or has control characters",                      \
      "save the entry as UTF-8 text")                                                              \
    X(BLS_ENTRY_KERNEL_PATH, "the kernel's path cannot be used",                                   \
      "write it from the root of the volume, /dir/file")                                           \
    X(BLS_ENTRY_INITRD_PATH, "the initrd's path cannot be used",                                   \
      "write it from the root of the volume, /dir/file, one per line")                             \
    X(BLS_ENTRY_INITRDS, "the entry has more than 64 initrds", "concatenate some of them")         \
    X(BLS_ENTRY_OPTIONS, "the entry has more than 16384 bytes of options", "remove some")          \
    X(BLS_ENTRY_BOOLEAN, "the value is neither yes nor no", "write yes or no")                     \
    X(BLS_ENTRY_EXIT_TIME, "the value is no number of seconds from 1 to 600",                      \
      "write such a number")                                                                       \
    X(BLS_ENTRY_EXIT, "the value is neither firmware nor baton", "write firmware or baton")        \
    X(BLS_ENTRY_PROFILE, "the value is no number of a profile, 0 to 255", "write such a number")   \
    X(BLS_ENTRY_NO_KERNEL, "the entry names no kernel", "add a line 'linux /path/of/kernel'")      \
    X(BLS_ENTRY_TWO_KERNELS, "the entry has a second one of linux, efi and uki",                   \
      "keep one of them")                                                                          \
    X(BLS_ENTRY_BUFFER, "the buffer for the entry is too small", "report this as a defect of Baton")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation bls_entry_explain(enum bls_entry_error error)
{
    return EXPLAIN(error);
}

enum key {
    KEY_TITLE,
    KEY_VERSION,
    KEY_MACHINE_ID,
    KEY_SORT_KEY,
    /* Those up to here are strings, the following ones booleans; both are stored as they are. */
    KEY_DEBUG,
    KEY_PLACE_HIGH,
    KEY_LATE_MAP,
    KEY_EXIT_MARKER,
    KEY_OPTIONS,
    KEY_EXIT_TIME,
    KEY_EXIT,
    KEY_PROFILE,
    /* Those from here on must have a value: the entry would boot something else without it. */
    KEY_LINUX,
    KEY_EFI,
    KEY_UKI,
    KEY_INITRD,
    KEY_ARCHITECTURE,
    KEY_COUNT,
    KEY_OF_OTHERS = KEY_COUNT,
    KEY_UNKNOWN,
    KEY_NONSENSE,
};

static const char names[KEY_COUNT][18] = {
    [KEY_TITLE] = "title",
    [KEY_VERSION] = "version",
    [KEY_MACHINE_ID] = "machine-id",
    [KEY_SORT_KEY] = "sort-key",
    [KEY_OPTIONS] = "options",
    [KEY_DEBUG] = "baton-debug",
    [KEY_PLACE_HIGH] = "baton-place-high",
    [KEY_LATE_MAP] = "baton-late-map",
    [KEY_EXIT_MARKER] = "baton-exit-marker",
    [KEY_EXIT_TIME] = "baton-exit-time",
    [KEY_EXIT] = "baton-exit",
    [KEY_PROFILE] = "profile",
    [KEY_LINUX] = "linux",
    [KEY_EFI] = "efi",
    [KEY_UKI] = "uki",
    [KEY_INITRD] = "initrd",
    [KEY_ARCHITECTURE] = "architecture",
};

/* Keys of the specification that Baton has no use for, and GRUB's own (Fedora's patches). */
static const char names_of_others[][19] = {
    "devicetree", "devicetree-overlay", "uki-url",    "extra",    "id",
    "grub_users", "grub_hotkey",        "grub_class", "grub_arg",
};

/* What is known while the lines are read. */
struct reader {
    struct string_pool pool;
    struct bls_entry entry;
    size_t options_size; /* of the joined options, with the NUL */
    bool has_kernel;
    bool foreign;
    uint32_t initrd_line;  /* where options first have a word initrd=; 0: nowhere */
    struct line_note note; /* being written for the line at hand */
};

static bool is_key_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static enum key key_of(struct span word)
{
    for (unsigned int i = 0; i < KEY_COUNT; i++) {
        if (value_equals(word, names[i]))
            return (enum key)i;
    }
    for (size_t i = 0; i < sizeof(names_of_others) / sizeof(names_of_others[0]); i++) {
        if (value_equals(word, names_of_others[i]))
            return KEY_OF_OTHERS;
    }
    for (size_t i = 0; i < word.size; i++) {
        if (!is_key_character(word.data[i]))
            return KEY_NONSENSE;
    }
    return KEY_UNKNOWN;
}

static void warn(struct reader *reader, const char *why)
{
    struct bls_entry *entry = &reader->entry;

    if (entry->warning_count < BLS_WARNINGS_MAX)
        entry->warnings[entry->warning_count] =
            (struct line_note){.line = reader->note.line, .why = why};
    entry->warning_count++;
}

static enum bls_entry_error read_string(struct reader *reader, struct span value,
                                        const char **ret_string)
{
    const char *string = string_pool_add(&reader->pool, value);

    if (string == NULL)
        return BLS_ENTRY_BUFFER;
    if ((*ret_string)[0] != '\0')
        warn(reader, "the key is given twice and this one counts");
    *ret_string = string;
    return BLS_ENTRY_OK;
}

/* `refusal` is the error for a path that is no path. */
static enum bls_entry_error read_path(struct reader *reader, struct span value,
                                      enum bls_entry_error refusal, const char **ret_path)
{
    struct string_pool *pool = &reader->pool;
    size_t length;
    enum path_error error = path_normalise(value, pool->next, pool->left, &length);

    if (error == PATH_TOO_LONG && value.size + 2 <= PATH_CAPACITY)
        return BLS_ENTRY_BUFFER; /* the path itself is not the reason */
    if (error != PATH_OK) {
        reader->note.why = path_explain(error).problem;
        return refusal;
    }
    *ret_path = pool->next;
    pool->next += length + 1;
    pool->left -= length + 1;
    return BLS_ENTRY_OK;
}

static enum bls_entry_error read_kernel(struct reader *reader, enum key key, struct span value)
{
    if (reader->has_kernel)
        return BLS_ENTRY_TWO_KERNELS;
    reader->has_kernel = true;
    reader->entry.kind = key == KEY_LINUX ? BLS_LINUX : key == KEY_EFI ? BLS_EFI : BLS_UKI;
    return read_path(reader, value, BLS_ENTRY_KERNEL_PATH, &reader->entry.kernel);
}

static enum bls_entry_error read_initrd(struct reader *reader, struct span value)
{
    struct bls_entry *entry = &reader->entry;

    if (entry->initrd_count >= BLS_INITRDS_MAX)
        return BLS_ENTRY_INITRDS;
    return read_path(reader, value, BLS_ENTRY_INITRD_PATH, &entry->initrds[entry->initrd_count++]);
}

/* Whether a word of `options` is the parameter of the kernel's own EFI stub. */
static bool has_initrd_parameter(struct span options)
{
    static const char prefix[] = "initrd=";
    struct span word;

    for (size_t i = 0; i < options.size; i++) {
        if ((i == 0 || options.data[i - 1] == ' ') &&
            span_part(options, i, sizeof(prefix) - 1, &word) && value_equals(word, prefix))
            return true;
    }
    return false;
}

/* They are only counted here, and joined in join_options(). */
static enum bls_entry_error count_options(struct reader *reader, struct span value)
{
    reader->options_size += value.size + 1; /* the one is a space or the NUL */
    if (reader->options_size > BLS_OPTIONS_MAX + 1)
        return BLS_ENTRY_OPTIONS;
    if (reader->initrd_line == 0 && has_initrd_parameter(value))
        reader->initrd_line = reader->note.line;
    return BLS_ENTRY_OK;
}

/* Where the values of keys go that are stored as they are. */
static void *field_of(struct bls_entry *entry, enum key key)
{
    static const uint16_t offsets[] = {
        [KEY_TITLE] = offsetof(struct bls_entry, title),
        [KEY_VERSION] = offsetof(struct bls_entry, version),
        [KEY_MACHINE_ID] = offsetof(struct bls_entry, machine_id),
        [KEY_SORT_KEY] = offsetof(struct bls_entry, sort_key),
        [KEY_DEBUG] = offsetof(struct bls_entry, debug),
        [KEY_PLACE_HIGH] = offsetof(struct bls_entry, place_high),
        [KEY_LATE_MAP] = offsetof(struct bls_entry, late_map),
        [KEY_EXIT_MARKER] = offsetof(struct bls_entry, exit_marker),
    };

    return (uint8_t *)entry + offsets[key];
}

bool bls_exit_parse(struct span value, enum bls_exit *ret_exit)
{
    bool firmware = value_equals(value, "firmware");

    if (!firmware && !value_equals(value, "baton"))
        return false;
    *ret_exit = firmware ? BLS_EXIT_FIRMWARE : BLS_EXIT_BATON;
    return true;
}

static enum bls_entry_error read_value(struct reader *reader, enum key key, struct span value)
{
    struct bls_entry *entry = &reader->entry;

    if (key <= KEY_SORT_KEY)
        return read_string(reader, value, (const char **)field_of(entry, key));
    if (key <= KEY_EXIT_MARKER)
        return value_boolean(value, field_of(entry, key)) ? BLS_ENTRY_OK : BLS_ENTRY_BOOLEAN;
    switch (key) {
    case KEY_OPTIONS:
        return count_options(reader, value);
    case KEY_EXIT_TIME:
        return value_decimal(value, BLS_EXIT_TIME_MAX, &entry->exit_seconds) &&
                       entry->exit_seconds != 0
                   ? BLS_ENTRY_OK
                   : BLS_ENTRY_EXIT_TIME;
    case KEY_EXIT:
        return bls_exit_parse(value, &entry->exit) ? BLS_ENTRY_OK : BLS_ENTRY_EXIT;
    case KEY_PROFILE:
        return value_decimal(value, BLS_PROFILE_MAX, &entry->profile) ? BLS_ENTRY_OK
                                                                      : BLS_ENTRY_PROFILE;
    case KEY_INITRD:
        return read_initrd(reader, value);
    case KEY_ARCHITECTURE:
        reader->foreign = !value_equals_ignoring_case(value, "x64");
        return BLS_ENTRY_OK;
    default:
        return read_kernel(reader, key, value);
    }
}

static enum bls_entry_error read_line(struct reader *reader, struct span word, struct span value)
{
    enum key key = key_of(word);

    switch (key) {
    case KEY_OF_OTHERS:
        return BLS_ENTRY_OK;
    case KEY_UNKNOWN:
        warn(reader, "not a key Baton knows");
        return BLS_ENTRY_OK;
    case KEY_NONSENSE:
        warn(reader, "does not begin with a key");
        return BLS_ENTRY_OK;
    default:
        break;
    }
    if ((size_t)(value.data - word.data) + value.size > LINES_LINE_MAX)
        return BLS_ENTRY_LINE_TOO_LONG;
    if (value.size == 0) {
        if (key >= KEY_LINUX)
            return BLS_ENTRY_NO_VALUE;
        warn(reader, "a key without a value");
        return BLS_ENTRY_OK;
    }
    if (!value_is_text(value))
        return BLS_ENTRY_ENCODING;
    return read_value(reader, key, value);
}

/* The second pass: options may be spread over the file, their string may not. */
static enum bls_entry_error join_options(struct reader *reader, struct span text)
{
    struct lines lines = lines_of(text);
    struct text joined;
    struct span word;
    struct span value;

    if (reader->options_size == 0)
        return BLS_ENTRY_OK;
    if (reader->options_size > reader->pool.left)
        return BLS_ENTRY_BUFFER;
    joined = text_in(reader->pool.next, reader->options_size);
    while (lines_next(&lines, &word, &value)) {
        if (value.size == 0 || !value_equals(word, names[KEY_OPTIONS]))
            continue;
        if (joined.length > 0)
            text_put_char(&joined, ' ');
        text_put_bytes(&joined, (const char *)value.data, value.size);
    }
    reader->entry.options = joined.data;
    return BLS_ENTRY_OK;
}

/* `bytes` are `<digits>`; saturates, because a counter that overflows is still a counter. */
static bool read_counter(struct span bytes, uint32_t *ret_value)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < '0' || bytes.data[i] > '9')
            return false;
    }
    if (!value_decimal(bytes, UINT32_MAX, ret_value))
        *ret_value = UINT32_MAX;
    return bytes.size > 0;
}

bool bls_file_name_parse(const char *file_name, const char *suffix, size_t *ret_id_length,
                         struct bls_counter *ret_counter)
{
    size_t length = text_length(file_name);
    size_t suffix_length = text_length(suffix);
    struct bls_counter counter = {.counted = false};
    struct span name;
    size_t plus;
    size_t minus;

    if (length <= suffix_length)
        return false;
    length -= suffix_length;
    if (!text_equal_ignoring_case(file_name + length, suffix))
        return false;
    name = span_of(file_name, length);
    for (plus = length - 1; plus > 0 && name.data[plus] != '+'; plus--)
        ;
    for (minus = plus; minus < length && name.data[minus] != '-'; minus++)
        ;
    if (plus > 0 && read_counter(span_of(name.data + plus + 1, minus - plus - 1), &counter.left) &&
        (minus == length ||
         read_counter(span_of(name.data + minus + 1, length - minus - 1), &counter.done))) {
        counter.counted = true;
        length = plus;
    } else {
        counter = (struct bls_counter){.counted = false};
    }
    *ret_id_length = length;
    *ret_counter = counter;
    return true;
}

/* Errors of the file as a whole: name, size, kind. */
static enum bls_entry_error begin(struct reader *reader, struct span text, const char *file_name)
{
    size_t id_length;

    if (!bls_file_name_parse(file_name, ".conf", &id_length, &reader->entry.counter))
        return BLS_ENTRY_FILE_NAME;
    if (text.size > LINES_TEXT_MAX)
        return BLS_ENTRY_TOO_LARGE;
    if (lines_have_nul(text))
        return BLS_ENTRY_BINARY;
    reader->entry.id = string_pool_add(&reader->pool, span_of(file_name, id_length));
    return reader->entry.id == NULL ? BLS_ENTRY_BUFFER : BLS_ENTRY_OK;
}

/* What can be told only when all keys are known. */
static void warn_of_the_whole(struct reader *reader)
{
    const struct bls_entry *entry = &reader->entry;

    /* Baton enters the kernel past its stub. */
    reader->note.line = reader->initrd_line;
    if (reader->initrd_line != 0 && entry->kind == BLS_LINUX && entry->exit != BLS_EXIT_FIRMWARE)
        warn(reader, "initrd= among the options loads nothing, write a line 'initrd /path'");
    reader->note.line = 0;
    if (entry->profile != 0 && entry->kind != BLS_UKI)
        warn(reader, "a profile means nothing without uki");
}

enum bls_entry_error bls_entry_parse(struct span text, const char *file_name, char *buffer,
                                     size_t capacity, struct bls_entry *ret_entry,
                                     struct line_note *ret_note)
{
    struct reader reader = {
        .pool = {.next = buffer, .left = capacity},
        .entry = {.title = "", .version = "", .machine_id = "", .sort_key = "", .options = ""},
    };
    struct lines lines = lines_of(text);
    struct line_note note = {0};
    enum bls_entry_error first = begin(&reader, text, file_name);
    struct span word;
    struct span value;

    if (first != BLS_ENTRY_OK) {
        *ret_note = note;
        return first;
    }
    /* To the end even after an error: an entry for another machine is to be hidden, not reported,
     * and its `architecture` may be the last line. */
    while (lines_next(&lines, &word, &value)) {
        enum bls_entry_error error;

        reader.note = (struct line_note){.line = lines.number};
        error = read_line(&reader, word, value);
        if (first == BLS_ENTRY_OK && error != BLS_ENTRY_OK) {
            first = error;
            note = reader.note;
        }
    }
    if (reader.foreign) {
        first = BLS_ENTRY_ARCHITECTURE;
        note = (struct line_note){0};
    }
    if (first == BLS_ENTRY_OK && !reader.has_kernel)
        first = BLS_ENTRY_NO_KERNEL;
    if (first == BLS_ENTRY_OK)
        first = join_options(&reader, text);
    if (first != BLS_ENTRY_OK) {
        *ret_note = note;
        return first;
    }
    warn_of_the_whole(&reader);
    *ret_entry = reader.entry;
    return BLS_ENTRY_OK;
}
