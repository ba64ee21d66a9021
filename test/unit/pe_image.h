/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds small PE images for tests, as "PE Format" of Microsoft describes them; offsets are written
 * as they are there, not as the code under test names them. One image at a time is plenty.
 */
#ifndef BATON_TEST_UNIT_PE_IMAGE_H
#define BATON_TEST_UNIT_PE_IMAGE_H

#include "core/store.h"

#include <stdint.h>
#include <string.h>

#define PE_IMAGE_HEADERS 0x1000U /* SizeOfHeaders: room for 95 sections */
#define PE_IMAGE_PE      0x80U   /* where the PE signature is */
#define PE_IMAGE_TABLE   (PE_IMAGE_PE + 24U + 240U)

struct pe_image {
    uint8_t data[0x10000];
    uint32_t size; /* of the file */
    uint32_t memory_size;
    uint16_t count;
};

/* The section header of number `index`. */
static inline uint8_t *pe_image_header(struct pe_image *image, unsigned int index)
{
    return image->data + PE_IMAGE_TABLE + 40U * index;
}

static inline void pe_image_begin(struct pe_image *image)
{
    uint8_t *pe = image->data + PE_IMAGE_PE;

    memset(image, 0, sizeof(*image));
    image->size = PE_IMAGE_HEADERS;
    image->memory_size = 0x1000;
    memcpy(image->data, "MZ", 2);
    store_u32(image->data + 0x3c, PE_IMAGE_PE);
    memcpy(pe, "PE\0\0", 4);
    store_u16(pe + 4, 0x8664);
    store_u16(pe + 20, 240);
    store_u16(pe + 24, 0x20b);
    store_u32(pe + 24 + 16, 0x1234);
    store_u32(pe + 24 + 56, image->memory_size);
    store_u32(pe + 24 + 60, PE_IMAGE_HEADERS);
    store_u16(pe + 24 + 68, 10);
}

/* Bytes of the file in whole 512s, of memory in whole pages. */
static inline void pe_image_add(struct pe_image *image, const char *name, const void *content,
                                uint32_t size)
{
    uint8_t *header = pe_image_header(image, image->count);
    uint32_t rounded = (size + 511U) & ~511U;

    memset(header, 0, 40);
    memcpy(header, name, strnlen(name, 8));
    store_u32(header + 8, size);
    store_u32(header + 12, image->memory_size);
    store_u32(header + 16, rounded);
    store_u32(header + 20, image->size);
    memcpy(image->data + image->size, content, size);
    image->size += rounded;
    image->memory_size += (size + 0xfffU) & ~0xfffU;
    image->count++;
    store_u16(image->data + PE_IMAGE_PE + 6, image->count);
    store_u32(image->data + PE_IMAGE_PE + 24 + 56, image->memory_size);
}

static inline void pe_image_add_text(struct pe_image *image, const char *name, const char *text)
{
    pe_image_add(image, name, text, (uint32_t)strlen(text));
}

#endif
