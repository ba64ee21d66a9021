/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/lease.h"

#include "efi/initrd_media.h"
#include "efi/services.h"

bool lease_record(struct leases *leases, enum lease_kind kind, uint64_t address, uint64_t pages)
{
    if (leases->count == LEASES_MAX)
        return false;
    leases->held[leases->count++] =
        (struct lease){.kind = kind, .address = address, .pages = pages};
    return true;
}

/* A service that fails to take something back leaves nothing else to try. */
static void give_back(struct firmware *firmware, const struct lease *lease)
{
    EFI_FILE_HANDLE file;

    switch (lease->kind) {
    case LEASE_PAGES:
        boot_services(firmware)->FreePages(lease->address, lease->pages);
        break;
    case LEASE_FILE:
        file = (EFI_FILE_HANDLE)(uintptr_t)lease->address;
        file->Close(file);
        break;
    case LEASE_TABLE:
        boot_services(firmware)->InstallConfigurationTable((EFI_GUID *)(uintptr_t)lease->address,
                                                           NULL);
        break;
    case LEASE_IMAGE:
        boot_services(firmware)->UnloadImage((EFI_HANDLE)(uintptr_t)lease->address);
        break;
    case LEASE_INITRD:
        initrd_media_uninstall(firmware, lease->address);
        break;
    }
}

/* Takes lease `index` off the list, keeping the order of the others. */
static void forget_at(struct leases *leases, unsigned int index)
{
    leases->count--;
    for (unsigned int i = index; i < leases->count; i++)
        leases->held[i] = leases->held[i + 1];
}

static void release_at(struct firmware *firmware, struct leases *leases, unsigned int index)
{
    give_back(firmware, &leases->held[index]);
    forget_at(leases, index);
}

/* The newest lease of that thing, plus one; 0 when it is not held. */
static unsigned int place_of(const struct leases *leases, enum lease_kind kind, uint64_t address)
{
    unsigned int i = leases->count;

    while (i > 0 && (leases->held[i - 1].kind != kind || leases->held[i - 1].address != address))
        i--;
    return i;
}

void lease_release(struct firmware *firmware, struct leases *leases, enum lease_kind kind,
                   uint64_t address)
{
    unsigned int place = place_of(leases, kind, address);

    if (place != 0)
        release_at(firmware, leases, place - 1);
}

void lease_forget(struct leases *leases, enum lease_kind kind, uint64_t address)
{
    unsigned int place = place_of(leases, kind, address);

    if (place != 0)
        forget_at(leases, place - 1);
}

bool lease_holds(const struct leases *leases, enum lease_kind kind, uint64_t address)
{
    return place_of(leases, kind, address) != 0;
}

void lease_release_files(struct firmware *firmware, struct leases *leases)
{
    for (unsigned int i = leases->count; i > 0; i--) {
        if (leases->held[i - 1].kind == LEASE_FILE)
            release_at(firmware, leases, i - 1);
    }
}

void lease_release_since(struct firmware *firmware, struct leases *leases, unsigned int mark)
{
    while (leases->count > mark)
        give_back(firmware, &leases->held[--leases->count]);
}
