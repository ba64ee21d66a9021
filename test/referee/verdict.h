/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what was seen to what is to be thought of it: the rules, with the specification's sections,
 * and the report. Human-readable lines go to the first serial port, the same facts for programs to
 * the debug port (test/firmware/report.h). No service is called.
 */
#ifndef BATON_REFEREE_VERDICT_H
#define BATON_REFEREE_VERDICT_H

#include "images.h"
#include "record.h"

/* One line for the attempt that has just ended: a loader that never leaves may never return. */
void verdict_attempt(const struct record *record);

/* The loader has left, or (`returned`) has come back with `status`. */
void verdict_report(const struct record *record, const struct image *loader, bool returned,
                    uint64_t status, uint32_t revision);

#endif
