/* SPDX-License-Identifier: BSD-2-Clause */
/* The address space that include/baton-handoff.h promises on x86-64: all of memory, up to an end.
 */
#include "boot/native/native_loading.h"

#include "core/base/page.h"
#include "core/native/kernel_space.h"

bool native_build_space(struct native_loading *loading, struct entry_state *entry)
{
    const struct explanation no_nx =
        because("the processor does not offer to forbid execution (NX)",
                "turn on \"Execute Disable\" in the firmware's setup");
    const struct boot *boot = loading->boot;
    struct baton_handoff *handoff = loading->state->handoff;
    struct kernel_space space = {
        .image = &loading->image,
        .physical = loading->physical,
        .slide = loading->slide,
        .guard = loading->stack,
        .entry_code = (uintptr_t)arch_enter_start,
    };
    struct address_range ranges[KERNEL_SPACE_RANGES_MAX];
    struct address_space mapped;
    uint64_t end = boot->memory_end > loading->highest ? boot->memory_end : loading->highest;
    uint64_t pages;
    uint64_t pool;
    efi_status status;

    if (!arch_no_execute())
        return native_fail(loading, "preparing", no_nx, 0);
    (void)native_framebuffer_pages(&boot->environment.framebuffer, &space.framebuffer_start,
                                   &space.framebuffer_end);
    space.identity_end = arch_identity_end(end);
    space.runtime_code = native_runtime_code(loading);
    space.runtime_regions = boot->runtime_regions;
    kernel_space_ranges(&space, ranges, &mapped);
    pages = arch_space_pages(&mapped);
    status = native_take(loading, pages * PAGE_SIZE, 0, &pool);
    if (status != 0 || loading->highest > space.identity_end ||
        !arch_space_build(&mapped, (void *)(uintptr_t)pool, pages, &entry->address_space))
        return boot_fail_room(loading->boot, status);
    loading->state->runtime_is_mapped = space.runtime_code.count != 0;
    loading->state->runtime_regions = boot->runtime_regions;
    handoff->identity_end = space.identity_end;
    handoff->page_tables = entry->address_space;
    return native_hold(loading, pool, pages * PAGE_SIZE, BATON_MEMORY_PAGE_TABLES);
}

bool native_runtime_is_mapped(const struct native_state *state, const struct memory_map *map)
{
    return runtime_regions_cover(&state->runtime_regions, state->handoff->identity_end, map);
}
