/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/gpt.h"

#include "core/base/crc32.h"
#include "core/base/mem.h"

#define SIGNATURE       0x5452415020494645ULL /* "EFI PART" */
#define REVISION        0x00010000U
#define HEADER_SIZE_MIN 92U

/* Offsets in the header. */
enum { AT_REVISION = 8, AT_SIZE = 12, AT_CRC = 16, AT_BLOCK = 24, AT_ENTRIES = 72, AT_COUNT = 80 };
enum { AT_ENTRY_SIZE = 84, AT_ENTRIES_CRC = 88 };

/* Of the header, whose own checksum counts as zeros in it. */
static bool checksum_is_right(struct span block, uint32_t size, uint32_t expected)
{
    static const uint8_t zeros[4] = {0};
    uint32_t crc = crc32_update(0, block.data, AT_CRC);

    crc = crc32_update(crc, zeros, sizeof(zeros));
    crc = crc32_update(crc, block.data + AT_CRC + 4, size - AT_CRC - 4);
    return crc == expected;
}

bool gpt_header_parse(struct span block, uint64_t number, struct gpt *ret_gpt)
{
    struct gpt gpt;
    uint64_t signature;
    uint64_t own;
    uint32_t revision;
    uint32_t size;
    uint32_t crc;

    if (!span_u64(block, 0, &signature) || !span_u32(block, AT_REVISION, &revision) ||
        !span_u32(block, AT_SIZE, &size) || !span_u32(block, AT_CRC, &crc) ||
        !span_u64(block, AT_BLOCK, &own) || !span_u64(block, AT_ENTRIES, &gpt.entries) ||
        !span_u32(block, AT_COUNT, &gpt.count) || !span_u32(block, AT_ENTRY_SIZE, &gpt.size) ||
        !span_u32(block, AT_ENTRIES_CRC, &gpt.crc))
        return false;
    if (signature != SIGNATURE || revision != REVISION || size < HEADER_SIZE_MIN ||
        size > block.size || own != number || !checksum_is_right(block, size, crc))
        return false;
    if (gpt.count == 0 || gpt.count > GPT_ENTRIES_MAX || gpt.size == 0 || gpt.size % 128 != 0 ||
        gpt.size > GPT_ENTRY_SIZE_MAX)
        return false;
    *ret_gpt = gpt;
    return true;
}

bool gpt_find(const struct gpt *gpt, struct span entries, const uint8_t type[GPT_GUID_SIZE],
              struct gpt_partition *ret_partition)
{
    size_t size = (size_t)gpt->count * gpt->size;

    if (entries.size < size)
        return false;
    for (uint32_t i = 0; i < gpt->count; i++) {
        struct span entry = span_of(entries.data + (size_t)i * gpt->size, gpt->size);
        uint64_t first = 0;
        uint64_t last = 0;

        if (memcmp(entry.data, type, GPT_GUID_SIZE) != 0)
            continue;
        (void)span_u64(entry, 32, &first);
        (void)span_u64(entry, 40, &last);
        if (last < first || last == UINT64_MAX)
            continue;
        *ret_partition =
            (struct gpt_partition){.number = i + 1, .first = first, .blocks = last - first + 1};
        memcpy(ret_partition->guid, entry.data + 16, GPT_GUID_SIZE);
        return crc32_update(0, entries.data, size) == gpt->crc;
    }
    return false;
}
