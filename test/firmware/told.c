/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI program that says what a boot loader has told it, on the console, and turns the machine
 * off. Of https://systemd.io/BOOT_LOADER_INTERFACE it prints each variable that is there, in the
 * order of their names below:
 *
 *     told options: <its load options>
 *     told LoaderEntries 6: first.conf|second.conf|
 *     told the end
 *
 * A NUL is shown as `|`; what is no text (LoaderFeatures) as a number. The word `again` among the
 * options restarts the machine instead.
 */
#include <efi.h>

#include <stdbool.h>
#include <stdint.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define UNITS_MAX 0x4000

static EFI_SYSTEM_TABLE *table;
static CHAR16 units[UNITS_MAX];

static void say(const CHAR16 *text)
{
    table->ConOut->OutputString(table->ConOut, (CHAR16 *)(uintptr_t)text);
}

static void say_units(const CHAR16 *text, UINTN count)
{
    CHAR16 one[2] = {0, 0};

    for (UINTN i = 0; i < count; i++) {
        one[0] = text[i] == 0 ? u'|' : text[i];
        say(one);
    }
}

static void say_hex(uint64_t number)
{
    CHAR16 digits[19] = u"0x";

    for (unsigned int i = 0; i < 16; i++)
        digits[2 + i] = u"0123456789abcdef"[number >> (60 - 4 * i) & 0xf];
    say(digits);
}

static void say_variable(const CHAR16 *name)
{
    EFI_GUID guid = {0x4a67b082, 0x0a4c, 0x41cf, {0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f}};
    UINTN size = sizeof(units);
    UINT32 attributes = 0;
    CHAR16 digit[2] = {0, 0};

    if (table->RuntimeServices->GetVariable((CHAR16 *)(uintptr_t)name, &guid, &attributes, &size,
                                            units) != EFI_SUCCESS)
        return;
    digit[0] = (CHAR16)(u'0' + attributes);
    say(u"told ");
    say(name);
    say(u" ");
    say(digit);
    say(u": ");
    if (size == 8 && units[3] == 0 && name[6] == u'F')
        say_hex(*(const uint64_t *)(const void *)units);
    else
        say_units(units, size / sizeof(units[0]));
    say(u"\r\n");
}

/* Whether a word stands at the end of the options, which have a NUL. */
static bool ends_in_again(const CHAR16 *options, UINTN count)
{
    static const CHAR16 word[] = u"again";
    const UINTN length = sizeof(word) / sizeof(word[0]);

    if (count < length)
        return false;
    for (UINTN i = 0; i < length; i++)
        if (options[count - length + i] != word[i])
            return false;
    return true;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static const CHAR16 *const names[] = {
        u"LoaderBootCountPath",   u"LoaderConfigTimeout",   u"LoaderConfigTimeoutOneShot",
        u"LoaderDevicePartUUID",  u"LoaderEntries",         u"LoaderEntryDefault",
        u"LoaderEntryLastBooted", u"LoaderEntryOneShot",    u"LoaderEntryPreferred",
        u"LoaderEntrySelected",   u"LoaderFeatures",        u"LoaderFirmwareInfo",
        u"LoaderFirmwareType",    u"LoaderImageIdentifier", u"LoaderInfo",
        u"LoaderTimeExecUSec",    u"LoaderTimeInitUSec",
    };
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_LOADED_IMAGE *loaded;
    VOID *interface;
    UINTN count;

    table = system;
    if (system->BootServices->HandleProtocol(image, &guid, &interface) != EFI_SUCCESS)
        return EFI_UNSUPPORTED;
    loaded = interface;
    count = loaded->LoadOptionsSize / sizeof(CHAR16);
    say(u"\r\ntold options: ");
    say_units(loaded->LoadOptions, count);
    say(u"\r\n");
    for (UINTN i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        say_variable(names[i]);
    say(u"told the end\r\n");
    system->RuntimeServices->ResetSystem(
        ends_in_again(loaded->LoadOptions, count) ? EfiResetCold : EfiResetShutdown, EFI_SUCCESS, 0,
        NULL);
    return EFI_ABORTED;
}
