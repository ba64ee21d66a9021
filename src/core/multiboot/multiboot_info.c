/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/multiboot/multiboot_info.h"

#include "core/base/mem.h"
#include "core/base/store.h"
#include "core/text/text.h"

#define FIXED_SIZE 8U /* total size and a reserved number, in front of the tags */
#define TAG_HEADER 8U

/* Of MULTIBOOT_INFO_MAP. */
#define MAP_HEADER     8U
#define MAP_ENTRY_SIZE 24U
#define MAP_RAM        1U
#define MAP_RESERVED   2U
#define MAP_ACPI       3U
#define MAP_NVS        4U
#define MAP_BAD        5U

#define EFI_MAP_HEADER 8U
#define MEMORY_SIZE    8U
#define CONVENTIONAL   (640ULL << 10) /* more was never called lower memory */
#define UPPER          (1ULL << 20)

#define FRAMEBUFFER_SIZE 30U
#define FRAMEBUFFER_RGB  1U

struct multiboot_info multiboot_info_in(uint8_t *data, size_t capacity)
{
    return (struct multiboot_info){.data = data, .capacity = capacity, .size = FIXED_SIZE};
}

static size_t padded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

/* Begins a tag; where its body goes, all zero with what fills it up, or NULL without room for it.
 */
static uint8_t *tag(struct multiboot_info *info, enum multiboot_info_type type, size_t body_size)
{
    size_t begin = info->size;
    size_t size = padded(TAG_HEADER + body_size);

    info->size += size;
    if (info->size > info->capacity)
        return NULL;
    memset(info->data + begin, 0, size);
    store_u32(info->data + begin, type);
    store_u32(info->data + begin + 4, (uint32_t)(TAG_HEADER + body_size));
    return info->data + begin + TAG_HEADER;
}

void multiboot_info_put(struct multiboot_info *info, enum multiboot_info_type type,
                        struct span body)
{
    uint8_t *to = tag(info, type, body.size);

    if (to != NULL && body.size != 0)
        memcpy(to, body.data, body.size);
}

void multiboot_info_put_u32(struct multiboot_info *info, enum multiboot_info_type type,
                            uint32_t number)
{
    multiboot_info_put(info, type, span_of(&number, sizeof(number)));
}

void multiboot_info_put_u64(struct multiboot_info *info, enum multiboot_info_type type,
                            uint64_t number)
{
    multiboot_info_put(info, type, span_of(&number, sizeof(number)));
}

/* A tag with the words, behind `lead` bytes that the caller fills in at what is returned. */
static uint8_t *put_words(struct multiboot_info *info, enum multiboot_info_type type, size_t lead,
                          const char *first, const char *second)
{
    size_t first_size = text_length(first);
    size_t second_size = text_length(second);
    size_t blank = first_size != 0 && second_size != 0 ? 1 : 0;
    uint8_t *to = tag(info, type, lead + first_size + blank + second_size + 1);

    if (to != NULL) {
        memcpy(to + lead, first, first_size);
        memset(to + lead + first_size, ' ', blank);
        memcpy(to + lead + first_size + blank, second, second_size);
    }
    return to;
}

void multiboot_info_put_words(struct multiboot_info *info, enum multiboot_info_type type,
                              const char *first, const char *second)
{
    (void)put_words(info, type, 0, first, second);
}

const char *multiboot_info_put_module(struct multiboot_info *info, uint32_t start, uint32_t end,
                                      const char *first, const char *second)
{
    uint8_t *to = put_words(info, MULTIBOOT_INFO_MODULE, 8, first, second);

    if (to == NULL)
        return NULL;
    store_u32(to, start);
    store_u32(to + 4, end);
    return (const char *)to + 8;
}

static void put_channel(uint8_t *to, struct framebuffer_channel channel)
{
    to[0] = channel.position;
    to[1] = channel.size;
}

void multiboot_info_put_framebuffer(struct multiboot_info *info,
                                    const struct framebuffer *framebuffer)
{
    uint8_t *to;

    if (framebuffer->address == 0)
        return;
    to = tag(info, MULTIBOOT_INFO_FRAMEBUFFER, FRAMEBUFFER_SIZE);
    if (to == NULL)
        return;
    store_u64(to, framebuffer->address);
    store_u32(to + 8, framebuffer->pitch);
    store_u32(to + 12, framebuffer->width);
    store_u32(to + 16, framebuffer->height);
    to[20] = (uint8_t)framebuffer->bits_per_pixel;
    to[21] = FRAMEBUFFER_RGB;
    put_channel(to + 24, framebuffer->red);
    put_channel(to + 26, framebuffer->green);
    put_channel(to + 28, framebuffer->blue);
}

void multiboot_info_put_rsdp(struct multiboot_info *info, struct span rsdp)
{
    if (rsdp.size < MULTIBOOT_RSDP_1_SIZE)
        return;
    multiboot_info_put(info, MULTIBOOT_INFO_RSDP_1, span_of(rsdp.data, MULTIBOOT_RSDP_1_SIZE));
    if (rsdp.size >= MULTIBOOT_RSDP_2_SIZE)
        multiboot_info_put(info, MULTIBOOT_INFO_RSDP_2, rsdp);
}

/* --- memory --------------------------------------------------------------------------------------
 */

size_t multiboot_info_maps_max(uint64_t descriptors)
{
    return 3 * padded(TAG_HEADER + MAP_HEADER) + ranges_max(descriptors) * MAP_ENTRY_SIZE +
           padded((descriptors + 1) * sizeof(struct memory_descriptor));
}

static uint32_t map_type(enum memory_type type)
{
    if (memory_type_is_general(type))
        return MAP_RAM;
    switch (type) {
    case MEMORY_ACPI_RECLAIM:
        return MAP_ACPI;
    case MEMORY_ACPI_NVS:
        return MAP_NVS;
    case MEMORY_UNUSABLE:
        return MAP_BAD;
    default:
        return MAP_RESERVED;
    }
}

/* Neighbours of one type, as one. */
static bool next_entry(struct ranges *walk, struct range *pending, bool *has_pending,
                       struct range *ret_entry)
{
    struct range range;

    if (!*has_pending && !ranges_next(walk, pending))
        return false;
    *ret_entry = *pending;
    while ((*has_pending = ranges_next(walk, &range))) {
        *pending = range;
        if (range.start != ret_entry->end || map_type(range.type) != map_type(ret_entry->type))
            break;
        ret_entry->end = range.end;
    }
    return true;
}

static uint32_t kib(uint64_t bytes)
{
    bytes >>= 10;
    return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

bool multiboot_info_put_maps(struct multiboot_info *info, const struct memory_map *map,
                             struct ranges *walk)
{
    size_t begin = info->size;
    uint32_t memory[2] = {0}; /* KiB from 0, and from 1 MiB */
    uint32_t header[2] = {MAP_ENTRY_SIZE, 0};
    struct range pending;
    struct range entry;
    bool has_pending = false;
    bool has_memory = false;
    uint8_t *to;

    multiboot_info_put(info, MULTIBOOT_INFO_MAP, span_of(header, sizeof(header)));
    while (next_entry(walk, &pending, &has_pending, &entry)) {
        uint32_t type = map_type(entry.type);

        if (type == MAP_RAM) {
            has_memory = true;
            if (entry.start == 0)
                memory[0] = kib(entry.end < CONVENTIONAL ? entry.end : CONVENTIONAL);
            if (entry.start <= UPPER && entry.end > UPPER)
                memory[1] = kib(entry.end - UPPER);
        }
        info->size += MAP_ENTRY_SIZE;
        if (info->size > info->capacity)
            continue;
        to = info->data + info->size - MAP_ENTRY_SIZE;
        store_u64(to, entry.start);
        store_u64(to + 8, entry.end - entry.start);
        store_u64(to + 16, type);
    }
    if (info->size <= info->capacity)
        store_u32(info->data + begin + 4, (uint32_t)(info->size - begin));
    multiboot_info_put(info, MULTIBOOT_INFO_MEMORY, span_of(memory, sizeof(memory)));
    to = tag(info, MULTIBOOT_INFO_EFI_MAP, EFI_MAP_HEADER + map->size);
    if (to != NULL) {
        store_u32(to, (uint32_t)map->descriptor_size);
        store_u32(to + 4, map->descriptor_version);
        memcpy(to + EFI_MAP_HEADER, map->data, map->size);
    }
    return has_memory;
}

bool multiboot_info_finish(struct multiboot_info *info)
{
    (void)tag(info, MULTIBOOT_INFO_END, 0);
    if (info->size > info->capacity)
        return false;
    store_u32(info->data, (uint32_t)info->size);
    store_u32(info->data + 4, 0);
    return true;
}
