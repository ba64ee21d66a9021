/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measuring into the machine's TPM and into the measurement registers of a confidential virtual
 * machine. Knows the two protocols that do it (TCG EFI Protocol Specification, family 2.0; UEFI
 * 2.10, section 38). Knows nothing of what is measured, into which register and why: boot/measure.h
 * does.
 *
 * TPM 1.2, which has a protocol of its own, is not measured into; Linux's own EFI stub does not
 * either.
 */
#ifndef BATON_EFI_TPM_H
#define BATON_EFI_TPM_H

#include "core/base/span.h"
#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of event data that tpm_measure() takes: Linux's longest command line in UTF-16. */
#define TPM_EVENT_MAX 4096U

/*
 * Where this boot is measured. Some machines have both: then everything goes into both, because a
 * register that nobody extends holds whatever an attacker wants to put there (CVE-2021-42299).
 */
struct tpm {
    void *tcg2;         /* EFI_TCG2_PROTOCOL with a TPM behind it, or NULL */
    void *cc;           /* EFI_CC_MEASUREMENT_PROTOCOL, or NULL */
    efi_status failure; /* of the first measurement that failed: nothing is measured after it */
    struct progress *progress; /* of the boot that measures; NULL: none */
    bool closed;               /* after a failure: boot/measure.h has closed the registers */
};

struct tpm tpm_find(const struct firmware *firmware);

/* Is there anything to measure into? True as well when that has failed. */
static inline bool tpm_usable(const struct tpm *tpm)
{
    return tpm->tcg2 != NULL || tpm->cc != NULL;
}

/*
 * Extends PCR `pcr` (of a confidential machine: the register that the firmware has for it) with the
 * hash of `data`, which the firmware computes for each of its algorithms in one call, and logs
 * {pcr, type, `event`}. EFI_SUCCESS without doing anything when there is nothing to measure into.
 *
 * EFI_VOLUME_FULL from the firmware means extended but not logged, and is success here: what counts
 * is the register. The firmware then calls its log truncated, which tpm_log_install() reports.
 *
 * Any other answer, and an event of more than TPM_EVENT_MAX bytes (EFI_BAD_BUFFER_SIZE), ends
 * measuring: this and every later call return that first failure and extend nothing. Whoever runs
 * next could make up for what is missing, so nothing may be entered before tpm_close().
 */
efi_status tpm_measure(struct tpm *tpm, unsigned int pcr, uint32_t type, struct span data,
                       struct span event);

/*
 * Extends PCR `pcr` with an error, from where no later measurement leads back to the value of a
 * whole boot: EV_SEPARATOR over the number 1, as firmware does that could not measure (TCG PC
 * Client Platform Firmware Profile 1.05, 10.4.1). The event in the log is that number, too: readers
 * of logs hash a separator's event and compare. For after a failure; the answer is that of this
 * call.
 */
efi_status tpm_close(const struct tpm *tpm, unsigned int pcr);

#endif
