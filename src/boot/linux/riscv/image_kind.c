/* SPDX-License-Identifier: BSD-2-Clause */
/* RISC-V: the kernel has to be told which hart it begins on, which only the firmware knows. */
#include "boot/linux/tree/image_kind.h"

#include "core/linux/linux_image.h"
#include "efi/linux/riscv/boot_hart.h"

const uint32_t image_kind_magic = LINUX_IMAGE_MAGIC_RISCV;

bool image_kind_fits(const struct boot *boot, struct explanation *ret_why)
{
    uint64_t hart;

    *ret_why = because("the firmware does not tell on which processor it runs",
                       "have it started with `baton-exit guard`");
    return boot_hart(boot->firmware, &hart);
}

bool image_kind_processor(const struct boot *boot, uint64_t *ret_number)
{
    return boot_hart(boot->firmware, ret_number);
}
