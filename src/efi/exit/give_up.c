/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end when the firmware never lets go. Boot services are in an unknown state: a failed exit has
 * stopped its timers and perhaps more, its console may hang (some does), and returning to it leaves
 * a machine without a keyboard. So: text by port and by pixel, a record by runtime services, which
 * are made for this side, and a reset. None of the others we know resets; a halted machine in a
 * rack is a dead one.
 */
#include "efi/exit/give_up.h"

#include "arch/arch.h"
#include "core/screen/screen_text.h"
#include "core/text/text.h"
#include "efi/exit/exit_record.h"
#include "efi/services.h"

/* Long enough to read or photograph the screen; the whole stays below ten seconds. */
#define READING_SECONDS 7U

/* For the record and the firmware's own reset: a flash part that has to be tidied up first takes
 * seconds. Then the hardware resets, wherever the firmware hangs. */
#define LAST_CALLS_SECONDS 15U

static void wait_second(const struct exit_journal *journal)
{
    uint64_t hz = journal->ticks_hz != 0 ? journal->ticks_hz : TICKS_HZ_SLOWEST;
    struct stopwatch watch = stopwatch_begin(arch_ticks());

    arch_wait(&watch, hz);
}

static void leave_record(const struct give_up_means *means, const struct exit_journal *journal)
{
    char buffer[EXIT_RECORD_SIZE];
    struct text record = text_in(buffer, sizeof(buffer));

    exit_record_begin(&record, means->runtime_services, means->entry_name);
    exit_journal_put_all(&record, journal);
    (void)exit_record_write(means->runtime_services, EXIT_RECORD, record.data);
}

/* The screen that the text was drawn on, if there is one: the next line goes below it. */
static bool tell(const struct give_up_means *means, const struct exit_journal *journal,
                 struct screen_text *ret_screen)
{
    char buffer[1024];
    struct text text = text_in(buffer, sizeof(buffer));

    text_format(&text, PACKED("\nBaton could not start the kernel: the %s\n"),
                journal->outcome == EXIT_OUTCOME_ABANDONED
                    ? PACKED("program came back, and there is no firmware any more.")
                    : PACKED("firmware did not let go."));
    exit_record_put_entry(&text, means->entry_name);
    exit_journal_put_summary(&text, journal);
    text_put(
        &text,
        PACKED("\n\nThe machine restarts in a few seconds. A record is kept; Baton shows it at its "
               "next start.\nIf it does not restart, switch it off and on.\nIf this happens again: "
               "update the firmware, take out plug-in cards one by one,\nor choose another "
               "entry.\n"));
    arch_uart_write(means->board.uart, text.data);
    if (!screen_text_begin(&means->framebuffer, ret_screen))
        return false;
    screen_text_line(ret_screen, text.data);
    return true;
}

/* Time to read it, which passes before somebody's eyes. */
static void count_down(const struct give_up_means *means, const struct exit_journal *journal,
                       struct screen_text *screen)
{
    for (uint32_t seconds = READING_SECONDS; seconds > 0; seconds--) {
        char buffer[32];
        struct text text = text_in(buffer, sizeof(buffer));

        text_format(&text, PACKED("\rRestarting in %lu s "), (uint64_t)seconds);
        arch_uart_write(means->board.uart, text.data);
        if (screen != NULL) {
            screen_text_line(screen, text.data + 1);
            screen->row--;
        }
        wait_second(journal);
    }
    arch_uart_write(means->board.uart, "\nBaton: restarting\n");
}

/* By the firmware, which may do more than the hardware below; returns when it cannot. */
static void reset_by_firmware(uint64_t runtime_services)
{
    const EFI_RUNTIME_SERVICES *services =
        (const EFI_RUNTIME_SERVICES *)(uintptr_t)runtime_services;

    if (services == NULL || services->ResetSystem == NULL)
        return;
    services->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
    services->ResetSystem(EfiResetWarm, EFI_ABORTED, 0, NULL);
}

_Noreturn void give_up(const struct give_up_means *means, const struct exit_journal *journal)
{
    _Alignas(16) uint8_t room[ARCH_ALARM_SIZE] = {0};
    struct screen_text screen;
    bool has_screen;

    arch_interrupts_off(); /* nothing of the firmware's runs any more but what is called here */
    has_screen = tell(means, journal, &screen);
    count_down(means, journal, has_screen ? &screen : NULL);
    arch_alarm(journal->ticks_hz, LAST_CALLS_SECONDS, &means->board, room);
    leave_record(means, journal);
    /* Only now: where the record hangs, the marker is what the next start has. */
    if (means->marked)
        (void)exit_record_clear(means->runtime_services, EXIT_MARKER);
    reset_by_firmware(means->runtime_services);
    arch_reset(journal->ticks_hz, &means->board);
}
