/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs between the machines whose kernels are their own memory image and begin with a
 * device tree: a file in the folder of each family has the answers. */
#ifndef BATON_BOOT_LINUX_TREE_IMAGE_KIND_H
#define BATON_BOOT_LINUX_TREE_IMAGE_KIND_H

#include "boot/boot.h"

#include <stdbool.h>
#include <stdint.h>

/* Of struct linux_image: LINUX_IMAGE_MAGIC_*. */
extern const uint32_t image_kind_magic;

/* False, and why is in ret_why, when only the kernel's stub gets along with this machine. */
bool image_kind_fits(const struct boot *boot, struct explanation *ret_why);

/* What the kernel is told, beside the tree, of the processor that enters it: of struct
 * entry_state, stack. False when it cannot be known. */
bool image_kind_processor(const struct boot *boot, uint64_t *ret_number);

#endif
