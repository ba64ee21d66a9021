/* SPDX-License-Identifier: BSD-2-Clause */
/* Which boot services are called while exit handlers run, and from where. */
#ifndef BATON_TEST_FIRMWARE_WATCH_H
#define BATON_TEST_FIRMWARE_WATCH_H

#include <efi.h>

#include <stdbool.h>

/* Once: replaces the services that allocate, free, or do so inside. */
void watch_install(EFI_BOOT_SERVICES *services);

/* Between these two each call is reported: "service name= caller=". */
void watch_begin(void);
void watch_end(void);

/* Between watch_ours(true) and (false) what happens is the test's own doing: ours=1 is added. */
void watch_ours(bool ours);

#endif
