/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rest of Baton asks of the processor and of the machine around it. One folder beside this
 * file implements it for each architecture; nothing outside that folder includes any other header
 * of it. Nothing here calls the firmware: all of it works on both sides of the point of no return.
 */
#ifndef BATON_ARCH_ARCH_H
#define BATON_ARCH_ARCH_H

#include "core/base/board.h"
#include "core/base/target.h"
#include "core/memory/address_space.h"
#include "core/time/acpi_timer.h"
#include "core/time/rate.h"
#include "core/time/stopwatch.h"

#include <stdbool.h>
#include <stdint.h>

/* --- entering a kernel ---------------------------------------------------------------------------
 */

/* The machine at the kernel's first instruction. Addresses in bytes. */
struct entry_state {
    uint64_t entry;         /* virtual address to jump to */
    uint64_t stack;         /* initial stack pointer; the hart's number for Linux on RISC-V */
    uint64_t address_space; /* what arch_space_build() returned; 0: none, where that can be */
    uint64_t argument;      /* for the kernel: a physical address */
    uint64_t code;          /* physical; where the kernel's instructions were written to: where */
    uint64_t code_size;     /* caches do not see each other's writes, arch_enter() sees to it */
    uint64_t
        argument_size; /* bytes at `argument` that a kernel may read before its caches are on */
    uint64_t level;    /* arch/arm_entry.h; 0 on other machines */
};

/*
 * Boot services are gone. Puts the processor into the state that include/baton-handoff.h promises
 * (Linux asks for less) and jumps. It runs in Baton's own image until the last moment: the new
 * address space must map the page of arch_enter_start to itself, executable, the rest of Baton's
 * image readable, and the present stack and the kernel's writable.
 */
_Noreturn void arch_enter(const struct entry_state *state);

/* All instructions that run in the new address space; they lie in one page. */
extern const uint8_t arch_enter_start[];

/* --- address spaces ------------------------------------------------------------------------------
 */

/* False when the processor has no pages that are not executable, or the firmware has turned it off.
 */
bool arch_no_execute(void);

/*
 * True in a virtual machine whose memory is encrypted and whose page tables have to say so, which
 * arch_space_build()'s do not: everything would be read as ciphertext.
 */
bool arch_memory_is_encrypted(void);

/*
 * The last byte of the memory that is taken where nobody asks for another place: below 4 GiB on
 * machines that have such memory and parts that reach no other, anywhere on all others.
 */
uint64_t arch_memory_last(void);

/*
 * How far an identity map that covers memory up to `memory_end` (exclusive) goes: at least 4 GiB,
 * and no further than its tables stay small (the architecture's limit).
 */
uint64_t arch_identity_end(uint64_t memory_end);

/* Levels of page tables that the firmware has the processor walk: an entered kernel begins with as
 * many, whether it knows them or not. */
uint32_t arch_space_levels(void);

/* Whether the processor can translate in pages of `bytes`, for kernels that have others than 4 KiB.
 */
bool arch_page_size(uint32_t bytes);

/* Pages that arch_space_build() needs at most. */
uint64_t arch_space_pages(const struct address_space *space);

/*
 * Builds page tables in `pages` pages at `pool`, page-aligned, which the processor will see at the
 * same address. False when an address cannot be mapped or the pool is too small; ret_root is
 * untouched then.
 */
bool arch_space_build(const struct address_space *space, void *pool, uint64_t pages,
                      uint64_t *ret_root);

/* True when a hypervisor says that it is there. */
bool arch_is_virtual(void);

/* --- time ----------------------------------------------------------------------------------------
 */

/* A counter that runs at a constant rate, from an unspecified beginning. */
uint64_t arch_ticks(void);

/*
 * What tells how fast it runs: the processor or the hypervisor says so, or it is measured against a
 * timer whose rate is known. All zero: nobody knows.
 */
struct arch_clock {
    uint64_t hz;             /* what was said; 0: nothing */
    struct acpi_timer timer; /* port 0: there is none, or it is not needed */
    struct rate_look look;   /* at both, at the start */
};

/* Looks at the timer once. `acpi_root`: physical address of the RSDP; 0 when there is none. */
void arch_clock_start(uint64_t acpi_root, struct arch_clock *ret_clock);

/*
 * Ticks in a second; 0 when nobody knows. Looks at the timer once more: the time that has passed
 * since the start is what the ticks are counted in. Only where that is too short or too long to
 * tell does it wait, for some milliseconds.
 */
uint64_t arch_clock_hz(const struct arch_clock *clock);

/*
 * Where a bound in seconds has to become ticks and nobody knows the rate: more than any machine of
 * today has, so that the bound comes late rather than early...
 */
#define TICKS_HZ_FASTEST TARGET_TICKS_FASTEST
/* ...and less than any, so that a wait is over early rather than late. */
#define TICKS_HZ_SLOWEST TARGET_TICKS_SLOWEST

/* In loops that wait. */
void arch_pause(void);

/* Looks at the counter, and waits until `watch` shows `until` ticks. Ends whatever the counter
 * does. */
void arch_wait(struct stopwatch *watch, uint64_t until);

/* The PC's speaker, at 500 Hz; nothing where a machine has none. */
void arch_speaker(bool on);

/* --- the machine without firmware ----------------------------------------------------------------
 */

void arch_interrupts_off(void);

/* Interrupts off, for ever. */
_Noreturn void arch_halt(void);

/* The debug UART: what identifies it, 0 when there is none. Touches no service. */
uint64_t arch_uart_find(void);

/* Writes `string`, with a carriage return before each newline; gives up when the UART is stuck. */
void arch_uart_write(uint64_t uart, const char *string);

/* Resets the machine by its hardware, in every way there is; `ticks_hz` as of arch_clock_hz(). */
_Noreturn void arch_reset(uint64_t ticks_hz, const struct board *board);

/*
 * From now on: such a reset after about `seconds`, out of whatever the processor is doing then, if
 * it lets interrupts through. For the last calls of the firmware, which may not return. Nothing,
 * where the machine has no timer for it. Interrupts are on afterwards, but only this one comes.
 * `room` has ARCH_ALARM_SIZE bytes, all zero, for good.
 */
#define ARCH_ALARM_SIZE 4096U
void arch_alarm(uint64_t ticks_hz, uint32_t seconds, const struct board *board, void *room);

#endif
