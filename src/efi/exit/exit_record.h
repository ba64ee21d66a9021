/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a later boot is to know of an exit: ASCII lines in non-volatile variables, shown and settled
 * by the next start that boots anything. The record is of an exit that failed for good, written
 * when giving up and at no other time. The marker is there while the firmware is in an exit whose
 * entry asked for it, so that one which never came back is noticed. From Linux:
 * /sys/firmware/efi/efivars/BatonExitRecord-4b521f68-b6fc-4b68-b123-1c2025b7d599 (BatonExitMarker),
 * behind four bytes of attributes.
 *
 * Anybody who may write variables may write these, and so choose which entry is tried last. That
 * lasts for as long as somebody writes: no variable makes it last by itself, because only what can
 * be settled is believed (src/SECURITY.md).
 */
#ifndef BATON_EFI_EXIT_EXIT_RECORD_H
#define BATON_EFI_EXIT_EXIT_RECORD_H

#include "core/text/text.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

#define EXIT_RECORD_SIZE 2048U /* bytes, with the NUL that the variable has not */

enum exit_variable { EXIT_RECORD, EXIT_MARKER, EXIT_VARIABLES };

/*
 * EFI_NOT_FOUND when Baton has written nothing since the last clear. What Baton would not write is
 * not believed, and deleted: other attributes, a longer text, another beginning. What is neither
 * printable ASCII nor a newline comes as '?'.
 */
efi_status exit_record_read(const struct firmware *firmware, enum exit_variable variable,
                            char record[EXIT_RECORD_SIZE]);

/*
 * The line of a record that says which entry it is about. A name of an entry is a file's name and
 * anything can be in it; the record is read by lines, so what is not printable becomes '?'.
 */
void exit_record_put_entry(struct text *record, const char *name);
bool exit_record_is_about(const char *record, const char *name);

/*
 * The rest is done by runtime services alone; `runtime_services` is the address of their table.
 * Where the firmware lacks one of them, or all, nothing is written: EFI_UNSUPPORTED.
 */

/* How both begin: the entry's line, and one with the time if the firmware has a clock. */
void exit_record_begin(struct text *record, uint64_t runtime_services, const char *name);
efi_status exit_record_write(uint64_t runtime_services, enum exit_variable variable,
                             const char *record);

efi_status exit_record_clear(uint64_t runtime_services, enum exit_variable variable);

/* On the console: in lines that are neither Baton's messages nor long enough to be broken. */
void exit_record_show(const char *record);

/*
 * Makes sure that the next start will not take it for news: a marker is cleared; a record is marked
 * as told, kept for one boot more, so that the system which this start boots can read it (from
 * Linux: efivarfs), and cleared by the start after. False when the variable is not as it should be
 * afterwards, whatever the store says: then nothing may follow from it, or it would for ever.
 */
bool exit_record_settle(const struct firmware *firmware, enum exit_variable variable,
                        const char *record);
bool exit_record_is_told(const char *record);

#endif
