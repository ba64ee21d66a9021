/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's firmware configuration device: how a test tells a driver what to do. Knows the device's
 * files (QEMU, docs/specs/fw_cfg) and not what the files are for.
 */
#ifndef BATON_TEST_FIRMWARE_FW_CFG_H
#define BATON_TEST_FIRMWARE_FW_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the file `name` as a NUL-terminated string, cut off at `capacity`. False: no such file.
 * It reads byte by byte: a machine that is saved meanwhile and resumed with other files reads the
 * rest from those. gate.h is for these.
 */
bool fw_cfg_read(const char *name, char *ret_text, size_t capacity);

/* The key of the file `name` and its size, for those who read it another way. */
bool fw_cfg_find(const char *name, uint16_t *ret_key, uint32_t *ret_size);

/* The first byte of the file with this key, in one read; 0: the file is empty. */
char fw_cfg_first(uint16_t key);

#endif
