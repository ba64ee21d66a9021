/* SPDX-License-Identifier: BSD-2-Clause */
/* The display the firmware drives, as it is: Baton never changes a mode. */
#ifndef BATON_EFI_GRAPHICS_H
#define BATON_EFI_GRAPHICS_H

#include "core/screen/framebuffer.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

#define EDID_BLOCK_SIZE 128

/*
 * The framebuffer of the Graphics Output Protocol that shows the console, else of the first one
 * with a linear framebuffer. `edid` gets its first EDID block, or zeros. False when there is no
 * display.
 */
bool graphics_find(const struct firmware *firmware, struct framebuffer *ret_framebuffer,
                   uint8_t edid[EDID_BLOCK_SIZE]);

#endif
