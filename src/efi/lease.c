/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/lease.h"

#include "efi/firmware.h"

bool lease_record(struct firmware *firmware, lease_release_function *release, uint64_t address,
                  uint64_t pages)
{
    struct leases *leases = &firmware->leases;

    if (leases->count == LEASES_MAX)
        return false;
    leases->held[leases->count++] = (struct lease){release, address, pages};
    return true;
}

/* Takes lease `index` off the list, keeping the order of the others. */
static struct lease take_off(struct leases *leases, unsigned int index)
{
    struct lease lease = leases->held[index];

    leases->count--;
    for (unsigned int i = index; i < leases->count; i++)
        leases->held[i] = leases->held[i + 1];
    return lease;
}

static void release_at(struct firmware *firmware, unsigned int index)
{
    struct lease lease = take_off(&firmware->leases, index);

    lease.release(firmware, &lease);
}

/* The newest lease of that thing, plus one; 0 when it is not held. */
static unsigned int place_of(const struct leases *leases, lease_release_function *release,
                             uint64_t address)
{
    unsigned int i = leases->count;

    while (i > 0 &&
           (leases->held[i - 1].release != release || leases->held[i - 1].address != address))
        i--;
    return i;
}

void lease_release(struct firmware *firmware, lease_release_function *release, uint64_t address)
{
    unsigned int place = place_of(&firmware->leases, release, address);

    if (place != 0)
        release_at(firmware, place - 1);
}

void lease_forget(struct firmware *firmware, lease_release_function *release, uint64_t address)
{
    unsigned int place = place_of(&firmware->leases, release, address);

    if (place != 0)
        (void)take_off(&firmware->leases, place - 1);
}

bool lease_held(const struct firmware *firmware, lease_release_function *release, uint64_t address)
{
    return place_of(&firmware->leases, release, address) != 0;
}

void lease_release_kind(struct firmware *firmware, lease_release_function *release)
{
    for (unsigned int i = firmware->leases.count; i > 0; i--) {
        if (firmware->leases.held[i - 1].release == release)
            release_at(firmware, i - 1);
    }
}

void lease_release_since(struct firmware *firmware, unsigned int mark)
{
    while (firmware->leases.count > mark)
        release_at(firmware, firmware->leases.count - 1);
}
