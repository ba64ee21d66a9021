/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second look at the memory map from inside the ExitBootServices that succeeds. EDK2 and U-Boot
 * check the map key before they signal the exit event group, so what the handlers of that group
 * allocate or free is in no map that a loader gets (stock OVMF's own free two pages there). An
 * event of ours, notified behind theirs, sees it.
 *
 * Formally a handler of that group should not do this: it may not use memory allocation services,
 * not even through others (UEFI 2.10, 7.1, CreateEvent: EVT_SIGNAL_EXIT_BOOT_SERVICES).
 * GetMemoryMap allocates nothing, but is one of them. So it is opt-in, and done only when an entry
 * asks for it.
 */
#ifndef BATON_EFI_EXIT_LATE_MAP_H
#define BATON_EFI_EXIT_LATE_MAP_H

#include "core/exit/exit_journal.h"
#include "core/exit/exit_policy.h"
#include "core/memory/memory_map.h"
#include "efi/firmware.h"
#include "efi/map_buffer.h"

#include <stdint.h>

#define LATE_MAP_EVENTS 3

struct late_map {
    const struct firmware *firmware;
    struct map_buffer buffer;
    struct exit_attempt *attempt; /* in the journal: map_calls 0 while nothing was seen */
    /* EFI_EVENT: two that our handlers signal in turn to get behind others, and the exit's. */
    void *events[LATE_MAP_EVENTS];
    uint32_t steps;          /* how often one still will be */
    enum exit_answer answer; /* of GetMemoryMap */
    struct memory_map map;
};

/*
 * Creates the events, which allocates: before the map is taken that the exit is tried with. The
 * firmware holds on to `late` from then on. When it has no events to give there is no second look.
 */
void late_map_arm(const struct firmware *firmware, struct late_map *late);

/* Before each ExitBootServices: only what is seen during the one that succeeds counts. */
void late_map_forget(struct late_map *late);

#endif
