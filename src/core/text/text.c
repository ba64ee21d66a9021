/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text/text.h"

#include "core/text/printable.h"

#include <stdarg.h>

__attribute__((noinline)) struct text text_in(char *buffer, size_t capacity)
{
    buffer[0] = '\0';
    return (struct text){.data = buffer, .capacity = capacity};
}

void text_put_char(struct text *text, char character)
{
    if (text->length + 1 >= text->capacity) {
        text->truncated = true;
        return;
    }
    text->data[text->length++] = character;
    text->data[text->length] = '\0';
}

void text_put_bytes(struct text *text, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_put_char(text, bytes[i]);
}

void text_put(struct text *text, const char *string)
{
    if (string == NULL)
        string = "(none)";
    for (string = packed_text(string); *string != '\0'; string++)
        text_put_char(text, *string);
}

static void put_in_base(struct text *text, uint64_t value, unsigned int base)
{
    char digits[20]; /* 2^64 - 1 has twenty decimal digits */
    size_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0)
        text_put_char(text, digits[--count]);
}

void text_put_decimal(struct text *text, uint64_t value)
{
    put_in_base(text, value, 10);
}

void text_put_hex(struct text *text, uint64_t value)
{
    text_put(text, "0x");
    put_in_base(text, value, 16);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    for (format = packed_text(format); *format != '\0'; format++) {
        if (*format != '%') {
            text_put_char(text, *format);
            continue;
        }
        uint64_t value = va_arg(values, uint64_t);
        const char *string = (const char *)(uintptr_t)value;

        if (format[1] == 's')
            text_put(text, string);
        else if (format[1] == '-')
            text_put_printable(text, string);
        else if (format[2] == 'x')
            text_put_hex(text, value);
        else
            text_put_decimal(text, value);
        format += format[1] == 's' ? 1 : 2; /* to its last character */
    }
    va_end(values);
}

size_t text_length(const char *string)
{
    size_t length = 0;

    string = packed_text(string);
    while (string[length] != '\0')
        length++;
    return length;
}

char text_lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool text_equal_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && text_lower(*a) == text_lower(*b)) {
        a++;
        b++;
    }
    return text_lower(*a) == text_lower(*b);
}
