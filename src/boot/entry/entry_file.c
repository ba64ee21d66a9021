/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/entry_file.h"

#include "core/text/text.h"

struct explanation entry_file_why(efi_status status)
{
    return status == STATUS_OUT_OF_RESOURCES ? FAILURE_NO_MEMORY : FAILURE_UNREADABLE;
}

void entry_file_report(const char *file, struct explanation why, const struct line_note *note,
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
