/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether what Baton is about to enter has to pass the firmware's judgement, the judgement, and
 * that nothing is entered which a TPM does not know. src/SECURITY.md is the posture that follows.
 * The verifier is the firmware (or shim, where it has taken over): LoadImage() on the very bytes
 * that will run. It checks signatures and revocations, and measures the image to PCR 4 as if it had
 * been started. What it does not load Baton measures in its place.
 */
#ifndef BATON_BOOT_TRUST_H
#define BATON_BOOT_TRUST_H

#include "boot/boot.h"
#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Secure Boot may be on: what the firmware does not vouch for is not entered. */
static inline bool trust_required(const struct boot *boot)
{
    return boot->environment.secure_boot_enforced;
}

/* There is somebody to ask: Secure Boot is on, or something measures. */
static inline bool trust_wanted(const struct boot *boot)
{
    return trust_required(boot) || tpm_usable(boot->environment.tpm);
}

/*
 * Has the firmware judge `image`, a whole PE file in memory. When it says no, that is a failure
 * under Secure Boot, and else SHORTFALL_NOT_JUDGED: it may be a kernel without an EFI stub. Then it
 * is measured by Baton.
 */
bool trust_image(struct boot *boot, struct span image, const char *path);

/*
 * For kernels that no firmware can judge: where somebody measures, the file is read as a whole, and
 * becomes the payload's kernel in memory, so that the measured bytes are the ones that run.
 */
bool trust_take_in(struct boot *boot);

/*
 * The load options that systemd-boot would start the payload's kernel with, and measures: its
 * command line, and in it `initrd=PATH` for each initrd of a `linux` entry, behind a profile's
 * number. In pages of a lease, unless there are none.
 */
efi_status trust_load_options(struct boot *boot, const char **ret_options);

/*
 * The command line, as the kernel's own stub measures it; and those load options, as a loader does,
 * unless it came with the kernel. Baton names initrds to nobody, so the stub's are without them.
 */
void trust_measure_options(struct boot *boot);

/*
 * The gate in front of every entry and every start. When a measurement has failed the registers are
 * closed first, and that is said, once; when that fails too it is a failure of the boot.
 */
bool trust_may_enter(struct boot *boot);

#endif
