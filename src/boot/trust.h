/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether what Baton is about to enter has to pass the firmware's judgement, and the judgement.
 * src/SECURITY.md is the posture that follows. The verifier is the firmware (or shim, where it has
 * taken over): LoadImage() on the very bytes that will run. It checks signatures and revocations,
 * and measures the image to PCR 4 as if it had been started.
 */
#ifndef BATON_BOOT_TRUST_H
#define BATON_BOOT_TRUST_H

#include "boot/protocol.h"
#include "core/base/span.h"
#include "core/trust/secure_boot.h"

#include <stdbool.h>
#include <stdint.h>

/* Secure Boot is on: what the firmware does not vouch for is not entered. */
static inline bool trust_required(const struct boot_environment *environment)
{
    return environment->secure_boot == SECURE_BOOT_ENABLED;
}

/* There is somebody to ask: Secure Boot is on, or something measures. */
static inline bool trust_wanted(const struct boot_environment *environment)
{
    return trust_required(environment) || tpm_usable(environment->tpm);
}

/*
 * Has the firmware judge `image`, a whole PE file in memory. When it says no, that is a failure
 * under Secure Boot, and else NOTE_NOT_JUDGED in *notes: it may be a kernel without an EFI stub.
 */
bool trust_image(struct firmware *firmware, const struct boot_environment *environment,
                 struct span image, const char *path, uint32_t *notes,
                 struct boot_failure *ret_failure);

#endif
