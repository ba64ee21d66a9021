/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/keyboard.h"

#include "efi/services.h"

/* What belongs to a sequence follows within this. */
#define SEQUENCE_MS 40U

/* Strokes in a row that are no key (a modifier alone, a spurious event) before one looks away. */
#define IDLE_STROKES_MAX 64U

#define UNITS_PER_MS 10000U /* of a timer: 100 ns each */

static EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *extended_of(const struct keyboard *keyboard,
                                                      unsigned int source)
{
    return (EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *)keyboard->extended[source];
}

/* Some firmware has the protocol and no event in it. */
static bool works(const struct firmware *firmware, void *protocol)
{
    EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *extended = protocol;
    EFI_STATUS status;

    if (extended == NULL || extended->WaitForKeyEx == NULL)
        return false;
    status = boot_services(firmware)->CheckEvent(extended->WaitForKeyEx);
    return status == EFI_SUCCESS || status == EFI_NOT_READY;
}

struct keyboard keyboard_open(const struct firmware *firmware)
{
    static const EFI_GUID guid = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;
    struct keyboard keyboard = {.firmware = firmware};
    const EFI_SYSTEM_TABLE *system = firmware->system_table;
    void *console = protocol_of(firmware, system->ConsoleInHandle, &guid);
    void *first = NULL;

    if (works(firmware, console))
        keyboard.extended[0] = console;
    else
        keyboard.plain = system->ConIn;
    /* A machine without a console has nobody at another device either. */
    if (console != NULL || keyboard.plain != NULL)
        first = locate_protocol(firmware, &guid);
    if (first != console && works(firmware, first))
        keyboard.extended[1] = first;
    return keyboard;
}

bool keyboard_is_there(const struct keyboard *keyboard)
{
    return keyboard->extended[0] != NULL || keyboard->extended[1] != NULL ||
           keyboard->plain != NULL;
}

/* A stroke of one source as a key. What fails is not asked again. */
static uint32_t read_extended(struct keyboard *keyboard, unsigned int source)
{
    EFI_KEY_DATA data = {0};
    EFI_STATUS status =
        extended_of(keyboard, source)->ReadKeyStrokeEx(extended_of(keyboard, source), &data);
    UINT32 held = data.KeyState.KeyShiftState;

    if (status != EFI_SUCCESS) {
        if (status != EFI_NOT_READY)
            keyboard->extended[source] = NULL;
        return KEY_NONE;
    }
    if ((held & EFI_SHIFT_STATE_VALID) == 0)
        held = 0;
    return key_of(data.Key.ScanCode, data.Key.UnicodeChar,
                  (held & (EFI_RIGHT_CONTROL_PRESSED | EFI_LEFT_CONTROL_PRESSED)) != 0,
                  (held & (EFI_RIGHT_ALT_PRESSED | EFI_LEFT_ALT_PRESSED)) != 0);
}

static uint32_t read_plain(struct keyboard *keyboard)
{
    SIMPLE_INPUT_INTERFACE *input = keyboard->plain;
    EFI_INPUT_KEY key = {0};
    EFI_STATUS status = input->ReadKeyStroke(input, &key);

    if (status == EFI_SUCCESS)
        return key_of(key.ScanCode, key.UnicodeChar, false, false);
    if (status != EFI_NOT_READY)
        keyboard->plain = NULL;
    return KEY_NONE;
}

/* The events of all sources; returns how many. ret_sources: KEYBOARD_SOURCES is the plain one. */
static UINTN events_of(const struct keyboard *keyboard, EFI_EVENT *events, unsigned int *sources)
{
    UINTN count = 0;

    for (unsigned int i = 0; i < KEYBOARD_SOURCES; i++)
        if (keyboard->extended[i] != NULL) {
            events[count] = extended_of(keyboard, i)->WaitForKeyEx;
            sources[count++] = i;
        }
    if (keyboard->plain != NULL) {
        events[count] = ((SIMPLE_INPUT_INTERFACE *)keyboard->plain)->WaitForKey;
        sources[count++] = KEYBOARD_SOURCES;
    }
    return count;
}

static uint32_t read_source(struct keyboard *keyboard, unsigned int source)
{
    uint32_t key =
        source == KEYBOARD_SOURCES ? read_plain(keyboard) : read_extended(keyboard, source);

    return key == KEY_NONE ? KEY_NONE : key_filter_take(&keyboard->filter, key);
}

uint32_t keyboard_look(struct keyboard *keyboard)
{
    EFI_EVENT events[KEYBOARD_SOURCES + 1];
    unsigned int sources[KEYBOARD_SOURCES + 1];
    UINTN count = events_of(keyboard, events, sources);

    for (UINTN i = 0; i < count; i++) {
        uint32_t key = KEY_NONE;

        if (boot_services(keyboard->firmware)->CheckEvent(events[i]) == EFI_SUCCESS)
            key = read_source(keyboard, sources[i]);
        if (key == KEY_NONE && key_filter_waits(&keyboard->filter))
            key = key_filter_end(&keyboard->filter);
        if (key != KEY_NONE)
            return key;
    }
    return KEY_NONE;
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

/* Waits for a stroke or the timer, which is last; false when the time is up. */
static bool wait_once(struct keyboard *keyboard, uint32_t milliseconds, uint32_t *ret_key)
{
    EFI_EVENT events[KEYBOARD_SOURCES + 2];
    unsigned int sources[KEYBOARD_SOURCES + 1];
    UINTN count = events_of(keyboard, events, sources);
    UINTN index = count;

    events[count] = keyboard->timer;
    *ret_key = KEY_NONE;
    if (boot_services(keyboard->firmware)->WaitForEvent(count + 1, events, &index) != EFI_SUCCESS) {
        *keyboard = (struct keyboard){.firmware = keyboard->firmware, .timer = keyboard->timer};
        boot_services(keyboard->firmware)->Stall((UINTN)milliseconds * 1000);
        return false;
    }
    if (index >= count)
        return false;
    *ret_key = read_source(keyboard, sources[index]);
    return true;
}

uint32_t keyboard_wait(struct keyboard *keyboard, uint32_t milliseconds)
{
    uint32_t key;

    if (!set_timer(keyboard, milliseconds)) {
        boot_services(keyboard->firmware)->Stall((UINTN)milliseconds * 1000);
        return keyboard_look(keyboard);
    }
    for (unsigned int idle = 0; idle < IDLE_STROKES_MAX; idle++) {
        if (!wait_once(keyboard, milliseconds, &key))
            return key_filter_end(&keyboard->filter);
        if (key != KEY_NONE)
            return key;
        if (key_filter_waits(&keyboard->filter) && !set_timer(keyboard, SEQUENCE_MS))
            return key_filter_end(&keyboard->filter);
    }
    return KEY_NONE;
}

void keyboard_close(struct keyboard *keyboard)
{
    if (keyboard->timer != NULL)
        boot_services(keyboard->firmware)->CloseEvent(keyboard->timer);
    keyboard->timer = NULL;
}
