/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to src/efi: the firmware's own types, and the way from the handle to the services. */
#ifndef BATON_EFI_SERVICES_H
#define BATON_EFI_SERVICES_H

#include "efi/firmware.h"

#include <efi.h>

#include <stdbool.h>

static inline EFI_BOOT_SERVICES *boot_services(const struct firmware *firmware)
{
    return firmware->system_table->BootServices;
}

static inline EFI_RUNTIME_SERVICES *runtime_services(const struct firmware *firmware)
{
    return firmware->system_table->RuntimeServices;
}

bool guid_equal(const EFI_GUID *a, const EFI_GUID *b);

/* The CRC of a table that was changed (UEFI 2.10, 4.2); of `least` bytes where the header says
 * less, or more than any has. */
void table_seal(EFI_TABLE_HEADER *header, uint32_t least);

/* Of more than one file. */
extern const EFI_GUID loaded_image_guid;
extern const EFI_GUID device_path_guid;
extern const EFI_GUID file_system_guid;
extern const EFI_GUID file_info_guid;
extern const EFI_GUID graphics_guid;

/* For the services, whose prototypes have no const and which change nothing. */
static inline EFI_GUID *guid_in(const EFI_GUID *guid)
{
    return (EFI_GUID *)(uintptr_t)guid;
}

/* The first protocol of that GUID in the machine; NULL when there is none. */
void *locate_protocol(const struct firmware *firmware, const EFI_GUID *guid);

/* That of a handle, which may be NULL; NULL when it has none. */
void *protocol_of(const struct firmware *firmware, EFI_HANDLE handle, const EFI_GUID *guid);

/* What the firmware has allocated for an answer. */
void pool_free(const struct firmware *firmware, void *pool);

/* All handles that have it, in pool of the firmware's; 0: none, and nothing to be freed. */
UINTN handles_with(const struct firmware *firmware, const EFI_GUID *guid, EFI_HANDLE **ret_handles);

/* EFI_LOADED_IMAGE_PROTOCOL of Baton itself (efi/loaded_image.c). */
EFI_STATUS own_image(const struct firmware *firmware, EFI_LOADED_IMAGE **ret_image);

/* EFI_HANDLE of the volume that paths are on; NULL when Baton was started from memory. */
EFI_HANDLE volume_device(const struct firmware *firmware);

/* NULL when it has none, or when there is no such device. */
const void *device_path_of(const struct firmware *firmware, EFI_HANDLE device);

/* The device path of the volume that Baton was started from; NULL when there is none. */
const void *own_device_path(const struct firmware *firmware);

/* What the first configuration table of that GUID points to; NULL when there is none. */
void *configuration_table(const struct firmware *firmware, const EFI_GUID *guid);

/* Indexed by enum variable_vendor (efi/variable.h). */
extern const EFI_GUID variable_vendors[];

#endif
