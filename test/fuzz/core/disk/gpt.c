/* SPDX-License-Identifier: BSD-2-Clause */
/* A partition table. Input: the header's block, 512 bytes; the array of entries. */
#include "core/disk/gpt.h"

#include "core/base/crc32.h"
#include "core/base/store.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t type[GPT_GUID_SIZE] = "type of interest";
    struct gpt_partition partition;
    struct gpt gpt;
    size_t head = size < 512 ? size : 512;
    uint8_t *block = exact(data, head);
    uint8_t *entries = exact(data + head, size - head);
    uint32_t length = 0;

    /* Checksums that nobody would guess. */
    if (head >= 92) {
        memcpy(&length, block + 12, sizeof(length));
        memset(block + 16, 0, 4);
        if (length <= head)
            store_u32(block + 16, crc32_update(0, block, length));
    }
    if (gpt_header_parse(span_of(block, head), 1, &gpt)) {
        REQUIRE(gpt.count >= 1 && gpt.count <= GPT_ENTRIES_MAX);
        REQUIRE(gpt.size >= 128 && gpt.size <= GPT_ENTRY_SIZE_MAX && gpt.size % 128 == 0);
        if ((size_t)gpt.count * gpt.size <= size - head)
            gpt.crc = crc32_update(0, entries, (size_t)gpt.count * gpt.size);
        if (gpt_find(&gpt, span_of(entries, size - head), type, &partition))
            REQUIRE(partition.number >= 1 && partition.number <= gpt.count &&
                    partition.blocks != 0 && partition.first + partition.blocks != 0);
    }
    free(entries);
    free(block);
    return 0;
}
