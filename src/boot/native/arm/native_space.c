/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What include/baton-handoff.h promises on AArch64 alone: an address space of ranges, each as the
 * firmware's map says it, the device tree, and the processor.
 */
#include "boot/native/native_loading.h"

#include "arch/arm_entry.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/memory/identity_ranges.h"
#include "core/native/kernel_space.h"
#include "efi/linux/tree/firmware_tree.h"

/* Translation has 48 bits. */
#define IDENTITY_LIMIT (1ULL << 48)

/* The identity map of the map that the boot began with, in front of room for all that is mapped
 * besides. */
static efi_status map_identity(struct native_loading *loading, struct address_range **ret_ranges)
{
    struct native_state *state = loading->state;
    const struct memory_map *map = &loading->boot->map;
    size_t most = identity_ranges_max(memory_map_count(map));
    uint64_t address;
    efi_status status =
        native_take(loading, (most + KERNEL_SPACE_RANGES_MAX) * sizeof(**ret_ranges), 0, &address);

    if (status != 0)
        return status;
    *ret_ranges = (struct address_range *)(uintptr_t)address;
    state->identity = *ret_ranges;
    if (most <= state->event_capacity)
        state->identity_count =
            identity_ranges(map, IDENTITY_LIMIT, state->events, state->scratch, *ret_ranges);
    return 0;
}

/* The firmware's tree, where the kernel is told of it: what is its may be free memory soon. */
static bool copy_tree(struct native_loading *loading)
{
    struct span tree = firmware_tree(loading->boot->firmware);
    uint64_t size = pages_for(tree.size) * PAGE_SIZE;
    uint64_t address;
    efi_status status;

    if (tree.size == 0)
        return true;
    status = native_take(loading, size, 0, &address);
    if (status != 0)
        return boot_fail_room(loading->boot, status);
    memcpy((void *)(uintptr_t)address, tree.data, tree.size);
    loading->state->handoff->device_tree =
        (struct baton_range){.address = address, .size = tree.size};
    return native_hold(loading, address, size, BATON_MEMORY_HANDOFF);
}

/* Is all that Baton has taken for the kernel mapped? */
static bool covers_holdings(const struct native_state *state)
{
    for (uint32_t i = 0; i < state->holdings.count; i++)
        if (!identity_covers(state->identity, state->identity_count, state->holdings.held[i].start,
                             state->holdings.held[i].end))
            return false;
    return true;
}

static bool build(struct native_loading *loading, const struct kernel_space *space,
                  struct address_range *ranges, struct entry_state *entry)
{
    const struct explanation odd_map =
        because("the firmware's memory map does not say that its memory can be cached",
                "update the firmware");
    struct native_state *state = loading->state;
    struct address_space mapped;
    uint64_t pages;
    uint64_t pool;
    efi_status status;

    kernel_space_ranges(space, ranges + state->identity_count, &mapped);
    mapped.ranges = ranges;
    mapped.range_count += (uint32_t)state->identity_count;
    pages = arch_space_pages(&mapped);
    status = native_take(loading, pages * PAGE_SIZE, 0, &pool);
    if (status != 0 ||
        !arch_space_build(&mapped, (void *)(uintptr_t)pool, pages, &entry->address_space))
        return boot_fail_room(loading->boot, status);
    if (!native_hold(loading, pool, ARCH_VECTORS_SIZE, BATON_MEMORY_RESERVED) ||
        !native_hold(loading, pool + ARCH_VECTORS_SIZE, pages * PAGE_SIZE - ARCH_VECTORS_SIZE,
                     BATON_MEMORY_PAGE_TABLES))
        return false;
    return covers_holdings(state) || native_fail(loading, "preparing", odd_map, 0);
}

bool native_build_space(struct native_loading *loading, struct entry_state *entry)
{
    const struct explanation no_pages =
        because("the processor has no pages of 4 KiB", "use another processor");
    const struct boot *boot = loading->boot;
    struct native_state *state = loading->state;
    struct baton_handoff *handoff = state->handoff;
    struct kernel_space space = {
        .image = &loading->image,
        .physical = loading->physical,
        .slide = loading->slide,
        .guard = loading->stack,
        .entry_code = (uintptr_t)arch_enter_start,
    };
    struct address_range *ranges;
    efi_status status;

    if (!arch_page_size(PAGE_SIZE))
        return native_fail(loading, "preparing", no_pages, 0);
    if (!copy_tree(loading))
        return false;
    status = map_identity(loading, &ranges);
    if (status != 0)
        return boot_fail_room(loading->boot, status);
    (void)native_framebuffer_pages(&boot->environment.framebuffer, &space.framebuffer_start,
                                   &space.framebuffer_end);
    space.runtime_code = native_runtime_code(loading);
    if (!build(loading, &space, ranges, entry))
        return false;
    entry->argument_size = handoff->total_size;
    entry->level = arch_entry_level((loading->wishes.flags & BATON_NOTE_KEEP_EL2) != 0);
    state->runtime_is_mapped = space.runtime_code.count != 0;
    ranges += state->identity_count - 1;
    handoff->identity_end = ranges->virtual + ranges->size;
    handoff->page_tables = entry->address_space;
    handoff->processor = arch_processor();
    handoff->privilege = entry->level;
    return true;
}

bool native_runtime_is_mapped(const struct native_state *state, const struct memory_map *map)
{
    return identity_covers_runtime(state->identity, state->identity_count, map);
}
