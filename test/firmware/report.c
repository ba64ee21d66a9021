/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "core/text/text.h"
#include "qemu.h"

/* Only one line is ever being written: drivers report between services, not inside interrupts. */
static char buffer[256];
static struct text line;

void report_begin(const char *event)
{
    line = text_in(buffer, sizeof(buffer) - 1);
    text_put(&line, event);
}

static void put_name(const char *name)
{
    text_put_char(&line, ' ');
    text_put(&line, name);
    text_put_char(&line, '=');
}

void report_number(const char *name, uint64_t value)
{
    put_name(name);
    text_put_hex(&line, value);
}

static void put_safe(char character)
{
    text_put_char(&line, character <= ' ' || character > '~' ? '_' : character);
}

void report_text(const char *name, const char *value)
{
    put_name(name);
    for (; *value != '\0'; value++)
        put_safe(*value);
}

void report_wide(const char *name, const uint16_t *value, size_t units)
{
    put_name(name);
    for (size_t i = 0; i < units && value[i] != 0; i++)
        put_safe(value[i] < 0x80 ? (char)value[i] : '?');
}

void report_end(void)
{
    /* The buffer has one byte more than the text may use. */
    line.data[line.length] = '\n';
    qemu_report(line.data, line.length + 1);
}
