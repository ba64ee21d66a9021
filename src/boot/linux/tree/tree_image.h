/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An arm64 kernel from its file to its place in memory: an Image as it is, packed with gzip as
 * Ubuntu has it, or inside of the program that unpacks itself, as Fedora has it.
 */
#ifndef BATON_BOOT_LINUX_TREE_TREE_IMAGE_H
#define BATON_BOOT_LINUX_TREE_TREE_IMAGE_H

#include "boot/boot.h"
#include "core/base/span.h"
#include "core/linux/linux_image.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stdint.h>

/* As of struct boot_protocol. Of what is packed only the outside is known. */
bool tree_image_recognise(struct span head, uint64_t file_size, struct explanation *ret_why);

/*
 * Reads, judges, unpacks and places the payload's kernel. ret_header: what it says of itself,
 * ret_address: of its first byte, physical; from there on ret_header->size bytes are its own.
 */
bool tree_image_load(struct boot *boot, struct linux_image *ret_header, uint64_t *ret_address);

#endif
