/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a boot that the firmware did not allow: what is said, what is kept, what resets. */
#include "efi/exit/give_up.h"

#include "core/screen/screen_text.h"
#include "efi/exit/exit_record.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COM1 0x3f8
#define HZ   1000000000ULL

static struct firmware *firmware;
static struct give_up_means words;
static struct exit_journal journal;

static int begin(void **state)
{
    static const struct fake_display display = {
        .width = 800, .height = 600, .pixels_per_line = 800, .format = FAKE_PIXELS_BGR};

    (void)state;
    firmware = fake_begin();
    fake_allow("SetVariable");
    fake_allow("GetVariable");
    fake_allow("GetTime");
    fake_allow("ResetSystem");
    fake_uart(COM1, false);
    words = (struct give_up_means){
        .runtime_services = firmware_runtime_services(firmware),
        .framebuffer = {.address = fake_display(&display),
                        .size = 800 * 600 * 4,
                        .width = 800,
                        .height = 600,
                        .pitch = 3200,
                        .bits_per_pixel = 32,
                        .red = {8, 16},
                        .green = {8, 8},
                        .blue = {8, 0}},
        .board.uart = COM1,
        .entry_name = "debian.conf",
    };
    journal = (struct exit_journal){
        .outcome = EXIT_OUTCOME_STUCK,
        .attempt_count = 2,
        .still_count = 2,
        .ticks_hz = HZ,
        .attempts = {{.exit_called = true, .exit_status = 1},
                     {.exit_called = true, .exit_status = FAKE_INVALID_PARAMETER}}};
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static void do_give_up(void *context)
{
    (void)context;
    give_up(&words, &journal);
}

static enum fake_ending run(void)
{
    return fake_run(do_give_up, NULL);
}

static const char *record(void)
{
    static char text[EXIT_RECORD_SIZE + 1];
    uint32_t attributes = 0;
    size_t size = 0;
    const void *data = fake_variable(fake_vendor_baton, "BatonExitRecord", &attributes, &size);

    assert_non_null(data);
    assert_int_equal(attributes, 7); /* NV, BS, RT */
    assert_in_range(size, 1, EXIT_RECORD_SIZE - 1);
    memcpy(text, data, size);
    text[size] = '\0';
    assert_int_equal(strlen(text), size);
    return text;
}

static void tells_keeps_and_resets(void **state)
{
    const struct fake_call *last;

    (void)state;
    assert_int_equal(run(), FAKE_RESET);
    assert_non_null(strstr(fake_uart_text(), "did not let go"));
    assert_non_null(strstr(fake_uart_text(), "debian.conf"));
    assert_non_null(strstr(fake_uart_text(), "2 attempts"));
    assert_non_null(strstr(fake_uart_text(), "Invalid Parameter"));
    assert_non_null(strstr(fake_uart_text(), "restarts"));
    assert_non_null(strstr(fake_uart_text(), "\r\n"));
    assert_non_null(strstr(record(), "entry: debian.conf\n"));
    assert_non_null(strstr(record(), "time: 2026-03-09 07:05:59"));
    assert_non_null(strstr(record(), "unchanged: the last 2 refusals\n"));
    assert_non_null(strstr(record(), "\n2: "));
    assert_false(fake_interrupts_are_on());
    last = fake_call_at(fake_call_count() - 1);
    assert_string_equal(last->service, "ResetSystem");
    assert_int_equal(last->a, 0); /* EfiResetCold */
}

/* Not a service but these, whatever the state of the machine. */
static void only_runtime_services_are_called(void **state)
{
    (void)state;
    assert_int_equal(run(), FAKE_RESET);
    for (size_t i = 0; i < fake_call_count(); i++) {
        const char *service = fake_call_at(i)->service;

        assert_true(strcmp(service, "SetVariable") == 0 || strcmp(service, "GetTime") == 0 ||
                    strcmp(service, "ResetSystem") == 0);
    }
}

static uint32_t pixel(uint32_t x, uint32_t y)
{
    const uint32_t *pixels = (const uint32_t *)(uintptr_t)words.framebuffer.address;

    return pixels[y * 800 + x];
}

/* The second row of the screen begins with "BATON COULD NOT". */
static void text_is_on_the_screen(void **state)
{
    static const char beginning[] = "Baton could not";

    (void)state;
    assert_int_equal(run(), FAKE_RESET);
    for (uint32_t i = 0; i < sizeof(beginning) - 1; i++)
        for (uint32_t y = 0; y < 7; y++)
            for (uint32_t x = 0; x < 5; x++)
                assert_int_equal(
                    pixel(i * SCREEN_TEXT_CELL_WIDTH + x, SCREEN_TEXT_CELL_HEIGHT + y),
                    (screen_text_glyph_row(beginning[i], y) >> (4 - x) & 1) != 0 ? 0xffffffU : 0U);
}

/* --- in which order ---------------------------------------------------------------------------
 */

static uint64_t text_at;     /* how much was said... */
static uint64_t variable_at; /* ...and when, at the first SetVariable */

static void look_at_order(void)
{
    if (variable_at != 0)
        return;
    text_at = strlen(fake_uart_text());
    variable_at = arch_ticks();
}

/* A firmware may hang in SetVariable, for its store is what has failed: by then the user knows all,
 * has had the time to read it, and nothing but the reset is missing. */
static void text_and_reading_come_before_the_variables(void **state)
{
    uint64_t start;

    (void)state;
    fake_behaviour.on_set_variable = look_at_order;
    variable_at = 0;
    start = arch_ticks();
    assert_int_equal(run(), FAKE_RESET);
    assert_int_equal(text_at, strlen(fake_uart_text()));
    assert_true(variable_at - start > 4 * HZ);
    assert_true(arch_ticks() - variable_at < HZ / 10);
    for (uint32_t x = 0; x < 5; x++) /* and the screen, whose second row begins with a B */
        assert_int_equal(pixel(x, SCREEN_TEXT_CELL_HEIGHT),
                         (screen_text_glyph_row('B', 0) >> (4 - x) & 1) != 0 ? 0xffffffU : 0U);
}

static void look_for_alarm(void)
{
    assert_true(fake_alarm() != NULL);
}

/* What the firmware is called for at the end may hang: the alarm is on by then. */
static void the_alarm_is_on_before_the_firmware_is_called(void **state)
{
    static _Alignas(4096) uint32_t apic[1024];

    (void)state;
    fake_cpuid_set(1, (struct cpuid_answer){.edx = 1U << 9});
    fake_msr_set(0x1b, (uintptr_t)apic | 0x800);
    fake_behaviour.on_set_variable = look_for_alarm;
    assert_int_equal(run(), FAKE_RESET);
    assert_int_equal(fake_calls_of("SetVariable"), 1);
}

static bool has(const char *name)
{
    uint32_t attributes;
    size_t size;

    return fake_variable(fake_vendor_baton, name, &attributes, &size) != NULL;
}

static bool record_came_first;

static void look_for_marker(void)
{
    if (has("BatonExitRecord"))
        record_came_first = has("BatonExitMarker");
}

/* Where writing the record hangs, the marker is what the next start has. */
static void the_marker_goes_when_the_record_is_there(void **state)
{
    (void)state;
    fake_variable_set(fake_vendor_baton, "BatonExitMarker", 7, "entry: a\n", 9);
    words.marked = true;
    record_came_first = false;
    fake_behaviour.on_set_variable = look_for_marker;
    assert_int_equal(run(), FAKE_RESET);
    assert_true(record_came_first);
    assert_true(has("BatonExitRecord"));
    assert_false(has("BatonExitMarker"));
}

static uint64_t duration(void)
{
    uint64_t start = arch_ticks();

    assert_int_equal(run(), FAKE_RESET);
    return arch_ticks() - start;
}

static void waits_some_seconds_but_less_than_ten(void **state)
{
    uint64_t ticks;

    (void)state;
    ticks = duration();
    assert_in_range(ticks, 4 * HZ, 10 * HZ);
}

static void counts_down_to_the_reset(void **state)
{
    const char *said;

    (void)state;
    assert_int_equal(run(), FAKE_RESET);
    said = strstr(fake_uart_text(), "Restarting in 7 s");
    for (char digit = '6'; digit > '0'; digit--) {
        char wanted[] = "Restarting in x s";

        wanted[14] = digit;
        assert_non_null(said);
        said = strstr(said, wanted);
    }
    assert_non_null(said);
    assert_non_null(strstr(said, "\nBaton: restarting"));
}

static void waits_less_than_ten_seconds_when_the_clock_is_unknown(void **state)
{
    (void)state;
    journal.ticks_hz = 0;
    assert_true(duration() < 10 * HZ); /* on the slowest of machines */
}

static uint64_t stopped(uint64_t ns)
{
    (void)ns;
    return 99;
}

static uint64_t steps_back_at;

static uint64_t steps_back(uint64_t ns)
{
    return ns < steps_back_at ? ns : ns - steps_back_at;
}

/* Not even when nothing resets: the fake fails a test that pauses a hundred million times. */
static void no_clock_keeps_it_from_the_end(void **state)
{
    (void)state;
    fake_behaviour.resets_that_return = 2;
    fake_behaviour.counter = stopped;
    assert_int_equal(run(), FAKE_TRIPLE_FAULT);
}

static void a_clock_that_steps_back_ends_no_wait(void **state)
{
    uint64_t start = arch_ticks();

    (void)state;
    steps_back_at = start + 3 * HZ;
    fake_behaviour.counter = steps_back;
    assert_int_equal(run(), FAKE_RESET);
    fake_behaviour.counter = NULL;
    assert_in_range(arch_ticks() - start, 6 * HZ, 8 * HZ);
}

static void stuck_uart_does_not_stop_it(void **state)
{
    (void)state;
    fake_uart(COM1, true);
    assert_true(duration() < 10 * HZ);
    assert_string_equal(fake_uart_text(), "");
    assert_non_null(strstr(record(), "debian.conf"));
}

static void nothing_to_write_to(void **state)
{
    (void)state;
    words.board.uart = 0;
    words.framebuffer = (struct framebuffer){0};
    assert_int_equal(run(), FAKE_RESET);
    assert_non_null(strstr(record(), "debian.conf"));
}

static void variable_store_that_refuses(void **state)
{
    uint32_t attributes;
    size_t size;

    (void)state;
    fake_behaviour.set_variable_status = FAKE_OUT_OF_RESOURCES;
    assert_int_equal(run(), FAKE_RESET);
    assert_null(fake_variable(fake_vendor_baton, "BatonExitRecord", &attributes, &size));
}

static void small_variable_store_gets_the_beginning(void **state)
{
    (void)state;
    fake_behaviour.variable_size_max = 256;
    journal.attempt_count = EXIT_JOURNAL_ATTEMPTS;
    for (unsigned int i = 0; i < EXIT_JOURNAL_ATTEMPTS; i++)
        journal.attempts[i].exit_called = true;
    assert_int_equal(run(), FAKE_RESET);
    assert_memory_equal(record(), "entry: debian.conf\n", 19);
    assert_true(strlen(record()) > 64);
}

static void record_is_bounded_and_keeps_the_newest(void **state)
{
    (void)state;
    journal.attempt_count = EXIT_JOURNAL_ATTEMPTS;
    for (unsigned int i = 0; i < EXIT_JOURNAL_ATTEMPTS; i++)
        journal.attempts[i] = (struct exit_attempt){.exit_called = true, .map_size = i};
    assert_int_equal(run(), FAKE_RESET);
    assert_non_null(strstr(record(), "earlier ones left out"));
    assert_non_null(strstr(record(), "\n64: "));
}

/* A file's name: it cannot add lines to the record, nor make it too long. */
static void entry_name_cannot_forge_lines(void **state)
{
    char name[4096];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    memcpy(name, "a\nentry: b\x1b[2J\xff", 15);
    words.entry_name = name;
    assert_int_equal(run(), FAKE_RESET);
    assert_memory_equal(record(), "entry: a?entry: b?[2J?nnn", 25);
    assert_non_null(strstr(record(), "\n2: "));
}

/* --- resets that do not come --------------------------------------------------------------------
 */

static void warm_reset_is_the_second_try(void **state)
{
    (void)state;
    fake_behaviour.resets_that_return = 1;
    assert_int_equal(run(), FAKE_RESET);
    assert_int_equal(fake_call_at(fake_call_count() - 1)->a, 1); /* EfiResetWarm */
}

static void then_the_chipset_then_the_keyboard_controller_then_a_triple_fault(void **state)
{
    const struct fake_port_write *writes;
    size_t count;

    (void)state;
    fake_port_set(0x64, 0);
    fake_behaviour.resets_that_return = 2;
    assert_int_equal(run(), FAKE_TRIPLE_FAULT);
    count = fake_port_writes(&writes);
    assert_true(count >= 3);
    assert_int_equal(writes[count - 3].port, 0xcf9);
    assert_int_equal(writes[count - 3].value, 0x02);
    assert_int_equal(writes[count - 2].port, 0xcf9);
    assert_int_equal(writes[count - 2].value, 0x06);
    assert_int_equal(writes[count - 1].port, 0x64);
    assert_int_equal(writes[count - 1].value, 0xfe);
}

static void machine_without_a_keyboard_controller_ends_too(void **state)
{
    (void)state; /* port 0x64 reads as 0xff: its buffer looks full for ever */
    fake_behaviour.resets_that_return = 2;
    assert_int_equal(run(), FAKE_TRIPLE_FAULT);
}

static void no_runtime_services_at_all(void **state)
{
    (void)state;
    words.runtime_services = 0;
    fake_port_set(0x64, 0);
    assert_int_equal(run(), FAKE_TRIPLE_FAULT);
    assert_int_equal(fake_call_count(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_keeps_and_resets),
        TEST(only_runtime_services_are_called),
        TEST(text_is_on_the_screen),
        TEST(text_and_reading_come_before_the_variables),
        TEST(the_alarm_is_on_before_the_firmware_is_called),
        TEST(the_marker_goes_when_the_record_is_there),
        TEST(waits_some_seconds_but_less_than_ten),
        TEST(counts_down_to_the_reset),
        TEST(waits_less_than_ten_seconds_when_the_clock_is_unknown),
        TEST(no_clock_keeps_it_from_the_end),
        TEST(a_clock_that_steps_back_ends_no_wait),
        TEST(stuck_uart_does_not_stop_it),
        TEST(nothing_to_write_to),
        TEST(variable_store_that_refuses),
        TEST(small_variable_store_gets_the_beginning),
        TEST(record_is_bounded_and_keeps_the_newest),
        TEST(entry_name_cannot_forge_lines),
        TEST(warm_reset_is_the_second_try),
        TEST(then_the_chipset_then_the_keyboard_controller_then_a_triple_fault),
        TEST(machine_without_a_keyboard_controller_ends_too),
        TEST(no_runtime_services_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
