/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether Secure Boot protects this boot: what the kernel is told, as its own EFI stub judges it
 * (drivers/firmware/efi/libstub/secureboot.c), and what Baton enforces, which is more. Works on
 * what was read; reads no variable itself.
 */
#ifndef BATON_CORE_TRUST_SECURE_BOOT_H
#define BATON_CORE_TRUST_SECURE_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#define VARIABLE_NON_VOLATILE 1U /* EFI_VARIABLE_NON_VOLATILE */

/* boot_params.secure_boot; 0 (unset) is never right for a loader that leaves boot services. */
enum secure_boot_mode {
    SECURE_BOOT_UNKNOWN = 1,
    SECURE_BOOT_DISABLED = 2,
    SECURE_BOOT_ENABLED = 3,
};

enum secure_boot_answer {
    SECURE_BOOT_FAILED,    /* no usable answer, a variable of another size included */
    SECURE_BOOT_FOUND,     /* one byte was read */
    SECURE_BOOT_NOT_FOUND, /* EFI_NOT_FOUND */
};

struct secure_boot_variable {
    enum secure_boot_answer answer;
    uint8_t value;       /* only when found */
    uint32_t attributes; /* only when found */
};

struct secure_boot_variables {
    struct secure_boot_variable secure_boot; /* SecureBoot of EFI_GLOBAL_VARIABLE */
    struct secure_boot_variable setup_mode;  /* SetupMode of EFI_GLOBAL_VARIABLE */
    struct secure_boot_variable mok_state;   /* MokSBStateRT of shim */
};

/* What the kernel is told. */
enum secure_boot_mode secure_boot_judge(const struct secure_boot_variables *variables);

/*
 * True when nothing may be entered that the firmware, or shim, does not accept: Secure Boot is on,
 * or nobody can tell. MokSBStateRT has no part in it: any program that ran before can have made the
 * variable, with or without shim, and a shim whose owner turned validation off accepts all images
 * when it is asked.
 */
bool secure_boot_enforced(const struct secure_boot_variables *variables);

#endif
