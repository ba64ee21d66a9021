/* SPDX-License-Identifier: BSD-2-Clause */
/* What a boot is made of: the kernel, its modules and its command line, wherever they come from. */
#ifndef BATON_BOOT_PAYLOAD_H
#define BATON_BOOT_PAYLOAD_H

#include "boot/boot_file.h"
#include "core/base/span.h"
#include "core/entry/bls_entry.h"

#include <stdbool.h>
#include <stdint.h>

#define BOOT_MODULES_MAX BLS_INITRDS_MAX
#define BOOT_HEAD_SIZE   4096U /* bytes of the kernel file that recognise() gets to see */

struct boot;

struct payload {
    struct file *root;        /* of the boot volume */
    struct boot_file kernel;  /* with .bytes set the firmware has judged it already */
    const char *command_line; /* UTF-8, NUL-terminated; a profile's number in front */
    const char *left_out;     /* an initrd that is empty; NULL */
    unsigned int module_count;
    uint32_t head_size;      /* bytes of the kernel's beginning in `head` */
    bool options_are_judged; /* the command line came with the kernel, under its signature */
    bool image_is_measured;  /* a unified kernel image of which PCR 11 has every part */
    struct boot_file modules[BOOT_MODULES_MAX]; /* those of the entry, then its initrds */
    uint8_t head[BOOT_HEAD_SIZE];
};

/* Opens the entry's files, all as leases, and reads the kernel's head. Initrds that are empty are
 * told of and left out, as systemd-boot boots Linux without them. */
bool payload_open(struct boot *boot);

/*
 * The entry's options behind "@N", which chooses the profile of a unified kernel image (UAPI.5) and
 * which systemd-boot gives to whatever has that key, and behind `initrd=PATH` for each module from
 * `first` on. In pages of a lease, unless the options are all; ret_options is set on success only.
 */
efi_status payload_load_options(struct boot *boot, unsigned int first, const char **ret_options);

/* False when an initrd is left out, which moves those behind it to other places: for kernels to
 * which each is a module of its own. */
bool payload_is_whole(struct boot *boot);

/* Says what has failed, a file that the boot does not need, and forgets it. */
void payload_go_without(struct boot *boot);

/* A file of the entry's volume, as a lease; false, and no status, when it is empty, too. */
bool payload_open_file(struct boot *boot, const char *path, struct boot_file *ret_file);

/* Reads the head of what is the kernel now. */
bool payload_read_head(struct boot *boot);

/*
 * Does `whole`, all of the kernel's file, begin with that head? All that is known of the kernel is
 * from there, which was read on its own.
 */
bool payload_is_unchanged(struct boot *boot, const void *whole);

/* Reads the whole kernel to `destination`, which has room for its size; and the same question. */
bool payload_read_kernel(struct boot *boot, uint8_t *destination);

static inline struct span payload_head(const struct payload *payload)
{
    return span_of(payload->head, payload->head_size);
}

#endif
