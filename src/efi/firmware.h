/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle on the firmware that everything before the point of no return passes around. Outside
 * src/efi its tables are an incomplete type: nobody else can call a service, the compiler sees to
 * it.
 */
#ifndef BATON_EFI_FIRMWARE_H
#define BATON_EFI_FIRMWARE_H

#include "core/base/efi_status.h"
#include "efi/lease.h"
#include "efi/open_file.h"

#include <stdbool.h>
#include <stdint.h>

struct map_buffer;
struct progress;
struct _EFI_SYSTEM_TABLE; /* gnu-efi's tag of EFI_SYSTEM_TABLE */

/*
 * Services are always reached through system_table->BootServices, so that what others interposed
 * there is honoured. exit_boot_services() sets system_table to NULL: later misuse faults at once.
 */
struct firmware {
    void *image_handle; /* EFI_HANDLE of Baton */
    struct _EFI_SYSTEM_TABLE *system_table;
    struct progress *progress;         /* efi/progress.h; NULL: of no read */
    const struct map_buffer *map_room; /* for a look at the memory map that nobody keeps, while the
                                        * exit does not need it; NULL: there is none */
    void *extended; /* EFI_HANDLE of the second volume with entries; NULL when there is none */
    void *found;    /* the same of one that was looked for by a file on it */
    uint8_t volume; /* that paths are on: 0, Baton's own, 1, the extended one, 2, the one that was
                     * found (efi/volumes.h) */
    struct leases leases; /* a const struct firmware takes nothing */
    struct open_files files;
};

/* Whether it is Apple's, which reads file systems that others do not. */
bool firmware_is_apple(const struct firmware *firmware);

/* Physical address of EFI_RUNTIME_SERVICES, which stay valid after the exit. */
uint64_t firmware_runtime_services(const struct firmware *firmware);

/* "Not Found", "Device Error", ...: the specification's words (UEFI 2.10, appendix D). */
const char *efi_status_text(efi_status status);

#endif
