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
#define VOLUME_FOUND    2U

/*
 * Looks for the second one, by the disk's GPT; afterwards `firmware->extended` is its handle, NULL
 * when there is none with a file system. Connects its drivers where the firmware has not (fast
 * boot); a disk without such a partition costs reading its partition table.
 */
void volume_find_extended(struct firmware *firmware);

/*
 * The first volume of the machine with a file at `path`, as VOLUME_FOUND; `firmware->volume` stays
 * as it is. False when there is none.
 */
bool volume_find(struct firmware *firmware, const char *path);

/* Whether any block device of the machine is one of Windows' encrypted volumes (BitLocker). */
bool volume_is_any_sealed(struct firmware *firmware);

#endif
