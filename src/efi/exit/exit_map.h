/* SPDX-License-Identifier: BSD-2-Clause */
/* A memory map for leaving: taken, judged and written into the journal. What follows from the
 * judgement is core/exit/exit_policy.c's to say. Calls nothing but GetMemoryMap. */
#ifndef BATON_EFI_EXIT_EXIT_MAP_H
#define BATON_EFI_EXIT_EXIT_MAP_H

#include "core/exit/exit_journal.h"
#include "core/exit/exit_policy.h"
#include "core/memory/memory_map.h"
#include "efi/firmware.h"
#include "efi/map_buffer.h"

/* One GetMemoryMap. The numbers go into `attempt`; ret_map as of map_buffer_judge(). */
enum exit_answer exit_map_take(const struct firmware *firmware, const struct map_buffer *buffer,
                               struct exit_attempt *attempt, struct memory_map *ret_map);

#endif
