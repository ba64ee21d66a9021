/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows how Baton's options are written and what firmware passes instead; must not know who gave
 * them. */
#include "core/entry/load_options.h"

#include "core/text/lines.h"
#include "core/text/path.h"
#include "core/text/printable.h"
#include "core/text/text.h"
#include "core/text/utf.h"

_Static_assert(LOAD_OPTIONS_INITRDS_MAX == 64, "the number in the message");

#define EXPLANATIONS(X)                                                                            \
    X(LOAD_OPTIONS_OK, "nothing is wrong with the options", "report this as a defect of Baton")    \
    X(LOAD_OPTIONS_NONE, "there are no load options",                                              \
      "see baton.efi --help for what can be given")                                                \
    X(LOAD_OPTIONS_FOREIGN, "they are not for Baton and are ignored",                              \
      "if they are, begin them with the path of a kernel that is there, \\dir\\kernel")            \
    X(LOAD_OPTIONS_GARBAGE, "they are no text and are ignored",                                    \
      "begin them with the kernel's path, \\dir\\kernel")                                          \
    X(LOAD_OPTIONS_FLAG, "not a flag of Baton's",                                                  \
      "see --help; words for the kernel come after the kernel's path")                             \
    X(LOAD_OPTIONS_NO_KERNEL, "a parameter stands where the kernel's path belongs",                \
      "begin with the kernel's path, \\dir\\kernel")                                               \
    X(LOAD_OPTIONS_QUOTE, "a double quote is not closed", "close it")                              \
    X(LOAD_OPTIONS_KERNEL, "the kernel's path cannot be used",                                     \
      "write it from the root of the volume that Baton was started from, without the volume's "    \
      "name, \\dir\\kernel")                                                                       \
    X(LOAD_OPTIONS_INITRD, "an initrd's path cannot be used",                                      \
      "write it from the root of the volume that Baton was started from, without the volume's "    \
      "name, initrd=\\dir\\file")                                                                  \
    X(LOAD_OPTIONS_INITRDS, "more than 64 initrds are given", "concatenate some of them")          \
    X(LOAD_OPTIONS_BUFFER, "the buffer for the load options is too small",                         \
      "report this as a defect of Baton")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation load_options_explain(enum load_options_error error)
{
    return EXPLAIN(error);
}

struct reader {
    char *next;         /* the text that has not been read yet; NUL-terminated */
    char *paths;        /* where the next normalised path goes */
    size_t paths_left;  /* bytes */
    const char *volume; /* `fs0:` of the program's name; not terminated */
    size_t volume_size; /* 0: the program's name had none */
    struct load_options_fault fault;
    struct load_options options;
};

static bool is_space(char character)
{
    return character == ' ';
}

/* Whether these are bytes of printable ASCII, at least two, and nothing but zeros behind them. */
static bool is_8_bit_text(struct span bytes, size_t *ret_size)
{
    size_t size = 0;

    while (size < bytes.size &&
           ((bytes.data[size] >= 0x20 && bytes.data[size] < 0x7F) || bytes.data[size] == '\t' ||
            bytes.data[size] == '\r' || bytes.data[size] == '\n'))
        size++;
    for (size_t i = size; i < bytes.size; i++) {
        if (bytes.data[i] != 0)
            return false;
    }
    *ret_size = size;
    return size >= 2;
}

/* Turns all white space into spaces; false for what no person writes on a command line. */
static bool clean(char *text, size_t length)
{
    for (size_t offset = 0, size; offset < length; offset += size) {
        uint32_t code_point;

        if (utf8_next(span_of(text + offset, length - offset), &code_point, &size) != UTF_OK)
            return false;
        if (code_point == '\t' || code_point == '\r' || code_point == '\n')
            text[offset] = ' ';
        else if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
                 (code_point & 0xFFFE) == 0xFFFE) /* noncharacters: erased flash is full of them */
            return false;
    }
    return true;
}

/* NUL-terminated UTF-8 with spaces as its only white space; false when it is no text. */
static bool read_text(struct span bytes, char *buffer, size_t capacity, size_t *ret_length)
{
    size_t length;

    if (is_8_bit_text(bytes, &length)) {
        for (size_t i = 0; i < length; i++)
            buffer[i] = (char)bytes.data[i];
        buffer[length] = '\0';
    } else {
        /* Half a NUL is one: sizes that are off by one byte have been seen to mean that. */
        if (bytes.size % 2 == 1 && bytes.data[bytes.size - 1] == 0)
            bytes.size--;
        if (utf16_to_utf8(bytes, buffer, capacity, &length) != UTF_OK)
            return false;
    }
    if (!clean(buffer, length))
        return false;
    *ret_length = length;
    return true;
}

/*
 * Text in any script has spaces, digits or slashes. Without one character of ASCII it is bytes that
 * happen to be UTF-16, such as EDK2's GUID, and not worth a line at each start.
 */
static bool is_for_people(const char *text)
{
    while ((uint8_t)*text >= 0x80)
        text++;
    return *text != '\0';
}

/* Behind the byte order mark, if there is one. */
static char *first_character(char *text)
{
    bool marked = text[0] == '\xEF' && text[1] == '\xBB' && text[2] == '\xBF';

    return marked ? text + 3 : text;
}

static void skip_spaces(struct reader *reader)
{
    while (is_space(*reader->next))
        reader->next++;
}

/* Passes over a word as it is written; false when a quote in it is not closed. */
static bool skip_word(struct reader *reader)
{
    bool quoted = false;

    for (; *reader->next != '\0' && (quoted || !is_space(*reader->next)); reader->next++) {
        if (*reader->next == '"')
            quoted = !quoted;
    }
    return !quoted;
}

/* Takes the quotes out of a word, in place; returns its new size. */
static size_t unquote(char *word, const char *end)
{
    size_t size = 0;

    for (const char *from = word; from < end; from++) {
        if (*from != '"')
            word[size++] = *from;
    }
    return size;
}

/* The next word of Baton's own part, without quotes, NUL-terminated; NULL at the end. */
static char *take_word(struct reader *reader, bool *ret_closed)
{
    char *word;
    char *end;

    skip_spaces(reader);
    if (*reader->next == '\0')
        return NULL;
    word = reader->next;
    *ret_closed = skip_word(reader);
    end = reader->next;
    if (*end != '\0')
        reader->next++;
    word[unquote(word, end)] = '\0';
    return word;
}

/* Length of a file name without `.efi`. */
static size_t stem_length(const char *name)
{
    size_t length = text_length(name);

    if (length >= 4 && text_equal_ignoring_case(name + length - 4, ".efi"))
        length -= 4;
    return length;
}

static bool bytes_equal_ignoring_case(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text_lower(a[i]) != text_lower(b[i]))
            return false;
    }
    return true;
}

static bool is_same_program(const char *a, const char *b)
{
    size_t length = stem_length(a);

    return length > 0 && length == stem_length(b) && bytes_equal_ignoring_case(a, b, length);
}

static size_t volume_size(const char *word)
{
    size_t size = 0;

    while (word[size] != '\0' && word[size] != ':')
        size++;
    return word[size] == ':' ? size + 1 : 0;
}

/* True when `word` is what the shell puts in front; remembers the volume that it names. */
static bool take_program(struct reader *reader, const char *word, const char *image_path)
{
    const char *name = path_base_name(word);
    const char *image = path_base_name(image_path);

    if (*image != '\0' ? !is_same_program(name, image)
                       : !is_same_program(name, "baton") && !is_same_program(name, "bootx64"))
        return false;
    reader->volume = word;
    reader->volume_size = volume_size(word);
    return true;
}

static bool take_flag(struct load_options *options, const char *word)
{
    static const uint8_t offsets[] = {
        offsetof(struct load_options, debug),      offsetof(struct load_options, help),
        offsetof(struct load_options, help),       offsetof(struct load_options, version),
        offsetof(struct load_options, place_high),
    };
    uint8_t place;

    if (!value_word(span_of(word, text_length(word)),
                    "--debug\0--help\0-h\0--version\0--place-high\0", &place))
        return false;
    *(bool *)((uint8_t *)options + offsets[place]) = true;
    return true;
}

/* Whether somebody who writes the path of a kernel could have begun with this word. */
static bool is_plausible(const char *word)
{
    for (; *word != '\0'; word++) {
        if (*word == '\\' || *word == '/' || *word == '.')
            return true;
    }
    return false;
}

/* `initrd=...`, `root=/dev/sda2`: an equals sign before the first slash. */
static bool is_parameter(const char *word)
{
    while (*word != '\0' && *word != '=' && *word != '\\' && *word != '/')
        word++;
    return *word == '=';
}

/* Ends a word, without quotes, that is to blame, so that it can be shown. */
static void blame(struct reader *reader, char *word, size_t size)
{
    if (size == 0) { /* nothing but quotes: they are what can be shown */
        word[0] = word[1] = '"';
        size = 2;
    }
    word[printable_copy(span_of(word, size), word)] = '\0';
    reader->fault.word = word;
}

/* Normalises the path that follows `prefix` bytes of a word; `refusal` is the error for no path. */
static enum load_options_error take_path(struct reader *reader, char *word, size_t size,
                                         size_t prefix, enum load_options_error refusal,
                                         const char **ret_path)
{
    size_t length;
    size_t skip = prefix;
    enum path_error error;

    if (size >= prefix + reader->volume_size &&
        bytes_equal_ignoring_case(word + prefix, reader->volume, reader->volume_size))
        skip += reader->volume_size;
    error = path_normalise(span_of(word + skip, size - skip), reader->paths, reader->paths_left,
                           &length);
    if (error != PATH_OK) {
        reader->fault.why = explained(path_explain(error)).problem;
        blame(reader, word, size);
        return refusal;
    }
    *ret_path = reader->paths;
    reader->paths += length + 1;
    reader->paths_left -= length + 1;
    return LOAD_OPTIONS_OK;
}

static enum load_options_error take_kernel(struct reader *reader, char *word, bool closed)
{
    size_t size = text_length(word);
    enum load_options_error error = LOAD_OPTIONS_QUOTE;

    if (closed)
        error = is_parameter(word) ? LOAD_OPTIONS_NO_KERNEL : LOAD_OPTIONS_OK;
    if (error != LOAD_OPTIONS_OK) {
        blame(reader, word, size);
        return error;
    }
    return take_path(reader, word, size, 0, LOAD_OPTIONS_KERNEL, &reader->options.kernel);
}

/* Takes the flags off; false for one that is none, which `*word` then is. */
static bool take_flags(struct reader *reader, char **word, bool *closed, bool *ret_any)
{
    *ret_any = false;
    for (; *word != NULL && (*word)[0] == '-'; *word = take_word(reader, closed)) {
        if (!*closed || !take_flag(&reader->options, *word))
            return false;
        *ret_any = true;
    }
    return true;
}

/* Everything up to and with the kernel's path. */
static enum load_options_error read_own_part(struct reader *reader, const char *image_path)
{
    enum load_options_error error;
    bool closed = true;
    bool are_flags;
    bool any;
    char *word = take_word(reader, &closed);
    bool typed = word != NULL && take_program(reader, word, image_path);

    if (typed)
        word = take_word(reader, &closed);
    are_flags = take_flags(reader, &word, &closed, &any);
    if (word == NULL)
        return any ? LOAD_OPTIONS_OK : LOAD_OPTIONS_NONE;
    if (!are_flags) {
        blame(reader, word, text_length(word));
        error = closed ? LOAD_OPTIONS_FLAG : LOAD_OPTIONS_QUOTE;
    } else if (!typed && !any && !is_plausible(word)) {
        blame(reader, word, text_length(word));
        error = LOAD_OPTIONS_FOREIGN;
    } else {
        error = take_kernel(reader, word, closed);
    }
    if (typed)
        return error;
    if (error != LOAD_OPTIONS_OK) {
        reader->fault.why = NULL; /* what is not for Baton has no mistakes */
        return LOAD_OPTIONS_FOREIGN;
    }
    reader->options.if_present = reader->fault.if_present = reader->options.kernel;
    return LOAD_OPTIONS_OK;
}

static bool has_prefix(const char *string, const char *prefix)
{
    while (*prefix != '\0' && *string == *prefix) {
        string++;
        prefix++;
    }
    return *prefix == '\0';
}

static enum load_options_error take_initrd(struct reader *reader, char *word, const char *end)
{
    struct load_options *options = &reader->options;
    static const char prefix[] = "initrd=";
    size_t size = unquote(word, end);

    if (options->initrd_count >= LOAD_OPTIONS_INITRDS_MAX) {
        blame(reader, word, size);
        return LOAD_OPTIONS_INITRDS;
    }
    return take_path(reader, word, size, sizeof(prefix) - 1, LOAD_OPTIONS_INITRD,
                     &options->initrds[options->initrd_count++]);
}

/* The words for the kernel, moved together over the initrd= words that are taken out. */
static enum load_options_error read_command_line(struct reader *reader)
{
    char *line = reader->next;
    size_t length = 0;

    for (;;) {
        const char *from = reader->next; /* the white space in front belongs to the word */
        char *word;
        bool closed;

        skip_spaces(reader);
        word = reader->next;
        if (*word == '\0')
            break;
        closed = skip_word(reader);
        if (has_prefix(word + (*word == '"'), "initrd=")) {
            enum load_options_error error =
                closed ? take_initrd(reader, word, reader->next) : LOAD_OPTIONS_QUOTE;

            if (error == LOAD_OPTIONS_QUOTE)
                blame(reader, word, text_length(word));
            if (error != LOAD_OPTIONS_OK)
                return error;
            continue;
        }
        for (from = length == 0 ? word : from; from < reader->next; from++)
            line[length++] = *from;
    }
    line[length] = '\0';
    reader->options.command_line = line;
    return LOAD_OPTIONS_OK;
}

enum load_options_error load_options_parse(struct span bytes, const char *image_path, char *buffer,
                                           size_t capacity, struct load_options *ret_options,
                                           struct load_options_fault *ret_fault)
{
    struct reader reader = {.options = {.command_line = ""}, .fault = {.word = ""}};
    enum load_options_error error;
    bool for_people;
    size_t length;

    if (bytes.size > LOAD_OPTIONS_MAX)
        return LOAD_OPTIONS_GARBAGE;
    if (capacity < LOAD_OPTIONS_CAPACITY(bytes.size)) {
        *ret_fault = reader.fault;
        return LOAD_OPTIONS_BUFFER;
    }
    if (!read_text(bytes, buffer, capacity, &length))
        return LOAD_OPTIONS_GARBAGE;
    for_people = is_for_people(buffer);
    reader.next = first_character(buffer);
    reader.paths = buffer + length + 1;
    reader.paths_left = capacity - length - 1;
    error = read_own_part(&reader, image_path);
    if (error == LOAD_OPTIONS_FOREIGN && !for_people)
        error = LOAD_OPTIONS_GARBAGE;
    if (error == LOAD_OPTIONS_OK && reader.options.kernel != NULL)
        error = read_command_line(&reader);
    if (error == LOAD_OPTIONS_OK || error == LOAD_OPTIONS_FOREIGN)
        *ret_options = reader.options;
    if (error == LOAD_OPTIONS_FOREIGN || error > LOAD_OPTIONS_GARBAGE)
        *ret_fault = reader.fault;
    return error;
}
