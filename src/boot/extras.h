/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an entry adds to a unified kernel image with its key `extra`: credentials and extensions,
 * which systemd looks for below /.extra in the initrd. As systemd-boot (262) has it: an archive for
 * each kind, behind all other initrds, measured; files that cannot be opened are left out.
 */
#ifndef BATON_BOOT_EXTRAS_H
#define BATON_BOOT_EXTRAS_H

#include "boot/boot.h"

/*
 * Adds them to the payload's modules. To be called when the image has been judged, and before the
 * options are measured, as systemd-boot does. False for what cannot be read to its end.
 */
bool extras_add(struct boot *boot);

#endif
