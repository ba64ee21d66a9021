/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a unified kernel image (UAPI.5) apart, to enter the kernel in it by Baton's own exit
 * instead of starting the image's stub. It is verified as a whole, measured as its stub measures it
 * (PCR 11), and refused when there is something beside the kernel, its initrds and its command line
 * that only the stub knows how to hand over. Left out without a word is what systemd's stub makes
 * up by itself: its variables but StubPcrKernelImage, and copies of .osrel and .profile in the
 * initrd (systemd, src/boot/stub.c and export-vars.c, v257).
 */
#ifndef BATON_BOOT_UKI_OPEN_H
#define BATON_BOOT_UKI_OPEN_H

#include "boot/boot.h"

/*
 * Afterwards the payload is the kernel in the image with its initrds, and its command line unless
 * the entry has one and Secure Boot is off. Leases hold the image's bytes.
 */
bool uki_open(struct boot *boot);

/*
 * Tells systemd's userspace that PCR 11 holds the image, as the stub does: only then does it add
 * the phases of the boot, to which secrets can be bound. To be called when nothing can fail any
 * more.
 */
void uki_announce(const struct firmware *firmware);

#endif
