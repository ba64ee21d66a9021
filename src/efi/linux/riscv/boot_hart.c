/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/linux/riscv/boot_hart.h"

#include "efi/services.h"

struct riscv_boot {
    UINT64 revision;
    EFI_STATUS(EFIAPI *get_boot_hart)(struct riscv_boot *protocol, UINTN *hart);
};

bool boot_hart(const struct firmware *firmware, uint64_t *ret_hart)
{
    EFI_GUID guid = {0xccd15fec, 0x6f73, 0x4eec, {0x83, 0x95, 0x3e, 0x69, 0xe4, 0xb9, 0x40, 0xbf}};
    VOID *interface = NULL;
    struct riscv_boot *protocol;
    UINTN hart;

    if (boot_services(firmware)->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS ||
        interface == NULL)
        return false;
    protocol = interface;
    if (protocol->get_boot_hart(protocol, &hart) != EFI_SUCCESS)
        return false;
    *ret_hart = hart;
    return true;
}
