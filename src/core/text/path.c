/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows what names FAT and EFI_FILE_PROTOCOL take; must not know whether a file is there. */
#include "core/text/path.h"

#include "core/text/lines.h"
#include "core/text/utf.h"

#include <stdbool.h>

#define EXPLANATIONS(X)                                                                            \
    X(PATH_OK, "nothing is wrong with the path", "report this as a defect of Baton")               \
    X(PATH_EMPTY, "the path names no file", "write it from the root of the volume, \\dir\\file")   \
    X(PATH_DOT_DOT, "a name in the path is nothing but dots, or leads out of the volume",          \
      "write it from the root without '..'")                                                       \
    X(PATH_VOLUME, "the path names a volume",                                                      \
      "leave out what is before and with the colon: files are read from the volume of their "      \
      "entry, or of Baton")                                                                        \
    X(PATH_CHARACTER, "the path has a character that no file name can have",                       \
      "take out control characters and * ? \" < > |")                                              \
    X(PATH_ENCODING, "the path is not UTF-8", "save it as UTF-8")                                  \
    X(PATH_COMPONENT_TOO_LONG, "a name in the path has more than 255 characters",                  \
      "use a shorter name")                                                                        \
    X(PATH_TOO_LONG, "the path has more than 1023 bytes", "use a shorter path")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation path_explain(enum path_error error)
{
    return EXPLAIN(error);
}

static bool is_slash(uint8_t byte)
{
    return byte == '/' || byte == '\\';
}

/* The part of `path` before its first slash. */
static struct span first_component(struct span path)
{
    size_t size = 0;

    while (size < path.size && !is_slash(path.data[size]))
        size++;
    return span_of(path.data, size);
}

static enum path_error check_component(struct span component)
{
    size_t units = 0;
    bool only_dots = true;

    for (size_t offset = 0, size; offset < component.size; offset += size) {
        uint32_t code_point;
        struct span rest = span_behind(component, offset);

        if (utf8_next(rest, &code_point, &size) != UTF_OK)
            return PATH_ENCODING;
        if (code_point == ':')
            return PATH_VOLUME;
        if (code_point < 0x20 || code_point == 0x7F || code_point == '*' || code_point == '?' ||
            code_point == '"' || code_point == '<' || code_point == '>' || code_point == '|')
            return PATH_CHARACTER;
        only_dots = only_dots && (code_point == '.' || code_point == ' ');
        units += code_point >= 0x10000 ? 2 : 1;
    }
    /*
     * FAT drivers trim dots and spaces at the end of a name (EDK2's FatPkg does), so `...` and
     * `.. ` can become what `..` is.
     */
    if (only_dots)
        return PATH_DOT_DOT;
    return units > PATH_COMPONENT_MAX ? PATH_COMPONENT_TOO_LONG : PATH_OK;
}

enum path_error path_normalise(struct span path, char *buffer, size_t capacity, size_t *ret_length)
{
    size_t length = 0;

    if (capacity > PATH_CAPACITY)
        capacity = PATH_CAPACITY;
    while (path.size > 0) {
        struct span component = first_component(path);
        size_t skip = component.size < path.size ? component.size + 1 : component.size;
        enum path_error error;

        path = span_behind(path, skip);
        if (component.size == 0 || value_equals(component, "."))
            continue;
        if (length != 0 && value_equals(component, "..")) {
            while (buffer[--length] != '\\')
                ;
            continue;
        }
        error = check_component(component);
        if (error != PATH_OK)
            return error;
        if (length + 1 + component.size >= capacity)
            return PATH_TOO_LONG;
        buffer[length++] = '\\';
        for (size_t i = 0; i < component.size; i++)
            buffer[length++] = (char)component.data[i];
    }
    if (length == 0)
        return PATH_EMPTY;
    buffer[length] = '\0';
    *ret_length = length;
    return PATH_OK;
}

const char *path_base_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++) {
        if (is_slash((uint8_t)*path) || *path == ':')
            name = path + 1;
    }
    return name;
}
