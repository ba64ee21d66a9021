/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/linux_placement.h"

#include "core/base/checked.h"
#include "core/base/page.h"

#define ONE_MIB   0x100000ULL        /* below, kernels want memory for trampolines */
#define FOUR_GIB  0x100000000ULL     /* as far as 32-bit pointers in the zero page reach */
#define HIGH_LAST ((1ULL << 46) - 1) /* what Linux maps with four levels of page tables: MAXMEM */

/* Adds an attempt unless it is impossible from the start. */
static void add(struct linux_places *places, const struct linux_place *place)
{
    struct linux_place *added = &places->place[places->count];
    struct linux_place wanted = *place;
    uint64_t last;

    if (wanted.alignment < PAGE_SIZE)
        wanted.alignment = PAGE_SIZE;
    if (wanted.size == 0 || !checked_align_up(wanted.lead, wanted.alignment, &wanted.lead) ||
        !checked_add(wanted.size, wanted.lead, &wanted.size))
        return;
    if (wanted.lead != 0 && wanted.minimum < wanted.lead + ONE_MIB) {
        if (wanted.exact)
            return;
        wanted.minimum = wanted.lead + ONE_MIB;
    }
    wanted.minimum -= wanted.lead;
    if (!checked_add(wanted.minimum, wanted.size - 1, &last) || last > wanted.maximum ||
        places->count == LINUX_PLACES_MAX)
        return;
    *added = wanted;
    places->count++;
}

static bool can_be_high(const struct bzimage *image)
{
    return (image->xloadflags & BZIMAGE_XLF_CAN_BE_LOADED_ABOVE_4G) != 0;
}

void linux_kernel_places(const struct bzimage *image, uint64_t lead, bool place_high,
                         struct linux_places *ret_places)
{
    struct linux_place place = {
        .size = image->init_size,
        .lead = lead,
        .alignment = image->alignment,
        .minimum = image->preferred_address,
        .maximum = HIGH_LAST,
        .exact = true,
    };
    struct linux_place above;

    ret_places->count = 0;
    if (!image->relocatable) {
        add(ret_places, &place);
        return;
    }
    above = place;
    above.exact = false;
    if (above.minimum < FOUR_GIB)
        above.minimum = FOUR_GIB;
    if (place_high && can_be_high(image))
        add(ret_places, &above);
    if (place.minimum >= ONE_MIB && (place.minimum < FOUR_GIB || can_be_high(image)))
        add(ret_places, &place);
    place.exact = false;
    place.maximum = FOUR_GIB - 1;
    if (place.minimum < ONE_MIB)
        place.minimum = ONE_MIB;
    add(ret_places, &place);
    if (image->minimum_alignment < image->alignment) {
        place.alignment = image->minimum_alignment;
        add(ret_places, &place);
    }
    if (can_be_high(image) && !place_high)
        add(ret_places, &above);
}

void linux_initrd_places(const struct bzimage *image, uint64_t size, bool place_high,
                         struct linux_places *ret_places)
{
    struct linux_place place = {.size = size, .alignment = PAGE_SIZE, .minimum = ONE_MIB};

    ret_places->count = 0;
    if (place_high && can_be_high(image)) {
        place.minimum = FOUR_GIB;
        place.maximum = HIGH_LAST;
        add(ret_places, &place);
        place.minimum = ONE_MIB;
    }
    /* High, out of the way of a kernel that is placed low and grows. */
    place.high = true;
    place.maximum = image->initrd_max;
    add(ret_places, &place);
    if (can_be_high(image)) {
        place.high = false;
        place.maximum = HIGH_LAST;
        add(ret_places, &place);
    }
}

void linux_table_places(const struct bzimage *image, uint64_t size, struct linux_places *ret_places)
{
    struct linux_place place = {
        .size = size,
        .alignment = PAGE_SIZE,
        .minimum = ONE_MIB,
        .maximum = FOUR_GIB - 1,
        .high = true,
    };

    ret_places->count = 0;
    add(ret_places, &place);
    if (can_be_high(image)) {
        place.minimum = FOUR_GIB;
        place.maximum = HIGH_LAST;
        place.high = false;
        add(ret_places, &place);
    }
}
