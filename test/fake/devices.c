/* SPDX-License-Identifier: BSD-2-Clause */
/* The handle database and what hangs on it: console, displays, randomness. */
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
};

FAKE_DENY(Blt);

uint64_t fake_display(const struct fake_display *display)
{
    static const EFI_GUID gop = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    static const EFI_GUID edid = EFI_EDID_ACTIVE_PROTOCOL_GUID;
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
    made->protocol.Mode = &made->mode;
    made->protocol.QueryMode = FAKE_DENIED(QueryMode);
    made->protocol.SetMode = FAKE_DENIED(SetMode);
    made->protocol.Blt = FAKE_DENIED(Blt);
    fake_install(handle, gop, &made->protocol);
    if (display->shows_console)
        fake_install(handle, console_out, NULL);
    if (display->edid != NULL) {
        made->edid.SizeOfEdid = display->edid_size;
        made->edid.Edid = (UINT8 *)(uintptr_t)display->edid;
        fake_install(handle, edid, &made->edid);
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

void fake_devices_begin(void)
{
    interface_count = 0;
    next_handle = 0x10000;
    console_length = 0;
    console_text[0] = '\0';
}

void fake_devices_end(void)
{
    interface_count = 0;
}
