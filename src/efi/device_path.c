/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/device_path.h"

#include "core/base/mem.h"
#include "core/base/store.h"
#include "core/text/utf.h"

#define TYPE_MEDIA   4
#define TYPE_END     0x7f
#define MEDIA_HARD   1
#define MEDIA_FILE   4
#define END_ENTIRELY 0xff

static size_t node_length(const uint8_t *node)
{
    return (size_t)node[2] | ((size_t)node[3] << 8);
}

bool device_path_is_end(const void *path)
{
    return *(const uint8_t *)path == TYPE_END;
}

bool device_path_nodes(const void *path, struct span *ret_nodes)
{
    const uint8_t *nodes = path;
    size_t size = 0;

    if (nodes == NULL)
        return false;
    while (!device_path_is_end(nodes + size)) {
        size_t length = node_length(nodes + size);

        if (length < DEVICE_PATH_HEADER_SIZE || length > DEVICE_PATH_MAX - size)
            return false;
        size += length;
    }
    *ret_nodes = span_of(nodes, size);
    return true;
}

/* Appends a unit where there is room; counts it in any case. */
static size_t put_unit(uint16_t *name, size_t count, size_t capacity, uint16_t unit)
{
    if (count < capacity)
        name[count] = unit;
    return count + 1;
}

/* Appends the name in one node to `count` units, behind one backslash unless it is the first. */
static size_t join_name(const uint8_t *node, uint16_t *name, size_t count, size_t capacity)
{
    size_t end = node_length(node) & ~(size_t)1;
    bool joins = count != 0;

    for (size_t at = DEVICE_PATH_HEADER_SIZE; at < end; at += sizeof(uint16_t)) {
        uint16_t unit = (uint16_t)(node[at] | (node[at + 1] << 8));

        if (unit == 0)
            break;
        if (joins && unit == '\\')
            continue;
        if (joins) {
            while (count > 0 && name[count - 1] == '\\')
                count--;
            count = put_unit(name, count, capacity, '\\');
        }
        joins = false;
        count = put_unit(name, count, capacity, unit);
    }
    return count;
}

size_t device_path_file_name(struct span nodes, uint16_t *name, size_t capacity)
{
    size_t count = 0;

    for (size_t at = 0; at < nodes.size; at += node_length(nodes.data + at)) {
        const uint8_t *node = nodes.data + at;

        if (node[0] == TYPE_MEDIA && node[1] == MEDIA_FILE)
            count = join_name(node, name, count, capacity);
        if (count > capacity)
            return 0;
    }
    return count;
}

/* In a hard drive node. */
#define HARD_SIZE           42U
#define HARD_NUMBER         4U
#define HARD_FIRST          8U
#define HARD_BLOCKS         16U
#define HARD_SIGNATURE      24U
#define HARD_FORMAT         40U
#define HARD_SIGNATURE_TYPE 41U
#define FORMAT_IS_GPT       2U
#define SIGNATURE_IS_GUID   2U
_Static_assert(HARD_DRIVE_PATH_MAX == HARD_SIZE + DEVICE_PATH_HEADER_SIZE, "a node and an end");

bool device_path_hard_drive(struct span nodes, struct hard_drive *ret_drive)
{
    for (size_t at = 0; at < nodes.size; at += node_length(nodes.data + at)) {
        const uint8_t *node = nodes.data + at;

        if (node[0] != TYPE_MEDIA || node[1] != MEDIA_HARD || node_length(node) < HARD_SIZE ||
            node[HARD_SIGNATURE_TYPE] != SIGNATURE_IS_GUID)
            continue;
        ret_drive->at = at;
        memcpy(&ret_drive->number, node + HARD_NUMBER, sizeof(ret_drive->number));
        memcpy(&ret_drive->first, node + HARD_FIRST, sizeof(ret_drive->first));
        memcpy(&ret_drive->blocks, node + HARD_BLOCKS, sizeof(ret_drive->blocks));
        memcpy(ret_drive->signature, node + HARD_SIGNATURE, sizeof(ret_drive->signature));
        return true;
    }
    return false;
}

static uint8_t *put_header(uint8_t *at, uint8_t type, uint8_t subtype, size_t length)
{
    store_u32(at, type | (uint32_t)subtype << 8 | (uint32_t)length << 16);
    return at + DEVICE_PATH_HEADER_SIZE;
}

void device_path_put_end(uint8_t *at)
{
    (void)put_header(at, TYPE_END, END_ENTIRELY, DEVICE_PATH_HEADER_SIZE);
}

void device_path_put_hard_drive(uint8_t *path, const struct hard_drive *drive)
{
    uint8_t *node = path + drive->at;

    (void)put_header(node, TYPE_MEDIA, MEDIA_HARD, HARD_SIZE);
    store_u32(node + HARD_NUMBER, drive->number);
    store_u64(node + HARD_FIRST, drive->first);
    store_u64(node + HARD_BLOCKS, drive->blocks);
    memcpy(node + HARD_SIGNATURE, drive->signature, sizeof(drive->signature));
    node[HARD_FORMAT] = FORMAT_IS_GPT;
    node[HARD_SIGNATURE_TYPE] = SIGNATURE_IS_GUID;
    device_path_put_end(node + HARD_SIZE);
}

size_t device_path_of_file(struct span nodes, const char *name,
                           uint8_t buffer[DEVICE_PATH_FILE_MAX])
{
    uint16_t wide[PATH_CAPACITY]; /* UTF-16 never has more units than UTF-8 has bytes */
    uint8_t *at = buffer + nodes.size;
    size_t units;
    size_t size;

    if (utf8_to_utf16(name, wide, PATH_CAPACITY, &units) != UTF_OK)
        return 0;
    if (nodes.size != 0)
        memcpy(buffer, nodes.data, nodes.size);
    size = (units + 1) * sizeof(wide[0]);
    at = put_header(at, TYPE_MEDIA, MEDIA_FILE, DEVICE_PATH_HEADER_SIZE + size);
    memcpy(at, wide, size);
    device_path_put_end(at + size);
    return (size_t)(at + size + DEVICE_PATH_HEADER_SIZE - buffer);
}
