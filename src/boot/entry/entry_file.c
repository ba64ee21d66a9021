/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/entry_file.h"

#include "core/text/text.h"

efi_status entry_file_read(struct entry_files *files, struct file *directory, const char *name,
                           struct span *ret_text)
{
    struct file *file;
    uint64_t size;
    void *buffer;
    efi_status status = file_open(files->firmware, directory, name, &file);

    if (status != 0)
        return status;
    status = file_size(file, &size);
    if (status == 0 && size > LINES_TEXT_MAX)
        size = LINES_TEXT_MAX + 1;
    buffer = status == 0 ? arena_take(files->arena, size + 1) : NULL;
    if (status == 0 && buffer == NULL)
        status = STATUS_OUT_OF_RESOURCES;
    if (status == 0 && size <= LINES_TEXT_MAX)
        status = file_read_whole(files->firmware, file, size, buffer);
    file_close(files->firmware, file);
    if (status != 0)
        return status;
    ((char *)buffer)[size] = '\0';
    *ret_text = span_of(buffer, size);
    return 0;
}

struct explanation entry_file_why(efi_status status)
{
    return status == STATUS_OUT_OF_RESOURCES ? FAILURE_NO_MEMORY : FAILURE_UNREADABLE;
}

void entry_file_report(const char *file, struct explanation why, const struct line_note *note,
                       efi_status status)
{
    struct boot_failure failure = {.doing = "reading", .file = file, .why = why, .status = status};
    struct text detail = text_in(failure.detail, sizeof(failure.detail));

    if (note != NULL && note->line != 0)
        text_format(&detail, note->why != NULL ? PACKED("line %lu: ") : PACKED("line %lu"),
                    (uint64_t)note->line);
    if (note != NULL && note->why != NULL)
        text_put(&detail, note->why);
    failure_report(&failure);
}
