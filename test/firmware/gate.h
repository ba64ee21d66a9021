/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a driver waits while a test saves its machine. The machine is resumed any number of times,
 * each time with other fw_cfg files of the same names.
 */
#ifndef BATON_TEST_FIRMWARE_GATE_H
#define BATON_TEST_FIRMWARE_GATE_H

#include <efi.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the fw_cfg file `name` as fw_cfg_read() does, behind the gate: while the fw_cfg file
 * opt/org.baton/gate begins with 'c' (closed), it waits, which it reports once as `ready`.
 *
 * From that report on the machine may be saved at any instruction: the gate is looked at by reads
 * of one byte, and nothing is kept that was read before. So all of the words come from the machine
 * that was resumed.
 */
bool gate_read(EFI_BOOT_SERVICES *services, const char *name, char *ret_text, size_t capacity);

#endif
