/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows https://uapi-group.org/specifications/specs/boot_loader_specification/, "Type #1 Boot
 * Loader Entry Keys" and "Boot counting"; must not know what a kernel is. */
#include "core/entry/bls_entry.h"

#include "core/base/own_frame.h"
#include "core/base/target.h"
#include "core/entry/baton_conf.h"
#include "core/text/path.h"
#include "core/text/printable.h"
#include "core/text/text.h"
#include "core/text/utf.h"

_Static_assert(LINES_TEXT_MAX == 64 * 1024 && BLS_INITRDS_MAX == 64 && BLS_OPTIONS_MAX == 16384 &&
                   BLS_PROFILE_MAX == 255,
               "the numbers in the messages");

#define EXPLANATIONS(X)                                                                            \
    X(BLS_ENTRY_OK, "nothing is wrong with the entry", "report this as a defect of Baton")         \
    X(BLS_ENTRY_FILE_NAME, "the name of an entry does not end in .conf", "rename it")              \
    X(BLS_ENTRY_TOO_LARGE, "the entry has more than 64 KiB", "write a shorter one")                \
    X(BLS_ENTRY_UTF16, "the entry is UTF-16", "save it as UTF-8 text")                             \
    X(BLS_ENTRY_ARCHITECTURE, "the entry is for another machine", "boot it on that machine")       \
    X(BLS_ENTRY_NUL, "the options have a NUL byte in them", "save the entry as UTF-8 text")        \
    X(BLS_ENTRY_ENCODING, "the options are not UTF-8", "save the entry as UTF-8 text")             \
    X(BLS_ENTRY_KERNEL_PATH, "the kernel's path cannot be used",                                   \
      "write it from the root of the volume, /dir/file")                                           \
    X(BLS_ENTRY_INITRD_PATH, "the initrd's path cannot be used",                                   \
      "write it from the root of the volume, /dir/file, in quotes if it has blanks")               \
    X(BLS_ENTRY_MODULE_PATH, "the module's path cannot be used", AS_BEFORE)                        \
    X(BLS_ENTRY_TREE_PATH, "the device tree's path cannot be used", AS_BEFORE)                     \
    X(BLS_ENTRY_INITRDS, "the entry has more than 64 initrds, modules and extras",                 \
      "concatenate some of them")                                                                  \
    X(BLS_ENTRY_OPTIONS, "the entry has more than 16384 bytes of options", "remove some")          \
    X(BLS_ENTRY_PROFILE, "the value is no number of a profile, 0 to 255", "write such a number")   \
    X(BLS_ENTRY_NO_KERNEL, "the entry names no kernel", "add a line 'linux /path/of/kernel'")      \
    X(BLS_ENTRY_TWO_KERNELS, "the entry has more than one of the keys linux, efi and uki",         \
      "keep one of them")                                                                          \
    X(BLS_ENTRY_BUFFER, "the buffer for the entry is too small", "report this as a defect of Baton")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation bls_entry_explain(enum bls_entry_error error)
{
    return EXPLAIN(error);
}

/* What a key's value is. */
enum kind {
    KIND_STRING,  /* stored as it is at the offset */
    KIND_BOOLEAN, /* likewise; from here to KIND_EXIT: Baton's own */
    KIND_EXIT_TIME,
    KIND_EXIT,
    KIND_OPTIONS,
    KIND_PROFILE,
    KIND_LINUX,
    KIND_EFI,
    KIND_UKI,
    KIND_INITRDS,
    KIND_MODULE,
    KIND_EXTRA,
    KIND_ARCHITECTURE,
    KIND_TREE,
    KIND_NOT_OBEYED, /* changes what runs, and Baton cannot do it */
    KIND_URL,        /* the same, in the place of a kernel */
    KIND_OF_OTHERS,  /* changes nothing of what runs */
    KIND_UNKNOWN,
    KIND_NONSENSE, /* no key at all */
};

/* Everything that makes a key is its row here: name, kind, where its value is stored. The last four
 * are GRUB's own (Fedora's patches). */
#define KEYS(X)                                                                                    \
    X("title", KIND_STRING, title)                                                                 \
    X("version", KIND_STRING, version)                                                             \
    X("machine-id", KIND_STRING, machine_id)                                                       \
    X("sort-key", KIND_STRING, sort_key)                                                           \
    X("baton-debug", KIND_BOOLEAN, debug)                                                          \
    X("baton-place-high", KIND_BOOLEAN, place_high)                                                \
    X("baton-late-map", KIND_BOOLEAN, late_map)                                                    \
    X("baton-exit-marker", KIND_BOOLEAN, exit_marker)                                              \
    X("options", KIND_OPTIONS, id)                                                                 \
    X("baton-exit-time", KIND_EXIT_TIME, id)                                                       \
    X("baton-exit", KIND_EXIT, id)                                                                 \
    X("profile", KIND_PROFILE, id)                                                                 \
    X("linux", KIND_LINUX, id)                                                                     \
    X("efi", KIND_EFI, id)                                                                         \
    X("uki", KIND_UKI, id)                                                                         \
    X("initrd", KIND_INITRDS, id)                                                                  \
    X("baton-module", KIND_MODULE, id)                                                             \
    X("architecture", KIND_ARCHITECTURE, id)                                                       \
    X("extra", KIND_EXTRA, id)                                                                     \
    X("devicetree", KIND_TREE, id)                                                                 \
    X("devicetree-overlay", KIND_NOT_OBEYED, id)                                                   \
    X("uki-url", KIND_URL, id)                                                                     \
    X("id", KIND_OF_OTHERS, id)                                                                    \
    X("grub_users", KIND_OF_OTHERS, id)                                                            \
    X("grub_hotkey", KIND_OF_OTHERS, id)                                                           \
    X("grub_class", KIND_OF_OTHERS, id)                                                            \
    X("grub_arg", KIND_OF_OTHERS, id)

struct key {
    uint8_t kind;   /* enum kind */
    uint8_t offset; /* in struct bls_entry, of what is stored as it is */
};

/* Apart: a pointer to each would need a relocation, and room for the longest in each a third more.
 */
#define KEY_NAME(name, kind, field) name "\0"
#define KEY(name, kind, field)      {kind, offsetof(struct bls_entry, field)},
static const char key_names[] = KEYS(KEY_NAME);
static const struct key keys[] = {KEYS(KEY)};
_Static_assert(offsetof(struct bls_entry, initrds) <= UINT8_MAX, "offsets fit");

/* What is known while the lines are read. */
struct reader {
    struct string_pool pool;
    struct bls_entry entry;
    size_t options_size; /* of the joined options, with the NUL */
    struct span kernel;  /* the value of linux, efi or uki; the last one counts */
    bool has_kernel;
    bool foreign;
    /* Where what first was, 0 for nowhere; what it means depends on other lines. */
    uint32_t kernel_line;
    uint32_t initrd_line;   /* options with a word initrd= */
    uint32_t encoding_line; /* options that are no UTF-8 */
    uint32_t profile_line;  /* a profile that is no number */
    uint32_t url_line;      /* uki-url */
    uint32_t extra_line;
    struct line_note note; /* being written for the line at hand */
};

static bool is_key_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static struct key key_of(struct span word)
{
    uint8_t place;

    if (value_word(word, key_names, &place))
        return keys[place];
    for (size_t i = 0; i < word.size; i++) {
        if (!is_key_character(word.data[i]))
            return (struct key){.kind = KIND_NONSENSE};
    }
    return (struct key){.kind = KIND_UNKNOWN};
}

static void warn_of(struct reader *reader, enum bls_warning_kind kind, uint32_t line)
{
    struct bls_entry *entry = &reader->entry;

    if (entry->warning_count < BLS_WARNINGS_MAX)
        entry->warnings[entry->warning_count] = (struct bls_warning){.line = line, .kind = kind};
    entry->warning_count++;
}

static void warn(struct reader *reader, enum bls_warning_kind kind)
{
    warn_of(reader, kind, reader->note.line);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static enum bls_entry_error read_string(struct reader *reader, struct span value,
                                        const char **ret_string)
{
    const char *string;

    if (value.size > BLS_STRING_MAX) {
        value.size = BLS_STRING_MAX;
        while ((value.data[value.size] & 0xC0) == 0x80 && value.size > BLS_STRING_MAX - 4)
            value.size--; /* not in the middle of a character */
        warn(reader, BLS_WARNING_CUT);
    }
    if (!printable_is(value))
        warn(reader, BLS_WARNING_NOT_TEXT);
    string = string_pool_add_printable(&reader->pool, value);
    if (string == NULL)
        return BLS_ENTRY_BUFFER;
    if ((*ret_string)[0] != '\0')
        warn(reader, BLS_WARNING_TWICE);
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
        reader->note.why = explained(path_explain(error)).problem;
        return refusal;
    }
    *ret_path = pool->next;
    pool->next += length + 1;
    pool->left -= length + 1;
    return BLS_ENTRY_OK;
}

static enum bls_entry_error read_kernel(struct reader *reader, enum bls_kind kind,
                                        struct span value)
{
    if (reader->has_kernel && kind != reader->entry.kind)
        return BLS_ENTRY_TWO_KERNELS;
    if (reader->has_kernel)
        warn(reader, BLS_WARNING_TWICE);
    reader->has_kernel = true;
    reader->entry.kind = kind;
    reader->kernel = value;
    reader->kernel_line = reader->note.line;
    return BLS_ENTRY_OK;
}

/* Takes the first path off the words that were in one pair of quotes, or in none. */
static struct span take_path(struct span *words)
{
    struct span path = span_of(words->data, 0);
    struct span next = span_of(words->data, words->size);

    for (bool begins = false; next.size > 0 && !begins; path.size++) {
        next = span_behind(next, 1);
        begins = next.size > 1 && is_blank(next.data[0]) &&
                 (next.data[1] == '/' || next.data[1] == '\\' || next.data[1] == '$');
    }
    *words = next.size == 0 ? next : span_behind(next, 1);
    while (path.size > 0 && is_blank(path.data[path.size - 1]))
        path.size--;
    return path;
}

static bool is_full(const struct bls_entry *entry)
{
    return entry->initrd_count + entry->module_count + entry->extra_count >= BLS_INITRDS_MAX;
}

static enum bls_entry_error read_initrds(struct reader *reader, struct span value)
{
    struct bls_entry *entry = &reader->entry;
    uint32_t before = entry->initrd_count;
    bool has_variable = false;
    struct span words;

    while (value_next_word(&value, &words)) {
        while (words.size > 0) {
            struct span path = take_path(&words);
            enum bls_entry_error error;

            if (path.data[0] == '$') {
                has_variable = true;
                continue;
            }
            if (is_full(entry))
                return BLS_ENTRY_INITRDS;
            error = read_path(reader, path, BLS_ENTRY_INITRD_PATH,
                              &entry->initrds[entry->initrd_count]);
            if (error != BLS_ENTRY_OK)
                return error;
            entry->initrd_count++;
        }
    }
    if (has_variable)
        warn(reader, BLS_WARNING_INITRD_VARIABLE);
    if (entry->initrd_count > before + 1)
        warn(reader, BLS_WARNING_INITRD_LIST);
    if (entry->initrd_count == before && !has_variable)
        warn(reader, BLS_WARNING_NO_VALUE);
    return BLS_ENTRY_OK;
}

bool bls_extra_is(const char *path, enum bls_extra *ret_kind)
{
    static const char suffixes[] = ".cred\0.sysext.raw\0.confext.raw\0";
    const char *suffix = suffixes;
    const char *name = path_base_name(path);
    size_t size = text_length(name);

    for (size_t i = 0; i < size; i++)
        if ((unsigned char)name[i] >= 0x80)
            return false;
    for (unsigned int kind = 0; kind < BLS_EXTRA_KINDS; kind++) {
        size_t length = text_length(suffix);

        *ret_kind = (enum bls_extra)kind;
        if (size > length &&
            value_equals_ignoring_case(span_of(name + size - length, length), suffix))
            return true;
        suffix += length + 1;
    }
    return false;
}

const char *bls_extra(const struct bls_entry *entry, uint32_t place)
{
    return entry->initrds[BLS_INITRDS_MAX - 1 - place];
}

/* One that is no good costs itself, as with systemd-boot. */
static enum bls_entry_error read_extra(struct reader *reader, struct span value)
{
    struct bls_entry *entry = &reader->entry;
    const char **path = &entry->initrds[BLS_INITRDS_MAX - 1 - entry->extra_count];
    enum bls_extra kind;
    enum bls_entry_error error;

    if (is_full(entry))
        return BLS_ENTRY_INITRDS;
    error = read_path(reader, value, BLS_ENTRY_INITRD_PATH, path);
    if (error == BLS_ENTRY_BUFFER)
        return error;
    reader->note.why = NULL;
    reader->extra_line = reader->note.line;
    if (error == BLS_ENTRY_OK && bls_extra_is(*path, &kind))
        entry->extra_count++;
    else
        warn(reader, BLS_WARNING_EXTRA);
    return BLS_ENTRY_OK;
}

const char *bls_module_words(const char *module)
{
    return module + text_length(module) + 1;
}

static bool has_nul(struct span value)
{
    size_t i = 0;

    while (i < value.size && value.data[i] != '\0')
        i++;
    return i < value.size;
}

/* A path, and behind it in the pool what else there is: for the module, as options are. */
static enum bls_entry_error read_module(struct reader *reader, struct span value)
{
    struct bls_entry *entry = &reader->entry;
    enum bls_entry_error error;
    struct span path;

    if (is_full(entry))
        return BLS_ENTRY_INITRDS;
    if (has_nul(value))
        return BLS_ENTRY_NUL;
    (void)value_next_word(&value, &path);
    while (value.size > 0 && is_blank(value.data[0]))
        value = span_behind(value, 1);
    if (!value_is_text(value))
        warn(reader, BLS_WARNING_OPTIONS_NOT_TEXT);
    error = read_path(reader, path, BLS_ENTRY_MODULE_PATH, &entry->modules[entry->module_count]);
    if (error != BLS_ENTRY_OK)
        return error;
    if (string_pool_add(&reader->pool, value) == NULL)
        return BLS_ENTRY_BUFFER;
    entry->module_count++;
    return BLS_ENTRY_OK;
}

/* Quotes around all of the options are the file's; others are for the kernel, which knows them. */
static struct span options_of(struct span value)
{
    struct span inside = value_unquoted(value);

    for (size_t i = 0; inside.size != value.size && i < inside.size; i++) {
        if (inside.data[i] == value.data[0])
            return value;
    }
    return inside;
}

static bool has_word_with(struct span options, const char *prefix)
{
    struct span word;

    for (size_t i = 0; i < options.size; i++) {
        if ((i == 0 || is_blank(options.data[i - 1])) &&
            span_part(options, i, text_length(prefix), &word) && value_equals(word, prefix))
            return true;
    }
    return false;
}

/* They are only judged and counted here, and joined in join_options(). */
static enum bls_entry_error read_options(struct reader *reader, struct span value)
{
    reader->options_size += value.size + 1; /* the one is a space or the NUL */
    if (reader->options_size > BLS_OPTIONS_MAX + 1)
        return BLS_ENTRY_OPTIONS;
    if (has_nul(value))
        return BLS_ENTRY_NUL;
    if (!value_is_text(value))
        warn(reader, BLS_WARNING_OPTIONS_NOT_TEXT);
    if (reader->encoding_line == 0 && !utf8_is_sound(value))
        reader->encoding_line = reader->note.line;
    if (reader->initrd_line == 0 && has_word_with(value, "initrd="))
        reader->initrd_line = reader->note.line;
    if (has_word_with(value, "$"))
        warn(reader, BLS_WARNING_OPTIONS_VARIABLE);
    return BLS_ENTRY_OK;
}

bool bls_exit_parse(struct span value, enum bls_exit *ret_exit)
{
    uint8_t place;

    _Static_assert(BLS_EXIT_GUARD == BLS_EXIT_FIRMWARE + 1 && BLS_EXIT_BATON == BLS_EXIT_GUARD + 1,
                   "in the words' order");
    if (!value_word(value, "firmware\0guard\0baton\0", &place))
        return false;
    *ret_exit = (enum bls_exit)(BLS_EXIT_FIRMWARE + place);
    return true;
}

/* One of Baton's own keys; what is wrong with the value, which then says nothing. */
static enum bls_warning_kind read_setting(struct key key, struct span value,
                                          struct bls_entry *entry)
{
    uint32_t seconds;

    if (key.kind == KIND_BOOLEAN)
        return value_boolean(value, (bool *)((uint8_t *)entry + key.offset)) ? BLS_WARNING_NONE
                                                                             : BLS_WARNING_BOOLEAN;
    if (key.kind == KIND_EXIT)
        return bls_exit_parse(value, &entry->exit) ? BLS_WARNING_NONE : BLS_WARNING_EXIT;
    if (!value_decimal(value, BLS_EXIT_TIME_MAX, &seconds) || seconds == 0)
        return BLS_WARNING_EXIT_TIME;
    entry->exit_seconds = seconds;
    return BLS_WARNING_NONE;
}

enum bls_warning_kind bls_setting_parse(struct span word, struct span value,
                                        struct bls_entry *entry)
{
    struct key key = key_of(word);

    if (key.kind == KIND_NONSENSE)
        return BLS_WARNING_NONSENSE;
    if (key.kind < KIND_BOOLEAN || key.kind > KIND_EXIT)
        return BLS_WARNING_UNKNOWN_KEY;
    value = value_unquoted(value);
    return value.size == 0 ? BLS_WARNING_NO_VALUE : read_setting(key, value, entry);
}

static inline enum bls_entry_error read_tree(struct reader *reader, struct span value)
{
    if (reader->entry.device_tree != NULL)
        warn(reader, BLS_WARNING_TWICE);
    return read_path(reader, value, BLS_ENTRY_TREE_PATH, &reader->entry.device_tree);
}

static enum bls_entry_error read_value(struct reader *reader, struct key key, struct span value)
{
    struct bls_entry *entry = &reader->entry;
    enum bls_warning_kind kind;

    switch (key.kind) {
    case KIND_STRING:
        return read_string(reader, value, (const char **)((uint8_t *)entry + key.offset));
    case KIND_BOOLEAN:
    case KIND_EXIT_TIME:
    case KIND_EXIT:
        kind = read_setting(key, value, entry);
        if (kind != BLS_WARNING_NONE)
            warn(reader, kind);
        break;
    case KIND_OPTIONS:
        return read_options(reader, value);
    case KIND_PROFILE:
        reader->profile_line =
            value_decimal(value, BLS_PROFILE_MAX, &entry->profile) ? 0 : reader->note.line;
        break;
    case KIND_LINUX:
        return read_kernel(reader, BLS_LINUX, value);
    case KIND_EFI:
        return read_kernel(reader, BLS_EFI, value);
    case KIND_UKI:
        return read_kernel(reader, BLS_UKI, value);
    case KIND_INITRDS:
        return read_initrds(reader, value);
    case KIND_MODULE:
        return read_module(reader, value);
    case KIND_EXTRA:
        return read_extra(reader, value);
    case KIND_ARCHITECTURE:
        reader->foreign = !value_equals_ignoring_case(value, TARGET_BLS);
        break;
    case KIND_URL:
        reader->url_line = reader->note.line;
        warn(reader, BLS_WARNING_NOT_OBEYED);
        break;
    case KIND_TREE:
        if (TARGET_HAS_TREES)
            return read_tree(reader, value);
        warn(reader, BLS_WARNING_NOT_OBEYED);
        break;
    default:
        warn(reader, BLS_WARNING_NOT_OBEYED);
        break;
    }
    return BLS_ENTRY_OK;
}

static enum bls_entry_error read_line(struct reader *reader, struct span word, struct span value)
{
    struct key key = key_of(word);

    if (key.kind == KIND_OF_OTHERS)
        return BLS_ENTRY_OK;
    if (key.kind >= KIND_UNKNOWN) {
        warn(reader, key.kind == KIND_UNKNOWN ? BLS_WARNING_UNKNOWN_KEY : BLS_WARNING_NONSENSE);
        return BLS_ENTRY_OK;
    }
    if (key.kind == KIND_OPTIONS)
        value = options_of(value);
    else if (key.kind != KIND_INITRDS &&
             key.kind != KIND_MODULE) /* which may be several words, with quotes of their own */
        value = value_unquoted(value);
    if (value.size == 0) {
        warn(reader, BLS_WARNING_NO_VALUE);
        return BLS_ENTRY_OK;
    }
    return read_value(reader, key, value);
}

/* The second pass: options may be spread over the file, their string may not. */
OWN_FRAME static enum bls_entry_error join_options(struct reader *reader, struct span text)
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
        value = options_of(value);
        if (value.size == 0 || key_of(word).kind != KIND_OPTIONS)
            continue;
        if (joined.length > 0)
            text_put_char(&joined, ' ');
        text_put_bytes(&joined, (const char *)value.data, value.size);
    }
    reader->entry.options = joined.data;
    return BLS_ENTRY_OK;
}

/* Errors of the file as a whole: name, size, kind. */
static enum bls_entry_error begin(struct reader *reader, struct span text, const char *file_name)
{
    struct bls_entry *entry = &reader->entry;
    struct entry_name name;

    if (!entry_name_parse(file_name, ".conf", &name))
        return BLS_ENTRY_FILE_NAME;
    if (text.size > LINES_TEXT_MAX)
        return BLS_ENTRY_TOO_LARGE;
    if (lines_are_utf16(text))
        return BLS_ENTRY_UTF16;
    entry->counter = name.counter;
    entry->id = entry->image_id = entry_name_id(file_name, &name, &reader->pool);
    entry->file = string_pool_add(&reader->pool, span_of(file_name, text_length(file_name)));
    return entry->id == NULL || entry->file == NULL ? BLS_ENTRY_BUFFER : BLS_ENTRY_OK;
}

/* What can be told only when all keys are known; the line of an error is in reader->note. */
OWN_FRAME static enum bls_entry_error judge_the_whole(struct reader *reader)
{
    struct bls_entry *entry = &reader->entry;
    bool is_started = entry->kind != BLS_LINUX || entry->exit == BLS_EXIT_FIRMWARE ||
                      entry->exit == BLS_EXIT_GUARD;
    enum bls_entry_error error;

    reader->note = (struct line_note){.line = reader->url_line};
    if (!reader->has_kernel && reader->url_line != 0)
        reader->note.why = PACKED("uki-url is a kernel on the network, which Baton does not use");
    if (!reader->has_kernel)
        return BLS_ENTRY_NO_KERNEL;
    reader->note = (struct line_note){.line = reader->kernel_line};
    error = read_path(reader, reader->kernel, BLS_ENTRY_KERNEL_PATH, &entry->kernel);
    if (error != BLS_ENTRY_OK)
        return error;
    reader->note.line = reader->profile_line;
    if (reader->profile_line != 0 && entry->kind == BLS_UKI)
        return BLS_ENTRY_PROFILE; /* the first one would run instead */
    reader->note.line = reader->encoding_line;
    if (reader->encoding_line != 0 && is_started)
        return BLS_ENTRY_ENCODING;
    /* Baton enters the kernel past its stub. */
    if (reader->initrd_line != 0 && !is_started)
        warn_of(reader, BLS_WARNING_OPTIONS_INITRD, reader->initrd_line);
    if (reader->profile_line != 0)
        warn_of(reader, BLS_WARNING_NOT_UKI, reader->profile_line);
    if (entry->extra_count != 0 && entry->kind != BLS_UKI) {
        warn_of(reader, BLS_WARNING_NOT_UKI, reader->extra_line);
        entry->extra_count = 0;
    }
    return BLS_ENTRY_OK;
}

enum bls_entry_error bls_entry_parse(struct span text, const char *file_name,
                                     const struct loader_conf *conf, char *buffer, size_t capacity,
                                     struct bls_entry *ret_entry, struct line_note *ret_note)
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
    baton_conf_apply(conf, &reader.entry);
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
    if (first == BLS_ENTRY_OK) {
        first = judge_the_whole(&reader);
        note = reader.note;
    }
    if (first == BLS_ENTRY_OK)
        first = join_options(&reader, text);
    if (first != BLS_ENTRY_OK) {
        *ret_note = note;
        return first;
    }
    *ret_entry = reader.entry;
    return BLS_ENTRY_OK;
}
