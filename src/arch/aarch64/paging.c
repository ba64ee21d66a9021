/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/aarch64/paging.h"

#include "core/base/mem.h"
#include "core/base/page.h"

#include <stddef.h>

/* Arm ARM, D8.3, VMSAv8-64 descriptors of stage 1. */
#define ENTRY_VALID     (1ULL << 0)
#define ENTRY_TABLE     (1ULL << 1) /* a table; in the last level a page */
#define ENTRY_ATTRIBUTE 2U          /* AttrIndx */
#define ENTRY_READ_ONLY (1ULL << 7) /* AP[2] */
#define ENTRY_INNER     (3ULL << 8) /* SH: inner shareable */
#define ENTRY_ACCESSED  (1ULL << 10)
#define ENTRY_PXN       (1ULL << 53)
#define ENTRY_UXN       (1ULL << 54)
#define ENTRY_ADDRESS   0x0000fffffffff000ULL

#define ENTRIES      512U
#define ROOT_LEVEL   3U
#define BLOCK_LEVEL  2U /* the highest that has blocks: 1 GiB */
#define PHYSICAL_END (1ULL << 48)
#define UPPER        (UINT64_MAX << 48)

/* What one entry of a table of `level` spans: 0 is 4 KiB, 1 is 2 MiB, 2 is 1 GiB, 3 is 512 GiB. */
static uint64_t span_of_level(unsigned int level)
{
    return PAGE_SIZE << (9 * level);
}

static uint64_t index_at(uint64_t virtual, unsigned int level)
{
    return virtual >> (12 + 9 * level) & (ENTRIES - 1);
}

uint64_t paging_cost(const struct address_range *range)
{
    uint64_t last = range->virtual + (range->size - 1);
    uint64_t cost = 0;

    for (unsigned int level = 1; range->size != 0 && level <= ROOT_LEVEL; level++) {
        uint64_t span = span_of_level(level);
        uint64_t touched = last / span - range->virtual / span + 1;
        uint64_t partial =
            (range->virtual % span != 0 ? 1U : 0U) + ((last + 1) % span != 0 ? 1U : 0U);

        /* What one block covers needs no table; only those at the borders do. */
        if (level <= BLOCK_LEVEL && (range->virtual ^ range->physical) % span == 0 &&
            partial < touched)
            cost += partial;
        else
            cost += touched;
    }
    return cost;
}

/* The new, empty table; NULL: no page is left. */
static uint64_t *add_table(struct paging *paging)
{
    uint64_t *table = paging->pool + paging->used_pages * ENTRIES;

    if (paging->used_pages == paging->pool_pages)
        return NULL;
    paging->used_pages++;
    memset(table, 0, PAGE_SIZE);
    return table;
}

/* `count` entries, one at least. */
static void fill(uint64_t *entries, uint64_t count, uint64_t first, uint64_t step)
{
    do {
        *entries++ = first;
        first += step;
    } while (--count != 0);
}

void paging_begin(void *pool, uint64_t pages, struct paging *ret_paging)
{
    *ret_paging = (struct paging){.pool = pool, .pool_pages = pages};
    for (unsigned int i = 0; i < PAGING_ROOTS; i++)
        (void)add_table(ret_paging);
}

static uint64_t page_entry(uint64_t physical, unsigned int level, enum memory_access access)
{
    uint64_t entry = physical | ENTRY_VALID | ENTRY_ACCESSED | ENTRY_INNER | ENTRY_UXN;

    if (access == ACCESS_NONE)
        return 0;
    if (level == 0)
        entry |= ENTRY_TABLE;
    if ((access & ACCESS_DEVICE) != 0)
        entry |= PAGING_DEVICE << ENTRY_ATTRIBUTE;
    if ((access & ACCESS_UNCACHED) != 0)
        entry |= PAGING_STREAM << ENTRY_ATTRIBUTE;
    if ((access & ACCESS_WRITE) == 0)
        entry |= ENTRY_READ_ONLY;
    if ((access & ACCESS_EXECUTE) == 0)
        entry |= ENTRY_PXN;
    return entry;
}

/* The table that `entry` of one of `level` leads to: a new one, or the block cut up. */
static uint64_t *deepen(struct paging *paging, uint64_t *entry, unsigned int level)
{
    uint64_t block = *entry;
    uint64_t *table;

    if ((block & ENTRY_TABLE) != 0)
        return (uint64_t *)(uintptr_t)(block & ENTRY_ADDRESS);
    table = add_table(paging);
    if (table == NULL)
        return NULL;
    if (block != 0)
        fill(table, ENTRIES, level == 1 ? block | ENTRY_TABLE : block, span_of_level(level - 1));
    *entry = (uintptr_t)table | ENTRY_VALID | ENTRY_TABLE; /* what is below says what is allowed */
    return table;
}

/*
 * Maps pages of `level`, up to the end of `size` or of the table that the first one's entry is in.
 * The number of bytes mapped; 0: there is no room for a table.
 */
static uint64_t map_pages(struct paging *paging, const struct address_range *range,
                          unsigned int level)
{
    uint64_t *table = paging->pool + (range->virtual >= UPPER ? ENTRIES : 0);
    uint64_t span = span_of_level(level);
    uint64_t page = page_entry(range->physical, level, range->access);
    uint64_t index = index_at(range->virtual, level);
    uint64_t count = range->size / PAGE_SIZE >> 9 * level;

    for (unsigned int at = ROOT_LEVEL; at > level; at--) {
        uint64_t *entry = &table[index_at(range->virtual, at)];

        if (page == 0 && *entry == 0)
            return span;
        table = deepen(paging, entry, at);
        if (table == NULL)
            return 0;
    }
    if (count > ENTRIES - index)
        count = ENTRIES - index;
    fill(table + index, count, page, page == 0 ? 0 : span);
    return count * span;
}

bool paging_map(struct paging *paging, const struct address_range *range)
{
    struct address_range rest = *range;
    uint64_t last = range->virtual + (range->size - 1);

    if (range->access == ACCESS_NONE)
        rest.physical = rest.virtual & ~UPPER; /* looked at for its alignment only */
    if (rest.size == 0 || (rest.virtual | rest.physical | rest.size) % PAGE_SIZE != 0 ||
        rest.size > PHYSICAL_END || rest.physical > PHYSICAL_END - rest.size ||
        last < rest.virtual || (last >= PHYSICAL_END && rest.virtual < UPPER))
        return false;
    while (rest.size > 0) {
        unsigned int level = BLOCK_LEVEL;
        uint64_t done;

        while (level > 0 && (((rest.virtual | rest.physical) & (span_of_level(level) - 1)) != 0 ||
                             rest.size < span_of_level(level)))
            level--;
        done = map_pages(paging, &rest, level);
        if (done == 0)
            return false;
        rest.virtual += done;
        rest.physical += done;
        rest.size -= done;
    }
    return true;
}
