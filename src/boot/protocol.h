/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot protocol is: three steps, one on untrusted bytes, one with the firmware alive, one
 * with the firmware gone. Adding a protocol is adding a file that defines one `const struct
 * boot_protocol`.
 */
#ifndef BATON_BOOT_PROTOCOL_H
#define BATON_BOOT_PROTOCOL_H

#include "arch/arch.h"
#include "boot/boot_file.h"
#include "core/base/span.h"
#include "core/exit/exit_journal.h"
#include "core/memory/memory_map.h"
#include "core/screen/framebuffer.h"
#include "core/text/explain.h"
#include "core/text/shortfall.h"
#include "efi/firmware.h"
#include "efi/lease.h"
#include "efi/linux/linux_tables.h"
#include "efi/tpm.h"

#include <stdbool.h>
#include <stdint.h>

#define BOOT_MODULES_MAX 64
#define BOOT_HEAD_SIZE   4096U /* bytes of the kernel file that recognise() gets to see */

/* A failure for one line on the console; boot/failure.h says how it reads. */
struct boot_failure {
    const char *doing; /* "reading", "placing", ... */
    const char *file;  /* path as the user wrote it, or NULL */
    struct explanation why;
    efi_status status; /* 0 when no service of the firmware failed */
    char detail[192]; /* what only this run can tell, after the problem; "" when there is nothing */
};

/* Everything the machine offers that a kernel may want to be told; gathered once, before prepare().
 */
struct boot_environment {
    uint64_t system_table;          /* physical address of EFI_SYSTEM_TABLE */
    uint64_t acpi_rsdp;             /* physical address; 2.0 preferred over 1.0; 0 when absent */
    uint64_t smbios;                /* 32-bit entry point; 0 when absent */
    uint64_t smbios3;               /* 64-bit entry point; 0 when absent */
    uint64_t memory_attributes;     /* EFI_MEMORY_ATTRIBUTES_TABLE; 0 when absent */
    struct framebuffer framebuffer; /* .address 0 when there is none */
    uint8_t edid[128];              /* first EDID block; all zero when unknown */
    uint8_t secure_boot;            /* 1 unknown, 2 disabled, 3 enabled: Linux's encoding */
    struct tpm *tpm;                /* what measures, never NULL; may be of no use */
    uint64_t ticks_start;           /* arch_ticks() when Baton's entry point ran */
    uint64_t ticks_hz;              /* of arch_ticks_hz() */
};

struct boot_request {
    struct boot_file kernel;  /* with .bytes set the firmware has judged it already */
    struct span kernel_head;  /* the first bytes of the kernel, at most BOOT_HEAD_SIZE */
    const char *command_line; /* UTF-8, NUL-terminated */
    bool options_are_judged;  /* the command line came with the kernel, under its signature */
    const struct boot_file *modules;
    unsigned int module_count;
    const struct boot_environment *environment;
    struct kernel_tables *tables; /* the block for what outlives the firmware */
    uint64_t
        map_descriptors_max; /* most descriptors that the final map can have: sizes everything */
    uint64_t memory_end;     /* end of the highest memory in today's map, for those who want it */
    bool place_high;         /* testing aid: prefer memory above 4 GiB */
};

/* What prepare() made; `state` is the protocol's own, in pages that a lease holds. */
struct boot_plan {
    void *state;
    struct entry_state entry;
    uint32_t notes; /* enum boot_note */
};

struct boot_protocol {
    const char *name;      /* "Linux", "native" */
    bool wants_memory_end; /* in the request; it costs reading the map once more */
    bool signable;         /* prepare() has the firmware judge the kernel, if that is wanted */

    /*
     * Pure. True when the file is of this kind; then ret_why is {NULL, NULL} when it can be booted,
     * or says what is wrong with it. When false, ret_why->problem says in a few words what was
     * looked for and not found ("no HdrS at 0x202"), for the line about an unknown file.
     */
    bool (*recognise)(struct span head, uint64_t file_size, struct explanation *ret_why);

    /* Firmware alive: places the image and the modules, reserves and fills everything but the map.
     */
    bool (*prepare)(struct firmware *firmware, const struct boot_request *request,
                    struct boot_plan *ret_plan, struct boot_failure *ret_failure);

    /*
     * What can not be taken back, when nothing else is left to fail: variables written, tables
     * installed, the last look at the TPM. NULL: nothing. What fails here is a note, no failure.
     */
    void (*commit)(struct firmware *firmware, const struct boot_request *request,
                   struct boot_plan *plan);

    /*
     * Arithmetic on memory that prepare() reserved: converts `map` into it. Called once as a dry
     * run before the first ExitBootServices (journal empty) and once after the last. True when the
     * map could be converted; false only for a map that no machine can boot from (no memory in it).
     * `map->data` stays where it is for the kernel to read.
     */
    bool (*finish)(struct boot_plan *plan, const struct memory_map *map,
                   const struct exit_journal *journal);
};

extern const struct boot_protocol boot_linux;
extern const struct boot_protocol boot_native;

#endif
