/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first bytes of a kernel file; what bzimage_parse() lets through is then placed and described
 * to the kernel as src/boot/linux/x86/linux.c does. Input: u32 that the file is longer than its
 * head, head.
 */
#include "core/linux/x86/bzimage.h"

#include "core/base/checked.h"
#include "core/base/page.h"
#include "core/linux/x86/linux_placement.h"
#include "core/linux/x86/zero_page.h"
#include "fuzz/fuzz.h"

static void require_image(const struct bzimage *image, size_t head_size, uint64_t file_size)
{
    REQUIRE(image->header_end <= BZIMAGE_HEADER_LIMIT && image->header_end <= head_size);
    REQUIRE(image->header_end > BZIMAGE_HEADER_START && image->version >= 0x20c);
    REQUIRE((image->xloadflags & BZIMAGE_XLF_KERNEL_64) != 0);
    REQUIRE(image->code_offset < file_size && image->code_size <= file_size - image->code_offset);
    REQUIRE(image->code_size > BZIMAGE_ENTRY_64 && image->init_size >= image->code_size);
    REQUIRE(image->kernel_info_offset < image->code_size);
    REQUIRE(is_power_of_two(image->alignment) && is_power_of_two(image->minimum_alignment));
    REQUIRE(image->minimum_alignment <= image->alignment);
    REQUIRE(image->preferred_address % image->alignment == 0);
    REQUIRE(image->relocatable || image->preferred_address != 0);
    REQUIRE(image->preferred_address + image->init_size <= 1ULL << 52);
}

static void require_places(const struct linux_places *places, uint64_t lead, uint64_t size,
                           uint64_t minimum)
{
    REQUIRE(places->count <= LINUX_PLACES_MAX);
    for (unsigned int i = 0; i < places->count; i++) {
        const struct linux_place *place = &places->place[i];

        REQUIRE(place->lead >= lead && place->lead % place->alignment == 0);
        REQUIRE(place->size == size + place->lead && place->minimum + place->lead >= minimum);
        REQUIRE(place->alignment >= PAGE_SIZE && is_power_of_two(place->alignment));
        REQUIRE(place->maximum < 1ULL << 52 && place->maximum - place->minimum >= place->size - 1);
        REQUIRE(!place->exact || place->minimum % place->alignment == 0);
    }
}

static void require_zero_page(struct span head, const struct bzimage *image)
{
    static uint8_t page[ZERO_PAGE_SIZE];
    const struct zero_page_input input = {
        .head = head, .image = image, .load_address = 0x1000000, .command_line = 0x2000};

    zero_page_build(&input, page);
    /* Nothing of the file's gets in front of the setup header or behind it. */
    for (size_t i = image->header_end; i < ZERO_PAGE_E820_OFFSET; i++)
        REQUIRE(page[i] == 0);
    REQUIRE(memcmp(page + 0x202, head.data + 0x202, 6) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    uint64_t file_size = take(&input, 4);
    size_t head_size = input.left < 4096 ? input.left : 4096;
    uint8_t *head = exact(input.data, head_size);
    struct bzimage image;
    struct linux_places places;

    file_size += input.left;
    enum bzimage_error error = bzimage_parse(span_of(head, head_size), file_size, &image);
    if (error == BZIMAGE_OK) {
        require_image(&image, head_size, file_size);
        for (int high = 0; high < 2; high++) {
            linux_kernel_places(&image, 0, high != 0, &places);
            require_places(&places, 0, image.init_size, image.preferred_address);
            linux_kernel_places(&image, image.code_offset, high != 0, &places);
            require_places(&places, image.code_offset, image.init_size, image.preferred_address);
            linux_initrd_places(&image, 0x12345, high != 0, &places);
            require_places(&places, 0, 0x12345, 0x100000);
        }
        linux_table_places(&image, 0x3000, &places);
        require_places(&places, 0, 0x3000, 0x100000);
        require_zero_page(span_of(head, head_size), &image);
        /* The head will do for the code: it is looked at with the same care. */
        error = bzimage_check_code(&image, span_of(head, head_size));
        REQUIRE(error == BZIMAGE_OK || error == BZIMAGE_NO_ENTRY || error == BZIMAGE_PAYLOAD_CUT);
        REQUIRE(bzimage_setup_type_max(&image, span_of(head, head_size)) < SETUP_DATA_INDIRECT);
    }
    require_explanation(bzimage_explain(error));
    free(head);
    return 0;
}
