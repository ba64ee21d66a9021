/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/text_screen.h"

#include "efi/console.h"
#include "efi/services.h"

#define PLAIN (EFI_LIGHTGRAY | EFI_BACKGROUND_BLACK)

/* Where there is no screen a terminal is at the other end, most of which have no more. */
#define TERMINAL_ROWS 24U

/* A cell of the firmware's font, in pixels. */
#define CELL_WIDTH  8U
#define CELL_HEIGHT 19U

static SIMPLE_TEXT_OUTPUT_INTERFACE *output_of(const struct text_screen *screen)
{
    return screen->output;
}

static EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics(const struct firmware *firmware)
{
    EFI_GRAPHICS_OUTPUT_PROTOCOL *protocol = locate_protocol(firmware, &graphics_guid);

    return protocol == NULL || protocol->Mode == NULL || protocol->Mode->Info == NULL ? NULL
                                                                                      : protocol;
}

/* More than any console has; one that claims to have more, or fewer than none, has none to set. */
#define MODES_MAX 255U

static uint32_t mode_count(const struct text_screen *screen)
{
    uint32_t count =
        output_of(screen)->Mode == NULL ? 0 : (uint32_t)output_of(screen)->Mode->MaxMode;

    return count > MODES_MAX ? 0 : count;
}

uint32_t text_screen_mode(const struct text_screen *screen)
{
    INT32 mode = output_of(screen)->Mode == NULL ? 0 : output_of(screen)->Mode->Mode;

    return mode < 0 ? 0 : (uint32_t)mode;
}

/* How large it is now. */
static void measure(struct text_screen *screen)
{
    UINTN columns = 0;
    UINTN rows = 0;
    uint32_t mode = text_screen_mode(screen);
    EFI_STATUS status = output_of(screen)->QueryMode(output_of(screen), mode, &columns, &rows);

    if (status != EFI_SUCCESS || columns == 0 || rows == 0 || columns > UINT16_MAX ||
        rows > UINT16_MAX) {
        columns = 80;
        rows = mode == 1 ? 50 : 25;
    }
    if (rows > TERMINAL_ROWS && graphics(screen->firmware) == NULL)
        rows = TERMINAL_ROWS;
    screen->columns = (uint32_t)columns;
    screen->rows = (uint32_t)rows;
}

void text_screen_clear(struct text_screen *screen)
{
    screen->attribute = PLAIN;
    output_of(screen)->SetAttribute(output_of(screen), PLAIN);
    output_of(screen)->ClearScreen(output_of(screen));
}

static bool set_mode(struct text_screen *screen, uint32_t mode)
{
    return output_of(screen)->SetMode(output_of(screen), mode) == EFI_SUCCESS;
}

/* As systemd-boot: what is set, unless the screen is large and the text only a corner of it. */
static bool is_good(const struct text_screen *screen)
{
    const EFI_GRAPHICS_OUTPUT_PROTOCOL *protocol = graphics(screen->firmware);
    uint64_t area;

    if (protocol == NULL)
        return true;
    area = (uint64_t)protocol->Mode->Info->HorizontalResolution *
           protocol->Mode->Info->VerticalResolution;
    return area <= 1920ULL * 1080 ||
           (uint64_t)screen->columns * CELL_WIDTH * screen->rows * CELL_HEIGHT > area / 10;
}

void text_screen_set_mode(struct text_screen *screen, uint32_t mode)
{
    uint32_t count = mode_count(screen);

    measure(screen);
    if (mode == TEXT_SCREEN_AUTO)
        mode = is_good(screen) ? TEXT_SCREEN_KEEP : 2;
    /* The highest that works. */
    mode++;
    if (mode > count)
        mode = count;
    while (mode > 0 && !set_mode(screen, mode - 1))
        if (--mode == 0) {
            output_of(screen)->Reset(output_of(screen), TRUE);
            (void)set_mode(screen, 0);
        }
    measure(screen);
    text_screen_clear(screen);
    text_screen_hide_cursor(screen);
}

uint32_t text_screen_next_mode(struct text_screen *screen)
{
    uint32_t mode = text_screen_mode(screen);

    /* Some are broken. */
    for (uint32_t i = mode_count(screen); i > 0; i--) {
        mode = mode + 1 < mode_count(screen) ? mode + 1 : 0;
        if (set_mode(screen, mode))
            break;
    }
    text_screen_set_mode(screen, TEXT_SCREEN_KEEP);
    return mode;
}

bool text_screen_open(struct firmware *firmware, struct text_screen *ret_screen)
{
    *ret_screen =
        (struct text_screen){.firmware = firmware, .output = firmware->system_table->ConOut};
    if (output_of(ret_screen) == NULL)
        return false;
    /* Some firmware clears no screen that nobody has written on, its own picture or not. */
    console_draw("\r \r");
    return true;
}

void text_screen_put(struct text_screen *screen, uint32_t row, uint32_t attribute, const char *text)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *output = output_of(screen);

    if (attribute != screen->attribute)
        output->SetAttribute(output, attribute);
    screen->attribute = attribute;
    output->SetCursorPosition(output, 0, row);
    console_draw(text);
}

void text_screen_show_cursor(struct text_screen *screen, uint32_t column, uint32_t row)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *output = output_of(screen);

    output->SetCursorPosition(output, column, row);
    output->EnableCursor(output, TRUE);
}

void text_screen_hide_cursor(struct text_screen *screen)
{
    output_of(screen)->EnableCursor(output_of(screen), FALSE);
}

void text_screen_close(struct text_screen *screen)
{
    text_screen_clear(screen);
    output_of(screen)->EnableCursor(output_of(screen), TRUE);
}
