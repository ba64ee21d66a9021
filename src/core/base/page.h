/* SPDX-License-Identifier: BSD-2-Clause */
/* The unit that firmware gives memory in: EFI pages, 4 KiB on every architecture (UEFI 2.10, 7.2).
 */
#ifndef BATON_CORE_BASE_PAGE_H
#define BATON_CORE_BASE_PAGE_H

#include <stdint.h>

#define PAGE_SIZE 4096ULL

/* Whole pages that hold `bytes`; never overflows. */
static inline uint64_t pages_for(uint64_t bytes)
{
    return bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
}

#endif
