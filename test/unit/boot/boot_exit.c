/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot on both sides of the point of no return: what is asked of the exit, what is written for
 * the start after one that hangs, what is told where the firmware never lets go, and that nothing
 * of the firmware is in reach afterwards.
 */
#include "efi/pages.h"
#include "unit/fixture/boot_fixture.h"

#define COM1   0x3f8
#define SECOND 1000000000ULL

/* The kernel of linux_fixture.h on a machine with a serial port and a screen. */
static uint64_t set_up_with_means(void)
{
    static const struct fake_display display = {
        .width = 800, .height = 600, .pixels_per_line = 800, .format = FAKE_PIXELS_BGR};
    uint64_t pixels;

    make_kernel();
    set_up();
    fake_allow("ResetSystem");
    fake_allow("GetTime");
    fake_uart(COM1, false);
    pixels = fake_display(&display);
    session.clock = (struct arch_clock){.hz = SECOND};
    return pixels;
}

static const char *variable(const char *name)
{
    static char text[4096];
    size_t size = 0;
    uint32_t attributes = 0;
    const void *data = fake_variable(fake_vendor_baton, name, &attributes, &size);

    if (data == NULL)
        return NULL;
    assert_in_range(size, 1, sizeof(text) - 1);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static void assert_has(const char *text, const char *words)
{
    if (text == NULL || strstr(text, words) == NULL)
        fail_msg("no \"%s\" in \"%s\"", words, text == NULL ? "nothing" : text);
}

/* What userspace can read of the exit. */
static const char *story(void)
{
    plan.entry.argument = fake_entered()->argument;
    return (const char *)(uintptr_t)(field(0x250, 8) + 16);
}

/* --- what is asked of the exit -------------------------------------------------------------------
 */

static unsigned int refusals;
static bool marker_was_there;

static void refuse(struct fake_exit_answer *answer)
{
    marker_was_there = variable("BatonExitMarker") != NULL;
    if (answer->call > refusals)
        return;
    answer->status = FAKE_INVALID_PARAMETER;
    answer->leaves = false;
    answer->signals = false;
}

static void begin_to_refuse(unsigned int count)
{
    refusals = count;
    marker_was_there = false;
    fake_behaviour.exit = refuse;
}

/* With the reading time behind it; the clock of this machine goes on by itself. */
static void the_entry_says_how_long_the_firmware_may_refuse(void **state)
{
    uint64_t took[2];

    for (unsigned int i = 0; i < 2; i++) {
        uint64_t start;

        (void)set_up_with_means();
        fake_behaviour.ticks_step = 1000000;
        begin_to_refuse(UINT32_MAX);
        entry.exit_seconds = i == 0 ? 0 : 30;
        start = arch_ticks();
        assert_int_equal(try_entry(), FAKE_RESET);
        took[i] = arch_ticks() - start;
        (void)end(state);
        (void)begin(state);
    }
    assert_in_range(took[1] - took[0], 24 * SECOND, 26 * SECOND);
}

static void a_late_map_is_taken_where_the_entry_asks_for_it(void **state)
{
    for (unsigned int i = 0; i < 2; i++) {
        (void)set_up_with_means();
        entry.late_map = i == 1;
        assert_entered();
        assert_int_equal(strstr(story(), "\nlate") != NULL, i == 1);
        (void)end(state);
        (void)begin(state);
    }
}

static void a_raised_priority_at_the_start_is_told(void **state)
{
    (void)state;
    (void)set_up_with_means();
    session.tpl = 8;
    assert_entered();
    assert_has(story(), "task priority was 8");
}

static void grow(struct fake_exit_answer *answer)
{
    refuse(answer);
    if (answer->status != FAKE_SUCCESS)
        fake_map_grow(700);
}

/* More than today's map has, and more than fits into the zero page. */
static void a_map_that_grows_during_the_exit_is_handed_over(void **state)
{
    (void)state;
    (void)set_up_with_means();
    begin_to_refuse(1);
    fake_behaviour.exit = grow;
    assert_entered();
    plan.entry.argument = fake_entered()->argument;
    assert_int_equal(field(0x1e8, 1), 128);
}

/* --- the last acts -------------------------------------------------------------------------------
 */

static void what_fails_at_the_very_end_is_told_too(void **state)
{
    (void)state;
    (void)set_up_with_means();
    fake_rng((const uint8_t *)"", 0, FAKE_DEVICE_ERROR, FAKE_DEVICE_ERROR);
    fake_allow("GetRNG");
    assert_entered();
    assert_has(story(), "without a random seed:");
}

static void behind_the_exit_there_is_no_console(void **state)
{
    (void)state;
    (void)set_up_with_means();
    assert_entered();
    /* Were there one, the fake would not allow it. */
    console_put("nobody hears it");
    assert_null(strstr(fake_console_text(), "nobody"));
}

static void a_word_behind_the_exit_is_said_on_request(void **state)
{
    for (unsigned int i = 0; i < 2; i++) {
        (void)set_up_with_means();
        entry.debug = i == 1;
        assert_entered();
        assert_int_equal(strstr(fake_uart_text(), "baton: left boot services") != NULL, i == 1);
        (void)end(state);
        (void)begin(state);
    }
}

/* --- for the start after one that hangs ----------------------------------------------------------
 */

static void a_marker_is_there_during_the_exit_on_request(void **state)
{
    for (unsigned int i = 0; i < 2; i++) {
        (void)set_up_with_means();
        begin_to_refuse(0);
        entry.exit_marker = i == 1;
        assert_entered();
        assert_int_equal(marker_was_there, i == 1);
        assert_null(variable("BatonExitMarker"));
        (void)end(state);
        (void)begin(state);
    }
}

static bool is_lit(uint64_t pixels)
{
    const uint32_t *each = (const uint32_t *)(uintptr_t)pixels;

    for (size_t i = 0; i < 800UL * 600; i++)
        if (each[i] != 0)
            return true;
    return false;
}

/* By all means that the machine has, and with the entry's name, for the next start. */
static void a_firmware_that_never_lets_go_is_told_of_everywhere(void **state)
{
    uint64_t pixels = set_up_with_means();

    (void)state;
    memset((void *)(uintptr_t)pixels, 0, 800UL * 600 * 4);
    fake_behaviour.ticks_step = 1000000;
    begin_to_refuse(UINT32_MAX);
    entry.exit_marker = true;
    assert_int_equal(try_entry(), FAKE_RESET);
    assert_has(fake_uart_text(), "did not let go");
    assert_true(is_lit(pixels));
    assert_has(variable("BatonExitRecord"), "entry: it\n");
    assert_true(marker_was_there);
    assert_null(variable("BatonExitMarker"));
}

static void nothing_but_reserved(struct memory_descriptor *descriptors, size_t *count)
{
    if (fake_calls_of("ExitBootServices") == 0)
        return;
    for (size_t i = 0; i < *count; i++)
        descriptors[i].type = MEMORY_RESERVED;
}

/* The map of the dry run was good. No kernel can be entered with the last one. */
static void a_last_map_without_memory_is_no_map_to_boot_with(void **state)
{
    (void)state;
    (void)set_up_with_means();
    fake_behaviour.ticks_step = 1000000;
    begin_to_refuse(1);
    fake_behaviour.content = nothing_but_reserved;
    assert_int_equal(try_entry(), FAKE_RESET);
    assert_true(fake_has_left());
    assert_has(variable("BatonExitRecord"), "gave no usable memory map");
}

static void what_others_hold_is_not_given_back(void **state)
{
    const struct page_request request = {.type = MEMORY_LOADER_DATA, .count = 1};
    uint64_t address;

    (void)state;
    make_program();
    set_up();
    entry.kernel = "\\a.efi";
    entry.exit = BLS_EXIT_BATON;
    assert_int_equal(pages_allocate(firmware, &request, &address), 0);
    assert_int_equal(try_entry(), FAKE_RETURNED);
    assert_true(pages_held(firmware, address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_entry_says_how_long_the_firmware_may_refuse),
        TEST(a_late_map_is_taken_where_the_entry_asks_for_it),
        TEST(a_raised_priority_at_the_start_is_told),
        TEST(a_map_that_grows_during_the_exit_is_handed_over),
        TEST(what_fails_at_the_very_end_is_told_too),
        TEST(behind_the_exit_there_is_no_console),
        TEST(a_word_behind_the_exit_is_said_on_request),
        TEST(a_marker_is_there_during_the_exit_on_request),
        TEST(a_firmware_that_never_lets_go_is_told_of_everywhere),
        TEST(a_last_map_without_memory_is_no_map_to_boot_with),
        TEST(what_others_hold_is_not_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
