/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buffer for the memory map, and GetMemoryMap into it: the one place that calls it. Says what
 * came back and whether it stayed in the buffer, and what it is worth; calls nothing else.
 */
#ifndef BATON_EFI_MAP_BUFFER_H
#define BATON_EFI_MAP_BUFFER_H

#include "core/base/page.h"
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

/* Without a buffer GetMemoryMap only says what it needs. */
#define MAP_BUFFER_NONE ((struct map_buffer){0})

/* One GetMemoryMap. A guard that was spilled over is laid anew, for the next one. */
void map_buffer_get(const struct firmware *firmware, const struct map_buffer *buffer,
                    struct exit_map_answer *ret_answer);

/*
 * What the answer is, its descriptors looked at where that decides, and the map that it says the
 * buffer holds. ret_map is always set, and is a map only for EXIT_MAP_GOOD and EXIT_MAP_RAGGED,
 * whose left-over bytes are cut off.
 */
enum exit_answer map_buffer_judge(const struct map_buffer *buffer,
                                  const struct exit_map_answer *answer, struct memory_map *ret_map);

#endif
