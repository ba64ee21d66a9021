/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/exit/exit_map.h"

enum exit_answer exit_map_take(const struct firmware *firmware, const struct map_buffer *buffer,
                               struct exit_attempt *attempt, struct memory_map *ret_map)
{
    struct exit_map_answer facts;
    enum exit_answer answer;

    map_buffer_get(firmware, buffer, &facts);
    answer = map_buffer_judge(buffer, &facts, ret_map);
    attempt->map_status = facts.status;
    attempt->map_calls++;
    attempt->key = facts.key;
    attempt->map_size = facts.size;
    attempt->descriptor_size = facts.descriptor_size;
    attempt->ragged = answer == EXIT_MAP_RAGGED;
    return answer;
}
