/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of two versions is newer, by the Version Format Specification (UAPI.10). */
#ifndef BATON_CORE_TEXT_VERSION_H
#define BATON_CORE_TEXT_VERSION_H

/* Below, at or above 0: `a` is older than, as old as, newer than `b`. Numbers have any length. */
int version_compare(const char *a, const char *b);

#endif
