/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/keyboard.h"

#include "efi/services.h"

/* What belongs to a sequence follows within this. */
#define SEQUENCE_MS 40U

/* Between two looks where the firmware cannot wait for a key. */
#define LOOK_MS 10U

#define UNITS_PER_MS 10000U /* of a timer: 100 ns each */

/* The other device first: while both have the same key it is the one that counts. */
enum { OTHER, CONSOLE };

/*
 * ConIn is used as if it were the extended protocol: what both have lies at the same places, and
 * what the one reads is what the other reads first.
 */
_Static_assert(offsetof(SIMPLE_INPUT_INTERFACE, ReadKeyStroke) ==
                       offsetof(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL, ReadKeyStrokeEx) &&
                   offsetof(SIMPLE_INPUT_INTERFACE, WaitForKey) ==
                       offsetof(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL, WaitForKeyEx) &&
                   offsetof(EFI_KEY_DATA, Key) == 0,
               "both begin alike");

static EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *source_of(const struct keyboard *keyboard,
                                                    unsigned int source)
{
    return (EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *)keyboard->sources[source];
}

/* The source, or NULL: some firmware has the protocol and no event in it. */
static void *working(const struct firmware *firmware, void *source)
{
    EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *extended = source;
    EFI_STATUS status;

    if (extended == NULL || extended->WaitForKeyEx == NULL)
        return NULL;
    status = boot_services(firmware)->CheckEvent(extended->WaitForKeyEx);
    return status == EFI_SUCCESS || status == EFI_NOT_READY ? source : NULL;
}

struct keyboard keyboard_open(const struct firmware *firmware)
{
    static const EFI_GUID guid = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;
    struct keyboard keyboard = {.firmware = firmware};
    const EFI_SYSTEM_TABLE *system = firmware->system_table;
    void *console = protocol_of(firmware, system->ConsoleInHandle, &guid);
    void *other = NULL;

    /* A machine without a console has nobody at another device either. */
    if (console != NULL || system->ConIn != NULL)
        other = locate_protocol(firmware, &guid);
    if (other != console)
        keyboard.sources[OTHER] = working(firmware, other);
    keyboard.sources[CONSOLE] = working(firmware, console);
    if (keyboard.sources[CONSOLE] == NULL)
        keyboard.sources[CONSOLE] = working(firmware, system->ConIn);
    return keyboard;
}

bool keyboard_is_there(const struct keyboard *keyboard)
{
    return keyboard->sources[OTHER] != NULL || keyboard->sources[CONSOLE] != NULL;
}

/* A stroke of one source, and the key that it completes. */
static EFI_STATUS read_stroke(struct keyboard *keyboard, unsigned int source, uint32_t *ret_key)
{
    EFI_KEY_DATA data = {0};
    EFI_STATUS status =
        source_of(keyboard, source)->ReadKeyStrokeEx(source_of(keyboard, source), &data);
    UINT32 held = data.KeyState.KeyShiftState;
    uint32_t key;

    if (status != EFI_SUCCESS)
        return status;
    if ((held & EFI_SHIFT_STATE_VALID) == 0)
        held = 0;
    key = key_of(data.Key.ScanCode, data.Key.UnicodeChar,
                 (held & (EFI_RIGHT_CONTROL_PRESSED | EFI_LEFT_CONTROL_PRESSED)) != 0,
                 (held & (EFI_RIGHT_ALT_PRESSED | EFI_LEFT_ALT_PRESSED)) != 0);
    if (key != KEY_NONE)
        *ret_key = key_filter_take(&keyboard->filter, key);
    /* The console may have the same keys once more. */
    if (source == OTHER)
        keyboard->sources[CONSOLE] = NULL;
    return status;
}

/*
 * What has a stroke is read: `named`, says the firmware, and the others are asked. So one that
 * always says so, and never has any, hides nothing. What fails is not asked again.
 */
static uint32_t read_key(struct keyboard *keyboard, UINTN named)
{
    uint32_t key = KEY_NONE;

    for (unsigned int i = 0; i < KEYBOARD_SOURCES && key == KEY_NONE; i++) {
        EFI_STATUS status = EFI_SUCCESS;

        if (keyboard->sources[i] == NULL)
            continue;
        if (i != named)
            status =
                boot_services(keyboard->firmware)->CheckEvent(source_of(keyboard, i)->WaitForKeyEx);
        if (status == EFI_SUCCESS)
            status = read_stroke(keyboard, i, &key);
        if (status != EFI_SUCCESS && status != EFI_NOT_READY)
            keyboard->sources[i] = NULL;
    }
    return key;
}

uint32_t keyboard_look(struct keyboard *keyboard)
{
    for (unsigned int i = 0; i < SEQUENCE_MS; i++) {
        uint32_t key = read_key(keyboard, KEYBOARD_SOURCES);

        if (key != KEY_NONE || !key_filter_waits(&keyboard->filter))
            return key;
        boot_services(keyboard->firmware)->Stall(1000);
    }
    return key_filter_end(&keyboard->filter);
}

static bool set_timer(struct keyboard *keyboard, uint32_t milliseconds)
{
    EFI_BOOT_SERVICES *services = boot_services(keyboard->firmware);

    if (keyboard->timer == NULL &&
        services->CreateEvent(EVT_TIMER, 0, NULL, NULL, &keyboard->timer) != EFI_SUCCESS) {
        keyboard->timer = NULL;
        return false;
    }
    return services->SetTimer(keyboard->timer, TimerRelative,
                              (UINT64)milliseconds * UNITS_PER_MS) == EFI_SUCCESS;
}

/*
 * Waits for a stroke or the timer, whose event comes first: one that is always signalled must not
 * hide it. ret_source: KEYBOARD_SOURCES when the time is up. False when that cannot be waited for.
 */
static bool wait_once(struct keyboard *keyboard, UINTN *ret_source)
{
    EFI_EVENT events[1 + KEYBOARD_SOURCES] = {keyboard->timer};
    UINTN index = 0;

    for (unsigned int i = 0; i < KEYBOARD_SOURCES; i++)
        events[1 + i] =
            keyboard->sources[i] != NULL ? source_of(keyboard, i)->WaitForKeyEx : keyboard->timer;
    if (boot_services(keyboard->firmware)->WaitForEvent(1 + KEYBOARD_SOURCES, events, &index) !=
        EFI_SUCCESS)
        return false;
    *ret_source =
        index > KEYBOARD_SOURCES || events[index] == keyboard->timer ? KEYBOARD_SOURCES : index - 1;
    return true;
}

uint32_t keyboard_wait(struct keyboard *keyboard, uint32_t milliseconds)
{
    bool works = set_timer(keyboard, milliseconds);
    uint32_t key = KEY_NONE;
    UINTN source;

    while (works && wait_once(keyboard, &source)) {
        bool waited = key_filter_waits(&keyboard->filter);

        if (source == KEYBOARD_SOURCES)
            return key_filter_end(&keyboard->filter);
        key = read_key(keyboard, source);
        if (key != KEY_NONE)
            return key;
        works = waited || !key_filter_waits(&keyboard->filter) || set_timer(keyboard, SEQUENCE_MS);
    }
    for (uint32_t ms = 0; ms < milliseconds && key == KEY_NONE; ms += LOOK_MS) {
        boot_services(keyboard->firmware)->Stall((UINTN)LOOK_MS * 1000);
        key = keyboard_look(keyboard);
    }
    return key;
}

void keyboard_close(struct keyboard *keyboard)
{
    if (keyboard->timer != NULL)
        boot_services(keyboard->firmware)->CloseEvent(keyboard->timer);
    keyboard->timer = NULL;
}
