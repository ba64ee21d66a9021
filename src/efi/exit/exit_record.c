/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/exit/exit_record.h"

#include "core/text/text.h"
#include "efi/console.h"
#include "efi/services.h"
#include "efi/variable.h"

#include <stddef.h>

#define ENTRY "entry: " /* how both begin */
#define TOLD  "told\n"  /* in front of a record that has been shown */

/* Of a record on the console: less than the narrowest has, so that no line begins without it. */
#define SHOWN_BEFORE "    | "
#define SHOWN_WIDTH  72U

#define ENTRY_NAME_LENGTH_MAX 120U
#define ENTRY_LINE_SIZE       (ENTRY_NAME_LENGTH_MAX + 16U)

static const char *name_of(enum exit_variable variable)
{
    return variable == EXIT_MARKER ? "BatonExitMarker" : "BatonExitRecord";
}

static bool begins_with(const char *record, const char *beginning)
{
    size_t i = 0;

    while (beginning[i] != '\0' && record[i] == beginning[i])
        i++;
    return beginning[i] == '\0';
}

bool exit_record_is_told(const char *record)
{
    return begins_with(record, TOLD);
}

static bool is_ours(const char *record)
{
    return begins_with(record, ENTRY) || begins_with(record, TOLD ENTRY);
}

efi_status exit_record_read(const struct firmware *firmware, enum exit_variable variable,
                            char record[EXIT_RECORD_SIZE])
{
    char text[EXIT_RECORD_SIZE];
    size_t size = 0;
    uint32_t attributes = 0;
    efi_status status = variable_read(firmware, VARIABLE_BATON, name_of(variable), text,
                                      sizeof(text) - 1, &size, &attributes);

    if (status != EFI_SUCCESS && status != EFI_BUFFER_TOO_SMALL)
        return status;
    text[size] = '\0';
    if (status != EFI_SUCCESS || attributes != VARIABLE_KEPT || !is_ours(text)) {
        (void)exit_record_clear(firmware_runtime_services(firmware), variable);
        return EFI_NOT_FOUND;
    }
    for (size_t i = 0; i < size; i++)
        record[i] = text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~') ? text[i] : '?';
    record[size] = '\0';
    return EFI_SUCCESS;
}

void exit_record_put_entry(struct text *record, const char *name)
{
    text_put(record, ENTRY);
    for (unsigned int i = 0; i < ENTRY_NAME_LENGTH_MAX && name[i] != '\0'; i++)
        text_put_char(record, name[i] < ' ' || name[i] > '~' ? '?' : name[i]);
    text_put(record, "\n");
}

/* True when some line of `record` is the one that would be written about `name`. */
bool exit_record_is_about(const char *record, const char *name)
{
    char buffer[ENTRY_LINE_SIZE];
    struct text line = text_in(buffer, sizeof(buffer));

    exit_record_put_entry(&line, name);
    for (size_t start = 0; record[start] != '\0';) {
        size_t i = 0;

        while (i < line.length && record[start + i] == line.data[i])
            i++;
        if (i == line.length)
            return true;
        while (record[start] != '\0' && record[start] != '\n')
            start++;
        if (record[start] == '\n')
            start++;
    }
    return false;
}

/* Month, day, hour, minute and second lie side by side (UEFI 2.10, 8.3), two digits each. */
#define TIME_BYTES 5U
_Static_assert(offsetof(EFI_TIME, Second) - offsetof(EFI_TIME, Month) == TIME_BYTES - 1,
               "from Month to Second");

static void put_time(struct text *text, uint64_t runtime_services_address)
{
    const EFI_RUNTIME_SERVICES *services =
        (const EFI_RUNTIME_SERVICES *)(uintptr_t)runtime_services_address;
    static const char before[] = "-- ::";
    EFI_TIME now = {0};
    const UINT8 *parts = &now.Month;

    if (services == NULL || services->GetTime == NULL ||
        services->GetTime(&now, NULL) != EFI_SUCCESS)
        return;
    text_format(text, PACKED("time: %lu"), (uint64_t)now.Year);
    for (unsigned int i = 0; i < TIME_BYTES; i++) {
        text_put_char(text, before[i]);
        text_put_char(text, (char)('0' + parts[i] / 10 % 10));
        text_put_char(text, (char)('0' + parts[i] % 10));
    }
    text_put(text, PACKED(" by the firmware's clock\n"));
}

void exit_record_begin(struct text *record, uint64_t runtime_services_address, const char *name)
{
    exit_record_put_entry(record, name);
    put_time(record, runtime_services_address);
}

efi_status exit_record_write(uint64_t runtime_services_address, enum exit_variable variable,
                             const char *record)
{
    size_t size = text_length(record);
    efi_status status;

    /* A store that is nearly full, or that takes small variables only, still gets the beginning. */
    do {
        status = variable_write(runtime_services_address, VARIABLE_BATON, name_of(variable),
                                VARIABLE_KEPT, record, size);
        size /= 4;
    } while (status != EFI_SUCCESS && size > 64);
    return status;
}

efi_status exit_record_clear(uint64_t runtime_services_address, enum exit_variable variable)
{
    return variable_delete(runtime_services_address, VARIABLE_BATON, name_of(variable));
}

void exit_record_show(const char *record)
{
    while (*record != '\0') {
        char buffer[sizeof(SHOWN_BEFORE) + SHOWN_WIDTH + 1];
        struct text line = text_in(buffer, sizeof(buffer));

        text_put(&line, SHOWN_BEFORE);
        for (unsigned int i = 0; i < SHOWN_WIDTH && *record != '\0' && *record != '\n'; i++)
            text_put_char(&line, *record++);
        if (*record == '\n')
            record++;
        text_put_char(&line, '\n');
        console_put(buffer);
    }
}

bool exit_record_settle(const struct firmware *firmware, enum exit_variable variable,
                        const char *record)
{
    uint64_t services = firmware_runtime_services(firmware);
    char buffer[EXIT_RECORD_SIZE];
    struct text told = text_in(buffer, sizeof(buffer));
    efi_status status;

    if (variable == EXIT_MARKER) {
        (void)exit_record_clear(services, variable);
        return exit_record_read(firmware, variable, buffer) == EFI_NOT_FOUND;
    }
    text_format(&told, TOLD "%s", record);
    (void)exit_record_write(services, variable, buffer);
    status = exit_record_read(firmware, variable, buffer);
    return status == EFI_SUCCESS && exit_record_is_told(buffer);
}
