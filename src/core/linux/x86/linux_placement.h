/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a Linux kernel, its initrd and its tables may go, and in which order to try. Plans only:
 * what is free, only the firmware knows.
 */
#ifndef BATON_CORE_LINUX_X86_LINUX_PLACEMENT_H
#define BATON_CORE_LINUX_X86_LINUX_PLACEMENT_H

#include "core/linux/x86/bzimage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINUX_PLACES_MAX 5

/* One attempt at memory. */
struct linux_place {
    uint64_t size;      /* bytes, with `lead` */
    uint64_t alignment; /* bytes, power of two, at least a page */
    uint64_t minimum;   /* first address allowed */
    uint64_t maximum;   /* last byte allowed */
    bool exact;         /* at `minimum` and nowhere else */
    bool high;          /* the highest address that fits instead of the lowest */
    uint64_t lead;      /* bytes in front of what is placed; a multiple of `alignment` */
};

struct linux_places {
    struct linux_place place[LINUX_PLACES_MAX]; /* in the order to try them */
    unsigned int count;                         /* 0: there is no place that would be right */
};

/*
 * The kernel's init_size bytes. Never below the preferred address: a relocatable kernel that finds
 * itself below moves up to it (LOAD_PHYSICAL_ADDR in head_64.S), over whatever is there.
 * `place_high`: above 4 GiB first, where the kernel can (a testing aid).
 * `lead`: as many bytes, at least, are to belong to the place in front of the kernel's own: for the
 * part of its file that comes before the code.
 */
void linux_kernel_places(const struct bzimage *image, uint64_t lead, bool place_high,
                         struct linux_places *ret_places);

/* An initrd of `size` bytes (not 0). Above initrd_max only if the kernel can be above 4 GiB. */
void linux_initrd_places(const struct bzimage *image, uint64_t size, bool place_high,
                         struct linux_places *ret_places);

/* Zero page, command line, setup_data: below 4 GiB if possible, never below 1 MiB. */
void linux_table_places(const struct bzimage *image, uint64_t size,
                        struct linux_places *ret_places);

#endif
