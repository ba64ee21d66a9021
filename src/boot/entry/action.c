/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/action.h"

#include "boot/entry/enroll.h"
#include "efi/restart.h"
#include "efi/volumes.h"

void action_run(struct firmware *firmware, struct arena *arena, const struct bls_entry *entry,
                bool enroll_shutdown, struct boot_failure *ret_failure)
{
    bool enrolls = entry->action == ENTRY_ENROLL;

    if (!enrolls || enroll_keys(firmware, arena, entry->kernel, ret_failure)) {
        if (entry->action == ENTRY_SETUP)
            restart_into_setup(firmware);
        else
            restart(firmware, enrolls ? enroll_shutdown : entry->action == ENTRY_POWER_OFF);
        *ret_failure = (struct boot_failure){
            .why = because("the firmware does not do that", "choose another entry")};
    }
    failure_report(ret_failure);
}

void action_before_windows(struct firmware *firmware, const struct tpm *tpm)
{
    if (tpm_usable(tpm) && volume_is_any_sealed(firmware))
        restart_into(firmware, "Windows Boot Manager");
}
