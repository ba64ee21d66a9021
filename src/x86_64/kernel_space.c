/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86_64/kernel_space.h"

#include "core/base/page.h"

#include <stddef.h>

/* The exceptions to the identity map: counted first, mapped then, by the same code. */
struct pass {
    const struct kernel_space *space;
    struct paging *paging; /* NULL: only count */
    uint64_t cost;
};

static bool except(struct pass *pass, uint64_t virtual, uint64_t physical, uint64_t size,
                   enum paging_access access)
{
    if (pass->paging != NULL)
        return paging_map(pass->paging, virtual, physical, size, access);
    pass->cost += paging_cost(pass->space->features, virtual, physical, size);
    return true;
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(PAGE_SIZE - 1);
}

static bool except_segment(struct pass *pass, const struct elf_segment *segment)
{
    const struct kernel_space *space = pass->space;
    uint64_t start = page_of(segment->address);
    uint64_t size = pages_for(segment->address - start + segment->memory_size) * PAGE_SIZE;
    uint64_t physical = space->physical + (start - space->image->start);
    enum paging_access access = segment->writable ? PAGING_WRITE : PAGING_READ;

    /* What is read-only in the upper half can not be written through its identity mapping either.
     */
    if (space->image->upper_half && !except(pass, physical, physical, size, access))
        return false;
    if (segment->executable)
        access |= PAGING_EXECUTE;
    return except(pass, start + space->slide, physical, size, access);
}

static bool except_all(struct pass *pass)
{
    const struct kernel_space *space = pass->space;
    uint64_t code = page_of(space->entry_code);

    if (space->framebuffer_end > space->identity_end &&
        !except(pass, space->framebuffer_start, space->framebuffer_start,
                space->framebuffer_end - space->framebuffer_start, PAGING_WRITE))
        return false;
    for (uint32_t i = 0; i < space->runtime_code.count; i++) {
        uint64_t start = space->runtime_code.ranges[i].start;
        uint64_t end = space->runtime_code.ranges[i].end;

        if (!except(pass, start, start, end - start, PAGING_EXECUTE))
            return false;
    }
    if (!except(pass, code, code, PAGE_SIZE, PAGING_EXECUTE))
        return false;
    for (uint32_t i = 0; i < space->image->segment_count; i++) {
        if (!except_segment(pass, &space->image->segments[i]))
            return false;
    }
    return except(pass, space->guard, space->guard, PAGE_SIZE, PAGING_NONE) &&
           except(pass, 0, 0, PAGE_SIZE, PAGING_NONE);
}

uint64_t kernel_space_pages(const struct kernel_space *space)
{
    struct pass pass = {.space = space};

    (void)except_all(&pass);
    return paging_identity_pages(space->features, space->identity_end) + pass.cost;
}

bool kernel_space_build(const struct kernel_space *space, void *pool, uint64_t pool_address,
                        uint64_t pool_pages, uint64_t *ret_root)
{
    struct paging paging;
    struct pass pass = {.space = space, .paging = &paging};

    if (!paging_identity(space->features, pool, pool_address, pool_pages, space->identity_end,
                         PAGING_WRITE, &paging) ||
        !except_all(&pass))
        return false;
    *ret_root = paging_root(&paging);
    return true;
}
