/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of an exit that failed for good: ASCII lines in a non-volatile variable, written when
 * giving up and at no other time, shown and cleared by a later boot. From Linux:
 * /sys/firmware/efi/efivars/BatonExitRecord-4b521f68-b6fc-4b68-b123-1c2025b7d599, behind four bytes
 * of attributes.
 */
#ifndef BATON_EFI_EXIT_RECORD_H
#define BATON_EFI_EXIT_RECORD_H

#include "core/text.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

#define EXIT_RECORD_SIZE 2048U /* bytes, with the NUL that the variable has not */

/*
 * EFI_NOT_FOUND when no exit has failed since the last clear. Anybody may have written the
 * variable: what is neither printable ASCII nor a newline comes as '?', what is too long for us
 * comes as an empty record.
 */
efi_status exit_record_read(const struct firmware *firmware, char record[EXIT_RECORD_SIZE]);
efi_status exit_record_clear(const struct firmware *firmware);

/*
 * The line of a record that says which entry it is about. A name of an entry is a file's name and
 * anything can be in it; the record is read by lines, so what is not printable becomes '?'.
 */
void exit_record_put_entry(struct text *record, const char *name);
bool exit_record_is_about(const char *record, const char *name);

/* By runtime services alone: `runtime_services` is the address of their table. */
efi_status exit_record_write(uint64_t runtime_services, const char *record);

#endif
