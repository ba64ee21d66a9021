/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address space that include/baton-handoff.h promises a native kernel: all of memory at its
 * physical address, not executable; the kernel where it is linked, each segment with its own
 * permissions; what must fault, unmapped. Says what is to be mapped; knows no page table.
 */
#ifndef BATON_CORE_NATIVE_KERNEL_SPACE_H
#define BATON_CORE_NATIVE_KERNEL_SPACE_H

#include "core/image/elf.h"
#include "core/memory/address_space.h"
#include "core/memory/runtime_code.h"
#include "core/memory/runtime_regions.h"

#include <stdint.h>

struct kernel_space {
    uint64_t identity_end; /* of arch_identity_end() */
    const struct elf_image *image;
    uint64_t physical;          /* where image->start is in memory */
    uint64_t slide;             /* what a position-independent image's addresses are off by */
    uint64_t guard;             /* the page below the stack */
    uint64_t entry_code;        /* in the page that must stay executable: arch_enter_start */
    uint64_t framebuffer_start; /* whole pages; mapped even if beyond identity_end */
    uint64_t framebuffer_end;   /* 0: there is none */
    struct runtime_code runtime_code;
    struct runtime_regions runtime_regions; /* mapped even if beyond identity_end */
};

/* Two for each segment, and the framebuffer, the entry's page, the guard and page 0. */
#define KERNEL_SPACE_RANGES_MAX (2 * ELF_SEGMENTS_MAX + RUNTIME_CODE_MAX + RUNTIME_REGIONS_MAX + 4)

/*
 * ret_space is what kernel_space() is told, as ranges, which it writes to `ranges`; both must be
 * there as long as the result is used.
 */
void kernel_space_ranges(const struct kernel_space *space,
                         struct address_range ranges[KERNEL_SPACE_RANGES_MAX],
                         struct address_space *ret_space);

#endif
