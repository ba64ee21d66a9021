/* SPDX-License-Identifier: BSD-2-Clause */
/* The one line that says what went wrong, where, and what to do about it. */
#ifndef BATON_BOOT_FAILURE_H
#define BATON_BOOT_FAILURE_H

#include "core/base/efi_status.h"
#include "core/base/span.h"
#include "core/entry/bls_entry.h"
#include "core/text/explain.h"
#include "core/text/text.h"

#include <stdbool.h>

struct boot;

struct boot_failure {
    const char *doing; /* "reading", "placing", ... */
    const char *file;  /* path as the user wrote it, or NULL */
    struct explanation why;
    const char *remedy; /* another one than that of `why`, or NULL */
    bool came_back;     /* a program that was started, with success */
    bool was_stopped;   /* by somebody with Escape */
    efi_status status;  /* 0 when no service of the firmware failed */
    char detail[192]; /* what only this run can tell, after the problem; "" when there is nothing */
};

/* The same words wherever they are needed: what was being done, and to which file, stands in front.
 */
extern const char failure_no_memory[];
extern const char failure_unreadable[];
#define FAILURE_NO_MEMORY  ((struct explanation){failure_no_memory})
#define FAILURE_UNREADABLE ((struct explanation){failure_unreadable})

/* Writes it into the boot; always false, so that whoever fails can return it. */
bool boot_fail(struct boot *boot, const char *doing, const char *file, struct explanation why,
               efi_status status);

/* The same for what fails at many places: loading the kernel, placing a file (no memory), reading
 * one. */
bool boot_refuse(struct boot *boot, struct explanation why);
/* Its detail, to be continued, says what the file looks like: `head` is its beginning. */
struct text boot_refuse_kind(struct boot *boot, struct explanation why, struct span head,
                             uint64_t size);
bool boot_fail_memory(struct boot *boot, const char *file, efi_status status);
bool boot_fail_room(struct boot *boot, efi_status status); /* no memory for the kernel */
bool boot_fail_reading(struct boot *boot, const char *file, efi_status status);
/* For the kernel, whose memory from `first` to the byte `last` is not to be had. */
bool boot_fail_placing(struct boot *boot, uint64_t first, uint64_t last, struct explanation why,
                       efi_status status);

/* Puts "[doing file: ]problem[ (detail)][ (status)]; remedy". */
void failure_put(struct text *text, const struct boot_failure *failure);

/* Prints "baton: [doing file: ]problem[ (detail)][ (status)]; remedy" on the console. */
void failure_report(const struct boot_failure *failure);

/* The same, for what ends no boot and has nothing else to tell. */
void failure_tell(const char *doing, const char *file, struct explanation why, efi_status status);

/* The same with "; entry FILE[, TITLE]" behind it, where the entry has a file. */
void failure_report_of(const struct boot_failure *failure, const struct bls_entry *entry);

#endif
