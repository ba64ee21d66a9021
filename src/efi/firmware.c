/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/firmware.h"

#include "core/base/crc32.h"
#include "core/base/mem.h"
#include "core/base/packed.h"
#include "core/base/page.h"
#include "efi/services.h"

_Static_assert(sizeof(efi_status) == sizeof(EFI_STATUS), "efi_status stands for EFI_STATUS");
_Static_assert(STATUS_LOAD_ERROR == EFI_LOAD_ERROR &&
                   STATUS_INVALID_PARAMETER == EFI_INVALID_PARAMETER &&
                   STATUS_OUT_OF_RESOURCES == EFI_OUT_OF_RESOURCES &&
                   STATUS_VOLUME_CORRUPTED == EFI_VOLUME_CORRUPTED &&
                   STATUS_NOT_FOUND == EFI_NOT_FOUND && STATUS_END_OF_FILE == EFI_END_OF_FILE &&
                   STATUS_BUFFER_TOO_SMALL == EFI_BUFFER_TOO_SMALL &&
                   STATUS_SUCCESS == EFI_SUCCESS && STATUS_UNSUPPORTED == EFI_UNSUPPORTED,
               "the same numbers as UEFI's");

bool guid_equal(const EFI_GUID *a, const EFI_GUID *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

void table_seal(EFI_TABLE_HEADER *header, uint32_t least)
{
    uint32_t size = header->HeaderSize;

    if (size < least || size > PAGE_SIZE)
        size = least;
    header->CRC32 = 0;
    header->CRC32 = crc32_update(0, header, size);
}

const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
const EFI_GUID device_path_guid = DEVICE_PATH_PROTOCOL;
const EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
const EFI_GUID file_info_guid = EFI_FILE_INFO_ID;
const EFI_GUID graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

void *locate_protocol(const struct firmware *firmware, const EFI_GUID *guid)
{
    VOID *interface = NULL;

    if (boot_services(firmware)->LocateProtocol(guid_in(guid), NULL, &interface) != EFI_SUCCESS)
        return NULL;
    return interface;
}

void *protocol_of(const struct firmware *firmware, EFI_HANDLE handle, const EFI_GUID *guid)
{
    VOID *interface = NULL;

    if (handle == NULL ||
        boot_services(firmware)->HandleProtocol(handle, guid_in(guid), &interface) != EFI_SUCCESS)
        return NULL;
    return interface;
}

void pool_free(const struct firmware *firmware, void *pool)
{
    boot_services(firmware)->FreePool(pool);
}

UINTN handles_with(const struct firmware *firmware, const EFI_GUID *guid, EFI_HANDLE **ret_handles)
{
    UINTN count = 0;

    *ret_handles = NULL;
    if (boot_services(firmware)->LocateHandleBuffer(ByProtocol, guid_in(guid), NULL, &count,
                                                    ret_handles) != EFI_SUCCESS ||
        *ret_handles == NULL)
        return 0;
    return count;
}

bool firmware_is_apple(const struct firmware *firmware)
{
    static const CHAR16 apple[] = u"Apple";
    const CHAR16 *vendor = firmware->system_table->FirmwareVendor;
    size_t i = 0;

    if (vendor == NULL)
        return false;
    while (vendor[i] == apple[i] && apple[i] != 0)
        i++;
    return vendor[i] == apple[i];
}

uint64_t firmware_runtime_services(const struct firmware *firmware)
{
    return (uintptr_t)runtime_services(firmware);
}

const char *efi_status_text(efi_status status)
{
    /* Indexed by the code without its error bit; UEFI 2.10, appendix D. */
    PACKED_DATA static const char errors[][19] = {
        [1] = "Load Error",          [2] = "Invalid Parameter", [3] = "Unsupported",
        [4] = "Bad Buffer Size",     [5] = "Buffer Too Small",  [6] = "Not Ready",
        [7] = "Device Error",        [8] = "Write Protected",   [9] = "Out of Resources",
        [10] = "Volume Corrupted",   [11] = "Volume Full",      [12] = "No Media",
        [13] = "Media Changed",      [14] = "Not Found",        [15] = "Access Denied",
        [16] = "No Response",        [17] = "No Mapping",       [18] = "Time Out",
        [19] = "Not Started",        [20] = "Already Started",  [21] = "Aborted",
        [26] = "Security Violation", [27] = "CRC Error",        [31] = "End of File",
        [33] = "Compromised Data",
    };
    uint64_t code = status & ~EFI_ERROR_MASK;

    (void)packed_text(errors);
    if (status == EFI_SUCCESS)
        return PACKED("Success");
    if (!EFI_ERROR(status))
        return PACKED("a warning");
    if (code < sizeof(errors) / sizeof(errors[0]) && errors[code][0] != '\0')
        return errors[code];
    return PACKED("an unknown status");
}
