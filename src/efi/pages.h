/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory from the firmware, in whole pages, every piece on the list of leases. Contents are
 * unspecified. Nothing is ever trimmed: FreePages clears what it frees, byte by byte on EDK2.
 */
#ifndef BATON_EFI_PAGES_H
#define BATON_EFI_PAGES_H

#include "core/memory/memory_map.h"
#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGES_BELOW_4G 0xffffffffULL

/* Nothing of ours goes lower: kernels want the first megabyte for their trampolines. */
#define PAGES_LOWEST 0x100000ULL

/* Where pages may go. Addresses in bytes. */
struct page_request {
    enum memory_type type;
    uint64_t count;     /* 4 KiB pages, not 0 */
    uint64_t alignment; /* power of two; 0: one page */
    uint64_t minimum;   /* first address allowed; less than PAGES_LOWEST means that */
    uint64_t maximum;   /* last byte allowed; 0: arch_memory_last() */
    bool exact;         /* at `minimum` and nowhere else */
    bool high;          /* the highest address that fits */
};

/*
 * EFI_OUT_OF_RESOURCES or EFI_NOT_FOUND when nothing fits. Cheap for one page's alignment without a
 * `minimum`; otherwise the firmware's map is read to choose the address.
 */
efi_status pages_allocate(struct firmware *firmware, const struct page_request *request,
                          uint64_t *ret_address);

/* The usual case: wherever they are, as many as `size` bytes need, which are not 0. */
efi_status pages_take(struct firmware *firmware, enum memory_type type, uint64_t size,
                      uint64_t *ret_address);

/* Gives the pages of pages_allocate() at `address` back before the rest of the leases go. */
void pages_free(struct firmware *firmware, uint64_t address);

/* They are somebody else's now: nobody gives them back. */
void pages_forget(struct firmware *firmware, uint64_t address);

bool pages_held(const struct firmware *firmware, uint64_t address);

/*
 * Makes [start, end) ours for after the exit: its free pages are allocated, the rest must be boot
 * services' own, which is dead by then. Nothing may be written to it before. Refused when part of
 * it is anything else, or of a region that is needed on the far side: with our stack in it, or with
 * something that a configuration table points to.
 */
efi_status pages_inherit(struct firmware *firmware, uint64_t start, uint64_t end);

#endif
