/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM that does not take what it is told to measure: the firmware's TCG2 protocol says so.
 *
 *   tpm-error=k         the k-th measurement (1: the first) fails and is not made; `times=n`: and
 *                       the n-1 after it (ever: all after it)
 *   tpm-register=n      only measurements into PCR n count; default all, the firmware's own too
 */
#include "fault.h"

#include "efi/tpm_protocol.h"
#include "report.h"

static struct tpm_protocol *tpm;
static EFI_STATUS(EFIAPI *hash_log_extend_event)(struct tpm_protocol *, UINT64,
                                                 EFI_PHYSICAL_ADDRESS, UINT64, struct tpm_event *);
static uint64_t measurements;

static EFI_STATUS EFIAPI measure_hook(struct tpm_protocol *self, UINT64 flags,
                                      EFI_PHYSICAL_ADDRESS data, UINT64 size,
                                      struct tpm_event *event)
{
    uint64_t first = fault_number("tpm-error", 0);

    if (fault_number("tpm-register", event->index) == event->index)
        measurements++;
    else
        return hash_log_extend_event(self, flags, data, size, event);
    if (measurements < first || measurements - first >= fault_number("times", 1))
        return hash_log_extend_event(self, flags, data, size, event);
    report_begin("tpm");
    report_number("register", event->index);
    report_number("number", measurements);
    report_end();
    return EFI_DEVICE_ERROR;
}

void tpm_arm(void)
{
    EFI_GUID guid = {0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}};
    VOID *interface = NULL;

    if (!fault_flag("tpm-error") ||
        fault.original.LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
        return;
    tpm = interface;
    hash_log_extend_event = tpm->hash_log_extend_event;
    tpm->hash_log_extend_event = measure_hook;
}

void tpm_disarm(void)
{
    if (tpm != NULL)
        tpm->hash_log_extend_event = hash_log_extend_event;
    tpm = NULL;
}
