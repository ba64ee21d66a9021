/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle on the firmware that everything before the point of no return passes around. Outside
 * src/efi its tables are an incomplete type: nobody else can call a service, the compiler sees to
 * it.
 */
#ifndef BATON_EFI_FIRMWARE_H
#define BATON_EFI_FIRMWARE_H

#include <stdint.h>

typedef uint64_t efi_status; /* EFI_STATUS; 0 is success */

/* The statuses that code outside src/efi gives or asks for (UEFI 2.10, appendix D). */
#define STATUS_LOAD_ERROR        0x8000000000000001ULL
#define STATUS_INVALID_PARAMETER 0x8000000000000002ULL
#define STATUS_OUT_OF_RESOURCES  0x8000000000000009ULL
#define STATUS_VOLUME_CORRUPTED  0x800000000000000aULL
#define STATUS_NOT_FOUND         0x800000000000000eULL
#define STATUS_END_OF_FILE       0x800000000000001fULL

struct _EFI_SYSTEM_TABLE; /* gnu-efi's tag of EFI_SYSTEM_TABLE */

/*
 * Services are always reached through system_table->BootServices, so that what others interposed
 * there is honoured. exit_boot_services() sets system_table to NULL: later misuse faults at once.
 */
struct firmware {
    void *image_handle; /* EFI_HANDLE of Baton */
    struct _EFI_SYSTEM_TABLE *system_table;
};

/* Physical address of EFI_RUNTIME_SERVICES, which stay valid after the exit. */
uint64_t firmware_runtime_services(const struct firmware *firmware);

/* "Not Found", "Device Error", ...: the specification's words (UEFI 2.10, appendix D). */
const char *efi_status_text(efi_status status);

#endif
