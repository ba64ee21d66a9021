/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI program that starts another one again and again, as the UEFI shell does in a loop, without
 * what the shell takes for a line of one:
 *
 *     repeat.efi <times, a decimal number> <file, in the root of the same volume> <words for it>
 *
 * Each start has the load options that the shell would give: the file's name and the words behind
 * it. A text that the program passes to Exit is printed. Ends with the first status that is the
 * firmware's for a file that cannot be loaded.
 */
#include <efi.h>

#include <stdbool.h>
#include <stdint.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define OPTIONS_MAX 256 /* units, with the NUL at their end */
#define PATH_MAX    512 /* bytes, of a device path */

static CHAR16 options[OPTIONS_MAX];
static union {
    EFI_DEVICE_PATH node;
    uint8_t bytes[PATH_MAX];
} path;

static UINTN node_size(const EFI_DEVICE_PATH *node)
{
    return (UINTN)node->Length[0] | (UINTN)node->Length[1] << 8;
}

static uint8_t *put_node_head(uint8_t *to, uint8_t type, uint8_t subtype, UINTN size)
{
    *to++ = type;
    *to++ = subtype;
    *to++ = (uint8_t)size;
    *to++ = (uint8_t)(size >> 8);
    return to;
}

/* A copy of the volume's device path with one more node, for the file; false: there is no room. */
static bool make_path(const EFI_DEVICE_PATH *volume, const CHAR16 *name, UINTN units)
{
    UINTN file_size = 4 + (units + 2) * sizeof(CHAR16); /* a backslash before, a NUL behind */
    const uint8_t *from = (const uint8_t *)volume;
    uint8_t *to = path.bytes;
    UINTN size = 0;

    for (const EFI_DEVICE_PATH *node = volume; node->Type != END_DEVICE_PATH_TYPE;) {
        size += node_size(node);
        node = (const EFI_DEVICE_PATH *)(from + size);
    }
    if (size + file_size + 4 > sizeof(path))
        return false;
    for (UINTN i = 0; i < size; i++)
        *to++ = from[i];
    to = put_node_head(to, MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP, file_size);
    *to++ = '\\';
    *to++ = 0;
    for (UINTN i = 0; i < units; i++) {
        *to++ = (uint8_t)name[i];
        *to++ = (uint8_t)(name[i] >> 8);
    }
    *to++ = 0;
    *to++ = 0;
    put_node_head(to, END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, 4);
    return true;
}

/* Behind the word at `text` and the spaces after it. */
static const CHAR16 *next_word(const CHAR16 *text)
{
    while (*text != 0 && *text != u' ')
        text++;
    while (*text == u' ')
        text++;
    return text;
}

/* EFI_SHELL_PARAMETERS_PROTOCOL (UEFI Shell 2.2, 2.3): of whoever has it, a shell keeps the output.
 */
static EFI_GUID shell_parameters = {
    0x752f3136, 0x4e16, 0x4fdc, {0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca}};
static VOID *no_parameters[8];

static EFI_STATUS start(EFI_HANDLE parent, EFI_SYSTEM_TABLE *system, const CHAR16 *words,
                        UINTN size)
{
    EFI_BOOT_SERVICES *services = system->BootServices;
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_LOADED_IMAGE *loaded;
    VOID *interface;
    EFI_HANDLE image;
    CHAR16 *text = NULL;
    UINTN text_size = 0;
    EFI_STATUS status;

    status = services->LoadImage(FALSE, parent, &path.node, NULL, 0, &image);
    if (status != EFI_SUCCESS)
        return status;
    status = services->HandleProtocol(image, &guid, &interface);
    if (status != EFI_SUCCESS)
        return status;
    loaded = interface;
    loaded->LoadOptions = (VOID *)(uintptr_t)words;
    loaded->LoadOptionsSize = (UINT32)size;
    status = services->InstallProtocolInterface(&image, &shell_parameters, EFI_NATIVE_INTERFACE,
                                                no_parameters);
    if (status != EFI_SUCCESS)
        return status;
    services->StartImage(image, &text_size, &text);
    services->UninstallProtocolInterface(image, &shell_parameters, no_parameters);
    if (text != NULL) {
        system->ConOut->OutputString(system->ConOut, text);
        system->ConOut->OutputString(system->ConOut, (CHAR16 *)(uintptr_t)u"\r\n");
        services->FreePool(text);
    }
    return EFI_SUCCESS;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_BOOT_SERVICES *services = system->BootServices;
    EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
    EFI_LOADED_IMAGE *loaded;
    VOID *interface;
    const CHAR16 *words;
    UINTN count;
    UINTN name = 0;
    UINTN times = 0;

    if (services->HandleProtocol(image, &image_guid, &interface) != EFI_SUCCESS)
        return EFI_UNSUPPORTED;
    loaded = interface;
    if (loaded->LoadOptionsSize < sizeof(CHAR16) || loaded->LoadOptionsSize > sizeof(options))
        return EFI_BAD_BUFFER_SIZE;
    count = loaded->LoadOptionsSize / sizeof(CHAR16);
    for (UINTN i = 0; i < count; i++)
        options[i] = ((const CHAR16 *)loaded->LoadOptions)[i];
    options[OPTIONS_MAX - 1] = 0;

    words = next_word(options);
    for (; *words >= u'0' && *words <= u'9'; words++)
        times = times * 10 + (UINTN)(*words - u'0');
    words = next_word(words);
    while (words[name] != 0 && words[name] != u' ')
        name++;
    if (times == 0 || name == 0)
        return EFI_INVALID_PARAMETER;

    if (services->HandleProtocol(loaded->DeviceHandle, &path_guid, &interface) != EFI_SUCCESS)
        return EFI_UNSUPPORTED;
    if (!make_path(interface, words, name))
        return EFI_BUFFER_TOO_SMALL;
    count -= (UINTN)(words - options);
    for (UINTN i = 0; i < times; i++) {
        EFI_STATUS status = start(image, system, words, count * sizeof(CHAR16));

        if (status != EFI_SUCCESS)
            return status;
    }
    return EFI_SUCCESS;
}
