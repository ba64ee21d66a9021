/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot protocol is: three steps, one on untrusted bytes, one with the firmware alive, one
 * with the firmware gone. Adding a protocol is adding a file that defines one `struct
 * boot_protocol`.
 */
#ifndef BATON_BOOT_PROTOCOL_H
#define BATON_BOOT_PROTOCOL_H

#include "arch/arch.h"
#include "boot/boot.h"
#include "core/base/span.h"
#include "core/exit/exit_journal.h"
#include "core/memory/memory_map.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stdint.h>

/* What prepare() made; `state` is the protocol's own, in pages that a lease holds. */
struct boot_plan {
    void *state;
    /* Where the kernel leaves boot services: enters it while they are alive, without commit() and
     * finish(), and comes back when it does. NULL: arch_enter(), when they are gone. */
    void (*enter_alive)(const struct entry_state *entry);
    struct entry_state entry;
    uint32_t shortfalls; /* of the boot, as they stand right before the exit */
};

struct boot_protocol {
    bool wants_memory_end; /* and the map in the boot; it costs reading it once more */
    bool signable;         /* prepare() has the firmware judge the kernel, if that is wanted */

    /*
     * Pure. True when the file is of this kind; then ret_why->at is NULL when it can be booted,
     * or says what is wrong with it. When false, its problem says in a few words what was
     * looked for and not found ("no HdrS at 0x202"), for the line about an unknown file.
     */
    bool (*recognise)(struct span head, uint64_t file_size, struct explanation *ret_why);

    /* Firmware alive: places the image and the modules, reserves and fills everything but the map.
     */
    bool (*prepare)(struct boot *boot, struct boot_plan *ret_plan);

    /*
     * What cannot be taken back, when nothing else is left to fail: variables written, tables
     * installed, the last look at the TPM. NULL: nothing. What fails here is a shortfall, no
     * failure.
     */
    void (*commit)(struct boot *boot);

    /*
     * Arithmetic on memory that prepare() reserved: converts `map` into it. Called once as a dry
     * run before the first ExitBootServices (journal empty) and once after the last. True when the
     * map could be converted; false only for a map that no machine can boot from (no memory in it).
     * `map->data` stays where it is for the kernel to read.
     */
    bool (*finish)(struct boot_plan *plan, const struct memory_map *map,
                   const struct exit_journal *journal);
};

/* Functions, because a constant with addresses in it needs a relocation for each: 32 bytes. */
void boot_linux(struct boot_protocol *ret_protocol);
void boot_native(struct boot_protocol *ret_protocol);
void boot_multiboot(struct boot_protocol *ret_protocol);

/* Those that there are on this machine, in the order in which they are asked. False: no more. */
bool boot_protocol_at(unsigned int index, struct boot_protocol *ret_protocol);

/* Of a file that none of them wants (core/text/explain.h). */
extern const char boot_protocols_unknown[];

/* The one whose header lies further inside a file than the others look. False: there is none. */
bool boot_deep_protocol(struct boot_protocol *ret_protocol);

#endif
