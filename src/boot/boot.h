/* SPDX-License-Identifier: BSD-2-Clause */
/* One boot: an entry on its way to the kernel's first instruction, or to the line that says why
 * not. */
#ifndef BATON_BOOT_BOOT_H
#define BATON_BOOT_BOOT_H

#include "arch/arch.h"
#include "boot/environment.h"
#include "boot/failure.h"
#include "boot/payload.h"
#include "core/entry/bls_entry.h"
#include "core/memory/memory_map.h"
#include "core/memory/runtime_regions.h"
#include "core/text/shortfall.h"
#include "efi/exit/exit.h"
#include "efi/exit/give_up.h"
#include "efi/firmware.h"
#include "efi/linux/linux_tables.h"
#include "efi/tpm.h"

#include <stdbool.h>
#include <stdint.h>

/* What all boots of one run of Baton share. */
struct announcement;

struct session {
    uint64_t ticks;          /* arch_ticks() when the entry point ran */
    struct arch_clock clock; /* started then */
    uint64_t tpl; /* the task priority level it ran at; above TPL_APPLICATION is a fault */
    struct linux_tables tables;        /* empty: each boot begins with a copy */
    struct tpm *tpm;                   /* one for all boots: a failure ends measuring for good */
    struct announcement *announcement; /* boot/announce.h; NULL: nobody is told anything */
    struct secure_boot_variables secure_boot; /* read before each boot */
};

/* Each step of a boot adds to it; nothing of it is looked at after the point of no return. As in
 * other structures, what is small and used most stands in front: shorter instructions reach it. */
struct boot {
    struct firmware *firmware;
    const struct session *session;
    const struct bls_entry *entry; /* what was asked for, by a file or by load options */
    uint64_t map_descriptors_max;  /* that the final map can have: sizes everything made of it */
    uint64_t memory_end;           /* end of the highest memory today, for protocols that want it */
    uint32_t shortfalls;           /* enum shortfall: what it goes without */
    bool unclaimed;         /* prepare() has found that the kernel is none of its protocol's */
    bool start_instead;     /* prepare() has found that the firmware should start it */
    struct payload payload; /* what it is made of */
    struct boot_environment environment;
    struct boot_failure failure;            /* the last one: what is told when the boot ends */
    struct linux_tables tables;             /* the block for what outlives the firmware */
    struct runtime_regions runtime_regions; /* that no identity map to the memory's end reaches */
    struct memory_map map; /* as it was before anything was prepared, for protocols that want it */
};

/* For leaving, and for guarding a program that leaves. */
struct exit_options boot_exit_options(const struct boot *boot);
struct give_up_means boot_means(const struct boot *boot);

/* Whether the firmware may start the kernel in place of Baton: it is an EFI program, and the entry
 * does not say otherwise. */
bool boot_can_start(const struct boot *boot);

/* What the machine is known to have, or what its tables say. */
struct board boot_board(const struct boot *boot);

/* "baton: booting TITLE (VERSION)", unless it is silent: before the machine is somebody else's. */
void boot_say(const struct bls_entry *entry);

/*
 * Boots the entry, or gives everything back and says why not. A return is always a failure, and
 * always before the point of no return: the firmware is as it was, but for what a program that was
 * started has done, and for measurements.
 */
void boot_run(struct firmware *firmware, const struct bls_entry *entry,
              const struct session *session, struct boot_failure *ret_failure);

#endif
