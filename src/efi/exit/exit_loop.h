/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop that leaves boot services: for Baton's own exit (exit.h), and for the guard's, which
 * goes on where a program's own exit was refused (efi/guard/guard.h). Calls nothing but
 * GetMemoryMap and ExitBootServices.
 */
#ifndef BATON_EFI_EXIT_EXIT_LOOP_H
#define BATON_EFI_EXIT_EXIT_LOOP_H

#include "core/exit/exit_policy.h"
#include "core/time/stopwatch.h"
#include "efi/exit/exit.h"

#include <stdbool.h>
#include <stdint.h>

struct exit_loop {
    struct exit_policy policy;
    struct exit_attempt *attempt; /* the one that is going on, in the journal */
    struct stopwatch watch;       /* since the first attempt */
    uint64_t began;               /* when the last GetMemoryMap was called, by it */
    struct memory_map map;        /* of the last GetMemoryMap: of the key */
};

/* The first attempt begins. */
struct exit_loop exit_loop_begin(const struct exit_plan *plan);

/* One ExitBootServices with the key of loop->map; for the first attempt of a guarded program. */
enum exit_answer exit_loop_try(const struct firmware *firmware, struct exit_plan *plan,
                               struct exit_loop *loop);

/*
 * Sets the limit, then asks, decides, asks again, until the decision is to finish or to give up:
 * the outcome is in the journal, loop->map is the map of the key that was accepted. `answer` is
 * that of exit_loop_try(); without one the loop begins with EXIT_ANSWERS. True: boot services are
 * gone, and interrupts are off.
 */
bool exit_loop_run(const struct firmware *firmware, struct exit_plan *plan, struct exit_loop *loop,
                   enum exit_answer answer);

/* The limit in ticks: asks for the rate of the clock, before the first attempt where it can. */
void exit_loop_set_limit(struct exit_plan *plan);

/*
 * A kernel must not find what looks like a console or boot services (UEFI 2.10, 7.4.6 asks the
 * firmware to see to it; rust-hypervisor-firmware and old edk2 did not). True when there was some.
 */
bool exit_clean_table(struct _EFI_SYSTEM_TABLE *table);

#endif
