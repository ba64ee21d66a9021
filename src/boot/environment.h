/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering what the machine offers a kernel, with the firmware alive. */
#ifndef BATON_BOOT_ENVIRONMENT_H
#define BATON_BOOT_ENVIRONMENT_H

#include "core/screen/framebuffer.h"
#include "core/trust/secure_boot.h"
#include "efi/firmware.h"
#include "efi/tpm.h"

#include <stdbool.h>
#include <stdint.h>

/* Everything the machine offers that a kernel may want to be told; gathered once, before prepare().
 */
struct boot_environment {
    struct tpm *tpm;                /* what measures, never NULL; may be of no use */
    uint64_t system_table;          /* physical address of EFI_SYSTEM_TABLE */
    uint64_t acpi_rsdp;             /* physical address; 2.0 preferred over 1.0; 0 when absent */
    uint64_t smbios;                /* 32-bit entry point; 0 when absent */
    uint64_t smbios3;               /* 64-bit entry point; 0 when absent */
    uint64_t memory_attributes;     /* EFI_MEMORY_ATTRIBUTES_TABLE; 0 when absent */
    uint64_t ticks_start;           /* arch_ticks() when Baton's entry point ran */
    uint8_t secure_boot;            /* what a kernel is told: 1 unknown, 2 disabled, 3 enabled */
    bool secure_boot_enforced;      /* what Baton goes by: core/trust/secure_boot.h */
    struct framebuffer framebuffer; /* .address 0 when there is none */
    uint8_t edid[128];              /* first EDID block; all zero when unknown */
};

/* What the firmware says of Secure Boot now: a program that came back may have changed it. */
struct secure_boot_variables environment_secure_boot(const struct firmware *firmware);

/* The same as secure_boot_enforced below, while there is nothing to boot. */
bool environment_secure_boot_enforced(const struct firmware *firmware);

/* Nothing here can fail: what the firmware does not have is left out. `ticks_start`: arch_ticks()
 * at entry. */
struct boot_environment environment_gather(const struct firmware *firmware, uint64_t ticks_start,
                                           const struct secure_boot_variables *secure_boot,
                                           struct tpm *tpm);

/* Whether nobody has enrolled keys for Secure Boot yet, so that anybody may. */
bool environment_takes_keys(const struct firmware *firmware);

#endif
