/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/loaded_image.h"

#include "core/text/utf.h"
#include "efi/device_path.h"
#include "efi/services.h"
#include "efi/volumes.h"

EFI_STATUS own_image(const struct firmware *firmware, EFI_LOADED_IMAGE **ret_image)
{
    return boot_services(firmware)->HandleProtocol(firmware->image_handle,
                                                   guid_in(&loaded_image_guid), (VOID **)ret_image);
}

EFI_HANDLE volume_device(const struct firmware *firmware)
{
    EFI_LOADED_IMAGE *own = NULL;

    if (firmware->volume != VOLUME_OWN)
        return firmware->volume == VOLUME_EXTENDED ? firmware->extended : firmware->found;
    return own_image(firmware, &own) == EFI_SUCCESS ? own->DeviceHandle : NULL;
}

const void *device_path_of(const struct firmware *firmware, EFI_HANDLE device)
{
    return protocol_of(firmware, device, &device_path_guid);
}

const void *own_device_path(const struct firmware *firmware)
{
    EFI_LOADED_IMAGE *own = NULL;

    if (own_image(firmware, &own) != EFI_SUCCESS)
        return NULL;
    return device_path_of(firmware, own->DeviceHandle);
}

bool loaded_image_is_in_shell(const struct firmware *firmware)
{
    /* EFI_SHELL_PARAMETERS_PROTOCOL_GUID (UEFI Shell 2.2, 2.3) */
    static const EFI_GUID guid = {
        0x752f3136, 0x4e16, 0x4fdc, {0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca}};

    return protocol_of(firmware, firmware->image_handle, &guid) != NULL;
}

efi_status loaded_image_read(const struct firmware *firmware, struct loaded_image *ret_image)
{
    EFI_LOADED_IMAGE *image = NULL;
    struct span nodes = {0};
    EFI_STATUS status = own_image(firmware, &image);
    uint16_t name[sizeof(ret_image->path)]; /* UTF-8 has no fewer bytes than UTF-16 has units */
    size_t length;

    if (status != EFI_SUCCESS)
        return status;
    ret_image->memory = span_of(image->ImageBase, image->ImageBase == NULL ? 0 : image->ImageSize);
    ret_image->load_options =
        span_of(image->LoadOptions, image->LoadOptions == NULL ? 0 : image->LoadOptionsSize);
    (void)device_path_nodes(image->FilePath, &nodes);
    length = device_path_file_name(nodes, name, sizeof(ret_image->path));
    if (utf16_to_utf8(span_of(name, length * sizeof(name[0])), ret_image->path,
                      sizeof(ret_image->path), &length) != UTF_OK)
        ret_image->path[0] = '\0';
    return EFI_SUCCESS;
}
