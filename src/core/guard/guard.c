/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/guard/guard.h"

#include "core/base/page.h"
#include "core/memory/memory_map.h"

void guard_keys_add(struct guard_keys *keys, uint64_t key)
{
    if (keys->count == 0 || keys->keys[(keys->count - 1) % GUARD_KEYS] != key)
        keys->keys[keys->count++ % GUARD_KEYS] = key;
}

bool guard_keys_have(const struct guard_keys *keys, uint64_t key)
{
    for (uint32_t i = 0; i < GUARD_KEYS && i < keys->count; i++)
        if (keys->keys[i] == key)
            return true;
    return false;
}

enum guard_action guard_exit_called(enum guard_state state, bool key_is_known)
{
    if (state == GUARD_GONE)
        return GUARD_FINISH;
    if (!key_is_known)
        return GUARD_REFUSE;
    return state == GUARD_LIVE ? GUARD_ASK : GUARD_FINISH;
}

efi_status guard_left(bool first, bool same, enum guard_state *ret_state)
{
    *ret_state = first || same ? GUARD_GONE : GUARD_LEFT;
    return first || same ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

uint64_t guard_size_to_ask_for(uint64_t needed, uint64_t descriptor_size)
{
    /* Old U-Boot leaves the descriptor size alone when the buffer is too small. */
    if (descriptor_size < sizeof(struct memory_descriptor) || descriptor_size > PAGE_SIZE)
        descriptor_size = 2 * sizeof(struct memory_descriptor);
    if (__builtin_add_overflow(needed, GUARD_ROOM * descriptor_size, &needed))
        return UINT64_MAX;
    return needed;
}
