/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrds of a boot as the one that Linux gets, on every machine: measured out, then read to
 * where it stays. */
#ifndef BATON_BOOT_LINUX_INITRDS_H
#define BATON_BOOT_LINUX_INITRDS_H

#include "boot/boot.h"

#include <stdbool.h>
#include <stdint.h>

struct initrds {
    uint64_t offsets[BOOT_MODULES_MAX]; /* of each module, bytes */
    uint64_t total;                     /* bytes; 0: there is none */
};

bool initrds_measure_out(struct boot *boot, struct initrds *ret_initrds);

/* Reads them all to `address`, which has room for `total` bytes, and clears the gaps. */
bool initrds_read(struct boot *boot, const struct initrds *initrds, uint64_t address);

/*
 * One initrd that is in memory already, at the beginning of a page and not beyond `last` (its last
 * byte): 0 when there is no such, or its address.
 */
uint64_t initrds_in_place(const struct boot *boot, uint64_t last);

#endif
