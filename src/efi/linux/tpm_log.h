/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event log, handed over to Linux: the firmware's own goes away with boot services. A copy of
 * it becomes a configuration table (LINUX_EFI_TPM_EVENT_LOG_GUID), as Linux's EFI stub makes it
 * (drivers/firmware/efi/libstub/tpm.c; the kernel reads it in drivers/firmware/efi/tpm.c). Knows
 * where logs come from and where the table goes; core/trust/event_log.h knows how long they are.
 */
#ifndef BATON_EFI_LINUX_TPM_LOG_H
#define BATON_EFI_LINUX_TPM_LOG_H

#include "core/trust/event_log.h"
#include "efi/linux/linux_tables.h"
#include "efi/tpm.h"

#include <stdbool.h>

struct tpm_log_report {
    efi_status status; /* 0: Linux has the log; else it has none, and what was taken is unused */
    /* With EFI_VOLUME_CORRUPTED: what is wrong with the firmware's log. */
    enum event_log_error error;
    bool truncated; /* the firmware had no room for at least one event: some are missing */
};

/*
 * Copies the TPM's crypto-agile log; when the firmware has none, its SHA-1 log; when there is none
 * either, the log of the confidential machine. A log without events makes a table without events.
 * EFI_NOT_FOUND when there is no log at all.
 *
 * To be called after the last measurement, even when measuring has failed: from here on the
 * firmware keeps its events in the table of final events as well, where Linux finds what comes
 * during the exit. How much of that table is in the copied log is part of what Linux is told.
 */
struct tpm_log_report tpm_log_install(struct firmware *firmware, struct linux_tables *tables,
                                      const struct tpm *tpm);

#endif
