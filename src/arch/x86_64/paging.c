/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/x86_64/paging.h"

#include "core/base/mem.h"
#include "core/base/page.h"

#include <stddef.h>

/* Intel SDM volume 3, tables 4-14 to 4-20. */
#define ENTRY_PRESENT    (1ULL << 0)
#define ENTRY_WRITABLE   (1ULL << 1)
#define ENTRY_LARGE      (1ULL << 7) /* in a directory: a page, not a table */
#define ENTRY_NO_EXECUTE (1ULL << 63)
#define ENTRY_ADDRESS    0x000ffffffffff000ULL

#define ENTRIES      512U
#define PHYSICAL_END (1ULL << 52)

#define FOUR_GIB             (4 * PAGING_1G)
#define LIMIT_WITH_LARGE     (64ULL << 40)
#define LIMIT_WITHOUT_LARGE  (512ULL << 30)
#define CR4_LA57             (1ULL << 12)
#define CPUID_NO_EXECUTE     (1U << 20)
#define CPUID_GIGABYTE_PAGES (1U << 26)

/* What one entry of a table of `level` spans: 0 is 4 KiB, 1 is 2 MiB, 2 is 1 GiB, ... */
static uint64_t span_of_level(unsigned int level)
{
    return PAGE_SIZE << (9 * level);
}

/* Which entry of its table of `level` an address has. */
static uint64_t index_at(uint64_t virtual, unsigned int level)
{
    return virtual >> (12 + 9 * level) & (ENTRIES - 1);
}

static bool can_be_page(struct paging_features features, unsigned int level)
{
    return level <= 1 || (level == 2 && features.gigabyte_pages);
}

struct paging_features paging_features(uint64_t cr4, uint32_t cpuid_80000001_edx)
{
    return (struct paging_features){
        .levels = (cr4 & CR4_LA57) != 0 ? 5 : 4,
        .gigabyte_pages = (cpuid_80000001_edx & CPUID_GIGABYTE_PAGES) != 0,
        .no_execute = (cpuid_80000001_edx & CPUID_NO_EXECUTE) != 0,
    };
}

uint64_t paging_cost(struct paging_features features, uint64_t virtual, uint64_t physical,
                     uint64_t size)
{
    uint64_t last = virtual + (size - 1);
    uint64_t cost = 0;

    if (size == 0)
        return 0;
    for (unsigned int level = 1; level < features.levels; level++) {
        uint64_t span = span_of_level(level);
        uint64_t touched = last / span - virtual / span + 1;
        uint64_t partial = (virtual % span != 0 ? 1U : 0U) + ((last + 1) % span != 0 ? 1U : 0U);

        /* Blocks that one large page covers need no table; only those at the borders do. */
        if (can_be_page(features, level) && (virtual ^ physical) % span == 0 && partial < touched)
            cost += partial;
        else
            cost += touched;
    }
    return cost;
}

static uint64_t *table_at(const struct paging *paging, uint64_t address)
{
    return (uint64_t *)(void *)(paging->pool + (address - paging->pool_address));
}

/* Returns the new, empty table's address; 0: no page is left. */
static uint64_t add_table(struct paging *paging)
{
    uint64_t address = paging->pool_address + paging->used_pages * PAGE_SIZE;

    if (paging->used_pages == paging->pool_pages)
        return 0;
    paging->used_pages++;
    memset(table_at(paging, address), 0, PAGE_SIZE);
    return address;
}

/* `count` entries, one at least. */
static void fill(uint64_t *entries, uint64_t count, uint64_t first, uint64_t step)
{
    do {
        *entries++ = first;
        first += step;
    } while (--count != 0);
}

void paging_begin(struct paging_features features, void *pool, uint64_t pool_address,
                  uint64_t pool_pages, struct paging *ret_paging)
{
    *ret_paging = (struct paging){.features = features,
                                  .pool = (uint8_t *)pool,
                                  .pool_address = pool_address,
                                  .pool_pages = pool_pages};
    (void)add_table(ret_paging);
}

uint64_t paging_root(const struct paging *paging)
{
    return paging->pool_address;
}

static uint64_t page_entry(const struct paging *paging, uint64_t physical, unsigned int level,
                           enum memory_access access)
{
    uint64_t entry = physical | ENTRY_PRESENT;

    if (access == ACCESS_NONE)
        return 0;
    if (level > 0)
        entry |= ENTRY_LARGE;
    if ((access & ACCESS_WRITE) != 0)
        entry |= ENTRY_WRITABLE;
    if ((access & ACCESS_EXECUTE) == 0 && paging->features.no_execute)
        entry |= ENTRY_NO_EXECUTE;
    return entry;
}

/* Makes `entry` of a table of `level` point to a table: a new one, or the large page cut up. */
static bool deepen(struct paging *paging, uint64_t *entry, unsigned int level)
{
    uint64_t page = *entry;
    uint64_t table;

    if ((page & (ENTRY_PRESENT | ENTRY_LARGE)) == ENTRY_PRESENT)
        return true;
    table = add_table(paging);
    if (table == 0)
        return false;
    if (page != 0)
        fill(table_at(paging, table), ENTRIES, level == 1 ? page & ~ENTRY_LARGE : page,
             span_of_level(level - 1));
    *entry = table | ENTRY_PRESENT | ENTRY_WRITABLE; /* the pages below say what is allowed */
    return true;
}

/*
 * Maps pages of `level`, up to the end of `size` or of the table that the first one's entry is in,
 * where a larger page may be possible. The number of bytes mapped; 0: there is no room for a table.
 */
static uint64_t map_pages(struct paging *paging, uint64_t virtual, uint64_t physical, uint64_t size,
                          unsigned int level, enum memory_access access)
{
    uint64_t table = paging->pool_address;
    uint64_t span = span_of_level(level);
    uint64_t page = page_entry(paging, physical, level, access);
    uint64_t index = index_at(virtual, level);
    uint64_t count = size / PAGE_SIZE >> 9 * level;

    for (unsigned int at = paging->features.levels - 1U; at > level; at--) {
        uint64_t *entry = &table_at(paging, table)[index_at(virtual, at)];

        if (access == ACCESS_NONE && (*entry & ENTRY_PRESENT) == 0)
            return span;
        if (!deepen(paging, entry, at))
            return 0;
        table = *entry & ENTRY_ADDRESS;
    }
    if (count > ENTRIES - index)
        count = ENTRIES - index;
    fill(table_at(paging, table) + index, count, page, page == 0 ? 0 : span);
    return count * span;
}

static bool is_canonical(const struct paging *paging, uint64_t first, uint64_t last)
{
    unsigned int sign = 12 + 9U * paging->features.levels - 1;

    return first <= last && first >> sign == last >> sign &&
           (first >> sign == 0 || first >> sign == UINT64_MAX >> sign);
}

bool paging_map(struct paging *paging, uint64_t virtual, uint64_t physical, uint64_t size,
                enum memory_access access)
{
    if (access == ACCESS_NONE)
        physical = virtual % PHYSICAL_END; /* looked at for its alignment only */
    if (size == 0 || (virtual | physical | size) % PAGE_SIZE != 0 || size > PHYSICAL_END ||
        physical > PHYSICAL_END - size || !is_canonical(paging, virtual, virtual + (size - 1)))
        return false;
    while (size > 0) {
        unsigned int level = 2;
        uint64_t done;

        while (level > 0 && (!can_be_page(paging->features, level) ||
                             ((virtual | physical) & (span_of_level(level) - 1)) != 0 ||
                             size < span_of_level(level)))
            level--;
        done = map_pages(paging, virtual, physical, size, level, access);
        if (done == 0)
            return false;
        virtual += done;
        physical += done;
        size -= done;
    }
    return true;
}

uint64_t paging_identity_limit(struct paging_features features, uint64_t memory_end)
{
    uint64_t most = features.gigabyte_pages ? LIMIT_WITH_LARGE : LIMIT_WITHOUT_LARGE;

    if (memory_end <= FOUR_GIB)
        return FOUR_GIB;
    if (memory_end >= most)
        return most;
    return (memory_end + PAGING_2M - 1) & ~(PAGING_2M - 1);
}

/* Below 4 GiB memory and devices lie close together, and a page over two memory types of the MTRRs
 * has undefined behaviour (Intel SDM volume 3, 12.11.9): no 1 GiB pages there. */
static struct paging_features low_features(struct paging_features features)
{
    features.gigabyte_pages = false;
    return features;
}

uint64_t paging_identity_pages(struct paging_features features, uint64_t limit)
{
    uint64_t low = limit < FOUR_GIB ? limit : FOUR_GIB;

    uint64_t pages = 1 + paging_cost(low_features(features), 0, 0, low);

    if (limit == low)
        return pages;
    /* Both parts have counted the tables that lead to the first 512 GiB. */
    return pages + paging_cost(features, low, low, limit - low) - (features.levels - 3U);
}

bool paging_identity(struct paging_features features, void *pool, uint64_t pool_address,
                     uint64_t pool_pages, uint64_t limit, enum memory_access access,
                     struct paging *ret_paging)
{
    uint64_t low = limit < FOUR_GIB ? limit : FOUR_GIB;

    paging_begin(low_features(features), pool, pool_address, pool_pages, ret_paging);
    if (!paging_map(ret_paging, 0, 0, low, access))
        return false;
    ret_paging->features = features;
    return limit == low || paging_map(ret_paging, low, low, limit - low, access);
}
