/* SPDX-License-Identifier: BSD-2-Clause */
/* The random seed that is kept on the boot volume, \loader\random-seed (core/linux/boot_seed.h). */
#ifndef BATON_EFI_LINUX_SEED_FILE_H
#define BATON_EFI_LINUX_SEED_FILE_H

#include "efi/firmware.h"

#include <stdbool.h>

#define SEED_FILE_PATH "\\loader\\random-seed"

/*
 * Where Baton's volume has such a file: writes its next contents, and only when they are on the
 * disk installs a table with the seed for the kernel, in place of an earlier loader's, which is
 * wiped (efi/linux/random.h adds it to what the firmware gives). A lease takes the table out again:
 * the seed of a boot that comes back is spent.
 *
 * Does nothing when there is no file, or one that must not be written, and when what there is would
 * be no secret: without a generator, an earlier table and a token, or under Secure Boot without the
 * first two. EFI_BAD_BUFFER_SIZE for a file that is too long: the only thing to tell anybody.
 */
efi_status seed_file_use(struct firmware *firmware, bool secure_boot);

#endif
