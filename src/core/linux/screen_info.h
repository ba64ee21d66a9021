/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux is told of a framebuffer that EFI has set up: struct screen_info (Linux,
 * include/uapi/linux/screen_info.h), in the zero page or in a table of its own. Pure.
 */
#ifndef BATON_CORE_LINUX_SCREEN_INFO_H
#define BATON_CORE_LINUX_SCREEN_INFO_H

#include "core/screen/framebuffer.h"

#include <stdbool.h>
#include <stdint.h>

#define SCREEN_INFO_SIZE 64U /* bytes */

/* Into `info`, all zero before. False, and nothing is written, when there is no framebuffer, or one
 * whose numbers do not fit. */
bool screen_info_put(const struct framebuffer *screen, uint8_t *info);

#endif
