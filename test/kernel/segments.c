/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own pages in the page tables at entry, whatever these look like (baton-handoff.h,
 * 3). */
#include "check.h"

bool is_mapped_to_itself(uint64_t address, uint64_t size)
{
    uint64_t next = address;

    while (next < address + size) {
        struct translation t = translate(next);

        if (!t.present || t.physical != next)
            return false;
        next = (next & ~(t.size - 1)) + t.size;
    }
    return true;
}

bool is_segment(const uint8_t *start, const uint8_t *end, bool writable, bool executable)
{
    for (uint64_t page = (uintptr_t)start & ~(PAGE - 1); page < (uintptr_t)end; page += PAGE) {
        struct translation t = translate(page);

        if (!t.present || t.writable != writable || t.executable != executable)
            return false;
    }
    return true;
}

/* Where a kernel of the upper half is in memory, it must not be open either. */
static bool is_alias_closed(const struct baton_handoff *handoff)
{
    uint64_t offset = handoff->kernel_physical - handoff->kernel_virtual;

    for (const uint8_t *byte = text_start; byte < rodata_end; byte += PAGE) {
        struct translation t = translate((uintptr_t)byte + offset);

        if (!t.present || t.writable || (t.executable && offset != 0))
            return false;
    }
    return true;
}

void check_segments_mapped(const struct baton_handoff *handoff)
{
    check(is_segment(text_start, text_end, false, true), "the kernel's code is R-X");
    check(is_segment(rodata_start, rodata_end, false, false), "the kernel's constants are R--");
    check(is_segment(data_start, image_end, true, false), "the kernel's data are RW-");
    check(is_alias_closed(handoff), "what is read-only is so at its physical address too");
    check(translate(handoff->kernel_virtual).physical == handoff->kernel_physical,
          "the kernel is where the hand-off says");
}
