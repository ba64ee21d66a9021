/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end when the firmware never lets go. Boot services are in an unknown state: a failed exit has
 * stopped its timers and perhaps more, its console may hang (some does), and returning to it leaves
 * a machine without a keyboard. So: text by port and by pixel, a record by runtime services, which
 * are made for this side, and a reset. None of the others we know resets; a halted machine in a
 * rack is a dead one.
 */
#include "efi/give_up.h"

#include "core/screen/screen_text.h"
#include "core/text/text.h"
#include "efi/exit_record.h"
#include "efi/services.h"
#include "x86_64/machine.h"
#include "x86_64/tsc.h"

/* Long enough to read or photograph the screen; the whole stays below ten seconds. */
#define READING_SECONDS 7U

/* 16550: the line status register, "transmitter holding register empty", the scratch register. */
#define UART_COM1           0x3f8U
#define UART_LINE_STATUS    5U
#define UART_SCRATCH        7U
#define UART_TRANSMIT_EMPTY 0x20U
#define UART_ABSENT         0xffU
#define UART_POLLS_MAX      200000U /* of about a microsecond: ten characters at 600 baud */

#define RESET_CONTROL        0xcf9U /* every PC chipset since the PIIX3 */
#define KEYBOARD_COMMAND     0x64U
#define KEYBOARD_INPUT_FULL  0x02U
#define KEYBOARD_PULSE_RESET 0xfeU
#define KEYBOARD_POLLS_MAX   100000U
#define RESET_WAIT_DIVISOR   4U /* of a second, for each way of resetting to take effect */

uint16_t uart_find(void)
{
    if (machine_in8(UART_COM1 + UART_LINE_STATUS) == UART_ABSENT)
        return 0;
    machine_out8(UART_COM1 + UART_SCRATCH, 0xa5);
    if (machine_in8(UART_COM1 + UART_SCRATCH) != 0xa5)
        return 0;
    machine_out8(UART_COM1 + UART_SCRATCH, 0x5a);
    return machine_in8(UART_COM1 + UART_SCRATCH) == 0x5a ? UART_COM1 : 0;
}

/* False when the UART takes no more: then the rest is not worth waiting for. */
static bool uart_put(uint16_t port, char character)
{
    unsigned int polls = 0;

    while ((machine_in8((uint16_t)(port + UART_LINE_STATUS)) & UART_TRANSMIT_EMPTY) == 0)
        if (++polls == UART_POLLS_MAX)
            return false;
    machine_out8(port, (uint8_t)character);
    return true;
}

void uart_write(uint16_t port, const char *string)
{
    if (port == 0)
        return;
    for (; *string != '\0'; string++) {
        if (*string == '\n' && !uart_put(port, '\r'))
            return;
        if (!uart_put(port, *string))
            return;
    }
}

static void wait(const struct last_words *words, uint64_t seconds, uint64_t divisor)
{
    uint64_t hz = words->tsc_hz != 0 ? words->tsc_hz : TSC_HZ_SLOWEST;
    uint64_t start = machine_tsc();

    while (machine_tsc() - start < seconds * hz / divisor)
        machine_pause();
}

static void leave_record(const struct last_words *words, const struct exit_journal *journal)
{
    char buffer[EXIT_RECORD_SIZE];
    struct text record = text_in(buffer, sizeof(buffer));

    exit_record_begin(&record, words->runtime_services, words->entry_name);
    exit_journal_put_all(&record, journal);
    (void)exit_record_write(words->runtime_services, EXIT_RECORD, record.data);
}

static void tell(const struct last_words *words, const struct exit_journal *journal)
{
    char buffer[1024];
    struct text text = text_in(buffer, sizeof(buffer));
    struct screen_text screen;

    text_put(&text, "\nBaton could not start the kernel: the firmware did not let go.\n");
    exit_record_put_entry(&text, words->entry_name);
    exit_journal_put_summary(&text, journal);
    text_put(&text,
             "\n\nThe machine restarts in a few seconds. A record is kept, and shown at the next "
             "start.\nIf it does not restart, switch it off and on.\nIf this happens again: update "
             "the firmware, take out plug-in cards one by one,\nor choose another entry.\n");
    uart_write(words->uart, text.data);
    if (screen_text_begin(&words->framebuffer, &screen))
        screen_text_line(&screen, text.data);
}

static void reset(const struct last_words *words)
{
    const EFI_RUNTIME_SERVICES *services =
        (const EFI_RUNTIME_SERVICES *)(uintptr_t)words->runtime_services;
    unsigned int polls = 0;

    if (services != NULL && services->ResetSystem != NULL) {
        services->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
        services->ResetSystem(EfiResetWarm, EFI_ABORTED, 0, NULL);
    }
    machine_out8(RESET_CONTROL, 0x02); /* a hard reset is wanted... */
    machine_out8(RESET_CONTROL, 0x06); /* ...now */
    wait(words, 1, RESET_WAIT_DIVISOR);
    while ((machine_in8(KEYBOARD_COMMAND) & KEYBOARD_INPUT_FULL) != 0 &&
           polls++ < KEYBOARD_POLLS_MAX)
        machine_pause();
    machine_out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    wait(words, 1, RESET_WAIT_DIVISOR);
}

_Noreturn void give_up(const struct last_words *words, const struct exit_journal *journal)
{
    machine_interrupts_off(); /* nothing of the firmware's runs any more but what is called here */
    tell(words, journal);
    leave_record(words, journal);
    wait(words, READING_SECONDS, 1);
    uart_write(words->uart, "Baton: restarting\n");
    reset(words);
    machine_triple_fault();
}
