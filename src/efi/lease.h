/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of what Baton holds of the firmware's: pages, open files, loaded images, and what it
 * has put there: configuration tables, initrds. A boot that fails gives everything back with one
 * call, in the opposite order; a boot that succeeds hands it all over. Each lease carries the
 * function that gives it back, which the file that takes such things has; this one knows none of
 * them.
 */
#ifndef BATON_EFI_LEASE_H
#define BATON_EFI_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#define LEASES_MAX 192

struct firmware;
struct lease;

/* Gives one thing back. A service that fails to take something back leaves nothing else to try. */
typedef void lease_release_function(struct firmware *firmware, const struct lease *lease);

struct lease {
    lease_release_function *release; /* also says of which kind the thing is */
    uint64_t address;                /* what `release` and the lease's taker know it by */
    uint64_t pages;                  /* 4 KiB each; 0 for what is no pages */
};

/* Part of struct firmware: who may take something from the firmware has the list at hand. */
struct leases {
    unsigned int count;
    struct lease held[LEASES_MAX];
};

/* False when the list is full; then nothing was recorded and the caller gives the thing back. */
bool lease_record(struct firmware *firmware, lease_release_function *release, uint64_t address,
                  uint64_t pages);

/* Gives back one thing that is held, before its time. */
void lease_release(struct firmware *firmware, lease_release_function *release, uint64_t address);

/* Takes one thing off the list without giving it back: it is gone, or somebody else's. */
void lease_forget(struct firmware *firmware, lease_release_function *release, uint64_t address);

bool lease_held(const struct firmware *firmware, lease_release_function *release, uint64_t address);

/* Gives back everything of one kind, newest first. */
void lease_release_kind(struct firmware *firmware, lease_release_function *release);

/* Gives back everything recorded since `mark` (a former count of leases), newest first. */
void lease_release_since(struct firmware *firmware, unsigned int mark);

#endif
