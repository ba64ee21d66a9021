/* SPDX-License-Identifier: BSD-2-Clause */
/* The handle database and what hangs on it: console, displays, randomness. */
#include "images.h"
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INTERFACES_MAX 64
static struct {
    EFI_HANDLE handle;
    EFI_GUID guid;
    void *interface;
} interfaces[INTERFACES_MAX];
static size_t interface_count;
static uintptr_t next_handle;
static unsigned int installed_count; /* by the code under test */

static SIMPLE_TEXT_OUTPUT_INTERFACE console;
static char console_text[65536];
static size_t console_length;

static EFI_RNG_PROTOCOL rng;
static const uint8_t *rng_bytes;
static size_t rng_size;
static EFI_STATUS rng_raw_status;
static EFI_STATUS rng_status;

bool fake_guid_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(EFI_GUID)) == 0;
}

void fake_install(EFI_HANDLE handle, EFI_GUID guid, void *interface)
{
    assert_true(interface_count < INTERFACES_MAX);
    interfaces[interface_count].handle = handle;
    interfaces[interface_count].guid = guid;
    interfaces[interface_count++].interface = interface;
}

EFI_HANDLE fake_new_handle(void)
{
    return (EFI_HANDLE)++next_handle;
}

bool fake_uninstall(EFI_HANDLE handle, EFI_GUID guid, const void *interface)
{
    for (size_t i = 0; i < interface_count; i++) {
        if (interfaces[i].handle != handle || interfaces[i].interface != interface ||
            !fake_guid_equal(&interfaces[i].guid, &guid))
            continue;
        interface_count--;
        memmove(&interfaces[i], &interfaces[i + 1], (interface_count - i) * sizeof(interfaces[0]));
        return true;
    }
    return false;
}

EFI_STATUS EFIAPI fake_handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **ret_interface)
{
    struct fake_call *call = fake_enter("HandleProtocol", (uintptr_t)handle, 0, 0);

    for (size_t i = 0; i < interface_count; i++) {
        if (interfaces[i].handle != handle || !fake_guid_equal(&interfaces[i].guid, guid))
            continue;
        *ret_interface = interfaces[i].interface;
        return fake_leave(call, EFI_SUCCESS);
    }
    return fake_leave(call, EFI_UNSUPPORTED);
}

EFI_STATUS EFIAPI fake_locate_protocol(EFI_GUID *guid, VOID *registration, VOID **ret_interface)
{
    struct fake_call *call = fake_enter("LocateProtocol", (uintptr_t)registration, 0, 0);

    for (size_t i = 0; i < interface_count; i++) {
        if (!fake_guid_equal(&interfaces[i].guid, guid))
            continue;
        *ret_interface = interfaces[i].interface;
        return fake_leave(call, EFI_SUCCESS);
    }
    return fake_leave(call, EFI_NOT_FOUND);
}

EFI_STATUS EFIAPI fake_locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid, VOID *key,
                                            UINTN *ret_count, EFI_HANDLE **ret_handles)
{
    struct fake_call *call = fake_enter("LocateHandleBuffer", type, (uintptr_t)key, 0);
    EFI_HANDLE found[INTERFACES_MAX];
    UINTN count = 0;
    VOID *buffer;

    assert_int_equal(type, ByProtocol);
    for (size_t i = 0; i < interface_count; i++)
        if (fake_guid_equal(&interfaces[i].guid, guid))
            found[count++] = interfaces[i].handle;
    if (count == 0)
        return fake_leave(call, EFI_NOT_FOUND);
    if (fake_allocate_pool(EfiBootServicesData, count * sizeof(found[0]), &buffer) != EFI_SUCCESS)
        return fake_leave(call, EFI_OUT_OF_RESOURCES);
    memcpy(buffer, found, count * sizeof(found[0]));
    *ret_handles = buffer;
    *ret_count = count;
    return fake_leave(call, EFI_SUCCESS);
}

unsigned int fake_protocols_installed(void)
{
    return installed_count;
}

/* UEFI 2.10, 7.3.17: all or nothing, and no device path twice. */
EFI_STATUS EFIAPI fake_install_multiple(EFI_HANDLE *handle, ...)
{
    struct fake_call *call =
        fake_enter("InstallMultipleProtocolInterfaces", (uintptr_t)*handle, 0, 0);
    __builtin_ms_va_list arguments;

    if (fake_behaviour.install_status != EFI_SUCCESS)
        return fake_leave(call, fake_behaviour.install_status);
    if (*handle == NULL)
        *handle = fake_new_handle();
    __builtin_ms_va_start(arguments, handle);
    for (;;) {
        const EFI_GUID *guid = __builtin_va_arg(arguments, EFI_GUID *);

        if (guid == NULL)
            break;
        fake_install(*handle, *guid, __builtin_va_arg(arguments, void *));
        installed_count++;
    }
    __builtin_ms_va_end(arguments);
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_uninstall_multiple(EFI_HANDLE handle, ...)
{
    struct fake_call *call =
        fake_enter("UninstallMultipleProtocolInterfaces", (uintptr_t)handle, 0, 0);
    __builtin_ms_va_list arguments;

    __builtin_ms_va_start(arguments, handle);
    for (;;) {
        const EFI_GUID *guid = __builtin_va_arg(arguments, EFI_GUID *);

        if (guid == NULL)
            break;
        if (!fake_uninstall(handle, *guid, __builtin_va_arg(arguments, void *)))
            fail_msg("a protocol was uninstalled that is not there");
        installed_count--;
    }
    __builtin_ms_va_end(arguments);
    return fake_leave(call, EFI_SUCCESS);
}

/* Bytes before the end node. */
static size_t path_size(const uint8_t *path)
{
    size_t size = 0;

    while (path[size] != 0x7f)
        size += path[size + 2] + path[size + 3] * 256U;
    return size;
}

/* UEFI 2.10, 7.3.10: the handle with the protocol whose path is the longest beginning of *path. */
EFI_STATUS EFIAPI fake_locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH **path,
                                          EFI_HANDLE *ret_handle)
{
    static const EFI_GUID device_path = DEVICE_PATH_PROTOCOL;
    struct fake_call *call = fake_enter("LocateDevicePath", (uintptr_t)*path, 0, 0);
    const uint8_t *wanted = (const uint8_t *)*path;
    EFI_STATUS status = EFI_NOT_FOUND;
    size_t best = 0;

    for (size_t i = 0; i < interface_count; i++) {
        for (size_t j = 0; j < interface_count; j++) {
            const uint8_t *own = interfaces[j].interface;

            if (!fake_guid_equal(&interfaces[i].guid, guid) ||
                interfaces[j].handle != interfaces[i].handle ||
                !fake_guid_equal(&interfaces[j].guid, &device_path) ||
                path_size(own) > path_size(wanted) || path_size(own) < best ||
                memcmp(own, wanted, path_size(own)) != 0)
                continue;
            best = path_size(own);
            *ret_handle = interfaces[i].handle;
            status = EFI_SUCCESS;
        }
    }
    if (status == EFI_SUCCESS)
        *path = (EFI_DEVICE_PATH *)(uintptr_t)(wanted + best);
    return fake_leave(call, status);
}

/* --- console -----------------------------------------------------------------------------------
 */

static void put_byte(unsigned int byte)
{
    assert_true(console_length + 1 < sizeof(console_text));
    console_text[console_length++] = (char)byte;
    console_text[console_length] = '\0';
}

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *self, CHAR16 *string)
{
    struct fake_call *call = fake_enter("OutputString", 0, 0, 0);

    assert_ptr_equal(self, &console);
    for (; *string != 0; string++) {
        unsigned int unit = *string;

        if (unit < 0x80) {
            put_byte(unit);
        } else if (unit < 0x800) {
            put_byte(0xc0 | unit >> 6);
            put_byte(0x80 | (unit & 0x3f));
        } else {
            put_byte(0xe0 | unit >> 12);
            put_byte(0x80 | (unit >> 6 & 0x3f));
            put_byte(0x80 | (unit & 0x3f));
        }
    }
    fake_map_touch(); /* OVMF's does: four times a line */
    return fake_leave(call, EFI_SUCCESS);
}

FAKE_DENY(Reset);
FAKE_DENY(TestString);
FAKE_DENY(QueryMode);
FAKE_DENY(SetMode);
FAKE_DENY(SetAttribute);
FAKE_DENY(ClearScreen);
FAKE_DENY(SetCursorPosition);
FAKE_DENY(EnableCursor);

void fake_console(void)
{
    console.OutputString = output_string;
    console.Reset = FAKE_DENIED(Reset);
    console.TestString = FAKE_DENIED(TestString);
    console.QueryMode = FAKE_DENIED(QueryMode);
    console.SetMode = FAKE_DENIED(SetMode);
    console.SetAttribute = FAKE_DENIED(SetAttribute);
    console.ClearScreen = FAKE_DENIED(ClearScreen);
    console.SetCursorPosition = FAKE_DENIED(SetCursorPosition);
    console.EnableCursor = FAKE_DENIED(EnableCursor);
    fake_system_table.ConOut = &console;
    fake_system_table.ConsoleOutHandle = (EFI_HANDLE)(uintptr_t)0x3333;
    fake_system_table.StdErr = &console;
    fake_system_table.StandardErrorHandle = fake_system_table.ConsoleOutHandle;
    fake_system_table.ConIn = (SIMPLE_INPUT_INTERFACE *)(void *)&console;
    fake_system_table.ConsoleInHandle = fake_system_table.ConsoleOutHandle;
}

const char *fake_console_text(void)
{
    return console_text;
}

/* --- displays ----------------------------------------------------------------------------------
 */

struct display {
    EFI_GRAPHICS_OUTPUT_PROTOCOL protocol;
    EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
    EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info;
    EFI_EDID_ACTIVE_PROTOCOL edid;
    EFI_EDID_DISCOVERED_PROTOCOL discovered;
};

FAKE_DENY(Blt);

uint64_t fake_display(const struct fake_display *display)
{
    static const EFI_GUID gop = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    static const EFI_GUID edid = EFI_EDID_ACTIVE_PROTOCOL_GUID;
    static const EFI_GUID discovered = EFI_EDID_DISCOVERED_PROTOCOL_GUID;
    /* EFI_CONSOLE_OUT_DEVICE_GUID, edk2's MdeModulePkg */
    static const EFI_GUID console_out = {
        0xd3b36f2c, 0xd551, 0x11d4, {0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};
    static const EFI_GRAPHICS_PIXEL_FORMAT formats[] = {
        [FAKE_PIXELS_RGB] = PixelRedGreenBlueReserved8BitPerColor,
        [FAKE_PIXELS_BGR] = PixelBlueGreenRedReserved8BitPerColor,
        [FAKE_PIXELS_MASK] = PixelBitMask,
        [FAKE_PIXELS_BLT_ONLY] = PixelBltOnly,
    };
    struct display *made = fake_keep(sizeof(*made));
    EFI_HANDLE handle = (EFI_HANDLE)++next_handle;
    uint64_t size = display->size != 0 ? display->size
                                       : (uint64_t)display->pixels_per_line * display->height * 4;

    made->info = (EFI_GRAPHICS_OUTPUT_MODE_INFORMATION){
        .HorizontalResolution = display->width,
        .VerticalResolution = display->height,
        .PixelFormat = formats[display->format],
        .PixelInformation = {display->masks[0], display->masks[1], display->masks[2],
                             display->masks[3]},
        .PixelsPerScanLine = display->pixels_per_line,
    };
    made->mode = (EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE){
        .MaxMode = 1,
        .Info = &made->info,
        .SizeOfInfo = sizeof(made->info),
        .FrameBufferBase = display->base != 0 ? display->base : (uintptr_t)fake_keep(size),
        .FrameBufferSize = size,
    };
    if (display->lacks_info)
        made->mode.Info = NULL;
    if (display->lacks_base)
        made->mode.FrameBufferBase = 0;
    made->protocol.Mode = display->lacks_mode ? NULL : &made->mode;
    made->protocol.QueryMode = FAKE_DENIED(QueryMode);
    made->protocol.SetMode = FAKE_DENIED(SetMode);
    made->protocol.Blt = FAKE_DENIED(Blt);
    fake_install(handle, gop, &made->protocol);
    if (display->shows_console)
        fake_install(handle, console_out, NULL);
    if (display->edid != NULL) {
        made->edid.SizeOfEdid = display->edid_size;
        made->edid.Edid = display->lacks_edid_data ? NULL : (UINT8 *)(uintptr_t)display->edid;
        fake_install(handle, edid, &made->edid);
    }
    if (display->edid_discovered != NULL) {
        made->discovered.SizeOfEdid = display->edid_discovered_size;
        made->discovered.Edid =
            display->lacks_edid_data ? NULL : (UINT8 *)(uintptr_t)display->edid_discovered;
        fake_install(handle, discovered, &made->discovered);
    }
    return made->mode.FrameBufferBase;
}

/* --- randomness --------------------------------------------------------------------------------
 */

static EFI_STATUS EFIAPI get_rng(EFI_RNG_PROTOCOL *self, EFI_RNG_ALGORITHM *algorithm, UINTN size,
                                 UINT8 *value)
{
    struct fake_call *call = fake_enter("GetRNG", algorithm != NULL, size, 0);
    EFI_STATUS status = algorithm != NULL ? rng_raw_status : rng_status;

    assert_ptr_equal(self, &rng);
    if (status == EFI_SUCCESS) {
        assert_true(size <= rng_size);
        memcpy(value, rng_bytes, size);
    }
    return fake_leave(call, status);
}

FAKE_DENY(GetInfo);

void fake_rng(const uint8_t *bytes, size_t size, uint64_t raw_status, uint64_t status)
{
    static const EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;

    rng_bytes = bytes;
    rng_size = size;
    rng_raw_status = raw_status;
    rng_status = status;
    rng.GetRNG = get_rng;
    rng.GetInfo = FAKE_DENIED(GetInfo);
    fake_install((EFI_HANDLE)++next_handle, guid, &rng);
}

/* --- what pages allow ----------------------------------------------------------------------------
 */

static struct {
    void *get;
    void *set;
    EFI_STATUS(EFIAPI *clear)(void *self, UINT64 address, UINT64 size, UINT64 attributes);
} page_access;
static EFI_STATUS page_access_status;

static EFI_STATUS EFIAPI clear_memory_attributes(void *self, UINT64 address, UINT64 size,
                                                 UINT64 attributes)
{
    struct fake_call *call = fake_enter("ClearMemoryAttributes", address, size, attributes);

    assert_ptr_equal(self, &page_access);
    return fake_leave(call, page_access_status);
}

FAKE_DENY(GetMemoryAttributes);
FAKE_DENY(SetMemoryAttributes);

void fake_page_access(uint64_t status)
{
    static const EFI_GUID guid = {
        0xf4560cf6, 0x40ec, 0x4b4a, {0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89}};

    page_access_status = status;
    page_access.get = FAKE_DENIED(GetMemoryAttributes);
    page_access.set = FAKE_DENIED(SetMemoryAttributes);
    page_access.clear = clear_memory_attributes;
    fake_install((EFI_HANDLE)++next_handle, guid, &page_access);
}

void fake_devices_begin(void)
{
    interface_count = 0;
    installed_count = 0;
    next_handle = 0x10000;
    console_length = 0;
    console_text[0] = '\0';
}

void fake_devices_end(void)
{
    if (!fake_exit_attempted() && installed_count != 0)
        fail_msg("%u protocols were not taken away", installed_count);
    interface_count = 0;
}
