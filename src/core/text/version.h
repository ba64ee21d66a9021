/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of two versions is newer, by the Version Format Specification (UAPI.10), but for one rule
 * of systemd's own loaders and tools, all versions up to 262: where only one side has a number,
 * that side is newer ("1.0" is newer than "1.", and "1-0" than "1-rc1").
 */
#ifndef BATON_CORE_TEXT_VERSION_H
#define BATON_CORE_TEXT_VERSION_H

/* Below, at or above 0: `a` is older than, as old as, newer than `b`. Numbers have any length. */
int version_compare(const char *a, const char *b);

#endif
