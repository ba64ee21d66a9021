/* SPDX-License-Identifier: BSD-2-Clause */
/* The two devices of QEMU that test drivers talk to, by the way that each kind of machine has to
 * them. */
#ifndef BATON_TEST_FIRMWARE_QEMU_H
#define BATON_TEST_FIRMWARE_QEMU_H

#include <stddef.h>
#include <stdint.h>

/* The firmware configuration device (docs/specs/fw_cfg): chooses a file, then its next byte. */
void qemu_select(uint16_t key);
uint8_t qemu_byte(void);

/* Where reports go (report.h). */
void qemu_report(const char *bytes, size_t count);

#endif
