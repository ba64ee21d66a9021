/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing to the firmware's file systems: the little that boot counting and the random seed need.
 * Everything is flushed before a call returns. Names are UTF-8, of the directory that is given.
 */
#ifndef BATON_EFI_FILE_WRITE_H
#define BATON_EFI_FILE_WRITE_H

#include "core/base/span.h"
#include "efi/file.h"

/* Whether the file says of itself that it may not be written; false when nobody can tell. */
bool file_is_read_only(const struct file *file);

/*
 * Whether the volume of `file` has that many bytes left. EFI_VOLUME_FULL when it has not, or nobody
 * can tell, EFI_WRITE_PROTECTED when it takes none at all.
 */
efi_status file_has_room(const struct file *file, uint64_t size);

/*
 * A new file with these bytes. EFI_ACCESS_DENIED when there is one of that name: it is left alone.
 * After any other error there is none, as far as the firmware can take it away again.
 */
efi_status file_create(struct firmware *firmware, struct file *directory, const char *name,
                       struct span contents);

efi_status file_delete(const struct file *directory, const char *name);

/*
 * The file's entry in its directory under another name. EDK II's FAT driver loses the file when
 * there is no room for the new entry, so ask file_has_room() first.
 */
efi_status file_rename(const struct file *directory, const char *name, const char *new_name);

/* `contents` over the beginning of the file at `path`, which is made unless it is there. */
efi_status file_overwrite(const struct file *directory, const char *path, struct span contents);

/* Whether the firmware or the medium does not want anything written, as each firmware says it:
 * nothing to tell anybody about. */
bool file_is_refusal(efi_status status);

#endif
