/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim (https://github.com/rhboot/shim) as the judge of images: it trusts what the firmware's db
 * trusts, its own vendor's key and the machine owner's keys, and refuses what SBAT or dbx revoke.
 *
 * shim before 16 offers SHIM_LOCK and leaves LoadImage to the firmware, which knows no MOK. So shim
 * is asked first, and while LoadImage runs the firmware's own judges, the security architectural
 * protocols, say yes to exactly the file that shim has accepted. They are changed in place, because
 * firmware keeps their addresses, and put back at once. shim since 16 (loader-proto.c) stands in
 * for LoadImage itself: then there is nothing to do here. When it does not, though it is there, it
 * is asked as before: its owner turned validation off, which makes it accept everything, or it was
 * built without keys of its own (shim_init() in shim.c).
 *
 * Who measures: SHIM_LOCK's Verify extends PCR 4 before it judges (shim_verify() in shim.c); the
 * firmware would do it from where its judges are asked (edk2 DxeTpm2MeasureBootLib), and they are
 * not asked. shim 16 measures in its LoadImage. In each case it is once for each file that is asked
 * about. That is why what shim refuses is refused, and the firmware not asked for a second opinion
 * as systemd-boot does: it would measure the file once more, and it knows no SBAT.
 *
 * Verify also tells shim that its loader takes part: shim before 16 resets the machine in
 * ExitBootServices when nothing was verified.
 */
#ifndef BATON_EFI_IMAGE_SHIM_H
#define BATON_EFI_IMAGE_SHIM_H

#include "core/base/span.h"
#include "efi/firmware.h"

#include <stdbool.h>

/*
 * False when shim is not there to be asked, and LoadImage judges. Else the verdict on `file`:
 * EFI_SUCCESS or why not. Asking is measuring: ask once.
 */
bool shim_judges(const struct firmware *firmware, struct span file, efi_status *ret_verdict);

/*
 * Between the two LoadImage accepts the bytes of `file`, which shim_judges() has said yes to, and
 * asks the firmware about everything else. `nodes` is the device path that LoadImage is told,
 * without its end, for firmware from before 2012 that has only the older protocol and asks about
 * paths. One at a time: the firmware's calls come without a context, so it is kept in a variable of
 * this module.
 */
void shim_vouch_begin(const struct firmware *firmware, struct span file, struct span nodes);
void shim_vouch_end(void);

/*
 * Before an image is started: asks shim to keep its protocol. Since 15.8 it takes it away else
 * (replacements.c), and a unified kernel image could not have its addons judged, nor Baton the next
 * entry when the image comes back. A volatile variable of boot services says so,
 * ShimRetainProtocol; that it cannot be set is no reason not to start.
 */
void shim_keep(const struct firmware *firmware);

#endif
