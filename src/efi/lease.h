/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of what Baton holds of the firmware's: pages, open files, loaded images, and what it
 * has put there: configuration tables, initrds. A boot that fails gives everything back with one
 * call, in the opposite order; a boot that succeeds hands it all over.
 */
#ifndef BATON_EFI_LEASE_H
#define BATON_EFI_LEASE_H

#include "efi/firmware.h"

#include <stdbool.h>
#include <stdint.h>

#define LEASES_MAX 192

enum lease_kind { LEASE_PAGES, LEASE_FILE, LEASE_TABLE, LEASE_IMAGE, LEASE_INITRD };

struct lease {
    enum lease_kind kind;
    uint64_t address; /* of the pages, of the file protocol, of the configuration table's GUID, of
                         the image's handle, of the initrd's state */
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

/* Takes one thing off the list without giving it back: it is gone, or somebody else's. */
void lease_forget(struct leases *leases, enum lease_kind kind, uint64_t address);

bool lease_holds(const struct leases *leases, enum lease_kind kind, uint64_t address);

/* Closes every file: before the exit nothing of the firmware's stays open. */
void lease_release_files(struct firmware *firmware, struct leases *leases);

/* Gives back everything recorded since `mark` (a former leases->count), newest first. */
void lease_release_since(struct firmware *firmware, struct leases *leases, unsigned int mark);

#endif
