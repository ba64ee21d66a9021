/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving boot services. Three steps: reserve (can fail, everything goes back), look at a first map
 * (for the dry run), leave (never returns to the firmware).
 */
#ifndef BATON_EFI_EXIT_EXIT_H
#define BATON_EFI_EXIT_EXIT_H

#include "arch/arch.h"
#include "core/exit/exit_journal.h"
#include "core/exit/exit_policy.h"
#include "core/memory/memory_map.h"
#include "efi/exit/late_map.h"
#include "efi/firmware.h"
#include "efi/lease.h"
#include "efi/map_buffer.h"

#include <stdbool.h>
#include <stdint.h>

#define EXIT_TIME_LIMIT_DEFAULT 5U /* seconds */

/* What the one who wants to leave says about it. */
struct exit_options {
    struct arch_clock clock; /* as it was started; the rate is asked for in the exit */
    uint64_t tpl_at_start;   /* what tpl_repair() returned first */
    uint32_t seconds;        /* the time limit; 0: EXIT_TIME_LIMIT_DEFAULT */
    bool late_map;           /* take the map once more from inside the exit */
    enum memory_type type;   /* of what is reserved */
};

struct exit_plan {
    struct _EFI_SYSTEM_TABLE *table; /* the firmware's: whether boot services are gone */
    struct map_buffer primary;
    struct map_buffer reserve;
    struct map_buffer previous; /* the map of the attempt before, to tell what changed */
    struct exit_journal *journal;
    struct late_map late;
    uint64_t
        descriptors_max; /* most descriptors either buffer can hold: sizes all that is derived */
    struct arch_clock clock;
    uint32_t seconds;    /* the time limit */
    uint64_t time_limit; /* the same in ticks from the first attempt, set by the exit */
    uint64_t first_key;  /* key of the map of exit_look(): what settling compares with */
};

/*
 * Brings the task priority down to TPL_APPLICATION and returns what it was: firmware exists that
 * starts images above it, and there neither file systems nor exit callbacks work. Worth doing as
 * the first thing of all; exit_boot_services() does it again.
 */
uint64_t tpl_repair(const struct firmware *firmware);

/* Back to `tpl` before returning to the firmware, which checks that images leave it as it was. */
void tpl_restore(const struct firmware *firmware, uint64_t tpl);

/* All memory that leaving needs, as high as there is, so that it is in no kernel's way. */
efi_status exit_reserve(struct firmware *firmware, const struct exit_options *options,
                        struct exit_plan *ret_plan);

/*
 * The map as it is now, in plan->primary (or the reserve): for the dry run of the conversion. A
 * firmware that refuses it is asked again, for a second.
 */
efi_status exit_look(struct firmware *firmware, struct exit_plan *plan, struct memory_map *ret_map);

/* Where a GetMemoryMap that the policy asks for goes. */
const struct map_buffer *exit_buffer(const struct exit_plan *plan, enum exit_action action);

/* One line about how it went, "baton: left boot services; ...", for `debug`: calls no service. */
void exit_say(uint64_t uart, const struct exit_journal *journal);

/*
 * The point of no return. True: boot services are gone, interrupts are off, the system table is
 * clean, firmware->system_table is NULL and ret_map is the final map. False: the firmware refused
 * for good; only give_up() may follow. Repairs the TPL and disarms the watchdog first; then the
 * rate of the clock goes into the journal.
 */
bool exit_boot_services(struct firmware *firmware, struct exit_plan *plan,
                        struct memory_map *ret_map);

#endif
