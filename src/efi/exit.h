/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving boot services. Three steps: reserve (can fail, everything goes back), look at a first map
 * (for the dry run), leave (never returns to the firmware).
 */
#ifndef BATON_EFI_EXIT_H
#define BATON_EFI_EXIT_H

#include "core/exit_journal.h"
#include "core/memory_map.h"
#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A buffer for the memory map: `capacity` is what GetMemoryMap is told, always; a guard page of
 * ours lies behind it, so that a firmware that writes too much is noticed and damages nothing.
 */
struct exit_buffer {
    uint8_t *data;
    uint64_t capacity; /* bytes, a constant from the reservation on */
};

struct exit_plan {
    struct exit_buffer primary;
    struct exit_buffer reserve;
    struct exit_buffer previous; /* the map of the attempt before, to tell what changed */
    struct exit_journal *journal;
    uint64_t
        descriptors_max; /* most descriptors either buffer can hold: sizes all that is derived */
    uint64_t time_limit; /* TSC ticks from the first attempt; an entry may ask for another */
    uint64_t first_key;  /* key of the map of exit_first_map(): what settling compares with */
};

#define EXIT_TIME_LIMIT_DEFAULT 5 /* seconds */

/*
 * Brings the task priority down to TPL_APPLICATION and returns what it was: firmware exists that
 * starts images above it, and there neither file systems nor exit callbacks work. Worth doing as
 * the first thing of all; exit_boot_services() does it again.
 */
uint64_t tpl_repair(const struct firmware *firmware);

/* Back to `tpl` before returning to the firmware, which checks that images leave it as it was. */
void tpl_restore(const struct firmware *firmware, uint64_t tpl);

/*
 * All memory that leaving needs, as high as there is, so that it is in no kernel's way. `tsc_hz` 0:
 * the time limit becomes a generous constant.
 */
efi_status exit_reserve(struct firmware *firmware, struct leases *leases, uint64_t tsc_hz,
                        struct exit_plan *ret_plan);

/* The map as it is now, in plan->primary (or the reserve): for the dry run of the conversion. */
efi_status exit_first_map(struct firmware *firmware, struct exit_plan *plan,
                          struct memory_map *ret_map);

/*
 * The point of no return. True: boot services are gone, interrupts are off, the system table is
 * clean, firmware->system_table is NULL and ret_map is the final map. False: the firmware refused
 * for good; only give_up() may follow. Repairs the TPL and disarms the watchdog first.
 */
bool exit_boot_services(struct firmware *firmware, struct exit_plan *plan,
                        struct memory_map *ret_map);

#endif
