/* SPDX-License-Identifier: BSD-2-Clause */
/* The address space of kernels that build their own at once. */
#ifndef BATON_BOOT_FLAT_SPACE_H
#define BATON_BOOT_FLAT_SPACE_H

#include "boot/boot.h"

/* Exclusive end of such a space. `code` and `stack`: an address in Baton's own. */
uint64_t flat_space_end(uint64_t end, uint64_t code, uint64_t stack);

/*
 * One flat identity map, writable and executable, up to `end` at least, to 4 GiB in any case, and
 * over Baton itself, which runs in it until the last moment. A failure is the boot's.
 */
bool flat_space_build(struct boot *boot, uint64_t end, uint64_t *ret_root);

#endif
