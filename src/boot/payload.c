/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/payload.h"

#include "boot/failure.h"

static struct explanation why_not_open(efi_status status)
{
    if (status == STATUS_NOT_FOUND)
        return because("there is no such file",
                       "check its path on the volume that Baton was started from");
    if (status == STATUS_INVALID_PARAMETER)
        return because("it is a directory", "name a file");
    return because("the firmware can not open it", "check the file system for errors");
}

static bool open_file(struct firmware *firmware, struct file *root, const char *path,
                      struct boot_file *ret_file, struct boot_failure *ret_failure)
{
    const struct explanation no_size =
        because("the firmware can not tell its size", "check the file system for errors");
    struct boot_file opened = {.path = path};
    efi_status status = file_open(firmware, root, path, &opened.file);

    if (status != 0)
        return boot_fail(ret_failure, "opening", path, why_not_open(status), status);
    status = file_size(opened.file, &opened.size);
    if (status != 0)
        return boot_fail(ret_failure, "opening", path, no_size, status);
    *ret_file = opened;
    return true;
}

bool opened_read_head(struct firmware *firmware, struct opened *opened,
                      struct boot_failure *ret_failure)
{
    const struct explanation cannot_read =
        because("its first bytes can not be read", "check the disk for errors");
    efi_status status;

    opened->head_size = BOOT_HEAD_SIZE;
    if (opened->kernel.size < BOOT_HEAD_SIZE)
        opened->head_size = (uint32_t)opened->kernel.size;
    status = contents_read(firmware, &opened->kernel, 0, opened->head_size, opened->head);
    return status == 0 ||
           boot_fail(ret_failure, "reading", opened->kernel.path, cannot_read, status);
}

bool opened_open(struct firmware *firmware, const struct candidate *candidate,
                 struct opened *ret_opened, struct boot_failure *ret_failure)
{
    const struct explanation no_volume =
        because("the volume Baton was started from can not be opened",
                "start Baton from a FAT file system that this firmware reads");
    efi_status status = volume_open(firmware, &ret_opened->root);

    if (status != 0)
        return boot_fail(ret_failure, "opening", candidate->kernel, no_volume, status);
    if (!open_file(firmware, ret_opened->root, candidate->kernel, &ret_opened->kernel,
                   ret_failure) ||
        !opened_read_head(firmware, ret_opened, ret_failure))
        return false;
    for (unsigned int i = 0; i < candidate->initrd_count; i++) {
        if (!open_file(firmware, ret_opened->root, candidate->initrds[i], &ret_opened->modules[i],
                       ret_failure))
            return false;
    }
    ret_opened->module_count = candidate->initrd_count;
    ret_opened->command_line = candidate->command_line;
    return true;
}
