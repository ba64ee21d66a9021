/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/trust/secure_boot.h"

enum secure_boot_mode secure_boot_judge(const struct secure_boot_variables *variables)
{
    const struct secure_boot_variable *mok = &variables->mok_state;

    if (variables->secure_boot.answer == SECURE_BOOT_NOT_FOUND)
        return SECURE_BOOT_DISABLED;
    if (variables->secure_boot.answer != SECURE_BOOT_FOUND ||
        variables->setup_mode.answer != SECURE_BOOT_FOUND)
        return SECURE_BOOT_UNKNOWN;
    if (variables->secure_boot.value == 0 || variables->setup_mode.value == 1)
        return SECURE_BOOT_DISABLED;
    /* The user told shim not to verify. A non-volatile variable of that name is not shim's word:
     * anybody could have left it there. */
    if (mok->answer == SECURE_BOOT_FOUND && (mok->attributes & VARIABLE_NON_VOLATILE) == 0 &&
        mok->value == 1)
        return SECURE_BOOT_DISABLED;
    return SECURE_BOOT_ENABLED;
}

bool secure_boot_enforced(const struct secure_boot_variables *variables)
{
    struct secure_boot_variables firmwares = *variables;

    firmwares.mok_state.answer = SECURE_BOOT_NOT_FOUND;
    return secure_boot_judge(&firmwares) != SECURE_BOOT_DISABLED;
}
