/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/guard/guard_stay.h"

#include "efi/graphics.h"
#include "efi/loaded_image.h"
#include "efi/services.h"

static struct firmware *own;
static struct give_up_means means;
static EFI_IMAGE_START start_image;
static struct loaded_image started;

static EFI_STATUS EFIAPI start_hook(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data)
{
    uint8_t edid[EDID_BLOCK_SIZE];
    struct firmware as_it = {.image_handle = handle, .system_table = own->system_table};
    EFI_STATUS status;

    /* A driver may be loaded before there is a display, and what is started may change its mode. */
    means.framebuffer = (struct framebuffer){0};
    (void)graphics_find(own, &means.framebuffer, edid);
    started.path[0] = '\0';
    (void)loaded_image_read(&as_it, &started);
    means.entry_name = started.path;
    guard_means(&means);
    status = start_image(handle, exit_data_size, exit_data);
    guard_check();
    return status;
}

efi_status guard_stay(struct firmware *firmware, const struct guard_options *options)
{
    EFI_BOOT_SERVICES *services = boot_services(firmware);
    efi_status status = guard_begin(firmware, options);

    if (status != EFI_SUCCESS)
        return status;
    own = firmware;
    means = options->means;
    start_image = services->StartImage;
    services->StartImage = start_hook;
    table_seal(&services->Hdr, sizeof(EFI_TABLE_HEADER));
    return EFI_SUCCESS;
}
