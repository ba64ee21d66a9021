/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small things that live as long as the boot: texts and lists of the entries. Pieces are never
 * given back alone; the chunks they are cut from are leases and go with the rest.
 */
#ifndef BATON_EFI_ARENA_H
#define BATON_EFI_ARENA_H

#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdint.h>

#define ARENA_CHUNK_SIZE (64ULL << 10) /* of the first */

struct arena {
    struct firmware *firmware;
    uint64_t next;       /* address of the first free byte */
    uint64_t end;        /* exclusive */
    uint64_t chunk_size; /* of the next chunk, at least */
};

static inline struct arena arena_of(struct firmware *firmware)
{
    return (struct arena){.firmware = firmware, .chunk_size = ARENA_CHUNK_SIZE};
}

/* `size` bytes, 16-byte aligned, contents unspecified; NULL when the firmware has no more. */
void *arena_take(struct arena *arena, uint64_t size);

#endif
