/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/cpio.h"

#include "core/base/mem.h"
#include "core/text/text.h"

#include <stddef.h>

/* A magic and 13 numbers of 8 hexadecimal digits, these among them. */
#define MAGIC       "070701"
#define HEADER_SIZE (6U + 13U * 8U)
/* Where a number ends in it. */
#define END_OF(place) (6U + 8U * ((size_t)(place) + 1))
enum number { INODE, MODE, LINKS = 4, SIZE = 6, NAME_SIZE = 11 };

static void put_number(uint8_t *header, enum number place, uint32_t value)
{
    uint8_t *at = header + END_OF(place);

    for (; value != 0; value >>= 4)
        *--at = (uint8_t) "0123456789abcdef"[value % 16];
}

static uint64_t padded(uint64_t size)
{
    return (size + 3) & ~3ULL;
}

uint8_t *cpio_put(struct cpio *cpio, const char *name, uint32_t mode, uint32_t size)
{
    uint32_t name_size = (uint32_t)text_length(name) + 1;
    uint64_t head = padded(HEADER_SIZE + name_size);
    uint64_t at = cpio->size;
    uint8_t *header;

    cpio->size += head + padded(size);
    cpio->items++;
    if (cpio->data == NULL)
        return NULL;
    header = cpio->data + at;
    memset(header, '0', HEADER_SIZE);
    memcpy(header, MAGIC, 6);
    put_number(header, INODE, mode == 0 ? 0 : cpio->items);
    put_number(header, MODE, mode);
    put_number(header, LINKS, 1);
    put_number(header, SIZE, size);
    put_number(header, NAME_SIZE, name_size);
    memset(header + HEADER_SIZE, 0, head - HEADER_SIZE);
    memcpy(header + HEADER_SIZE, name, name_size);
    memset(header + head + size, 0, padded(size) - size);
    return header + head;
}

#define TRAILER_SIZE 124U

void cpio_end(struct cpio *cpio)
{
    uint8_t *end = cpio_put(cpio, "TRAILER!!!", 0, 0);

    /* systemd has a capital letter in its name's size, which is as good, but measured. */
    if (end != NULL)
        *(end - TRAILER_SIZE + END_OF(NAME_SIZE) - 1) = 'B';
}
