/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/arena.h"

#include "core/base/checked.h"
#include "core/base/page.h"
#include "efi/pages.h"

#include <stddef.h>

#define ALIGNMENT 16ULL

/* Each chunk is twice the one before: a thousand large entries must not use up all leases. */
static bool add_chunk(struct arena *arena, uint64_t size)
{
    uint64_t address;

    if (size < arena->chunk_size)
        size = arena->chunk_size;
    if (pages_take(arena->firmware, MEMORY_LOADER_DATA, size, &address) != 0)
        return false;
    arena->chunk_size *= 2;
    arena->next = address;
    arena->end = address + pages_for(size) * PAGE_SIZE;
    return true;
}

void *arena_take(struct arena *arena, uint64_t size)
{
    uint64_t rounded;
    void *piece;

    if (!checked_align_up(size, ALIGNMENT, &rounded))
        return NULL;
    if (rounded > arena->end - arena->next && !add_chunk(arena, rounded))
        return NULL;
    piece = (void *)(uintptr_t)arena->next;
    arena->next += rounded;
    return piece;
}
