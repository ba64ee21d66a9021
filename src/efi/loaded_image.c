/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/loaded_image.h"

#include "core/mem.h"
#include "core/utf.h"
#include "efi/services.h"

/* A device path is a list without a length (UEFI 2.10, 10.3): this is as far as it is believed. */
#define DEVICE_PATH_MAX 4096

#define NODE_TYPE_MEDIA  4
#define NODE_TYPE_END    0x7f
#define NODE_MEDIA_FILE  4
#define NODE_HEADER_SIZE 4

/* Copies the file path node's name out; "" when there is none. */
static void read_path(const uint8_t *nodes, char *path, size_t capacity)
{
    size_t offset = 0;

    path[0] = '\0';
    if (nodes == NULL)
        return;
    while (offset < DEVICE_PATH_MAX) {
        const uint8_t *node = nodes + offset;
        size_t length = (size_t)node[2] | ((size_t)node[3] << 8);

        if (node[0] == NODE_TYPE_END || length < NODE_HEADER_SIZE)
            return;
        if (node[0] == NODE_TYPE_MEDIA && node[1] == NODE_MEDIA_FILE) {
            struct span name = span_of(node + NODE_HEADER_SIZE, length - NODE_HEADER_SIZE);
            size_t path_length;

            if (utf16_to_utf8(name, path, capacity, &path_length) != UTF_OK)
                path[0] = '\0';
            return;
        }
        offset += length;
    }
}

efi_status loaded_image_read(const struct firmware *firmware, struct loaded_image *ret_image)
{
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    const EFI_LOADED_IMAGE *image;
    VOID *interface = NULL;
    EFI_STATUS status =
        boot_services(firmware)->HandleProtocol(firmware->image_handle, &guid, &interface);

    if (status != EFI_SUCCESS)
        return status;
    image = interface;
    ret_image->load_options =
        span_of(image->LoadOptions, image->LoadOptions == NULL ? 0 : image->LoadOptionsSize);
    read_path((const uint8_t *)image->FilePath, ret_image->path, sizeof(ret_image->path));
    return EFI_SUCCESS;
}
