/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The volumes that entries are on: the one that Baton was started from, and the extended boot
 * loader partition (XBOOTLDR, UAPI.1) of the same disk. Which of them paths are on is
 * `firmware->volume`.
 */
#ifndef BATON_EFI_VOLUMES_H
#define BATON_EFI_VOLUMES_H

#include "efi/firmware.h"

#include <stdbool.h>

#define VOLUME_OWN      0U
#define VOLUME_EXTENDED 1U

/*
 * Looks for the second one, by the disk's GPT; afterwards `firmware->extended` is its handle, NULL
 * when there is none with a file system. Connects its drivers where the firmware has not (fast
 * boot); a disk without such a partition costs reading its partition table.
 */
void volume_find_extended(struct firmware *firmware);

#endif
