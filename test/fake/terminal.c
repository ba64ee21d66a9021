/* SPDX-License-Identifier: BSD-2-Clause */
/* A console to write on and keys to press, in a time that passes only while somebody waits. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS_MAX 240U
#define ROWS_MAX    100U

static struct fake_terminal terminal;
static SIMPLE_TEXT_OUTPUT_INTERFACE output;
static SIMPLE_TEXT_OUTPUT_MODE mode;
static SIMPLE_INPUT_INTERFACE plain;
static EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL extended;
static EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL other;

static CHAR16 cells[ROWS_MAX][COLUMNS_MAX];
static uint32_t attributes[ROWS_MAX];
static uint64_t now; /* ms since the start */
static uint64_t due; /* of the timer; UINT64_MAX: not set */
static bool has_timer;
static size_t next_stroke;

static char plain_event;
static char extended_event;
static char other_event;
static char timer_event;

void fake_terminal_begin(void)
{
    terminal = (struct fake_terminal){0};
    has_timer = false;
    due = UINT64_MAX;
    now = 0;
    next_stroke = 0;
}

void fake_terminal_end(void)
{
    if (has_timer)
        fail_msg("a timer event was not closed");
}

/* --- events ---------------------------------------------------------------------------------- */

EFI_STATUS fake_create_timer(EFI_EVENT *ret_event)
{
    assert_false(has_timer);
    if (terminal.no_timer)
        return EFI_OUT_OF_RESOURCES;
    has_timer = true;
    *ret_event = &timer_event;
    return EFI_SUCCESS;
}

EFI_STATUS EFIAPI fake_set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, UINT64 units)
{
    struct fake_call *call = fake_enter("SetTimer", type, units, 0);

    assert_ptr_equal(event, &timer_event);
    assert_int_equal(type, TimerRelative);
    due = now + units / 10000;
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_close_event(EFI_EVENT event)
{
    struct fake_call *call = fake_enter("CloseEvent", 0, 0, 0);

    assert_ptr_equal(event, &timer_event);
    assert_true(has_timer);
    has_timer = false;
    due = UINT64_MAX;
    return fake_leave(call, EFI_SUCCESS);
}

static const struct fake_stroke *stroke(void)
{
    return next_stroke < terminal.stroke_count ? &terminal.strokes[next_stroke] : NULL;
}

static bool has_key(EFI_EVENT event)
{
    EFI_EVENT source = &plain_event;

    if (stroke() == NULL || stroke()->at > now)
        return false;
    if (terminal.has_extended)
        source = stroke()->on_other ? (EFI_EVENT)&other_event : (EFI_EVENT)&extended_event;
    return source == event;
}

static bool is_signalled(EFI_EVENT event)
{
    EFI_EVENT stuck = terminal.has_other ? &other_event : &plain_event;

    return has_key(event) || (terminal.is_stuck && event == stuck);
}

EFI_STATUS EFIAPI fake_check_event(EFI_EVENT event)
{
    struct fake_call *call = fake_enter("CheckEvent", 0, 0, 0);

    if (event != &plain_event && terminal.check_status != EFI_SUCCESS)
        return fake_leave(call, terminal.check_status);
    return fake_leave(call, is_signalled(event) ? EFI_SUCCESS : EFI_NOT_READY);
}

EFI_STATUS EFIAPI fake_wait_for_event(UINTN count, EFI_EVENT *events, UINTN *ret_index)
{
    struct fake_call *call = fake_enter("WaitForEvent", count, now, 0);

    if (terminal.wait_status != EFI_SUCCESS)
        return fake_leave(call, terminal.wait_status);
    for (;;) {
        uint64_t then = due;

        for (UINTN i = 0; i < count; i++)
            if (is_signalled(events[i]) || (events[i] == &timer_event && due <= now)) {
                if (events[i] == &timer_event)
                    due = UINT64_MAX;
                else if (!has_key(events[i]))
                    now++;
                *ret_index = i;
                return fake_leave(call, EFI_SUCCESS);
            }
        if (stroke() != NULL && stroke()->at > now && stroke()->at < then)
            then = stroke()->at;
        if (then == UINT64_MAX)
            fail_msg("somebody waits for ever");
        now = then;
    }
}

uint64_t fake_terminal_ms(void)
{
    return now;
}

void fake_terminal_stall(uint64_t us)
{
    now += us / 1000;
}

/* --- keys ------------------------------------------------------------------------------------ */

static EFI_STATUS EFIAPI read_plain(SIMPLE_INPUT_INTERFACE *self, EFI_INPUT_KEY *key)
{
    struct fake_call *call = fake_enter("ReadKeyStroke", 0, 0, 0);

    assert_ptr_equal(self, &plain);
    if (terminal.read_status != EFI_SUCCESS)
        return fake_leave(call, terminal.read_status);
    if (!has_key(&plain_event))
        return fake_leave(call, EFI_NOT_READY);
    key->ScanCode = stroke()->scan;
    key->UnicodeChar = stroke()->character;
    next_stroke++;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI read_extended(EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL *self, EFI_KEY_DATA *data)
{
    struct fake_call *call = fake_enter("ReadKeyStrokeEx", self == &other, 0, 0);

    if (terminal.read_status != EFI_SUCCESS)
        return fake_leave(call, terminal.read_status);
    if (!has_key(self->WaitForKeyEx))
        return fake_leave(call, EFI_NOT_READY);
    data->Key.ScanCode = stroke()->scan;
    data->Key.UnicodeChar = stroke()->character;
    data->KeyState.KeyShiftState = stroke()->held;
    next_stroke++;
    return fake_leave(call, EFI_SUCCESS);
}

/* --- the screen ------------------------------------------------------------------------------ */

static uint32_t columns(void)
{
    return terminal.columns + (uint32_t)mode.Mode * 20;
}

static uint32_t rows(void)
{
    return terminal.rows + (uint32_t)mode.Mode * 10;
}

static EFI_STATUS EFIAPI put_string(SIMPLE_TEXT_OUTPUT_INTERFACE *self, CHAR16 *string)
{
    struct fake_call *call = fake_enter("OutputString", 0, 0, 0);

    assert_ptr_equal(self, &output);
    for (; *string != 0; string++) {
        if (*string == '\r' || *string == '\n') {
            mode.CursorColumn = *string == '\r' ? 0 : mode.CursorColumn;
            mode.CursorRow += *string == '\n' && (uint32_t)mode.CursorRow + 1 < rows();
            continue;
        }
        if (terminal.breaks_lines && (uint32_t)mode.CursorColumn == columns()) {
            mode.CursorColumn = 0;
            mode.CursorRow++;
        }
        assert_true((uint32_t)mode.CursorColumn < columns());
        cells[mode.CursorRow][mode.CursorColumn] = *string;
        attributes[mode.CursorRow] = (uint32_t)mode.Attribute;
        mode.CursorColumn++;
        if ((uint32_t)mode.CursorColumn == columns() && (uint32_t)mode.CursorRow + 1 == rows())
            fail_msg("the last cell of the screen was written: it scrolls");
    }
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN number,
                                    UINTN *ret_columns, UINTN *ret_rows)
{
    struct fake_call *call = fake_enter("QueryMode", number, 0, 0);

    assert_ptr_equal(self, &output);
    if (terminal.query_status != EFI_SUCCESS)
        return fake_leave(call, terminal.query_status);
    *ret_columns = terminal.columns + number * 20;
    *ret_rows = terminal.rows + number * 10;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI clear_screen(SIMPLE_TEXT_OUTPUT_INTERFACE *self)
{
    struct fake_call *call = fake_enter("ClearScreen", 0, 0, 0);

    assert_ptr_equal(self, &output);
    memset(cells, 0, sizeof(cells));
    mode.CursorColumn = 0;
    mode.CursorRow = 0;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI set_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN number)
{
    struct fake_call *call = fake_enter("SetMode", number, 0, 0);

    assert_ptr_equal(self, &output);
    if (number >= (UINTN)mode.MaxMode || (number != 0 && number == terminal.broken_mode) ||
        terminal.set_mode_status != EFI_SUCCESS)
        return fake_leave(call, EFI_DEVICE_ERROR);
    mode.Mode = (INT32)number;
    memset(cells, 0, sizeof(cells));
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI set_attribute(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN attribute)
{
    struct fake_call *call = fake_enter("SetAttribute", attribute, 0, 0);

    assert_ptr_equal(self, &output);
    mode.Attribute = (INT32)attribute;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI set_cursor_position(SIMPLE_TEXT_OUTPUT_INTERFACE *self, UINTN column,
                                             UINTN row)
{
    struct fake_call *call = fake_enter("SetCursorPosition", column, row, 0);

    assert_ptr_equal(self, &output);
    assert_true(column < columns() && row < rows());
    mode.CursorColumn = (INT32)column;
    mode.CursorRow = (INT32)row;
    return fake_leave(call, EFI_SUCCESS);
}

static EFI_STATUS EFIAPI enable_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *self, BOOLEAN visible)
{
    struct fake_call *call = fake_enter("EnableCursor", visible, 0, 0);

    assert_ptr_equal(self, &output);
    mode.CursorVisible = visible;
    return fake_leave(call, EFI_SUCCESS);
}

/* What refused every mode takes one again. */
static EFI_STATUS EFIAPI reset(SIMPLE_TEXT_OUTPUT_INTERFACE *self, BOOLEAN thorough)
{
    struct fake_call *call = fake_enter("Reset", thorough, 0, 0);

    assert_ptr_equal(self, &output);
    terminal.set_mode_status = EFI_SUCCESS;
    return fake_leave(call, EFI_SUCCESS);
}

FAKE_DENY(TestString);
FAKE_DENY(ResetInput);

void fake_terminal(const struct fake_terminal *wanted)
{
    const EFI_GUID guid = EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL_GUID;
    EFI_HANDLE handle = fake_new_handle();

    terminal = *wanted;
    assert_true(terminal.columns + 40 <= COLUMNS_MAX && terminal.rows + 20 <= ROWS_MAX);
    memset(cells, 0, sizeof(cells));
    mode = (SIMPLE_TEXT_OUTPUT_MODE){.MaxMode = 3, .Attribute = 7, .CursorVisible = TRUE};
    output = (SIMPLE_TEXT_OUTPUT_INTERFACE){.OutputString = put_string,
                                            .TestString = FAKE_DENIED(TestString),
                                            .Reset = reset,
                                            .QueryMode = query_mode,
                                            .SetMode = set_mode,
                                            .SetAttribute = set_attribute,
                                            .ClearScreen = clear_screen,
                                            .SetCursorPosition = set_cursor_position,
                                            .EnableCursor = enable_cursor,
                                            .Mode = terminal.no_mode ? NULL : &mode};
    fake_system_table.ConOut = &output;
    plain = (SIMPLE_INPUT_INTERFACE){
        .Reset = FAKE_DENIED(ResetInput), .ReadKeyStroke = read_plain, .WaitForKey = &plain_event};
    extended.ReadKeyStrokeEx = read_extended;
    extended.WaitForKeyEx = &extended_event;
    other = extended;
    other.WaitForKeyEx = &other_event;
    fake_system_table.ConIn = terminal.has_plain ? &plain : NULL;
    fake_system_table.ConsoleInHandle = terminal.has_plain ? handle : NULL;
    if (terminal.has_other)
        fake_install(fake_new_handle(), guid, &other);
    if (terminal.has_extended)
        fake_install(handle, guid, &extended);
}

const char *fake_terminal_row(uint32_t row)
{
    static char text[COLUMNS_MAX + 1];
    size_t length = COLUMNS_MAX;

    for (size_t i = 0; i < COLUMNS_MAX; i++)
        text[i] = cells[row][i] == 0 ? ' ' : cells[row][i] < 0x80 ? (char)cells[row][i] : '#';
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
    return text;
}

uint32_t fake_terminal_attribute(uint32_t row)
{
    return attributes[row];
}

bool fake_terminal_shows(const char *text)
{
    for (uint32_t row = 0; row < ROWS_MAX; row++)
        if (strstr(fake_terminal_row(row), text) != NULL)
            return true;
    return false;
}

bool fake_terminal_cursor_is_visible(void)
{
    return mode.CursorVisible != 0;
}

void fake_terminal_is_unplugged(void)
{
    terminal.read_status = EFI_DEVICE_ERROR;
}
