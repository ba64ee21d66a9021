/* SPDX-License-Identifier: BSD-2-Clause */
/* The page tables at entry, entry by entry (baton-handoff.h, 3). */
#include "../check.h"

#define PRESENT    (1ULL << 0)
#define WRITABLE   (1ULL << 1)
#define USER       (1ULL << 2)
#define LARGE      (1ULL << 7)
#define NO_EXECUTE (1ULL << 63)
#define ADDRESS    0x000ffffffffff000ULL

static unsigned int levels(void)
{
    return (entry_registers.cr4 & (1 << 12)) != 0 ? 5 : 4;
}

struct translation translate(uint64_t virtual)
{
    struct translation t = {.writable = true, .executable = true, .user = true};
    uint64_t table = entry_registers.cr3 & ADDRESS;

    for (unsigned int level = levels(); level-- > 0;) {
        uint64_t entry = ((const uint64_t *)at(table))[(virtual >> (12 + 9 * level)) % 512];

        if ((entry & PRESENT) == 0)
            return (struct translation){0};
        t.writable = t.writable && (entry & WRITABLE) != 0;
        t.executable = t.executable && (entry & NO_EXECUTE) == 0;
        t.user = t.user && (entry & USER) != 0;
        if (level == 0 || (level < 3 && (entry & LARGE) != 0)) {
            t.present = true;
            t.size = PAGE << (9 * level);
            t.physical = (entry & ADDRESS & ~(t.size - 1)) + virtual % t.size;
            return t;
        }
        table = entry & ADDRESS;
    }
    return t;
}

struct survey {
    const struct baton_handoff *handoff;
    uint64_t pages;        /* leaves, of any size */
    uint64_t loader_pages; /* 4 KiB, executable, of Baton */
    bool writable_executable;
    bool user;
    bool foreign_code;    /* executable, but not kernel, Baton or runtime code */
    bool not_identity;    /* in the lower half */
    bool table_elsewhere; /* a table that the memory map does not call one */
    bool odd_cache;       /* a cache attribute other than the default */
};

static void survey_leaf(struct survey *survey, uint64_t virtual, uint64_t entry, uint64_t size)
{
    uint64_t physical = entry & ADDRESS & ~(size - 1);
    bool executable = (entry & NO_EXECUTE) == 0;
    uint32_t type;

    survey->pages++;
    if (executable && (entry & WRITABLE) != 0)
        survey->writable_executable = true;
    if ((entry & USER) != 0)
        survey->user = true;
    if ((entry & 0x18) != 0 || (size > PAGE ? (entry & 0x1000) != 0 : (entry & LARGE) != 0))
        survey->odd_cache = true;
    if (virtual < 1ULL << 47 && virtual != physical)
        survey->not_identity = true;
    if (!executable)
        return;
    type = region_type(survey->handoff, physical);
    if (type == BATON_MEMORY_LOADER)
        survey->loader_pages += size / PAGE;
    else if ((type != BATON_MEMORY_KERNEL && type != BATON_MEMORY_RUNTIME_CODE) ||
             !is_all(survey->handoff, physical, size, type))
        survey->foreign_code = true;
}

/* Depth is at most 5. */
static void survey_table(struct survey *survey, uint64_t table, unsigned int level, uint64_t first)
{
    const uint64_t *entries = at(table);
    uint64_t span = PAGE << (9 * level);

    if (region_type(survey->handoff, table) != BATON_MEMORY_PAGE_TABLES)
        survey->table_elsewhere = true;
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t virtual = first + i * span;

        if (level == levels() - 1 && i >= 256)
            virtual |= ~((span << 9) - 1);
        if ((entries[i] & PRESENT) == 0)
            continue;
        if (level == 0 || (level < 3 && (entries[i] & LARGE) != 0))
            survey_leaf(survey, virtual, entries[i], span);
        else
            survey_table(survey, entries[i] & ADDRESS, level - 1, virtual);
    }
}

static bool is_identity_whole(const struct baton_handoff *handoff)
{
    uint64_t guard = handoff->stack.address - PAGE;
    uint64_t next = PAGE;

    while (next < handoff->identity_end) {
        struct translation t = translate(next);

        if (next == guard)
            next += PAGE;
        else if (!t.present || t.physical != next)
            return false;
        else
            next = (next & ~(t.size - 1)) + t.size;
    }
    return true;
}

/* All memory that somebody owns or can have, up to identity_end. */
static bool is_memory_mapped(const struct baton_handoff *handoff)
{
    for (uint32_t i = 0; i < handoff->memory.count; i++) {
        const struct baton_region *region =
            at(handoff->memory.address + (uint64_t)i * handoff->memory.stride);
        uint64_t end = region->address + region->size;

        if (region->address >= handoff->identity_end || region->address == 0 ||
            region->type == BATON_MEMORY_LOADER)
            continue;
        if (end > handoff->identity_end)
            end = handoff->identity_end;
        if (!is_mapped_to_itself(region->address, end - region->address))
            return false;
    }
    return true;
}

void check_page_tables(const struct baton_handoff *handoff)
{
    struct survey survey = {.handoff = handoff};

    put("page tables\n");
    survey_table(&survey, entry_registers.cr3 & ADDRESS, levels() - 1, 0);
    put("        ");
    put_decimal(levels());
    put(" levels, ");
    put_decimal(survey.pages);
    put(" pages, identity map to ");
    put_hex(handoff->identity_end);
    put("\n");
    check(!survey.writable_executable, "nothing is both writable and executable");
    check(!survey.user, "nothing is for user mode");
    check(!survey.odd_cache, "everything is cached as the MTRRs say");
    check(!survey.not_identity, "in the lower half virtual equals physical");
    check(!survey.table_elsewhere, "the memory map knows every page table");
    check(survey.loader_pages == 1, "one page of Baton is executable");
    check(!survey.foreign_code, "else only kernel and runtime code are executable");
    check(!translate(0).present, "page 0 is not mapped");
    check(handoff->identity_end >= 1ULL << 32, "the identity map reaches 4 GiB");
    check(is_identity_whole(handoff), "from page 1 on only the page below the stack is missing");
    check(is_memory_mapped(handoff), "all memory is mapped");
    check_segments_mapped(handoff);
}
