/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/progress.h"

#include "core/menu/progress_text.h"
#include "core/text/printable.h"
#include "efi/console.h"
#include "efi/watchdog.h"

#define SILENT_MS 500U
#define DRAWN_MS  250U         /* between two lines */
#define TELLING   (256U << 10) /* bytes; a smaller file says nothing of the disk */
#define LINE_SIZE 80U          /* with the NUL; the last column stays free */

struct progress progress_of(const struct firmware *firmware, const struct arch_clock *clock)
{
    return (struct progress){.firmware = firmware, .clock = clock, .piece = PROGRESS_PIECE_FIRST};
}

void progress_begin(struct progress *progress)
{
    if (progress == NULL)
        return;
    progress->watch = stopwatch_begin(arch_ticks());
    progress->seen_ms = 0;
    progress->seen = 0;
    progress->drawn_ms = 0;
}

/* Since the file was begun. */
static uint64_t look(struct progress *progress)
{
    if (progress->ms_ticks == 0) {
        uint64_t hz = arch_clock_hz(progress->clock);

        progress->ms_ticks = (hz != 0 ? hz : TICKS_HZ_FASTEST) / 1000;
    }
    stopwatch_look(&progress->watch, arch_ticks());
    return progress->watch.elapsed / progress->ms_ticks;
}

/* The end of a path says more than its beginning. */
static void draw(const char *path, uint64_t done, uint64_t total, uint64_t ms)
{
    char buffer[LINE_SIZE];
    char amount[LINE_SIZE];
    struct text line = text_in(buffer, sizeof(buffer));
    struct text text = text_in(amount, sizeof(amount));
    size_t length = text_length(path);
    size_t room;

    progress_put(&text, done, total, ms);
    text_put(&text, PACKED(" (Esc stops)"));
    room = LINE_SIZE - 5 - text.length;
    text_format(&line, "\r%-s: %s", length > room ? path + length - room : path, amount);
    while (!line.truncated)
        text_put_char(&line, ' ');
    console_draw(buffer);
}

bool progress_go_on(struct progress *progress, const char *path, uint64_t done, uint64_t total)
{
    uint64_t ms;

    if (progress == NULL || total < TELLING || done <= progress->seen)
        return true;
    ms = look(progress);
    progress->piece =
        progress_next_piece(progress->piece, done - progress->seen, ms - progress->seen_ms);
    progress->seen_ms = ms;
    progress->seen = done;
    if (done >= total || ms < SILENT_MS || ms - progress->drawn_ms < DRAWN_MS)
        return true;
    if (!progress->is_drawn)
        progress->keyboard = keyboard_open(progress->firmware);
    progress->is_drawn = true;
    progress->drawn_ms = ms;
    draw(path, done, total, ms);
    watchdog_arm(progress->firmware, WATCHDOG_SECONDS);
    progress->is_stopped = keyboard_look(&progress->keyboard) == KEY_ESCAPE;
    return !progress->is_stopped;
}

void progress_end(struct progress *progress)
{
    if (progress == NULL || !progress->is_drawn)
        return;
    progress->is_drawn = false;
    console_draw("\n");
}

#define WORK_TELLING (1U << 20)   /* bytes; less says nothing of the firmware */
#define WORK_RATE    (256U << 10) /* of firmware that hashes without special instructions */

void progress_work_begin(struct progress *progress, const char *doing, const char *path,
                         uint64_t size)
{
    char buffer[LINE_SIZE];
    struct text line = text_in(buffer, sizeof(buffer));
    size_t length = text_length(path);
    uint64_t ms;

    if (progress == NULL || size < WORK_TELLING)
        return;
    progress_begin(progress);
    ms = size / (progress->work_rate != 0 ? progress->work_rate : WORK_RATE);
    if (ms < SILENT_MS)
        return;
    text_format(&line, PACKED("%s %-s%s%lu MiB, about %lu s"), doing,
                length > LINE_SIZE / 2 ? path + length - LINE_SIZE / 2 : path,
                length != 0 ? ": " : "", size >> 20, (ms + 999) / 1000);
    console_draw(buffer);
    progress->keyboard = keyboard_open(progress->firmware);
    progress->is_drawn = true;
    watchdog_arm(progress->firmware, WATCHDOG_SECONDS);
}

void progress_work_end(struct progress *progress, uint64_t size, bool may_stop)
{
    uint64_t ms;

    if (progress == NULL || size < WORK_TELLING)
        return;
    ms = look(progress);
    progress->work_rate = size / (ms == 0 ? 1 : ms) + 1;
    if (progress->is_drawn && may_stop)
        progress->is_stopped = keyboard_look(&progress->keyboard) == KEY_ESCAPE;
    progress_end(progress);
}
