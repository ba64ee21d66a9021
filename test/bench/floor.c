/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: what no loader can do with less, through this firmware. Reads \vmlinuz and
 * \initrd.img, each with one Read into pages of its own, and leaves boot services. There is nothing
 * after that: the meter ends the machine. With the load options `entries` it reads all files of
 * \loader\entries first, each opened from its directory, with one Read.
 */
#include <efi.h>

#include <stdint.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static uint8_t map[65536];

/* A name as the directory gives it, and room for the text of an entry. */
static uint64_t info[128];
static uint8_t text[65536];

static EFI_STATUS read_file(EFI_BOOT_SERVICES *services, EFI_FILE_HANDLE root, CHAR16 *name)
{
    EFI_PHYSICAL_ADDRESS address = UINT32_MAX;
    EFI_FILE_HANDLE file;
    EFI_STATUS status = root->Open(root, &file, name, EFI_FILE_MODE_READ, 0);
    UINT64 size;

    if (status == EFI_SUCCESS)
        status = file->SetPosition(file, UINT64_MAX);
    if (status == EFI_SUCCESS)
        status = file->GetPosition(file, &size);
    if (status == EFI_SUCCESS)
        status = file->SetPosition(file, 0);
    if (status == EFI_SUCCESS)
        status = services->AllocatePages(AllocateMaxAddress, EfiLoaderData, EFI_SIZE_TO_PAGES(size),
                                         &address);
    if (status == EFI_SUCCESS)
        status = file->Read(file, &size, (void *)address);
    return status;
}

static EFI_STATUS read_entries(EFI_FILE_HANDLE root)
{
    EFI_FILE_INFO *next = (EFI_FILE_INFO *)(void *)info;
    EFI_FILE_HANDLE directory;
    EFI_FILE_HANDLE file;
    EFI_STATUS status = root->Open(root, &directory, u"\\loader\\entries", EFI_FILE_MODE_READ, 0);

    while (status == EFI_SUCCESS) {
        UINTN size = sizeof(info);

        status = directory->Read(directory, &size, next);
        if (status != EFI_SUCCESS || size == 0)
            break;
        if ((next->Attribute & EFI_FILE_DIRECTORY) != 0)
            continue;
        status = directory->Open(directory, &file, next->FileName, EFI_FILE_MODE_READ, 0);
        if (status != EFI_SUCCESS)
            break;
        size = sizeof(text);
        status = file->Read(file, &size, text);
        file->Close(file);
    }
    return status;
}

/* Firmware has load options of its own, so their first letter is looked at. */
static BOOLEAN wants_entries(const EFI_LOADED_IMAGE *loaded)
{
    return loaded->LoadOptionsSize >= sizeof(CHAR16) && *(CHAR16 *)loaded->LoadOptions == u'e';
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_GUID volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_BOOT_SERVICES *services = system->BootServices;
    EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
    EFI_LOADED_IMAGE *loaded;
    EFI_FILE_HANDLE root;
    UINTN size = sizeof(map);
    UINTN descriptor_size;
    UINTN key;
    UINT32 version;
    EFI_STATUS status = services->HandleProtocol(image, &image_guid, (void **)&loaded);

    if (status == EFI_SUCCESS)
        status = services->HandleProtocol(loaded->DeviceHandle, &volume_guid, (void **)&volume);
    if (status == EFI_SUCCESS)
        status = volume->OpenVolume(volume, &root);
    if (status == EFI_SUCCESS && wants_entries(loaded))
        status = read_entries(root);
    if (status == EFI_SUCCESS)
        status = read_file(services, root, u"\\vmlinuz");
    if (status == EFI_SUCCESS)
        status = read_file(services, root, u"\\initrd.img");
    if (status == EFI_SUCCESS)
        status = services->GetMemoryMap(&size, (void *)map, &key, &descriptor_size, &version);
    if (status == EFI_SUCCESS)
        status = services->ExitBootServices(image, key);
    return status;
}
