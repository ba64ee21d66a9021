/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory from the firmware, in whole pages, every piece on the list of leases. Contents are
 * unspecified. */
#ifndef BATON_EFI_PAGES_H
#define BATON_EFI_PAGES_H

#include "core/memory_map.h"
#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdint.h>

#define PAGES_BELOW_4G 0xffffffffULL
#define PAGES_ANYWHERE UINT64_MAX
#define PAGES_ABOVE_ZERO                                                                           \
    0x100000ULL /* nothing of ours goes below 1 MiB: kernels want it for themselves */

/* Where pages may go. Powers of two for alignment; addresses in bytes, `maximum` is the last
 * byte's. */
struct page_request {
    uint64_t count;     /* 4 KiB pages, not 0 */
    uint64_t alignment; /* 0 means one page */
    uint64_t minimum;   /* 0 means 1 MiB */
    uint64_t maximum;   /* 0 means below 4 GiB */
    enum memory_type type;
    bool high; /* take the highest address that fits instead of the lowest */
};

/* EFI_OUT_OF_RESOURCES when no free range of the firmware's map fits. */
efi_status pages_allocate(struct firmware *firmware, struct leases *leases,
                          const struct page_request *request, uint64_t *ret_address);

/* Exactly `address`; EFI_NOT_FOUND when any of it is taken. */
efi_status pages_allocate_at(struct firmware *firmware, struct leases *leases,
                             enum memory_type type, uint64_t address, uint64_t count);

#endif
