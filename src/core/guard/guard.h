/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of the guard, which leaves boot services in the place of a program that does it by
 * itself (src/efi/guard/README.md): what the program's calls are answered with. Knows no service;
 * the loop inside is core/exit/exit_policy.h's.
 */
#ifndef BATON_CORE_GUARD_GUARD_H
#define BATON_CORE_GUARD_GUARD_H

#include "core/base/efi_status.h"

#include <stdbool.h>
#include <stdint.h>

enum guard_state {
    GUARD_LIVE, /* boot services are real */
    GUARD_LEFT, /* the guard has left; the program believes that its exit was refused */
    GUARD_GONE, /* the program knows; nothing calls the guard any more */
};

/* What ExitBootServices does. */
enum guard_action {
    GUARD_ASK,    /* the firmware's own, with the program's key; the loop where that is refused */
    GUARD_REFUSE, /* EFI_INVALID_PARAMETER, and nobody is called */
    GUARD_FINISH, /* boot services are gone: EFI_SUCCESS */
};

/*
 * Keys that the program can have. While boot services live, the newest of those that any answer of
 * GetMemoryMap gave, whatever its status. A key that is none of them was never meant to leave:
 * programs are known that call with a wrong one to stop the firmware's timers. An old one is a
 * mistake that the guard mends. Once boot services are gone only the key counts that came with the
 * accepted map: a program that tries again without looking would go on with the old one.
 */
#define GUARD_KEYS 8U

struct guard_keys {
    uint64_t keys[GUARD_KEYS];
    uint32_t count; /* that were ever put in */
};

/* The same as the last one takes no place. */
void guard_keys_add(struct guard_keys *keys, uint64_t key);
bool guard_keys_have(const struct guard_keys *keys, uint64_t key);

/* The program calls ExitBootServices. */
enum guard_action guard_exit_called(enum guard_state state, bool key_is_known);

/*
 * After GUARD_ASK the firmware has let go. `first`: of the program's own key; `same`: the map of
 * the key that was accepted is the one that the program has, as guard_map_same() says. The status
 * that the program gets, and the state from then on. EFI_INVALID_PARAMETER is the one refusal on
 * which every program tries again.
 */
efi_status guard_left(bool first, bool same, enum guard_state *ret_state);

/*
 * The size that a program is told whose buffer is too small: with room for so many descriptors
 * more, because this is the last time that it asks. Linux adds 32 of its own, Xen 8, GRUB none, and
 * they keep that capacity for a map that may have grown by hundreds.
 */
#define GUARD_ROOM 512U
uint64_t guard_size_to_ask_for(uint64_t needed, uint64_t descriptor_size);

#endif
