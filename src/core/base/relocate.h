/* SPDX-License-Identifier: BSD-2-Clause */
/* How an image is moved to where it lies: by its own start, where gnu-efi has none for the machine.
 * Pure. */
#ifndef BATON_CORE_BASE_RELOCATE_H
#define BATON_CORE_BASE_RELOCATE_H

#include <stdint.h>

/* Elf64_Rela (System V ABI, chapter 4): offsets from the image's first byte, as it is linked to 0.
 */
struct relocation {
    uint64_t offset; /* of the 8 bytes that hold an address; a multiple of 8 */
    uint64_t info;   /* the type in its low half */
    uint64_t addend; /* the address, before the image was moved */
};

/*
 * Applies all relocations from `begin` up to `end` of the kind that the linker makes for an address
 * in the image, TARGET_ELF_RELATIVE. Called before any other code: it uses no address that would
 * have to be relocated, and the image that it is part of is trusted.
 */
void relocate(uint8_t *image, const struct relocation *begin, const struct relocation *end);

#endif
