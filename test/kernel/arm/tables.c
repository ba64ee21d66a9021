/* SPDX-License-Identifier: BSD-2-Clause */
/* The page tables at entry, entry by entry, against the firmware's map (baton-handoff.h, 3.2). */
#include "../check.h"

#define VALID     (1ULL << 0)
#define TABLE     (1ULL << 1)
#define USER      (1ULL << 6) /* AP[1] */
#define READ_ONLY (1ULL << 7) /* AP[2] */
#define SHARED    (3ULL << 8)
#define INNER     (3ULL << 8)
#define ACCESSED  (1ULL << 10)
#define NOT_ALL   (1ULL << 11) /* nG */
#define PXN       (1ULL << 53)
#define UXN       (1ULL << 54)
#define ADDRESS   0x0000fffffffff000ULL
#define UPPER     (UINT64_MAX << 48)

/* What the kernel itself has added for its serial port. */
#define PORT_VIRTUAL 0xffff800000000000ULL

/* AttrIndx, as MAIR_EL1 has them. */
enum kind { CACHED, DEVICE, STREAM, NOTHING };

static enum kind kind_of(uint64_t entry)
{
    return (enum kind)(entry >> 2 & 7);
}

static uint64_t root_of(uint64_t virtual)
{
    return (virtual >= UPPER ? entry_registers.ttbr1 : entry_registers.ttbr0) & ADDRESS;
}

static struct translation find(uint64_t virtual, uint64_t *ret_entry)
{
    uint64_t table = root_of(virtual);

    *ret_entry = 0;
    for (unsigned int level = 4; level-- > 0;) {
        uint64_t entry = ((const uint64_t *)at(table))[(virtual >> (12 + 9 * level)) % 512];

        if ((entry & VALID) == 0)
            return (struct translation){0};
        if (level == 0 || (entry & TABLE) == 0) {
            uint64_t size = PAGE << (9 * level);

            *ret_entry = entry;
            return (struct translation){.present = true,
                                        .writable = (entry & READ_ONLY) == 0,
                                        .executable = (entry & PXN) == 0,
                                        .user = (entry & USER) != 0 || (entry & UXN) == 0,
                                        .physical =
                                            (entry & ADDRESS & ~(size - 1)) + virtual % size,
                                        .size = size};
        }
        table = entry & ADDRESS;
    }
    return (struct translation){0};
}

struct translation translate(uint64_t virtual)
{
    uint64_t entry;

    return find(virtual, &entry);
}

/* EFI_MEMORY_DESCRIPTOR */
struct descriptor {
    uint32_t type;
    uint32_t padding;
    uint64_t address;
    uint64_t virtual;
    uint64_t pages;
    uint64_t attribute;
};

static const struct descriptor *descriptor_at(const struct baton_handoff *handoff, uint64_t offset)
{
    return at(handoff->efi_map.address + offset);
}

/* What a descriptor is to be mapped as. */
static enum kind wanted(const struct descriptor *descriptor)
{
    uint32_t type = descriptor->type;

    if ((descriptor->attribute & 8) != 0 &&
        ((type >= 1 && type <= 7) || type == 9 || type == 10 || type == 14))
        return CACHED;
    return descriptor->attribute >> 63 != 0 ? DEVICE : NOTHING;
}

/* Is all of that the firmware's to map so, or the framebuffer's? */
static bool is_of_kind(const struct baton_handoff *handoff, uint64_t address, uint64_t size,
                       enum kind kind)
{
    const struct baton_framebuffer *screen = at(handoff->framebuffers.address);
    uint64_t end = address + size;

    if (kind == STREAM)
        return handoff->framebuffers.count != 0 && address >= (screen->address & ~(PAGE - 1)) &&
               end <= ((screen->address + screen->size + PAGE - 1) & ~(PAGE - 1));
    while (address < end) {
        uint64_t next = 0;

        for (uint64_t offset = 0; offset < handoff->efi_map.size && next == 0;
             offset += handoff->efi_descriptor_size) {
            const struct descriptor *d = descriptor_at(handoff, offset);

            if (address >= d->address && address - d->address < d->pages * PAGE &&
                wanted(d) == kind)
                next = d->address + d->pages * PAGE;
        }
        if (next == 0)
            return false;
        address = next;
    }
    return true;
}

struct survey {
    const struct baton_handoff *handoff;
    uint64_t pages;        /* leaves, of any size */
    uint64_t loader_pages; /* 4 KiB, executable, of Baton */
    uint64_t kept_pages;   /* likewise, that are not free for good */
    bool writable_executable;
    bool user;
    bool odd_bits;        /* AF, nG, shareability */
    bool foreign_code;    /* executable, but not kernel, Baton or runtime code */
    bool not_identity;    /* in the lower half */
    bool not_kernel;      /* in the upper half */
    bool table_elsewhere; /* a table that the memory map does not call one */
    bool odd_kind;        /* mapped as what the firmware does not say that it is */
};

static void survey_leaf(struct survey *survey, uint64_t virtual, uint64_t entry, uint64_t size)
{
    uint64_t physical = entry & ADDRESS & ~(size - 1);
    bool executable = (entry & PXN) == 0;
    uint32_t type;

    survey->pages++;
    if (executable && (entry & READ_ONLY) == 0)
        survey->writable_executable = true;
    if ((entry & USER) != 0 || (entry & UXN) == 0)
        survey->user = true;
    if ((entry & (SHARED | ACCESSED | NOT_ALL)) != (INNER | ACCESSED))
        survey->odd_bits = true;
    if (!is_of_kind(survey->handoff, physical, size, kind_of(entry)))
        survey->odd_kind = true;
    if (virtual < UPPER && virtual != physical)
        survey->not_identity = true;
    if (virtual >= UPPER && !is_all(survey->handoff, physical, size, BATON_MEMORY_KERNEL))
        survey->not_kernel = true;
    if (!executable)
        return;
    type = region_type(survey->handoff, physical);
    if (type == BATON_MEMORY_LOADER)
        survey->loader_pages += size / PAGE;
    else if (type == BATON_MEMORY_RESERVED && is_kept(physical))
        survey->kept_pages += size / PAGE;
    else if ((type != BATON_MEMORY_KERNEL && type != BATON_MEMORY_RUNTIME_CODE) ||
             !is_all(survey->handoff, physical, size, type))
        survey->foreign_code = true;
}

/* Depth is at most 4. */
static void survey_table(struct survey *survey, uint64_t table, unsigned int level, uint64_t first)
{
    const uint64_t *entries = at(table);
    uint64_t span = PAGE << (9 * level);

    if (region_type(survey->handoff, table) != BATON_MEMORY_PAGE_TABLES)
        survey->table_elsewhere = true;
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t virtual = first + i * span;

        if ((entries[i] & VALID) == 0 || virtual == PORT_VIRTUAL)
            continue;
        if (level == 0 || (entries[i] & TABLE) == 0)
            survey_leaf(survey, virtual, entries[i], span);
        else
            survey_table(survey, entries[i] & ADDRESS, level - 1, virtual);
    }
}

/* Each page of one descriptor, but those that are to fault, is mapped as what the firmware says. */
static bool is_descriptor_mapped(const struct baton_handoff *handoff, const struct descriptor *d)
{
    const struct baton_framebuffer *screen = at(handoff->framebuffers.address);
    uint64_t end = d->address + d->pages * PAGE;
    uint64_t next = d->address;

    if (wanted(d) == NOTHING)
        return true;
    while (next < end) {
        uint64_t entry;
        struct translation t = find(next, &entry);

        if (next == 0 || next == handoff->stack.address - PAGE) {
            next += PAGE;
            continue;
        }
        if (screen != NULL && next - screen->address < screen->size) {
            next = screen->address + screen->size;
            continue;
        }
        if (!t.present || t.physical != next || kind_of(entry) != wanted(d)) {
            put("        not so: ");
            put_hex(next);
            put("\n");
            return false;
        }
        next = (next & ~(t.size - 1)) + t.size;
    }
    return true;
}

static bool is_memory_mapped(const struct baton_handoff *handoff)
{
    for (uint64_t offset = 0; offset < handoff->efi_map.size;
         offset += handoff->efi_descriptor_size)
        if (!is_descriptor_mapped(handoff, descriptor_at(handoff, offset)))
            return false;
    return true;
}

/* identity_end is where the highest such descriptor ends. */
static bool is_end_right(const struct baton_handoff *handoff)
{
    uint64_t highest = 0;

    for (uint64_t offset = 0; offset < handoff->efi_map.size;
         offset += handoff->efi_descriptor_size) {
        const struct descriptor *d = descriptor_at(handoff, offset);

        if (wanted(d) != NOTHING && d->address + d->pages * PAGE > highest)
            highest = d->address + d->pages * PAGE;
    }
    return handoff->identity_end == highest;
}

void check_page_tables(const struct baton_handoff *handoff)
{
    struct survey survey = {.handoff = handoff};

    put("page tables\n");
    survey_table(&survey, root_of(0), 3, 0);
    survey_table(&survey, root_of(UPPER), 3, UPPER);
    put("        ");
    put_decimal(survey.pages);
    put(" pages, identity map to ");
    put_hex(handoff->identity_end);
    put("\n");
    check(!survey.writable_executable, "nothing is both writable and executable");
    check(!survey.user, "nothing is for user mode");
    check(!survey.odd_bits, "everything is accessed, global and inner shareable");
    check(!survey.odd_kind, "everything is cached as the firmware's map says");
    check(!survey.not_identity, "in the lower half virtual equals physical");
    check(!survey.not_kernel, "in the upper half there is the kernel and nothing else");
    check(!survey.table_elsewhere, "the memory map knows every page table");
    check(survey.loader_pages == 1, "one page of Baton is executable");
    check(survey.kept_pages == 1, "one page of vectors is executable");
    check(!survey.foreign_code, "else only kernel and runtime code are executable");
    check(!translate(0).present, "page 0 is not mapped");
    check(is_memory_mapped(handoff), "all memory, and what runtime services need, is mapped");
    check(is_end_right(handoff), "identity_end is the end of it");
    check_segments_mapped(handoff);
}
