/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel is to see at which address: an identity map and the exceptions to it. How that
 * becomes page tables is the architecture's business (arch/arch.h).
 */
#ifndef BATON_CORE_MEMORY_ADDRESS_SPACE_H
#define BATON_CORE_MEMORY_ADDRESS_SPACE_H

#include <stdint.h>

/* Where the lower half of the address space ends, on every processor and with every paging depth.
 */
#define ADDRESS_SPACE_LOWER_END (1ULL << 47)

/* Everything that is mapped is readable, by the kernel only, and cached as ordinary memory or as
 * the firmware has set the machine up. The last two are for processors where nobody else says it:
 * others do not look at them. */
enum memory_access {
    ACCESS_READ = 0,
    ACCESS_WRITE = 1,
    ACCESS_EXECUTE = 2,
    ACCESS_ALL = ACCESS_WRITE | ACCESS_EXECUTE,
    ACCESS_NONE = 4,      /* not mapped: every access faults */
    ACCESS_DEVICE = 8,    /* registers: nothing is read ahead, merged or put off */
    ACCESS_UNCACHED = 16, /* memory that is not cached */
};

/* Bytes, whole pages. */
struct address_range {
    uint64_t virtual;
    uint64_t physical; /* not looked at with ACCESS_NONE */
    uint64_t size;
    enum memory_access access;
};

struct address_space {
    uint64_t identity_end;              /* [0, identity_end) is mapped to itself */
    enum memory_access identity;        /* how */
    const struct address_range *ranges; /* the exceptions; a later one wins over an earlier one */
    uint32_t range_count;
};

#endif
