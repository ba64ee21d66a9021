/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of what Baton holds of the firmware's: pages and open files, and what it has put
 * there: configuration tables. A boot that fails gives everything back with one call, in the
 * opposite order; a boot that succeeds hands it all over.
 */
#ifndef BATON_EFI_LEASE_H
#define BATON_EFI_LEASE_H

#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

#define LEASES_MAX 192

enum lease_kind { LEASE_PAGES, LEASE_FILE, LEASE_TABLE };

struct lease {
    enum lease_kind kind;
    uint64_t address; /* of the pages, of the file protocol, of the configuration table's GUID */
    uint64_t pages;   /* 4 KiB each; 0 for what is no pages */
};

struct leases {
    unsigned int count;
    struct lease held[LEASES_MAX];
};

/* False when the list is full; then nothing was recorded and the caller gives the thing back. */
bool lease_record(struct leases *leases, enum lease_kind kind, uint64_t address, uint64_t pages);

/* Gives back one thing that is held, before its time. */
void lease_release(struct firmware *firmware, struct leases *leases, enum lease_kind kind,
                   uint64_t address);

/* Closes every file: before the exit nothing of the firmware's stays open. */
void lease_release_files(struct firmware *firmware, struct leases *leases);

/* Gives back everything recorded since `mark` (a former leases->count), newest first. */
void lease_release_since(struct firmware *firmware, struct leases *leases, unsigned int mark);

#endif
