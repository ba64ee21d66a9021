/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/multiboot/multiboot_header.h"

#include "core/base/checked.h"
#include "core/base/mem.h"

#define EXPLANATIONS(X)                                                                            \
    X(MULTIBOOT_HEADER_OK, "nothing is wrong", "go on")                                            \
    X(MULTIBOOT_NO_HEADER, "no Multiboot2 header in the first 32 KiB", "give a kernel")            \
    X(MULTIBOOT_ARCHITECTURE, "its Multiboot2 header is for another processor",                    \
      "build it as section 3.1 of the Multiboot2 manual says")                                     \
    X(MULTIBOOT_TAG, "a tag of its Multiboot2 header is damaged", AS_BEFORE)                       \
    X(MULTIBOOT_UNKNOWN_TAG, "its Multiboot2 header requires an unknown tag", AS_BEFORE)           \
    X(MULTIBOOT_UNKNOWN_WISH, "its Multiboot2 header requires unknown information", AS_BEFORE)     \
    X(MULTIBOOT_ALIGNMENT, "its Multiboot2 header has a bad alignment", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)
_Static_assert(MULTIBOOT_SEARCH == 32U << 10, "the number in the message");

struct explanation multiboot_header_explain(enum multiboot_header_error error)
{
    return EXPLAIN(error);
}

#define MAGIC         0xe85250d6U
#define I386          0U
#define FIXED_SIZE    16U /* of the header, before its tags */
#define TAG_ALIGNMENT 8ULL
#define OPTIONAL      1U  /* bit of a tag's flags */
#define INFO_LAST     21U /* types of information that the manual has: 1 to this */

#define CONSOLE_REQUIRED   1U
#define PREFERENCE_HIGHEST 2U

enum tag_type {
    TAG_END,
    TAG_INFORMATION,
    TAG_ADDRESSES,
    TAG_ENTRY,
    TAG_CONSOLE,
    TAG_FRAMEBUFFER,
    TAG_MODULE_ALIGNMENT,
    TAG_BOOT_SERVICES,
    TAG_ENTRY_EFI32,
    TAG_ENTRY_EFI64,
    TAG_RELOCATABLE,
};

#define TAG_TYPES (TAG_RELOCATABLE + 1)
#define WORDS_MAX 4U

/* The tags that count, as numbers; one that is given twice counts with its last value. */
struct tags {
    uint32_t present; /* a bit for each type */
    uint32_t words[TAG_TYPES][WORDS_MAX];
};

struct tag_header {
    uint16_t type;
    uint16_t flags;
    uint32_t size; /* bytes, with this header */
};

static bool wishes_are_known(struct span types)
{
    uint32_t type;

    for (uint64_t at = 0; span_u32(types, at, &type); at += sizeof(type)) {
        if (type == 0 || type > INFO_LAST)
            return false;
    }
    return true;
}

static enum multiboot_header_error read_tag(struct span tag, uint32_t type, bool optional,
                                            struct tags *tags)
{
    /* How many numbers stand behind type, flags and size. */
    static const uint8_t counts[TAG_TYPES] = {0, 0, 4, 1, 1, 3, 0, 0, 1, 1, 4};

    if (type >= TAG_TYPES)
        return optional ? MULTIBOOT_HEADER_OK : MULTIBOOT_UNKNOWN_TAG;
    if (type == TAG_INFORMATION && !optional && !wishes_are_known(tag))
        return MULTIBOOT_UNKNOWN_WISH;
    if (!span_copy(tag, 0, tags->words[type], counts[type] * sizeof(uint32_t)))
        return MULTIBOOT_TAG;
    tags->present |= 1U << type;
    return MULTIBOOT_HEADER_OK;
}

static enum multiboot_header_error read_tags(struct span view, struct tags *tags)
{
    uint64_t at = FIXED_SIZE;

    for (;;) {
        struct tag_header header;
        struct span tag;
        enum multiboot_header_error error;

        if (!span_copy(view, at, &header, sizeof(header)) || header.size < sizeof(header) ||
            !span_part(view, at + sizeof(header), header.size - sizeof(header), &tag))
            return MULTIBOOT_TAG;
        if (header.type == TAG_END)
            return MULTIBOOT_HEADER_OK;
        error = read_tag(tag, header.type, (header.flags & OPTIONAL) != 0, tags);
        if (error != MULTIBOOT_HEADER_OK)
            return error;
        at = (at + header.size + TAG_ALIGNMENT - 1) & ~(TAG_ALIGNMENT - 1);
    }
}

static enum multiboot_header_error obey(const struct tags *tags, struct multiboot_header *header)
{
    const uint32_t *flat = tags->words[TAG_ADDRESSES];
    const uint32_t *where = tags->words[TAG_RELOCATABLE];
    uint32_t services = 1U << TAG_BOOT_SERVICES | 1U << TAG_ENTRY_EFI64;

    header->flat = (struct multiboot_flat){(tags->present & 1U << TAG_ADDRESSES) != 0, flat[0],
                                           flat[1], flat[2], flat[3]};
    header->relocation =
        (struct multiboot_relocation){.possible = (tags->present & 1U << TAG_RELOCATABLE) != 0,
                                      .minimum = where[0],
                                      .maximum = where[1],
                                      .alignment = where[2] == 0 ? 1 : where[2],
                                      .high = where[3] == PREFERENCE_HIGHEST};
    header->keeps_services = (tags->present & services) == services;
    header->has_entry = header->keeps_services || (tags->present & 1U << TAG_ENTRY) != 0;
    header->entry = tags->words[header->keeps_services ? TAG_ENTRY_EFI64 : TAG_ENTRY][0];
    header->wants_framebuffer = (tags->present & 1U << TAG_FRAMEBUFFER) != 0;
    header->needs_console = (tags->words[TAG_CONSOLE][0] & CONSOLE_REQUIRED) != 0;
    return is_power_of_two(header->relocation.alignment) ? MULTIBOOT_HEADER_OK
                                                         : MULTIBOOT_ALIGNMENT;
}

enum multiboot_header_error multiboot_header_find(struct span head,
                                                  struct multiboot_header *ret_header)
{
    struct multiboot_header header = {0};
    struct tags tags = {0};
    enum multiboot_header_error error;
    struct span whole;
    uint32_t words[4];

    if (head.size > MULTIBOOT_SEARCH)
        head.size = MULTIBOOT_SEARCH;
    for (;; header.offset += (uint32_t)TAG_ALIGNMENT) {
        if (!span_part(head, header.offset, FIXED_SIZE, &whole))
            return MULTIBOOT_NO_HEADER;
        memcpy(words, whole.data, sizeof(words));
        /* Code that looks for headers has the magic number in it, and no checksum. */
        if (words[0] == MAGIC && words[0] + words[1] + words[2] + words[3] == 0)
            break;
    }
    if (words[1] != I386)
        return MULTIBOOT_ARCHITECTURE;
    if (!span_part(head, header.offset, words[2], &whole))
        return MULTIBOOT_TAG;
    error = read_tags(whole, &tags);
    if (error == MULTIBOOT_HEADER_OK)
        error = obey(&tags, &header);
    if (error == MULTIBOOT_HEADER_OK)
        *ret_header = header;
    return error;
}
