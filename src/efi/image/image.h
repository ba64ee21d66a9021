/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PE images that the firmware loads, judges and starts: EFI_BOOT_SERVICES.LoadImage, StartImage and
 * UnloadImage (UEFI 2.10, 7.4). The firmware is the verifier of Secure Boot: what it does not load
 * is not to be run, and what it loads it has measured into PCR 4 (TCG PC Client Platform Firmware
 * Profile 1.05, 3.3.4.5). When shim is there it is asked instead, see efi/image/shim.h.
 *
 * Files are looked at as bytes in memory only: what was judged is what is used. Paths are UTF-8,
 * with backslashes, from the root of the volume that Baton was started from.
 */
#ifndef BATON_EFI_IMAGE_IMAGE_H
#define BATON_EFI_IMAGE_IMAGE_H

#include "core/base/span.h"
#include "core/text/explain.h"
#include "efi/firmware.h"
#include "efi/lease.h"

/* A loaded image; a lease holds it until it has been started. */
struct image {
    void *handle; /* EFI_HANDLE */
    void *loaded; /* its EFI_LOADED_IMAGE_PROTOCOL */
};

/*
 * Loads the image in `file`, which the firmware copies: the bytes may go afterwards. The image is
 * told that it comes from `path` on Baton's volume, and so is the event log.
 *
 * EFI_ABORTED when Escape was pressed meanwhile (efi/progress.h),
 * EFI_ACCESS_DENIED or EFI_SECURITY_VIOLATION when it is not trusted, EFI_UNSUPPORTED or
 * EFI_LOAD_ERROR when it is no image for this machine, EFI_OUT_OF_RESOURCES, or whatever else the
 * firmware says; then nothing is held.
 */
efi_status image_load(struct firmware *firmware, struct span file, const char *path,
                      struct image *ret_image);

/*
 * Asks whether the image in `file` is trusted, and has it measured, as image_load() would: for
 * those who enter the code in these very bytes themselves. EFI_SUCCESS only when it is; nothing is
 * held afterwards. One call is one measurement.
 */
efi_status image_verify(struct firmware *firmware, struct span file, const char *path);

/* What to say about an error of image_load() or image_verify(). */
struct explanation image_explain(efi_status status);

/*
 * Gives the image its load options: `utf8` as NUL-terminated UTF-16, in pages on the list of
 * leases; "" is none. EFI_INVALID_PARAMETER when it is not UTF-8.
 */
efi_status image_set_options(struct firmware *firmware, struct image *image, const char *utf8);

/* How a started image ended. */
struct image_end {
    efi_status status; /* StartImage's: the image's own, or why it was not started */
    char text[128]; /* its exit data: UTF-8 in one line, as much as fits; "" when there is none */
};

/*
 * Starts the image; comes back only when the image does, or could not be started. In both cases it
 * is no longer held, and `image` is not to be used: an application is unloaded by the firmware when
 * it ends, an image that was refused is unloaded here, and a driver that stays has nobody's leave
 * to ask (UEFI 2.10, 7.4.2). Everything else that was made for it is still the caller's to release.
 *
 * The image finds the machine as a boot manager hands it over: at the task priority that Baton runs
 * at, which is TPL_APPLICATION (see tpl_repair()), the console as it is, and the watchdog armed
 * with five minutes of its own. When it comes back the watchdog is off (UEFI 2.10, 3.1.2: whoever
 * starts a boot option does both), so that a shell which Baton returns to is not reset.
 *
 * With a guard (efi/guard/guard.h) this does not return when boot services are gone.
 */
void image_start(struct firmware *firmware, struct image *image, struct image_end *ret_end);

#endif
