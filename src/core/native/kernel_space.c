/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/kernel_space.h"

#include "core/base/page.h"

/* The exceptions to the identity map. Their number is bounded by those of what they are made of. */
struct list {
    struct address_range *ranges;
    uint32_t count;
};

static void add(struct list *list, uint64_t virtual, uint64_t physical, uint64_t size,
                enum memory_access access)
{
    list->ranges[list->count++] = (struct address_range){virtual, physical, size, access};
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(PAGE_SIZE - 1);
}

static void add_segment(struct list *list, const struct kernel_space *space,
                        const struct elf_segment *segment)
{
    uint64_t start = page_of(segment->address);
    uint64_t size = pages_for(segment->address - start + segment->memory_size) * PAGE_SIZE;
    uint64_t physical = space->physical + (start - space->image->start);
    enum memory_access access = segment->writable ? ACCESS_WRITE : ACCESS_READ;

    /* What is read-only in the upper half cannot be written through its identity mapping either.
     */
    if (space->image->upper_half)
        add(list, physical, physical, size, access);
    if (segment->executable)
        access |= ACCESS_EXECUTE;
    add(list, start + space->slide, physical, size, access);
}

void kernel_space_ranges(const struct kernel_space *space,
                         struct address_range ranges[KERNEL_SPACE_RANGES_MAX],
                         struct address_space *ret_space)
{
    struct list list = {.ranges = ranges};
    uint64_t code = page_of(space->entry_code);

    if (space->framebuffer_end > space->identity_end)
        add(&list, space->framebuffer_start, space->framebuffer_start,
            space->framebuffer_end - space->framebuffer_start, ACCESS_WRITE | ACCESS_UNCACHED);
    /* Registers are not cached: the MTRRs say so, whatever the firmware's PAT calls its first
     * entry. */
    for (uint32_t i = 0; i < space->runtime_regions.count; i++) {
        uint64_t start = space->runtime_regions.region[i].start;

        add(&list, start, start, space->runtime_regions.region[i].end - start, ACCESS_WRITE);
    }
    for (uint32_t i = 0; i < space->runtime_code.count; i++) {
        uint64_t start = space->runtime_code.ranges[i].start;

        add(&list, start, start, space->runtime_code.ranges[i].end - start, ACCESS_EXECUTE);
    }
    add(&list, code, code, PAGE_SIZE, ACCESS_EXECUTE);
    for (uint32_t i = 0; i < space->image->segment_count; i++)
        add_segment(&list, space, &space->image->segments[i]);
    add(&list, space->guard, 0, PAGE_SIZE, ACCESS_NONE);
    add(&list, 0, 0, PAGE_SIZE, ACCESS_NONE);
    *ret_space = (struct address_space){.identity_end = space->identity_end,
                                        .identity = ACCESS_WRITE,
                                        .ranges = ranges,
                                        .range_count = list.count};
}
