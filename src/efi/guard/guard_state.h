/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to efi/guard: what the guard has, and its two halves. */
#ifndef BATON_EFI_GUARD_GUARD_STATE_H
#define BATON_EFI_GUARD_GUARD_STATE_H

#include "core/guard/guard.h"
#include "efi/guard/guard.h"

#include <efi.h>

/* All in pages of its own, none of it in Baton's image. What is small and used most stands in
 * front: shorter instructions reach it. */
struct guard {
    enum guard_state state;
    bool busy; /* inside: who calls now is the firmware, a handler, or somebody who stands above */
    uint64_t tpl; /* the program's, at its last GetMemoryMap */

    /* For the stubs. */
    uint8_t
        *room; /* until the program is told of the exit, the guard's own; then to be allocated */
    uint64_t room_size;
    uint64_t room_used;
    uint64_t count; /* of GetNextMonotonicCount */
    EFI_TPL stub_tpl;

    struct memory_map handed; /* what the program has, in one of the plan's buffers; size 0: none */
    struct exit_plan plan;
    struct guard_keys keys;
    struct guard_options options;

    /* The firmware as it was before the exit, with its own two services: what the loop calls. */
    struct firmware firmware;
    EFI_SYSTEM_TABLE system;
    EFI_BOOT_SERVICES services;

    SIMPLE_TEXT_OUTPUT_INTERFACE out; /* where the firmware has none */
    SIMPLE_TEXT_OUTPUT_MODE mode;
    SIMPLE_INPUT_INTERFACE in;
};

/*
 * Boot services are gone and the program is not to know: `services` is filled with stubs again, in
 * place, because programs keep its address, and the system table points to it and to a console
 * without effect (guard_stubs.c). `guard` is kept for them.
 */
void guard_dress(struct guard *guard, EFI_BOOT_SERVICES *services, EFI_GET_MEMORY_MAP get_map,
                 EFI_EXIT_BOOT_SERVICES exit);

/* Bytes of the firmware's table that are its own, and known here. */
uint32_t guard_table_size(const struct guard *guard);

/* The program has given up, and the firmware is gone. */
_Noreturn void guard_abandon(struct guard *guard);

#endif
