/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables for the kernel among the firmware's configuration tables, as Linux's own EFI stub installs
 * them, and the one block of memory that they lie in. Knows where they lie and under which GUID;
 * knows nothing of what is in them.
 *
 * Linux keeps EfiACPIReclaimMemory apart from the rest of its memory, and compares the firmware's
 * memory map, as it was when a hibernation image was written, with that of the boot which is to
 * resume it. What Baton allocates as anything else merges into plain memory there; these tables do
 * not. Hence one block of a size that only the machine decides, whose place is taken before
 * everything else: the firmware answers the same first request with the same address, whatever is
 * booted and however large it is.
 *
 * Until something goes there the place is held as loader data. EDK II counts how much memory of the
 * types that outlive boot services was ever in use; when a boot option returns and the count has
 * outgrown what was set aside for the type, it stores a larger number and resets the machine
 * (UefiBootManagerLib, BmSetMemoryTypeInformationVariable). Only a boot that will not return may
 * make these pages ACPI-reclaimable.
 */
#ifndef BATON_EFI_LINUX_LINUX_TABLES_H
#define BATON_EFI_LINUX_LINUX_TABLES_H

#include "efi/firmware.h"
#include "efi/lease.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Bytes of the block. With a TPM it holds the logs of all TPMs seen (64 KiB and less) four times
 * over. Without one a page holds what there is: EDK II clears what it is given back, byte by byte,
 * and the block is given back once to become another type.
 */
#define LINUX_TABLES_SIZE     4096ULL
#define LINUX_TABLES_SIZE_TPM (256ULL << 10)

/*
 * All zero is a block without room. Whoever tries one boot after the other gives each a copy of
 * what linux_tables_reserve() made, so that each finds the block empty.
 */
struct linux_tables {
    uint64_t address; /* physical, page-aligned */
    uint64_t size;    /* bytes */
    uint64_t used;    /* bytes, from the start */
    bool held;        /* loader data still */
};

enum linux_table {
    LINUX_TABLE_RANDOM_SEED, /* LINUX_EFI_RANDOM_SEED_TABLE_GUID */
    LINUX_TABLE_TPM_LOG,     /* LINUX_EFI_TPM_EVENT_LOG_GUID */
    LINUX_TABLE_MEMRESERVE,  /* LINUX_EFI_MEMRESERVE_TABLE_GUID */
    LINUX_TABLE_SCREEN_INFO, /* LINUX_EFI_SCREEN_INFO_TABLE_GUID */
};

/* The place of a block of `size`, on a PC below 4 GiB, as a lease. To be the first allocation of
 * all. */
efi_status linux_tables_reserve(struct firmware *firmware, uint64_t size,
                                struct linux_tables *ret_tables);

/*
 * `size` bytes of ACPI-reclaimable memory, 8-byte aligned, contents unspecified: from the block, or
 * when it has no room pages of their own (a lease). NULL when the firmware has none. To be called
 * when nothing can fail any more but the exit itself.
 */
void *linux_tables_take(struct firmware *firmware, struct linux_tables *tables, uint64_t size);

/*
 * Puts `table` among the configuration tables; a lease takes it out when the boot fails. A table
 * that an earlier loader has left under the same GUID is replaced and does not come back: its
 * contents are for that loader's boot (its seed is used up, its log ends too early), and Baton
 * makes a table anew for each boot that it tries.
 */
efi_status linux_tables_install(struct firmware *firmware, enum linux_table which, void *table);

/* What is installed under the GUID, by whomever, NULL when nothing is. Not to be trusted. */
void *linux_tables_installed(const struct firmware *firmware, enum linux_table which);

#endif
