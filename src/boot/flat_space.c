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

bool flat_space_build(struct boot *boot, uint64_t end, uint64_t *ret_root)
{
    struct address_space space = {.identity = ACCESS_ALL};
    struct page_request wanted = {.type = MEMORY_LOADER_DATA};
    uint64_t pool;
    efi_status status;

    end = larger(end, (uintptr_t)arch_enter_start + BATON_SIZE_MAX);
    end = larger(end, (uintptr_t)&space + PAGE_SIZE); /* Baton's stack, until the last moment */
    space.identity_end = arch_identity_end(end);
    wanted.count = arch_space_pages(&space);
    status = pages_allocate(boot->firmware, &wanted, &pool);
    if (status != 0 || !arch_space_build(&space, (void *)(uintptr_t)pool, wanted.count, ret_root))
        return boot_fail(boot, "placing", boot->payload.kernel.path, FAILURE_NO_MEMORY, status);
    return true;
}
