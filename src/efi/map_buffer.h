/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buffer for the memory map, and GetMemoryMap into it: what came back is judged and written down,
 * what to do about it is not decided here. Calls nothing but GetMemoryMap.
 */
#ifndef BATON_EFI_MAP_BUFFER_H
#define BATON_EFI_MAP_BUFFER_H

#include "core/base/page.h"
#include "core/exit/exit_journal.h"
#include "core/exit/exit_policy.h"
#include "core/memory/memory_map.h"
#include "efi/firmware.h"

#include <stdint.h>

/*
 * `capacity` is what GetMemoryMap is told, always; a guard page of ours lies behind it, so that a
 * firmware that writes too much is noticed and damages nothing.
 */
struct map_buffer {
    uint8_t *data;
    uint64_t capacity; /* bytes, a constant from the reservation on */
};

#define MAP_BUFFER_GUARD PAGE_SIZE

/* Cuts a buffer and the guard behind it off the memory at *address. */
struct map_buffer map_buffer_take(uint64_t *address, uint64_t capacity);

/*
 * One GetMemoryMap. The numbers go into `attempt`; ret_map is always set, and is a map only when
 * the answer is EXIT_MAP_GOOD or EXIT_MAP_RAGGED, whose left-over bytes are cut off.
 */
enum exit_answer map_buffer_fill(const struct firmware *firmware, const struct map_buffer *buffer,
                                 struct exit_attempt *attempt, struct memory_map *ret_map);

#endif
