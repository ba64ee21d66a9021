/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who decides about an image when shim is there, over efi/image/image.c: what shim accepts is
 * loaded though the firmware would not, nothing else is, each file is measured once, and the
 * firmware's judges are as they were afterwards (fake_end() looks, too).
 */
#include "efi/image/shim.h"

#include "efi/image/image.h"
#include "fake/images.h"
#include "unit/fixture/firmware_fixture.h"

static const uint8_t bytes[5000] = "MZ";
static const uint8_t device[] = {1, 1, 6, 0, 0, 2, 0x7f, 0xff, 4, 0};
static struct image image;

/* Firmware that trusts nobody. */
static void set_up(unsigned int judges)
{
    fake_allow_usual();
    fake_volume();
    fake_volume_path(device);
    fake_judges(judges);
    fake_images.judge_status = FAKE_ACCESS_DENIED;
}

static efi_status load(void)
{
    return image_load(firmware, span_of(bytes, sizeof(bytes)), "\\a.efi", &image);
}

static efi_status verify(void)
{
    return image_verify(firmware, span_of(bytes, sizeof(bytes)), "\\a.efi");
}

static void what_shim_accepts_is_loaded_and_measured_once(void **state)
{
    (void)state;
    for (unsigned int judges = 0; judges <= 3; judges++) {
        set_up(judges);
        fake_shim(0, FAKE_SHIM_15);
        assert_int_equal(load(), 0);
        assert_int_equal(fake_images.shim_asked, 1);
        assert_int_equal(fake_images.judges_asked, 0);
        assert_int_equal(fake_images.measured, 1);
        assert_true(fake_judges_are_untouched());
        end(NULL);
        begin(NULL);
    }
}

static void shim_sees_the_very_bytes(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES);
    fake_shim(0, FAKE_SHIM_15);
    assert_int_equal(load(), 0);
    for (size_t i = 0; i < fake_call_count(); i++) {
        if (strcmp(fake_call_at(i)->service, "Verify") != 0)
            continue;
        assert_ptr_equal(fake_call_at(i)->a, bytes);
        assert_int_equal(fake_call_at(i)->b, sizeof(bytes));
    }
}

/* Some firmware hands its judges copies: the same bytes are the same file. */
static void copy_of_what_shim_accepts_is_accepted(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES | FAKE_JUDGE_OF_PATHS);
    fake_images.judges_get_a_copy = true;
    fake_shim(0, FAKE_SHIM_15);
    assert_int_equal(load(), 0);
    assert_int_equal(fake_images.judges_asked, 0);
}

/* While ours loads, the firmware loads something of the same size, and trusts or not as it likes.
 */
static void another_file_is_judged_by_the_firmware(void **state)
{
    (void)state;
    for (unsigned int judges = 1; judges <= 2; judges++) {
        set_up(judges);
        fake_images.judges_another_file = true;
        fake_shim(0, FAKE_SHIM_15);
        assert_int_equal(load(), 0);
        assert_int_equal(fake_images.another_status, FAKE_ACCESS_DENIED);
        assert_int_equal(fake_images.judges_asked, 1);
        lease_release_since(firmware, 0);
        fake_images.judge_status = 0;
        assert_int_equal(load(), 0);
        assert_int_equal(fake_images.another_status, 0);
        end(NULL);
        begin(NULL);
    }
}

static void what_shim_refuses_is_refused_though_the_firmware_would_take_it(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES);
    fake_images.judge_status = 0;
    fake_shim(FAKE_SECURITY_VIOLATION, FAKE_SHIM_15);
    assert_int_equal(load(), FAKE_SECURITY_VIOLATION);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
    assert_int_equal(fake_calls_of("UnloadImage"), 0);
    assert_int_equal(fake_images.measured, 1);
    assert_int_equal(verify(), FAKE_SECURITY_VIOLATION);
    assert_int_equal(fake_images.measured, 2);
}

static void verifying_asks_shim_alone_and_once(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES);
    fake_shim(0, FAKE_SHIM_15);
    assert_int_equal(verify(), 0);
    assert_int_equal(fake_images.shim_asked, 1);
    assert_int_equal(fake_images.measured, 1);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void load_that_fails_puts_the_judges_back(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES | FAKE_JUDGE_OF_PATHS);
    fake_images.load_status = FAKE_LOAD_ERROR;
    fake_shim(0, FAKE_SHIM_15);
    assert_int_equal(load(), FAKE_LOAD_ERROR);
    assert_true(fake_judges_are_untouched());
}

/* It has its own LoadImage, which verifies and measures. */
static void shim_16_is_left_alone(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES);
    fake_shim(0, FAKE_SHIM_16);
    assert_int_equal(load(), FAKE_ACCESS_DENIED);
    assert_int_equal(verify(), FAKE_ACCESS_DENIED);
    assert_int_equal(fake_images.shim_asked, 0);
    assert_int_equal(fake_calls_of("LoadImage"), 2);
    fake_images.judge_status = 0;
    assert_int_equal(verify(), 0);
}

/* Its owner told it not to validate: it says yes, where the firmware's own LoadImage would not. */
static void shim_16_that_does_not_validate_is_asked(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES);
    fake_shim(0, FAKE_SHIM_16_IDLE);
    assert_int_equal(verify(), 0);
    assert_int_equal(fake_images.shim_asked, 1);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
    assert_int_equal(load(), 0);
    assert_int_equal(fake_images.shim_asked, 2);
    assert_true(fake_judges_are_untouched());
}

static void without_shim_the_firmware_judges(void **state)
{
    (void)state;
    set_up(FAKE_JUDGE_OF_FILES);
    assert_int_equal(load(), FAKE_ACCESS_DENIED);
    assert_int_equal(fake_images.judges_asked, 1);
    assert_int_equal(fake_images.measured, 1);
}

static void file_that_shim_can_not_be_told_of_is_not_cut_short(void **state)
{
    efi_status verdict = 0;

    (void)state;
    set_up(0);
    fake_shim(0, FAKE_SHIM_15);
    assert_true(shim_judges(firmware, span_of(bytes, 0x80000000ULL), &verdict));
    assert_int_equal(verdict, FAKE_UNSUPPORTED);
    assert_true(shim_judges(firmware, span_of(bytes, 0x100000000ULL + 5), &verdict));
    assert_int_equal(verdict, FAKE_UNSUPPORTED);
    assert_int_equal(fake_images.shim_asked, 0);
    assert_true(shim_judges(firmware, span_of(bytes, 0x7fffffff), &verdict));
    assert_int_equal(verdict, 0);
    assert_int_equal(fake_images.shim_asked, 1);
}

static bool asked_to_stay;

static void look(const struct fake_started *started)
{
    uint32_t attributes = 0;
    size_t size = 0;
    const uint8_t *value =
        fake_variable(fake_vendor_shim, "ShimRetainProtocol", &attributes, &size);

    (void)started;
    asked_to_stay = value != NULL && size == 1 && value[0] == 1;
    if (asked_to_stay)
        assert_int_equal(attributes, 2); /* shim wants: volatile, of boot services */
}

static void old_shim_is_asked_to_stay_while_an_image_runs(void **state)
{
    struct image_end ended;

    (void)state;
    for (unsigned int kind = 0; kind < 3; kind++) {
        set_up(0);
        if (kind != 0)
            fake_shim(0, kind == 2 ? FAKE_SHIM_16 : FAKE_SHIM_15);
        fake_images.run = look;
        assert_int_equal(load(), 0);
        image_start(firmware, &image, &ended);
        assert_int_equal(asked_to_stay, kind == 1);
        end(NULL);
        begin(NULL);
    }
}

static void shim_that_can_not_be_asked_to_stay_is_no_reason_not_to_start(void **state)
{
    struct image_end ended;

    (void)state;
    set_up(0);
    fake_shim(0, FAKE_SHIM_15);
    fake_behaviour.set_variable_status = FAKE_OUT_OF_RESOURCES;
    fake_images.start_status = FAKE_ABORTED;
    assert_int_equal(load(), 0);
    image_start(firmware, &image, &ended);
    assert_int_equal(ended.status, FAKE_ABORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_shim_accepts_is_loaded_and_measured_once),
        TEST(shim_sees_the_very_bytes),
        TEST(copy_of_what_shim_accepts_is_accepted),
        TEST(another_file_is_judged_by_the_firmware),
        TEST(what_shim_refuses_is_refused_though_the_firmware_would_take_it),
        TEST(verifying_asks_shim_alone_and_once),
        TEST(load_that_fails_puts_the_judges_back),
        TEST(shim_16_is_left_alone),
        TEST(shim_16_that_does_not_validate_is_asked),
        TEST(without_shim_the_firmware_judges),
        TEST(old_shim_is_asked_to_stay_while_an_image_runs),
        TEST(shim_that_can_not_be_asked_to_stay_is_no_reason_not_to_start),
        TEST(file_that_shim_can_not_be_told_of_is_not_cut_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
