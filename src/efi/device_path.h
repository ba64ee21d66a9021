/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device paths (UEFI 2.10, 10.3): nodes one after the other, each with its length in its header,
 * until an end node. Nobody says how long the whole is, so it is believed only as far as
 * DEVICE_PATH_MAX. Private to src/efi. Knows no node but the file path, the hard drive and the end.
 */
#ifndef BATON_EFI_DEVICE_PATH_H
#define BATON_EFI_DEVICE_PATH_H

#include "core/base/span.h"
#include "core/text/path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_PATH_MAX         4096U /* bytes of nodes without the end; real ones have hundreds */
#define DEVICE_PATH_HEADER_SIZE 4U

/* A path of a file: the device's nodes, one for the longest name with its NUL, and the end. */
#define DEVICE_PATH_FILE_MAX                                                                       \
    (DEVICE_PATH_MAX + DEVICE_PATH_HEADER_SIZE + PATH_CAPACITY * 2 + DEVICE_PATH_HEADER_SIZE)

/*
 * The nodes of `path` without the end node. False when `path` is NULL, when a node is shorter than
 * its header, or when there is no end within DEVICE_PATH_MAX bytes.
 */
bool device_path_nodes(const void *path, struct span *ret_nodes);

/*
 * The names in all file path nodes (10.3.5.4), joined by one backslash each: GRUB's chainloader
 * writes one node for the directory and one for the file. They have a NUL or none. Returns how many
 * units are in `name`; 0 when there is no such node, or no room. `nodes` is what
 * device_path_nodes() gave.
 */
size_t device_path_file_name(struct span nodes, uint16_t *name, size_t capacity);

/*
 * Writes a whole device path, end and all: `nodes`, then a file path node for `name` (UTF-8).
 * Returns its size in bytes; 0 when the name is no UTF-8 or has PATH_CAPACITY bytes or more.
 */
size_t device_path_of_file(struct span nodes, const char *name,
                           uint8_t buffer[DEVICE_PATH_FILE_MAX]);

/* A partition on a disk with a GPT. */
struct hard_drive {
    size_t at;       /* bytes of nodes in front of it: the disk */
    uint32_t number; /* from 1 */
    uint64_t first;  /* block */
    uint64_t blocks;
    uint8_t signature[16]; /* the partition's GUID, as on disk */
};

/* The first hard drive node (10.3.5.1) with a GUID; false when there is none. */
bool device_path_hard_drive(struct span nodes, struct hard_drive *ret_drive);

/* Bytes of a hard drive node and an end behind it. */
#define HARD_DRIVE_PATH_MAX 46U

/* Writes that node and an end into a path that has `drive->at` bytes of nodes already. */
void device_path_put_hard_drive(uint8_t *path, const struct hard_drive *drive);

/* Writes an end node. */
void device_path_put_end(uint8_t *at);

/* True when `path` is an end node and nothing before it. */
bool device_path_is_end(const void *path);

#endif
