/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/gpt.h"

#include "core/base/crc32.h"
#include "core/base/mem.h"

#include <stddef.h>

#define SIGNATURE       0x5452415020494645ULL /* "EFI PART" */
#define REVISION        0x00010000U
#define HEADER_SIZE_MIN 92U

/* UEFI 2.10, tables 5.5 and 5.6. */
struct header {
    uint64_t signature;
    uint32_t revision;
    uint32_t size;
    uint32_t crc;
    uint32_t reserved;
    uint64_t own_block;
    uint64_t other_block;
    uint64_t first_usable;
    uint64_t last_usable;
    uint8_t disk[GPT_GUID_SIZE];
    uint64_t entries;
    uint32_t count;
    uint32_t entry_size;
    uint32_t entries_crc;
};
_Static_assert(offsetof(struct header, entries_crc) + 4 == HEADER_SIZE_MIN, "as on the disk");

struct entry {
    uint8_t type[GPT_GUID_SIZE];
    uint8_t guid[GPT_GUID_SIZE];
    uint64_t first;
    uint64_t last;
};

/* Of the header, whose own checksum counts as zeros in it. */
static bool checksum_is_right(struct span block, uint32_t size, uint32_t expected)
{
    static const uint8_t zeros[4] = {0};
    const size_t begin = offsetof(struct header, crc);
    const size_t end = begin + sizeof(zeros);
    uint32_t crc = crc32_update(0, block.data, begin);

    crc = crc32_update(crc, zeros, sizeof(zeros));
    crc = crc32_update(crc, block.data + end, size - end);
    return crc == expected;
}

uint64_t gpt_other_block(struct span block)
{
    uint64_t other = 0;

    (void)span_copy(block, offsetof(struct header, other_block), &other, sizeof(other));
    return other;
}

bool gpt_header_parse(struct span block, uint64_t number, struct gpt *ret_gpt)
{
    struct header header;

    if (!span_copy(block, 0, &header, HEADER_SIZE_MIN))
        return false;
    if (header.signature != SIGNATURE || header.revision != REVISION ||
        header.size < HEADER_SIZE_MIN || header.size > block.size || header.own_block != number ||
        !checksum_is_right(block, header.size, header.crc))
        return false;
    if (header.count == 0 || header.count > GPT_ENTRIES_MAX || header.entry_size == 0 ||
        header.entry_size % 128 != 0 || header.entry_size > GPT_ENTRY_SIZE_MAX)
        return false;
    *ret_gpt = (struct gpt){.entries = header.entries,
                            .count = header.count,
                            .size = header.entry_size,
                            .crc = header.entries_crc};
    return true;
}

bool gpt_array_is_sound(const struct gpt *gpt, struct span entries)
{
    size_t size = (size_t)gpt->count * gpt->size;

    return entries.size >= size && crc32_update(0, entries.data, size) == gpt->crc;
}

bool gpt_find(const struct gpt *gpt, struct span entries, const uint8_t type[GPT_GUID_SIZE],
              struct gpt_partition *ret_partition)
{
    size_t size = (size_t)gpt->count * gpt->size;

    if (entries.size < size)
        return false;
    for (uint32_t i = 0; i < gpt->count; i++) {
        uint64_t at = (uint64_t)i * gpt->size;
        struct entry entry;

        /* Where it lies: most are of another type, or empty. */
        if (memcmp(entries.data + at, type, sizeof(entry.type)) != 0 ||
            !span_copy(entries, at, &entry, sizeof(entry)) || entry.last < entry.first ||
            entry.last == UINT64_MAX)
            continue;
        ret_partition->number = i + 1;
        ret_partition->first = entry.first;
        ret_partition->blocks = entry.last - entry.first + 1;
        memcpy(ret_partition->guid, entry.guid, sizeof(entry.guid));
        return true;
    }
    return false;
}
