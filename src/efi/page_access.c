/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/page_access.h"

#include "core/base/page.h"
#include "efi/services.h"

/* UEFI 2.10, 37.7; gnu-efi has neither name. */
#define PAGE_ACCESS_GUID                                                                           \
    {                                                                                              \
        0xf4560cf6, 0x40ec, 0x4b4a,                                                                \
        {                                                                                          \
            0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89                                         \
        }                                                                                          \
    }

#define READ_PROTECT    0x2000ULL
#define EXECUTE_PROTECT 0x4000ULL
#define READ_ONLY       0x20000ULL

struct page_access {
    EFI_STATUS(EFIAPI *get)(struct page_access *, EFI_PHYSICAL_ADDRESS, UINT64, UINT64 *);
    EFI_STATUS(EFIAPI *set)(struct page_access *, EFI_PHYSICAL_ADDRESS, UINT64, UINT64);
    EFI_STATUS(EFIAPI *clear)(struct page_access *, EFI_PHYSICAL_ADDRESS, UINT64, UINT64);
};

efi_status page_access_allow_all(const struct firmware *firmware, uint64_t address, uint64_t pages)
{
    static const EFI_GUID guid = PAGE_ACCESS_GUID;
    struct page_access *protocol = locate_protocol(firmware, &guid);

    if (protocol == NULL)
        return EFI_SUCCESS;
    return protocol->clear(protocol, address, pages * PAGE_SIZE,
                           READ_PROTECT | EXECUTE_PROTECT | READ_ONLY);
}
