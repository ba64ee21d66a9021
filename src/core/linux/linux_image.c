/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/linux_image.h"

#define OFFSET_TEXT_OFFSET 8U
#define OFFSET_SIZE        16U
#define OFFSET_FLAGS       24U
#define OFFSET_MAGIC       56U

#define FLAG_BIG_ENDIAN  (1ULL << 0)
#define FLAG_PAGES_SHIFT 1U
#define FLAG_PAGES_MASK  3U
#define FLAG_ANYWHERE    (1ULL << 3) /* of arm64; RISC-V has no flag but the first */
#define IMAGE_SIZE_MAX   (1ULL << 31)

#define EXPLANATIONS(X)                                                                            \
    X(LINUX_IMAGE_OK, "a sound Linux kernel", "nothing to do")                                     \
    X(LINUX_IMAGE_NO_MAGIC, "no magic number at 0x38",                                             \
      "use an Image as the kernel's build makes it")                                               \
    X(LINUX_IMAGE_TRUNCATED, "the file ends inside its header",                                    \
      "copy the kernel to the volume again")                                                       \
    X(LINUX_IMAGE_BIG_ENDIAN, "it is built for big-endian machines", "use a little-endian one")    \
    X(LINUX_IMAGE_TOO_OLD, "it is too old to be placed freely", "use Linux 4.6 or later")          \
    X(LINUX_IMAGE_SIZE, "its header says that it needs more than 2 GiB of memory",                 \
      "copy the kernel to the volume again")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation linux_image_explain(enum linux_image_error error)
{
    return EXPLAIN(error);
}

enum linux_image_error linux_image_parse(uint32_t magic, struct span head, uint64_t file_size,
                                         struct linux_image *ret_image)
{
    uint32_t found;
    uint64_t flags;

    if (!span_u32(head, OFFSET_MAGIC, &found) || found != magic)
        return LINUX_IMAGE_NO_MAGIC;
    if (!span_u64(head, OFFSET_TEXT_OFFSET, &ret_image->text_offset) ||
        !span_u64(head, OFFSET_SIZE, &ret_image->size) || !span_u64(head, OFFSET_FLAGS, &flags) ||
        file_size < LINUX_IMAGE_HEADER)
        return LINUX_IMAGE_TRUNCATED;
    if ((flags & FLAG_BIG_ENDIAN) != 0)
        return LINUX_IMAGE_BIG_ENDIAN;
    if (ret_image->size == 0 || (magic == LINUX_IMAGE_MAGIC_ARM64 && (flags & FLAG_ANYWHERE) == 0))
        return LINUX_IMAGE_TOO_OLD;
    if (ret_image->size > IMAGE_SIZE_MAX || ret_image->text_offset > IMAGE_SIZE_MAX)
        return LINUX_IMAGE_SIZE;
    ret_image->pages = (enum linux_image_pages)((flags >> FLAG_PAGES_SHIFT) & FLAG_PAGES_MASK);
    return LINUX_IMAGE_OK;
}
