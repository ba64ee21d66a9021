/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel of Multiboot2, from its header to the loaded image, and the information that it would be
 * given. Input: two bytes for the room that the information has, then the file.
 */
#include "core/multiboot/multiboot_image.h"
#include "core/multiboot/multiboot_info.h"

#include "core/base/checked.h"
#include "fuzz/fuzz.h"

#define IMAGE_MAX   0x40000U /* larger ones are only planned, not loaded */
#define EVENTS_MAX  4096U
#define ADDRESS_END (1ULL << 32)

/* Every byte is the file's or zero, and of no byte two segments say so. */
static void load(const struct multiboot_image *image, struct span file)
{
    uint64_t size = image->end - image->start;
    uint8_t *loaded = exact(NULL, size);
    uint8_t *claimed = exact(NULL, size);

    memset(loaded, 0x5a, size);
    memset(claimed, 0, size);
    multiboot_image_load(image, file, loaded);
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct multiboot_segment *segment = &image->segments[i];

        for (uint64_t at = 0; at < segment->memory_size; at++) {
            uint64_t to = segment->address - image->start + at;

            REQUIRE(!claimed[to]);
            claimed[to] = 1;
            REQUIRE(loaded[to] ==
                    (at < segment->file_size ? file.data[segment->file_offset + at] : 0));
        }
    }
    for (uint64_t at = 0; at < size; at++)
        REQUIRE(claimed[at] || loaded[at] == 0);
    free(claimed);
    free(loaded);
}

static void try_image(const struct multiboot_header *header, struct span file)
{
    struct multiboot_image image;
    enum multiboot_image_error error = multiboot_image_plan(header, file, &image);

    require_explanation(multiboot_image_explain(error));
    if (error != MULTIBOOT_IMAGE_OK)
        return;
    REQUIRE(image.segment_count >= 1 && image.segment_count <= MULTIBOOT_SEGMENTS_MAX);
    REQUIRE(image.start < image.end && image.end <= ADDRESS_END);
    REQUIRE(image.entry >= image.start && image.entry < image.end);
    for (uint32_t i = 0; i < image.segment_count; i++) {
        const struct multiboot_segment *segment = &image.segments[i];

        REQUIRE(segment->address >= image.start && segment->memory_size != 0 &&
                segment->address + segment->memory_size <= image.end);
        REQUIRE(segment->file_size <= segment->memory_size);
        REQUIRE(span_covers(file, segment->file_offset, segment->file_size));
    }
    if (image.end - image.start <= IMAGE_MAX)
        load(&image, file);
}

static bool put(struct multiboot_info *info, struct input input)
{
    static uint64_t events[EVENTS_MAX];
    static uint64_t scratch[EVENTS_MAX];
    char *line = take_line(&input);
    char *words = take_line(&input);
    struct framebuffer framebuffer = {.address = take(&input, 8), .width = 1};
    size_t stride = 40 + take(&input, 1);
    uint8_t *bytes = exact(input.data, input.left);
    struct memory_map map = {.data = bytes, .size = input.left, .descriptor_size = stride};
    struct ranges walk;
    bool usable = false;

    multiboot_info_put_words(info, MULTIBOOT_INFO_COMMAND_LINE, line, words);
    (void)multiboot_info_put_module(info, 1, 2, words, line);
    multiboot_info_put_framebuffer(info, &framebuffer);
    multiboot_info_put_rsdp(info, span_of(bytes, input.left < 36 ? 0 : 36));
    if (ranges_begin(&walk, &map, events, scratch, EVENTS_MAX)) {
        size_t before = info->size;

        usable = multiboot_info_put_maps(info, &map, &walk);
        /* What is left over behind the last descriptor is passed on with the rest. */
        REQUIRE(info->size - before <= multiboot_info_maps_max(map.size / 40));
    }
    free(bytes);
    free(words);
    free(line);
    return usable;
}

/* As a kernel walks it. */
static void walk(const uint8_t *info, size_t size)
{
    size_t at = 8;
    uint32_t words[2];

    for (;;) {
        REQUIRE(at + 8 <= size && at % 8 == 0);
        memcpy(words, info + at, sizeof(words));
        REQUIRE(words[1] >= 8 && words[1] <= size - at);
        at += (words[1] + 7U) & ~7U;
        if (words[0] == 0)
            break;
    }
    memcpy(words, info, sizeof(words));
    REQUIRE(at == size && words[0] == size && words[1] == 0);
}

static void try_info(size_t capacity, struct input input)
{
    struct multiboot_info counted = multiboot_info_in(NULL, 0);
    bool usable = put(&counted, input);
    size_t needed = counted.size + MULTIBOOT_INFO_END_SIZE;
    uint8_t *room = exact(NULL, capacity);
    struct multiboot_info info = multiboot_info_in(room, capacity);

    REQUIRE(put(&info, input) == usable && info.size == counted.size);
    REQUIRE(multiboot_info_finish(&info) == (needed <= capacity));
    if (needed <= capacity)
        walk(room, needed);
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    size_t capacity = take(&input, 2);
    uint8_t *copy = exact(input.data, input.left);
    struct span file = span_of(copy, input.left);
    struct multiboot_header header;
    enum multiboot_header_error error = multiboot_header_find(file, &header);

    require_explanation(multiboot_header_explain(error));
    if (error == MULTIBOOT_HEADER_OK) {
        REQUIRE(header.offset % 8 == 0 && header.offset + 24 <= file.size);
        REQUIRE(is_power_of_two(header.relocation.alignment));
        REQUIRE(header.has_entry || !header.keeps_services);
        try_image(&header, file);
    }
    try_info(capacity, input);
    free(copy);
    return 0;
}
