/* SPDX-License-Identifier: BSD-2-Clause */
/* What an attempt has open before anybody has decided what to do with it. */
#ifndef BATON_BOOT_PAYLOAD_H
#define BATON_BOOT_PAYLOAD_H

#include "boot/boot.h"
#include "boot/boot_file.h"
#include "boot/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct opened {
    struct file *root; /* of the boot volume */
    struct boot_file kernel;
    struct boot_file modules[BOOT_MODULES_MAX];
    unsigned int module_count;
    const char *command_line; /* UTF-8, NUL-terminated */
    bool options_are_judged;  /* the command line came with the kernel, under its signature */
    bool image_is_measured;   /* a unified kernel image of which PCR 11 has every part */
    uint8_t head[BOOT_HEAD_SIZE];
    uint32_t head_size; /* bytes of the kernel's beginning in `head` */
};

/* Opens the candidate's files, all as leases, and reads the kernel's head. */
bool opened_open(struct firmware *firmware, const struct candidate *candidate,
                 struct opened *ret_opened, struct boot_failure *ret_failure);

/* Reads the head of what is the kernel now. */
bool opened_read_head(struct firmware *firmware, struct opened *opened,
                      struct boot_failure *ret_failure);

static inline struct span opened_head(const struct opened *opened)
{
    return span_of(opened->head, opened->head_size);
}

#endif
