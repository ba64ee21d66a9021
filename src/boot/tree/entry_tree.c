/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry_tree.h"

#include "boot/failure.h"
#include "boot/measure.h"
#include "boot/trust.h"
#include "core/linux/tree_blocks.h"
#include "efi/linux/tree/firmware_tree.h"
#include "efi/pages.h"

static bool refuse(struct boot *boot, enum device_tree_error error)
{
    (void)boot_fail(boot, "installing", boot->entry->device_tree, device_tree_explain(error), 0);
    boot->failure.remedy = "give another device tree";
    return false;
}

/* What is measured is what the file has; what the firmware makes of it follows from that. */
static bool install(struct boot *boot, struct span file)
{
    const struct explanation refused =
        because("the firmware does not take this device tree", "update the firmware, or the tree");
    struct tree tree;
    enum device_tree_error error = tree_parse(file, &tree);
    efi_status status;

    if (error != DEVICE_TREE_OK)
        return refuse(boot, error);
    (void)measure_module(boot->environment.tpm, boot->entry->device_tree, file);
    status = firmware_tree_replace(boot->firmware, span_of(file.data, device_tree_size(file)));
    return status == 0 || boot_fail(boot, "installing", boot->entry->device_tree, refused, status);
}

bool entry_tree_use(struct boot *boot)
{
    const struct explanation unsigned_tree =
        because("Secure Boot is on, or cannot be read, and nobody has signed this device tree",
                "the firmware's is used");
    const char *path = boot->entry->device_tree;
    struct boot_file file;
    struct span bytes;
    bool is_installed;

    if (path == NULL)
        return true;
    if (trust_required(boot)) {
        failure_tell("installing", path, unsigned_tree, 0);
        return true;
    }
    if (!payload_open_file(boot, path, &file))
        return false;
    if (file.size > DEVICE_TREE_SIZE_MAX)
        return refuse(boot, DEVICE_TREE_TOO_LARGE);
    if (!boot_file_load(boot, &file, file.size, 0, "installing", &bytes))
        return false;
    is_installed = install(boot, bytes);
    pages_free(boot->firmware, (uintptr_t)bytes.data);
    return is_installed;
}
