/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The misbehaving firmware, seen from inside: what its families of faults share. A fault is armed
 * when a loader is started and does nothing before; everything a family needs is allocated when the
 * driver is loaded, so that the loader finds the machine as it would be without it.
 *
 * The words that a test may say (fw_cfg file opt/org.baton/fault) are listed at the top of each
 * family's source file.
 */
#ifndef BATON_TEST_FAULTS_FAULT_H
#define BATON_TEST_FAULTS_FAULT_H

#include "words.h"

#include <efi.h>

#include <stdbool.h>

struct fault {
    EFI_SYSTEM_TABLE *system;
    EFI_BOOT_SERVICES *services; /* the firmware's own table */
    EFI_BOOT_SERVICES original;  /* a copy of it, made before anything was hooked for this loader */
    EFI_LOADED_IMAGE *image;     /* of the loader */
    uint64_t exits;              /* ExitBootServices calls of the loader so far */
    bool left;                   /* boot services are gone: nothing of them may be called */
    char words[1024];
};
extern struct fault fault;

static inline uint64_t fault_number(const char *name, uint64_t absent)
{
    return words_number(fault.words, name, absent);
}

static inline bool fault_flag(const char *name)
{
    return words_number(fault.words, name, 0) != 0;
}

/* Pages that a fault really takes from the firmware: the map and its key change. */
void fault_allocate(EFI_MEMORY_TYPE type, UINTN pages);

/* --- what the memory map is said to be: fault_map.c --- */

/* At load time: EFI_OUT_OF_RESOURCES when there is no room to work in. */
EFI_STATUS map_prepare(void);
void map_arm(void);

/* From now on it has `descriptors` more, and another key even if that is 0. */
void map_change(uint64_t descriptors);

/* What the firmware itself calls the key that the loader was told. */
UINTN map_real_key(UINTN key);

/* The loader leaves with `key`: reports the map it was last given with that key. */
void map_report_left(UINTN key);

/* --- leaving: fault_exit.c --- */
void exit_arm(void);
uint64_t exit_age(void); /* milliseconds since the first call */

/* --- events: fault_callbacks.c --- */
void callbacks_arm(void);

/* --- console, priority, tables: fault_machine.c --- */
void machine_arm(void);                             /* before the loader starts */
void machine_disarm(void);                          /* after it has returned */
void machine_follow(const EFI_LOADED_IMAGE *image); /* it starts another; NULL: that is back */
void machine_left(void);                            /* just after boot services have ended */
void machine_refused(void);                         /* an exit has failed */
void machine_shut(void); /* after a failed exit: what may not be called any more, hangs */
void machine_open(void); /* while the firmware itself works */

/* --- what each architecture has its own way for: fault_processor.c --- */
void fault_add_level(void); /* of page tables; nothing where that cannot be done */
void fault_interrupts_on(void);
void fault_idle(void); /* until an interrupt wants to be served: costs the host nothing */

/* --- files and disks: fault_files.c --- */
void files_arm(void);
void files_disarm(void);

/* --- the TPM: fault_tpm.c --- */
void tpm_arm(void);
void tpm_disarm(void);

#endif
