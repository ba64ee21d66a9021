/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels that are packed with gzip, for the protocols that take them so. */
#ifndef BATON_BOOT_UNPACK_H
#define BATON_BOOT_UNPACK_H

#include "boot/boot.h"
#include "core/base/span.h"

/*
 * The contents of a gzip file, in pages of their own that a lease holds. `path` is for the line
 * about a failure. Empty contents have no pages.
 */
bool unpack_gzip(struct boot *boot, struct span packed, const char *path, struct span *ret_bytes);

#endif
