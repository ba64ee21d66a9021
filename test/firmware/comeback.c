/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI program that comes back, and says what it was started with: through Exit, with
 * EFI_ABORTED and a text for whoever started it. Without load options it returns EFI_SUCCESS.
 *
 *     came with an initrd and the words: <its load options>
 */
#include <efi.h>

#include <stdbool.h>
#include <stdint.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define OPTIONS_MAX 1024 /* bytes */

/*
 * Not from the pool, as UEFI 2.10, 7.4.5 has it: EDK II gives a copy away (CoreExit in
 * MdeModulePkg/Core/Dxe/Image/Image.c), and nobody would free the original.
 */
static CHAR16 buffer[64 + OPTIONS_MAX / sizeof(CHAR16)];

/* Where Linux's EFI stub looks: drivers/firmware/efi/libstub/efi-stub-helper.c. */
static struct {
    VENDOR_DEVICE_PATH vendor;
    EFI_DEVICE_PATH end;
} initrd_path = {
    {{MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, {sizeof(VENDOR_DEVICE_PATH), 0}},
     {0x5568e427, 0x68fc, 0x4f3d, {0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68}}},
    {END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, {sizeof(EFI_DEVICE_PATH), 0}},
};

/* EFI_LOAD_FILE2_PROTOCOL: UEFI 2.10, 13.2. */
static bool finds_initrd(EFI_BOOT_SERVICES *services)
{
    EFI_GUID guid = {0x4006c0c1, 0xfcb3, 0x403e, {0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d}};
    EFI_DEVICE_PATH *path = &initrd_path.vendor.Header;
    EFI_HANDLE device;

    return services->LocateDevicePath(&guid, &path, &device) == EFI_SUCCESS;
}

/* Behind the `at` units that are in the buffer; how many there are then. */
static UINTN put(UINTN at, const CHAR16 *text)
{
    while (*text != 0)
        buffer[at++] = *text++;
    buffer[at] = 0;
    return at;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_BOOT_SERVICES *services = system->BootServices;
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_LOADED_IMAGE *loaded;
    VOID *interface;
    UINTN length;

    if (services->HandleProtocol(image, &guid, &interface) != EFI_SUCCESS)
        return EFI_UNSUPPORTED;
    loaded = interface;
    if (loaded->LoadOptionsSize == 0)
        return EFI_SUCCESS;
    if (loaded->LoadOptionsSize > OPTIONS_MAX)
        return EFI_BAD_BUFFER_SIZE;
    length = put(0, finds_initrd(services) ? u"came with an initrd" : u"came alone");
    length = put(length, u" and the words: ");
    put(length, loaded->LoadOptions);
    /* All of it: data of any kind may follow the text. */
    return services->Exit(image, EFI_ABORTED, sizeof(buffer), buffer);
}
