/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/flat_space.h"

#include "arch/arch.h"
#include "core/base/page.h"
#include "efi/pages.h"

/* More than Baton's own image, whose GDT and last instructions run on the new page tables. */
#define BATON_SIZE_MAX (1ULL << 20)

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t flat_space_end(uint64_t end, uint64_t code, uint64_t stack)
{
    end = larger(end, code + BATON_SIZE_MAX);
    return larger(end, stack + PAGE_SIZE);
}

bool flat_space_build(struct boot *boot, uint64_t end, uint64_t *ret_root)
{
    struct address_space space = {.identity = ACCESS_ALL};
    uint64_t pages;
    uint64_t pool;
    efi_status status;

    /* The variable is on Baton's stack, which is in use until the last moment. */
    space.identity_end =
        arch_identity_end(flat_space_end(end, (uintptr_t)arch_enter_start, (uintptr_t)&space));
    pages = arch_space_pages(&space);
    status = pages_take(boot->firmware, MEMORY_LOADER_DATA, pages * PAGE_SIZE, &pool);
    if (status != 0 || !arch_space_build(&space, (void *)(uintptr_t)pool, pages, ret_root))
        return boot_fail_room(boot, status);
    return true;
}
