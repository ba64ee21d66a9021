/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address space that include/baton-handoff.h promises a native kernel: all of memory at its
 * physical address, not executable; the kernel where it is linked, each segment with its own
 * permissions; what must fault, unmapped. Pure: computes the size, then builds in what it is given.
 */
#ifndef BATON_X86_64_KERNEL_SPACE_H
#define BATON_X86_64_KERNEL_SPACE_H

#include "core/image/elf.h"
#include "core/memory/runtime_code.h"
#include "x86_64/paging.h"

#include <stdbool.h>
#include <stdint.h>

struct kernel_space {
    struct paging_features features;
    uint64_t identity_end; /* of paging_identity_limit() */
    const struct elf_image *image;
    uint64_t physical;          /* where image->start is in memory */
    uint64_t slide;             /* what a position-independent image's addresses are off by */
    uint64_t guard;             /* the page below the stack */
    uint64_t entry_code;        /* in the page that must stay executable: x86_64/enter.h */
    uint64_t framebuffer_start; /* whole pages; mapped even if beyond identity_end */
    uint64_t framebuffer_end;   /* 0: there is none */
    struct runtime_code runtime_code;
};

/* Pages that kernel_space_build() needs at most. */
uint64_t kernel_space_pages(const struct kernel_space *space);

/* False only when an address can not be mapped: it is not canonical or beyond 52 bits. */
bool kernel_space_build(const struct kernel_space *space, void *pool, uint64_t pool_address,
                        uint64_t pool_pages, uint64_t *ret_root);

#endif
