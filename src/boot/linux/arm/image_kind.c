/* SPDX-License-Identifier: BSD-2-Clause */
/* arm64: any processor will do. */
#include "boot/linux/tree/image_kind.h"

#include "core/linux/linux_image.h"
#include "core/linux/runtime_quirk.h"
#include "efi/smbios.h"

const uint32_t image_kind_magic = LINUX_IMAGE_MAGIC_ARM64;

/* Its stub calls SetVirtualAddressMap() where runtime services work only then. */
bool image_kind_fits(const struct boot *boot, struct explanation *ret_why)
{
    *ret_why = because("the firmware of this machine has to be told new addresses of its services",
                       "have it started with `baton-exit guard`");
    return !runtime_quirk(smbios_table(boot->firmware));
}

bool image_kind_processor(const struct boot *boot, uint64_t *ret_number)
{
    (void)boot;
    *ret_number = 0;
    return true;
}
