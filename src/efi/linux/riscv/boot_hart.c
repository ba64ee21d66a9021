/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/riscv/boot_hart.h"

#include "core/linux/tree_board.h"
#include "efi/linux/tree/firmware_tree.h"
#include "efi/services.h"

struct riscv_boot {
    UINT64 revision;
    EFI_STATUS(EFIAPI *get_boot_hart)(struct riscv_boot *protocol, UINTN *hart);
};

bool boot_hart(const struct firmware *firmware, uint64_t *ret_hart)
{
    static const EFI_GUID guid = {
        0xccd15fec, 0x6f73, 0x4eec, {0x83, 0x95, 0x3e, 0x69, 0xe4, 0xb9, 0x40, 0xbf}};
    struct riscv_boot *protocol = locate_protocol(firmware, &guid);
    UINTN hart;

    if (protocol == NULL || protocol->get_boot_hart(protocol, &hart) != EFI_SUCCESS)
        return tree_boot_hart(firmware_tree(firmware), ret_hart);
    *ret_hart = hart;
    return true;
}
