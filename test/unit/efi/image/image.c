/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware judges, and what becomes of the image, whatever the firmware answers. */
#include "efi/image/image.h"

#include "efi/progress.h"
#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"

static const uint8_t bytes[5000] = "MZ";
static const uint8_t device[] = {1, 1, 6, 0, 0, 2, 0x7f, 0xff, 4, 0};
static struct image image;
static struct image_end ended;

static struct span file(void)
{
    return span_of(bytes, sizeof(bytes));
}

static void set_up(void)
{
    fake_allow_usual();
    fake_volume();
    fake_volume_path(device);
    fake_judges(FAKE_JUDGE_OF_FILES | FAKE_JUDGE_OF_PATHS);
    image = (struct image){.handle = &image, .loaded = &image};
    memset(&ended, 0xee, sizeof(ended));
}

static efi_status load(void)
{
    return image_load(firmware, file(), "\\EFI\\Linux\\a.efi", &image);
}

static void assert_nothing_held(void)
{
    assert_int_equal(firmware->leases.count, 0);
    assert_int_equal(fake_images.loaded, 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void start(void)
{
    image_start(firmware, &image, &ended);
}

/* --- loading ------------------------------------------------------------------------------------
 */

static const struct fake_call *last_of(const char *service)
{
    for (size_t i = fake_call_count(); i > 0; i--)
        if (strcmp(fake_call_at(i - 1)->service, service) == 0)
            return fake_call_at(i - 1);
    fail_msg("%s was not called", service);
    return NULL;
}

static void image_comes_from_memory_and_says_from_where(void **state)
{
    static const uint8_t origin[] = {
        1,   1, 6,    0, 0,   2, 4,   4, 38,  0, '\\', 0, 'E',  0,    'F',  0,
        'I', 0, '\\', 0, 'L', 0, 'i', 0, 'n', 0, 'u',  0, 'x',  0,    '\\', 0,
        'a', 0, '.',  0, 'e', 0, 'f', 0, 'i', 0, 0,    0, 0x7f, 0xff, 4,    0,
    };

    (void)state;
    set_up();
    assert_int_equal(load(), 0);
    assert_int_equal(fake_images.loaded, 1);
    assert_int_equal(firmware->leases.count, 1);
    assert_ptr_equal(last_of("LoadImage")->a, bytes);
    assert_int_equal(last_of("LoadImage")->b, sizeof(bytes));
    assert_int_equal(fake_images.origin_size, sizeof(origin));
    assert_memory_equal(fake_images.origin, origin, sizeof(origin));
    lease_release_since(firmware, 0);
    assert_nothing_held();
}

/* It cannot be seen into, but what it loads need not be started. */
static void an_image_that_somebody_stops_is_unloaded(void **state)
{
    struct progress progress = {.is_stopped = true};

    (void)state;
    set_up();
    firmware->progress = &progress;
    assert_int_equal(load(), FAKE_ERROR(21));
    assert_nothing_held();
    assert_int_equal(image_verify(firmware, file(), "\\a"), FAKE_ERROR(21));
    assert_nothing_held();
    progress.is_stopped = false;
    assert_int_equal(load(), 0);
    firmware->progress = NULL;
    lease_release_since(firmware, 0);
}

static void device_without_a_sane_path_is_left_out(void **state)
{
    static const uint8_t insane[] = {1, 1, 0, 0, 0x7f, 0xff, 4, 0};

    (void)state;
    fake_allow_usual();
    fake_volume();
    assert_int_equal(load(), 0); /* no device path at all */
    assert_int_equal(fake_images.origin_size, 42);
    fake_volume_path(insane);
    assert_int_equal(load(), 0);
    assert_int_equal(fake_images.origin_size, 42);
    assert_int_equal(fake_images.origin[0], 4);
}

static void path_that_is_no_utf_8_is_refused_before_the_firmware_is_asked(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(image_load(firmware, file(), "\\\xff", &image), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
    assert_nothing_held();
}

static void what_the_firmware_refuses_is_not_held(void **state)
{
    static const uint64_t refusals[] = {FAKE_ACCESS_DENIED, FAKE_UNSUPPORTED, FAKE_LOAD_ERROR,
                                        FAKE_OUT_OF_RESOURCES, FAKE_DEVICE_ERROR};

    (void)state;
    set_up();
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        fake_images.load_status = refusals[i];
        assert_int_equal(load(), refusals[i]);
        assert_int_equal(image_verify(firmware, file(), "\\a.efi"), refusals[i]);
        assert_ptr_equal(image.handle, &image);
        assert_nothing_held();
    }
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
}

/* UEFI 2.10, 7.4.1: it is loaded all the same, and must not be started. */
static void security_violation_is_unloaded_at_once(void **state)
{
    (void)state;
    set_up();
    fake_images.judge_status = FAKE_SECURITY_VIOLATION;
    assert_int_equal(load(), FAKE_SECURITY_VIOLATION);
    assert_int_equal(fake_calls_of("UnloadImage"), 1);
    assert_nothing_held();
    assert_ptr_equal(image.handle, &image);
    assert_int_equal(image_verify(firmware, file(), "\\a.efi"), FAKE_SECURITY_VIOLATION);
    assert_int_equal(fake_calls_of("UnloadImage"), 2);
    assert_nothing_held();
}

/* A firmware that does not know Baton's own image any more: only the file's name is told. */
/* The image has ended, and its handle is another's by now, which is to stay. */
static void handle_of_another_image_is_left_alone(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(load(), 0);
    fake_images.is_succeeded = true;
    fake_images.start_status = FAKE_ABORTED;
    start();
    assert_int_equal(ended.status, FAKE_ABORTED);
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
}

static void baton_without_a_loaded_image(void **state)
{
    static const uint8_t origin[] = {4, 4, 38, 0};

    (void)state;
    fake_allow_usual();
    fake_judges(FAKE_JUDGE_OF_FILES);
    assert_int_equal(load(), 0);
    assert_memory_equal(fake_images.origin, origin, sizeof(origin));
}

static void success_without_an_image_is_an_error(void **state)
{
    (void)state;
    set_up();
    fake_images.has_no_handle = true;
    assert_int_equal(load(), FAKE_LOAD_ERROR);
    assert_int_equal(image_verify(firmware, file(), "\\a.efi"), FAKE_LOAD_ERROR);
    assert_nothing_held();
}

static void image_without_its_protocol_is_unloaded(void **state)
{
    (void)state;
    set_up();
    fake_images.has_no_loaded_image = true;
    assert_int_equal(load(), FAKE_UNSUPPORTED);
    assert_nothing_held();
}

static void image_that_no_lease_can_hold_is_unloaded(void **state)
{
    (void)state;
    set_up();
    for (unsigned int i = 0; i < LEASES_MAX; i++)
        assert_true(lease_record(firmware, release_nothing, i, 1));
    assert_int_equal(load(), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_images.loaded, 0);
    firmware->leases.count = 0;
}

static void verifying_measures_once_and_leaves_nothing(void **state)
{
    (void)state;
    set_up();
    fake_judges(FAKE_JUDGE_OF_FILES);
    assert_int_equal(image_verify(firmware, file(), "\\a.efi"), 0);
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    assert_int_equal(fake_calls_of("UnloadImage"), 1);
    assert_int_equal(fake_calls_of("StartImage"), 0);
    assert_int_equal(fake_images.measured, 1);
    assert_ptr_equal(last_of("LoadImage")->a, bytes);
    assert_nothing_held();
}

/* --- load options -------------------------------------------------------------------------------
 */

static uint16_t seen[64];
static struct fake_started found;
static uint64_t tpl_inside;
static bool watchdog_inside;

static void look(const struct fake_started *started)
{
    found = *started;
    tpl_inside = fake_tpl();
    watchdog_inside = fake_watchdog_is_armed();
    if (started->options_size <= sizeof(seen) && started->options != NULL)
        memcpy(seen, started->options, started->options_size);
}

static void options_are_utf_16_with_their_nul(void **state)
{
    static const uint16_t wanted[] = u"root=/dev/\u00e9 quiet \U0001f4a1";

    (void)state;
    set_up();
    fake_images.run = look;
    assert_int_equal(load(), 0);
    assert_int_equal(
        image_set_options(firmware, &image, "root=/dev/\xc3\xa9 quiet \xf0\x9f\x92\xa1"), 0);
    start();
    assert_int_equal(found.options_size, sizeof(wanted));
    assert_memory_equal(seen, wanted, sizeof(wanted));
    assert_int_equal(fake_memory_held(), 1);
    lease_release_since(firmware, 0);
    assert_nothing_held();
}

static void no_options_are_none_at_all(void **state)
{
    (void)state;
    set_up();
    fake_images.run = look;
    assert_int_equal(load(), 0);
    assert_int_equal(image_set_options(firmware, &image, ""), 0);
    assert_int_equal(fake_memory_held(), 0);
    start();
    assert_null(found.options);
    assert_int_equal(found.options_size, 0);
}

static void options_that_can_not_be_given_leave_the_image_without(void **state)
{
    (void)state;
    set_up();
    fake_images.run = look;
    assert_int_equal(load(), 0);
    assert_int_equal(image_set_options(firmware, &image, "a\xff"), FAKE_INVALID_PARAMETER);
    assert_int_equal(fake_memory_held(), 0);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(image_set_options(firmware, &image, "quiet"), FAKE_OUT_OF_RESOURCES);
    assert_int_equal(firmware->leases.count, 1);
    start();
    assert_null(found.options);
}

static void long_options_take_the_pages_they_need(void **state)
{
    static char text[5000];

    (void)state;
    set_up();
    memset(text, 'x', sizeof(text) - 1);
    fake_images.run = look;
    assert_int_equal(load(), 0);
    assert_int_equal(image_set_options(firmware, &image, text), 0);
    assert_int_equal(fake_memory_held(), 3);
    start();
    assert_int_equal(found.options_size, 10000);
}

/* --- starting -----------------------------------------------------------------------------------
 */

static void application_that_returns_is_gone_and_its_status_told(void **state)
{
    (void)state;
    set_up();
    fake_images.start_status = FAKE_ABORTED;
    assert_int_equal(load(), 0);
    start();
    assert_int_equal(ended.status, FAKE_ABORTED);
    assert_string_equal(ended.text, "");
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
    assert_nothing_held();
}

static void application_that_succeeds_is_gone_too(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(load(), 0);
    start();
    assert_int_equal(ended.status, 0);
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
    assert_nothing_held();
}

static void image_that_was_not_started_is_unloaded(void **state)
{
    static const uint64_t refusals[] = {FAKE_SECURITY_VIOLATION, FAKE_UNSUPPORTED,
                                        FAKE_INVALID_PARAMETER};

    (void)state;
    set_up();
    for (size_t i = 0; i < 3; i++) {
        fake_images.refuse_status = refusals[i];
        assert_int_equal(load(), 0);
        start();
        assert_int_equal(ended.status, refusals[i]);
        assert_int_equal(fake_calls_of("UnloadImage"), i + 1);
        assert_nothing_held();
    }
}

/* A driver stays, but the pages that its load options are in do not. */
static void driver_that_stays_keeps_no_pointer_to_our_pages(void **state)
{
    (void)state;
    set_up();
    fake_images.is_driver = true;
    assert_int_equal(load(), 0);
    assert_int_equal(image_set_options(firmware, &image, "words"), 0);
    start();
    assert_int_equal(ended.status, 0);
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
    assert_int_equal(fake_image_options_size(image.handle), 0);
    lease_release_since(firmware, 0);
    assert_nothing_held();
}

static void driver_that_fails_is_unloaded_by_the_firmware_alone(void **state)
{
    (void)state;
    set_up();
    fake_images.is_driver = true;
    fake_images.start_status = FAKE_UNSUPPORTED;
    assert_int_equal(load(), 0);
    start();
    assert_int_equal(ended.status, FAKE_UNSUPPORTED);
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
    assert_nothing_held();
}

static void image_finds_the_machine_as_a_boot_manager_hands_it_over(void **state)
{
    (void)state;
    set_up();
    fake_images.run = look;
    fake_images.has_no_device = true; /* as some firmware does with images from memory */
    assert_int_equal(load(), 0);
    start();
    assert_int_equal(tpl_inside, 4);
    assert_true(watchdog_inside);
    assert_true(found.has_device);
    assert_false(fake_watchdog_is_armed());
    for (size_t i = 0; i < fake_call_count(); i++) {
        if (strcmp(fake_call_at(i)->service, "StartImage") != 0)
            continue;
        assert_string_equal(fake_call_at(i - 1)->service, "SetWatchdogTimer");
        assert_int_equal(fake_call_at(i - 1)->a, 300);
        assert_true(fake_call_at(i - 1)->b > 0xffff); /* codes below are the firmware's */
    }
}

static void leave(const void *data, size_t size)
{
    fake_images.exit_data = data;
    fake_images.exit_data_size = size;
    assert_int_equal(load(), 0);
    start();
    assert_nothing_held(); /* pool is looked at by fake_end() */
}

static void exit_data_is_shown_in_one_line_and_freed(void **state)
{
    static const uint16_t words[] = u"no\r\nkernel\0binary data";
    static const uint16_t unterminated[] = {'a', 'b'};
    static const uint16_t unsound[] = {'a', 0xd800, 'b', 0};

    (void)state;
    set_up();
    leave(words, sizeof(words));
    assert_string_equal(ended.text, "no  kernel");
    leave(unterminated, sizeof(unterminated));
    assert_string_equal(ended.text, "ab");
    leave(unterminated, 3);
    assert_string_equal(ended.text, "a");
    leave(unsound, sizeof(unsound));
    assert_string_equal(ended.text, "a");
    leave(words, 0);
    assert_string_equal(ended.text, "");
}

static void exit_data_that_is_too_long_is_cut(void **state)
{
    uint16_t words[1000];

    (void)state;
    set_up();
    for (size_t i = 0; i < 1000; i++)
        words[i] = 0x20ac; /* three bytes each */
    leave(words, sizeof(words));
    assert_int_equal(strlen(ended.text), sizeof(ended.text) / 3 * 3);
    for (size_t i = 0; i < 1000; i++)
        words[i] = 'x';
    leave(words, sizeof(words));
    assert_int_equal(strlen(ended.text), sizeof(ended.text) - 1);
}

/* --- words --------------------------------------------------------------------------------------
 */

static void each_status_has_a_problem_and_a_remedy(void **state)
{
    static const uint64_t statuses[] = {FAKE_SECURITY_VIOLATION, FAKE_UNSUPPORTED,
                                        FAKE_OUT_OF_RESOURCES, FAKE_DEVICE_ERROR};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct explanation why = image_explain(statuses[i]);

        assert_true(explained(why).problem[0] != '\0' && explained(why).remedy[0] != '\0');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(explained(why).problem,
                                    explained(image_explain(statuses[j])).problem);
    }
    assert_string_equal(explained(image_explain(FAKE_ACCESS_DENIED)).problem,
                        explained(image_explain(FAKE_SECURITY_VIOLATION)).problem);
    assert_string_equal(explained(image_explain(FAKE_LOAD_ERROR)).problem,
                        explained(image_explain(FAKE_UNSUPPORTED)).problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_image_that_somebody_stops_is_unloaded),
        TEST(image_comes_from_memory_and_says_from_where),
        TEST(device_without_a_sane_path_is_left_out),
        TEST(path_that_is_no_utf_8_is_refused_before_the_firmware_is_asked),
        TEST(what_the_firmware_refuses_is_not_held),
        TEST(security_violation_is_unloaded_at_once),
        TEST(baton_without_a_loaded_image),
        TEST(handle_of_another_image_is_left_alone),
        TEST(success_without_an_image_is_an_error),
        TEST(image_without_its_protocol_is_unloaded),
        TEST(image_that_no_lease_can_hold_is_unloaded),
        TEST(verifying_measures_once_and_leaves_nothing),
        TEST(options_are_utf_16_with_their_nul),
        TEST(no_options_are_none_at_all),
        TEST(options_that_can_not_be_given_leave_the_image_without),
        TEST(long_options_take_the_pages_they_need),
        TEST(application_that_returns_is_gone_and_its_status_told),
        TEST(application_that_succeeds_is_gone_too),
        TEST(image_that_was_not_started_is_unloaded),
        TEST(driver_that_stays_keeps_no_pointer_to_our_pages),
        TEST(driver_that_fails_is_unloaded_by_the_firmware_alone),
        TEST(image_finds_the_machine_as_a_boot_manager_hands_it_over),
        TEST(exit_data_is_shown_in_one_line_and_freed),
        TEST(exit_data_that_is_too_long_is_cut),
        TEST(each_status_has_a_problem_and_a_remedy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
