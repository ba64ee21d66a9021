/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver that makes the firmware misbehave towards the loader that is started next. Loaded as the
 * option ROM of a plug-in card, which is where such drivers come from on real machines.
 *
 * What it shall do it asks QEMU when the loader is about to start (fw_cfg):
 *   opt/org.baton/gate     `closed`: it waits until that changes (gate.h). A machine that is saved
 *                          meanwhile can be resumed any number of times with other words.
 *   opt/org.baton/fault    the words
 *   opt/org.baton/options  load options to start the loader with, unless blank
 *   two words of its own: occupy=n really allocates n single pages before the loader starts; high
 *                          starts it from above 4 GiB, loaded once more when nothing is free below
 * Reports: ready, loader, armed, and at the end `left` (see fault_map.c) or `returned`.
 */
#include "fault.h"

#include "core/base/mem.h"
#include "fw_cfg.h"
#include "gate.h"
#include "hooks.h"
#include "report.h"

#define OPTIONS_MAX 512

struct fault fault;

static EFI_HANDLE own_handle;
static EFI_IMAGE_START start_image;
static CHAR16 options[OPTIONS_MAX];

void fault_allocate(EFI_MEMORY_TYPE type, UINTN pages)
{
    EFI_PHYSICAL_ADDRESS address = 0;
    EFI_STATUS status = fault.original.AllocatePages(AllocateAnyPages, type, pages, &address);

    report_begin("allocated");
    report_number("status", status);
    report_number("address", address);
    report_number("pages", pages);
    report_end();
}

/* The real thing: one-page allocations of changing types, which no firmware can merge. */
static void occupy(uint64_t pages)
{
    EFI_PHYSICAL_ADDRESS address;

    for (uint64_t i = 0; i < pages; i++)
        (void)fault.original.AllocatePages(
            AllocateAnyPages, i % 2 == 0 ? EfiBootServicesData : EfiLoaderData, 1, &address);
}

/* Nothing below 4 GiB is free while `loaded` is made of the same file. */
static bool load_high(EFI_HANDLE handle, EFI_HANDLE *loaded)
{
    static struct {
        EFI_PHYSICAL_ADDRESS address;
        UINTN pages;
    } taken[256];
    EFI_GUID guid = EFI_LOADED_IMAGE_DEVICE_PATH_PROTOCOL_GUID;
    EFI_BOOT_SERVICES *services = fault.services;
    VOID *path = NULL;
    UINTN count = 0;
    EFI_STATUS status;

    for (UINTN pages = 1U << 19; pages > 0; pages /= 2)
        while (count < 256) {
            taken[count].address = UINT32_MAX;
            taken[count].pages = pages;
            if (services->AllocatePages(AllocateMaxAddress, EfiLoaderCode, pages,
                                        &taken[count].address) != EFI_SUCCESS)
                break;
            count++;
        }
    status = services->HandleProtocol(handle, &guid, &path);
    if (status == EFI_SUCCESS)
        status = services->LoadImage(FALSE, own_handle, path, NULL, 0, loaded);
    report_begin("high");
    report_number("status", status);
    report_number("taken", count);
    report_end();
    while (count-- > 0)
        services->FreePages(taken[count].address, taken[count].pages);
    return status == EFI_SUCCESS;
}

static void give_options(void)
{
    char text[OPTIONS_MAX];
    UINTN length = 0;

    if (!fw_cfg_read("opt/org.baton/options", text, sizeof(text)) || text[0] == ' ')
        return;
    while (text[length] != '\0') {
        options[length] = (CHAR16)(unsigned char)text[length];
        length++;
    }
    options[length] = 0;
    fault.image->LoadOptions = options;
    fault.image->LoadOptionsSize = (UINT32)((length + 1) * sizeof(options[0]));
}

/* An application; NULL for drivers. */
static EFI_LOADED_IMAGE *application(EFI_HANDLE handle)
{
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    VOID *interface = NULL;
    EFI_LOADED_IMAGE *image;

    if (fault.services->HandleProtocol(handle, &guid, &interface) != EFI_SUCCESS)
        return NULL;
    image = interface;
    return image->ImageCodeType == EfiLoaderCode ? image : NULL;
}

/* A loader is an application from a file on a disk; the shell comes from a firmware volume. */
static bool is_loader(EFI_HANDLE handle)
{
    fault.image = application(handle);
    return fault.image != NULL && fault.image->FilePath != NULL &&
           fault.image->FilePath->Type == MEDIA_DEVICE_PATH &&
           fault.image->FilePath->SubType == MEDIA_FILEPATH_DP;
}

/* What the loader starts is bound by what binds the loader. */
static EFI_STATUS start_other(EFI_HANDLE handle, UINTN *exit_data_size, CHAR16 **exit_data)
{
    const EFI_LOADED_IMAGE *image = application(handle);
    EFI_STATUS status;

    if (image == NULL)
        return start_image(handle, exit_data_size, exit_data);
    machine_follow(image);
    status = start_image(handle, exit_data_size, exit_data);
    machine_follow(NULL);
    return status;
}

static void arm(void)
{
    report_begin("loader");
    report_number("base", (UINTN)fault.image->ImageBase);
    report_number("size", fault.image->ImageSize);
    report_end();
    if (!gate_read(fault.services, "opt/org.baton/fault", fault.words, sizeof(fault.words)))
        fault.words[0] = '\0';
    give_options();
    fault.original = *fault.services;
    occupy(fault_number("occupy", 0));
    map_arm();
    exit_arm();
    callbacks_arm();
    files_arm();
    tpm_arm();
    machine_arm();
    report_begin("armed");
    report_text("words", fault.words);
    report_end();
}

static EFI_STATUS EFIAPI start_image_hook(EFI_HANDLE handle, UINTN *exit_data_size,
                                          CHAR16 **exit_data)
{
    static bool busy;
    EFI_HANDLE loaded = NULL;
    EFI_STATUS status;

    if (busy)
        return start_other(handle, exit_data_size, exit_data);
    if (!is_loader(handle))
        return start_image(handle, exit_data_size, exit_data);
    busy = true;
    if (fw_cfg_read("opt/org.baton/fault", fault.words, sizeof(fault.words)) &&
        fault_flag("high") && load_high(handle, &loaded) && is_loader(loaded))
        handle = loaded;
    arm();
    status = start_image(handle, exit_data_size, exit_data);
    machine_disarm();
    files_disarm();
    tpm_disarm();
    *fault.services = fault.original;
    table_repair(&fault.services->Hdr);
    report_begin("returned");
    report_number("status", status);
    report_end();
    return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    own_handle = image;
    fault.system = system;
    fault.services = system->BootServices;
    EFI_STATUS status = map_prepare();

    if (status == EFI_SUCCESS)
        start_image = hook_service(fault.services, StartImage, start_image_hook);
    report_begin("loaded");
    report_number("status", status);
    report_end();
    return status;
}
