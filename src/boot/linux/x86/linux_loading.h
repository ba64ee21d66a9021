/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private to the Linux protocol: a kernel and its initrds on the way to their places. Everything is
 * read straight to where it stays; a kernel that the firmware has to judge is read as a whole, so
 * that its code comes to lie where it will run and the judged bytes are the ones that run.
 */
#ifndef BATON_BOOT_LINUX_X86_LINUX_LOADING_H
#define BATON_BOOT_LINUX_X86_LINUX_LOADING_H

#include "boot/protocol.h"
#include "core/linux/x86/bzimage.h"
#include "core/linux/x86/linux_placement.h"
#include "core/memory/memory_map.h"

#include <stdbool.h>
#include <stdint.h>

/* Where things have come to lie. Bytes. */
struct placed {
    uint64_t address;
    uint64_t size;
    uint64_t alignment; /* that the address was chosen by */
};

struct linux_loading {
    struct boot *boot;
    struct placed kernel;
    struct placed initrd;     /* size 0: none */
    struct placed zero_area;  /* zero page, stack, command line */
    uint64_t inherited_start; /* what boot services leave behind to the kernel, whole pages */
    uint64_t inherited_end;   /* 0: nothing */
    struct bzimage image;
};

/* The first of the places that the firmware gives; ret_status is of the last refusal, 0 for none.
 */
bool linux_take_place(struct linux_loading *loading, const struct linux_places *places,
                      enum memory_type type, struct placed *ret_placed, efi_status *ret_status);

bool linux_load_kernel(struct linux_loading *loading);
bool linux_load_initrds(struct linux_loading *loading);

/* Exclusive end of the kernel's pieces: its first page tables have to map them. */
uint64_t linux_mapped_end(const struct linux_loading *loading);

#endif
