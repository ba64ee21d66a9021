/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test driver has to say, for a program to read: lines on a debug port of their own, so that
 * they mix with nobody's output and need no firmware service.
 *
 *     exit n=0x1 key=0x1d3a status=0x8000000000000002
 *
 * The first word is the event, then name=value; numbers are hexadecimal, no value has a space in
 * it. Knows nothing of what is reported.
 */
#ifndef BATON_TEST_FIRMWARE_REPORT_H
#define BATON_TEST_FIRMWARE_REPORT_H

#include <stddef.h>
#include <stdint.h>

/* Where a PC's isa-debugcon is put for it; 0x402 belongs to the firmware's own messages. */
#define REPORT_PORT 0x0ba0

void report_begin(const char *event);
void report_number(const char *name, uint64_t value);
void report_text(const char *name, const char *value);                   /* spaces become '_' */
void report_wide(const char *name, const uint16_t *value, size_t units); /* UTF-16, up to a NUL */
void report_end(void);

#endif
