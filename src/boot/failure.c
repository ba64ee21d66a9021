/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/failure.h"

#include "boot/boot.h"
#include "core/image/identify.h"
#include "core/text/printable.h"
#include "efi/console.h"

#define LINE_SIZE 2560 /* the longest path, two sentences, a file and the beginning of a title */

PACKED_DATA const char failure_no_memory[] =
    "there is not enough free memory\0give the machine more memory or load less";
PACKED_DATA const char failure_unreadable[] =
    "it cannot be read\0check the disk for errors and copy the file again";

/* Out of line, as those below: it is called from everywhere and never on the way to a boot. */
__attribute__((noinline)) bool boot_fail(struct boot *boot, const char *doing, const char *file,
                                         struct explanation why, efi_status status)
{
    boot->failure =
        (struct boot_failure){.doing = doing, .file = file, .why = why, .status = status};
    return false;
}

__attribute__((noinline)) bool boot_refuse(struct boot *boot, struct explanation why)
{
    return boot_fail(boot, PACKED("loading"), boot->payload.kernel.path, why, 0);
}

__attribute__((noinline)) struct text boot_refuse_kind(struct boot *boot, struct explanation why,
                                                       struct span head, uint64_t size)
{
    struct text detail;

    (void)boot_refuse(boot, why);
    detail = text_in(boot->failure.detail, sizeof(boot->failure.detail));
    text_format(&detail, PACKED("it looks like %s"), identify_file(head, size));
    return detail;
}

__attribute__((noinline)) bool boot_fail_memory(struct boot *boot, const char *file,
                                                efi_status status)
{
    return boot_fail(boot, PACKED("placing"), file, FAILURE_NO_MEMORY, status);
}

__attribute__((noinline)) bool boot_fail_room(struct boot *boot, efi_status status)
{
    return boot_fail_memory(boot, boot->payload.kernel.path, status);
}

__attribute__((noinline)) bool boot_fail_reading(struct boot *boot, const char *file,
                                                 efi_status status)
{
    return boot_fail(boot, PACKED("reading"), file, FAILURE_UNREADABLE, status);
}

__attribute__((noinline)) bool boot_fail_placing(struct boot *boot, uint64_t first, uint64_t last,
                                                 struct explanation why, efi_status status)
{
    struct text detail = text_in(boot->failure.detail, sizeof(boot->failure.detail));

    (void)boot_fail(boot, PACKED("placing"), boot->payload.kernel.path, why, status);
    text_format(&detail, PACKED("%lx to %lx"), first, last);
    return false;
}

void failure_put(struct text *text, const struct boot_failure *failure)
{
    struct explained why = explained(failure->why);

    if (failure->doing != NULL)
        text_format(text, failure->file != NULL ? PACKED("%s %-s: ") : PACKED("%s: "),
                    failure->doing, failure->file);
    text_put(text, why.problem);
    if (failure->detail[0] != '\0')
        text_format(text, PACKED(" (%-s)"), failure->detail);
    if (failure->status != 0)
        text_format(text, PACKED(" (%s)"), efi_status_text(failure->status));
    text_format(text, PACKED("; %s"), failure->remedy != NULL ? failure->remedy : why.remedy);
}

void failure_report_of(const struct boot_failure *failure, const struct bls_entry *entry)
{
    char buffer[LINE_SIZE];
    struct text line = text_in(buffer, sizeof(buffer) - 1);

    text_put(&line, "baton: ");
    failure_put(&line, failure);
    if (entry != NULL && entry->file[0] != '\0')
        text_format(&line, PACKED("; entry %-s%s%s"), entry->file,
                    entry->title[0] != '\0' ? ", " : "", entry->title);
    console_put(buffer);
    console_put("\n");
}

void failure_report(const struct boot_failure *failure)
{
    failure_report_of(failure, NULL);
}

void failure_tell(const char *doing, const char *file, struct explanation why, efi_status status)
{
    failure_report(
        &(struct boot_failure){.doing = doing, .file = file, .why = why, .status = status});
}
