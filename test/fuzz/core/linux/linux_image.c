/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel that is its own memory image, or that unpacks itself. Input: the file. */
#include "core/linux/linux_image.h"

#include "core/linux/zboot.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = exact(data, size);
    struct span head = span_of(file, size);
    struct linux_image image;
    struct zboot zboot;
    enum linux_image_error error = linux_image_parse(LINUX_IMAGE_MAGIC_ARM64, head, size, &image);
    enum zboot_error packed = zboot_parse(head, size, &zboot);

    require_explanation(linux_image_explain(error));
    require_explanation(zboot_explain(packed));
    if (error == LINUX_IMAGE_OK)
        REQUIRE(image.size != 0 && image.size <= 1ULL << 31 && image.text_offset <= 1ULL << 31);
    if (packed == ZBOOT_OK)
        REQUIRE(zboot.size != 0 && span_covers(head, zboot.offset, zboot.size));
    free(file);
    return 0;
}
