/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The GUID partition table (UEFI 2.10, 5.3), as far as it takes to find one partition by its type.
 * Knows the format; reads no disk.
 */
#ifndef BATON_CORE_DISK_GPT_H
#define BATON_CORE_DISK_GPT_H

#include "core/base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define GPT_ENTRIES_MAX    1024U
#define GPT_ENTRY_SIZE_MAX 4096U
#define GPT_GUID_SIZE      16U

/* What the header says of the array of entries. */
struct gpt {
    uint64_t entries; /* its first block */
    uint32_t count;   /* of entries, 1 to GPT_ENTRIES_MAX */
    uint32_t size;    /* bytes of each, a multiple of 128 up to GPT_ENTRY_SIZE_MAX */
    uint32_t crc;     /* of all of them */
};

struct gpt_partition {
    uint32_t number; /* from 1 */
    uint64_t first;  /* block */
    uint64_t blocks;
    uint8_t guid[GPT_GUID_SIZE]; /* as on disk */
};

/* False for anything but a sound header in block `number`, which `block` has the bytes of. */
bool gpt_header_parse(struct span block, uint64_t number, struct gpt *ret_gpt);

/* Where a header says that the other one is, whether it is sound or not. */
uint64_t gpt_other_block(struct span block);

/* Whether its checksum is right. */
bool gpt_array_is_sound(const struct gpt *gpt, struct span entries);

/* The first partition of that type (as on disk) with a block in it, in an array that may be
 * unsound. */
bool gpt_find(const struct gpt *gpt, struct span entries, const uint8_t type[GPT_GUID_SIZE],
              struct gpt_partition *ret_partition);

#endif
