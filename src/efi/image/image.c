/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/image/image.h"

#include "core/base/page.h"
#include "core/base/target.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/device_path.h"
#include "efi/guard/guard.h"
#include "efi/image/shim.h"
#include "efi/pages.h"
#include "efi/progress.h"
#include "efi/services.h"
#include "efi/watchdog.h"
#include "efi/wide_text.h"

struct explanation image_explain(efi_status status)
{
    switch (status) {
    case EFI_SECURITY_VIOLATION:
    case EFI_ACCESS_DENIED:
        return because("this machine does not trust it: it is not signed, or by a key that is not "
                       "enrolled, or it is revoked",
                       "sign it with a key in db (or in the MOK list, with shim), or turn Secure "
                       "Boot off");
    case EFI_UNSUPPORTED:
    case EFI_LOAD_ERROR:
    case EFI_INVALID_PARAMETER:
        return because("the firmware cannot load it as a PE image for this machine",
                       "give an undamaged EFI program for " TARGET_NAME);
    case EFI_OUT_OF_RESOURCES:
        return because("there is no memory for it", "give the machine more memory or load less");
    default:
        return because("the firmware could not load it", "try again, or update the firmware");
    }
}

/*
 * Where the image says it comes from: the path of its volume, then `path`. A device whose
 * path makes no sense is left out. Returns the path's size, 0 when `path` cannot be put into one.
 */
static size_t put_origin(const struct firmware *firmware, const char *path,
                         uint8_t buffer[DEVICE_PATH_FILE_MAX], EFI_HANDLE *ret_device)
{
    struct span nodes = {0};

    *ret_device = volume_device(firmware);
    (void)device_path_nodes(device_path_of(firmware, *ret_device), &nodes);
    return device_path_of_file(nodes, path, buffer);
}

static void unload(const struct firmware *firmware, EFI_HANDLE handle)
{
    boot_services(firmware)->UnloadImage(handle);
}

/*
 * LoadImage, with shim's judgement where there is shim. EFI_SECURITY_VIOLATION is an error that
 * leaves an image behind, loaded and not to be started (UEFI 2.10, 7.4.1): it is unloaded at once.
 */
static efi_status load(const struct firmware *firmware, struct span file, const char *path,
                       EFI_HANDLE *ret_device, EFI_HANDLE *ret_handle)
{
    uint8_t origin[DEVICE_PATH_FILE_MAX] __attribute__((aligned(8)));
    size_t size = put_origin(firmware, path, origin, ret_device);
    EFI_HANDLE handle = NULL;
    efi_status status = EFI_SUCCESS;
    bool vouched;

    if (size == 0)
        return EFI_INVALID_PARAMETER;
    vouched = shim_judges(firmware, file, &status);
    if (status != EFI_SUCCESS)
        return status;
    progress_work_begin(firmware->progress, "verifying", path, file.size);
    if (vouched)
        shim_vouch_begin(firmware, file, span_of(origin, size - DEVICE_PATH_HEADER_SIZE));
    status = boot_services(firmware)->LoadImage(FALSE, firmware->image_handle,
                                                (EFI_DEVICE_PATH *)(void *)origin,
                                                (VOID *)(uintptr_t)file.data, file.size, &handle);
    if (vouched)
        shim_vouch_end();
    progress_work_end(firmware->progress, file.size, true);
    if (status == EFI_SECURITY_VIOLATION && handle != NULL)
        unload(firmware, handle);
    if (status == EFI_SUCCESS && handle == NULL)
        status = EFI_LOAD_ERROR;
    if (status == EFI_SUCCESS && progress_is_stopped(firmware->progress)) {
        unload(firmware, handle);
        status = EFI_ABORTED;
    }
    if (status == EFI_SUCCESS)
        *ret_handle = handle;
    return status;
}

efi_status image_verify(struct firmware *firmware, struct span file, const char *path)
{
    EFI_HANDLE device = NULL;
    EFI_HANDLE handle = NULL;
    efi_status status;

    if (shim_judges(firmware, file, &status))
        return status;
    status = load(firmware, file, path, &device, &handle);
    if (status == EFI_SUCCESS)
        unload(firmware, handle);
    return status;
}

static void unload_image(struct firmware *firmware, const struct lease *lease)
{
    unload(firmware, (EFI_HANDLE)(uintptr_t)lease->address);
}

efi_status image_load(struct firmware *firmware, struct span file, const char *path,
                      struct image *ret_image)
{
    EFI_HANDLE device = NULL;
    EFI_HANDLE handle = NULL;
    VOID *interface = NULL;
    EFI_LOADED_IMAGE *loaded;
    efi_status status = load(firmware, file, path, &device, &handle);

    if (status != EFI_SUCCESS)
        return status;
    status =
        boot_services(firmware)->HandleProtocol(handle, guid_in(&loaded_image_guid), &interface);
    if (status == EFI_SUCCESS && !lease_record(firmware, unload_image, (uintptr_t)handle, 0))
        status = EFI_OUT_OF_RESOURCES;
    if (status != EFI_SUCCESS) {
        unload(firmware, handle);
        return status;
    }
    loaded = interface;
    if (loaded->DeviceHandle == NULL)
        loaded->DeviceHandle = device;
    *ret_image = (struct image){.handle = handle, .loaded = loaded};
    return EFI_SUCCESS;
}

efi_status image_set_options(struct firmware *firmware, struct image *image, const char *utf8)
{
    EFI_LOADED_IMAGE *loaded = image->loaded;
    struct span text;
    efi_status status;

    if (utf8[0] == '\0')
        return EFI_SUCCESS; /* LoadImage leaves the image without any */
    if (text_length(utf8) >= UINT32_MAX / sizeof(CHAR16))
        return EFI_INVALID_PARAMETER;
    status = wide_text_make(firmware, utf8, &text);
    if (status != EFI_SUCCESS)
        return status;
    loaded->LoadOptions = (VOID *)(uintptr_t)text.data;
    loaded->LoadOptionsSize = (UINT32)text.size;
    return EFI_SUCCESS;
}

/* The longest beginning of `data`, a UTF-16 text of at most `size` bytes, that fits and is sound.
 */
static void put_exit_data(struct image_end *end, const CHAR16 *data, uint64_t size)
{
    size_t units = size / sizeof(*data);
    size_t length = 0;

    if (units > sizeof(end->text))
        units = sizeof(end->text);
    while (utf16_to_utf8(span_of(data, units * sizeof(*data)), end->text, sizeof(end->text),
                         &length) != UTF_OK)
        units--; /* ends with none: that always fits */
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)end->text[i] < ' ')
            end->text[i] = ' ';
}

/* After StartImage: takes back what the firmware has left of an image that is not to stay. */
static void clean_up(struct firmware *firmware, const struct image *image, efi_status status)
{
    EFI_LOADED_IMAGE *loaded = image->loaded;

    if (protocol_of(firmware, image->handle, &loaded_image_guid) != loaded)
        return; /* the usual case: it has been unloaded */
    if (EFI_ERROR(status)) {
        unload(firmware, image->handle);
        return;
    }
    loaded->LoadOptions = NULL; /* a driver that stays, while its load options do not */
    loaded->LoadOptionsSize = 0;
}

void image_start(struct firmware *firmware, struct image *image, struct image_end *ret_end)
{
    UINTN size = 0;
    CHAR16 *data = NULL;

    lease_forget(firmware, unload_image, (uintptr_t)image->handle);
    shim_keep(firmware);
    watchdog_arm(firmware, WATCHDOG_SECONDS);
    ret_end->status = boot_services(firmware)->StartImage(image->handle, &size, &data);
    guard_check(); /* before any service: there may be none */
    watchdog_disarm(firmware);
    clean_up(firmware, image, ret_end->status);
    put_exit_data(ret_end, data, data == NULL ? 0 : size);
    if (data != NULL)
        pool_free(firmware, data);
}
