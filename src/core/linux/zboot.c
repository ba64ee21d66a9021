/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/zboot.h"

#include "core/base/mem.h"

#define OFFSET_MAGIC   4U
#define OFFSET_PAYLOAD 8U
#define OFFSET_SIZE    12U
#define OFFSET_METHOD  24U /* a name, NUL-terminated */

#define EXPLANATIONS(X)                                                                            \
    X(ZBOOT_OK, "a sound kernel that unpacks itself", "nothing to do")                             \
    X(ZBOOT_NO_MAGIC, "no zimg at 4", "use an Image as the kernel's build makes it")               \
    X(ZBOOT_CUT, "the end of the compressed kernel in it is missing",                              \
      "copy the kernel to the volume again")                                                       \
    X(ZBOOT_METHOD, "it is packed otherwise than with gzip, so that only its own stub unpacks it", \
      "have it started with `baton-exit guard`")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation zboot_explain(enum zboot_error error)
{
    return EXPLAIN(error);
}

/* Does `head` have `size` bytes of `text` at `offset`? */
static bool has(struct span head, uint64_t offset, const char *text, size_t size)
{
    return span_covers(head, offset, size) && memcmp(head.data + offset, text, size) == 0;
}

enum zboot_error zboot_parse(struct span head, uint64_t file_size, struct zboot *ret_zboot)
{
    if (!has(head, 0, "MZ", 2) || !has(head, OFFSET_MAGIC, "zimg", 4))
        return ZBOOT_NO_MAGIC;
    if (!span_u32(head, OFFSET_PAYLOAD, &ret_zboot->offset) ||
        !span_u32(head, OFFSET_SIZE, &ret_zboot->size) || ret_zboot->size == 0 ||
        (uint64_t)ret_zboot->offset + ret_zboot->size > file_size)
        return ZBOOT_CUT;
    return has(head, OFFSET_METHOD, "gzip", 5) ? ZBOOT_OK : ZBOOT_METHOD;
}
