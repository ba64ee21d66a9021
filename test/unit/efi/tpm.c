/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A measurement reaches every register that the machine has, whole or not at all, and after one
 * that failed there is no other.
 */
#include "efi/tpm.h"

#include "efi/console.h"
#include "efi/progress.h"
#include "fake/tpm.h"
#include "unit/fixture/exact.h"
#include "unit/fixture/firmware_fixture.h"

#define BAD_BUFFER_SIZE FAKE_ERROR(4)
#define VOLUME_FULL     FAKE_ERROR(11)

static const uint8_t text[] = "what is measured";
static const uint8_t note[] = "what the log says";

static struct tpm find(void)
{
    fake_allow("LocateProtocol");
    fake_allow("GetCapability");
    return tpm_find(firmware);
}

static efi_status measure(struct tpm *tpm)
{
    fake_allow("HashLogExtendEvent");
    fake_allow("MapPcrToMrIndex");
    return tpm_measure(tpm, 9, 6, span_of(text, sizeof(text)), span_of(note, sizeof(note)));
}

static void expect(size_t index, enum fake_tpm where, uint32_t register_index)
{
    const struct fake_measurement *made = fake_measurement_at(index);

    assert_int_equal(made->where, where);
    assert_int_equal(made->index, register_index);
    assert_int_equal(made->type, 6);
    assert_int_equal(made->data_size, sizeof(text));
    assert_memory_equal(made->data, text, sizeof(text));
    assert_int_equal(made->event_size, sizeof(note));
    assert_memory_equal(made->event, note, sizeof(note));
}

static void a_machine_without_a_tpm_measures_nothing(void **state)
{
    struct tpm tpm = find();

    (void)state;
    assert_false(tpm_usable(&tpm));
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(fake_measurement_count(), 0);
}

/* Nobody can look into a call that hashes much. */
static void what_takes_long_is_told_of(void **state)
{
    static uint8_t large[2 << 20];
    static const struct arch_clock clock = {.hz = 1000};
    struct tpm tpm;
    struct progress progress;

    (void)state;
    fake_allow_usual();
    fake_console();
    console_open(firmware);
    fake_tpm_add(FAKE_TCG2);
    fake_allow("OutputString");
    tpm = find();
    fake_allow("HashLogExtendEvent");
    progress = progress_of(firmware, &clock);
    progress.work_rate = 1024; /* bytes in a millisecond */
    tpm.progress = &progress;
    assert_int_equal(tpm_measure(&tpm, 9, 6, span_of(large, sizeof(large)), span_of(note, 1)), 0);
    assert_string_equal(fake_console_text(), "measuring 2 MiB, about 3 s\r\n");
    assert_false(progress_is_stopped(&progress));
    assert_true(progress.work_rate != 1024);
    console_close();
}

static void a_protocol_without_a_tpm_behind_it_is_none(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_TCG2)->present = false;
    tpm = find();
    assert_false(tpm_usable(&tpm));
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(fake_measurement_count(), 0);
}

static void a_tpm_that_does_not_say_what_it_is_is_none(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_TCG2)->capability_status = FAKE_DEVICE_ERROR;
    tpm = find();
    assert_false(tpm_usable(&tpm));
}

/* Version 1.0 is the protocol before TCG2; later ones append to the structure. */
static void every_version_of_the_structure_is_understood(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);
    struct tpm tpm;

    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        behaviour->structure_minor = minor;
        behaviour->capability_size = (uint8_t)(28 + 8 * minor);
        behaviour->present = true;
        tpm = find();
        assert_true(tpm_usable(&tpm));
        behaviour->present = false;
        tpm = find();
        assert_false(tpm_usable(&tpm));
    }
}

static void a_tpm_is_told_register_type_data_and_event(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_TCG2);
    tpm = find();
    assert_true(tpm_usable(&tpm));
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(fake_measurement_count(), 1);
    expect(0, FAKE_TCG2, 9);
}

static void a_confidential_machine_has_registers_of_its_own(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_CC);
    tpm = find();
    assert_true(tpm_usable(&tpm));
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(fake_measurement_count(), 1);
    expect(0, FAKE_CC, 9 + FAKE_CC_OFFSET);
}

static void a_machine_with_both_is_measured_into_both(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_CC);
    fake_tpm_add(FAKE_TCG2);
    tpm = find();
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(fake_measurement_count(), 2);
    expect(0, FAKE_TCG2, 9);
    expect(1, FAKE_CC, 9 + FAKE_CC_OFFSET);
}

/* An initrd is hashed once, by the firmware, where it is. */
static void data_are_hashed_in_their_place_with_one_call(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_TCG2);
    tpm = find();
    assert_int_equal(measure(&tpm), 0);
    assert_true(fake_measurement_at(0)->data_address == (uintptr_t)text);
    assert_int_equal(fake_calls_of("HashLogExtendEvent"), 1);
}

/* The fake, like EDK II, takes no address 0. */
static void nothing_can_be_measured_too(void **state)
{
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_TCG2);
    tpm = find();
    fake_allow("HashLogExtendEvent");
    assert_int_equal(tpm_measure(&tpm, 5, 4, (struct span){0}, (struct span){0}), 0);
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->data_size, 0);
    assert_int_equal(fake_measurement_at(0)->event_size, 0);
}

static void an_event_that_does_not_fit_ends_measuring(void **state)
{
    struct span event = exact_copy(NULL, 0);
    char *bytes = exact_buffer(TPM_EVENT_MAX + 1);
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_TCG2);
    tpm = find();
    fake_allow("HashLogExtendEvent");
    assert_int_equal(tpm_measure(&tpm, 5, 4, event, span_of(bytes, TPM_EVENT_MAX)), 0);
    assert_int_equal(fake_measurement_at(0)->event_size, TPM_EVENT_MAX);
    assert_memory_equal(fake_measurement_at(0)->event, bytes, TPM_EVENT_MAX);
    assert_int_equal(tpm_measure(&tpm, 5, 4, event, span_of(bytes, TPM_EVENT_MAX + 1)),
                     BAD_BUFFER_SIZE);
    assert_int_equal(measure(&tpm), BAD_BUFFER_SIZE);
    assert_int_equal(fake_calls_of("HashLogExtendEvent"), 1);
    free(bytes);
    exact_free(event);
}

static void extended_but_not_logged_is_measured(void **state)
{
    struct fake_tpm_behaviour *behaviours[2];
    struct tpm tpm;

    (void)state;
    behaviours[0] = fake_tpm_add(FAKE_TCG2);
    behaviours[1] = fake_tpm_add(FAKE_CC);
    for (size_t i = 0; i < 2; i++) {
        behaviours[i]->fail_measurement = 1;
        behaviours[i]->fail_status = VOLUME_FULL;
    }
    tpm = find();
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(fake_measurement_count(), 4);
}

static void the_first_failure_ends_measuring(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);
    struct tpm tpm;

    (void)state;
    fake_tpm_add(FAKE_CC);
    behaviour->fail_measurement = 2;
    tpm = find();
    assert_int_equal(measure(&tpm), 0);
    assert_int_equal(measure(&tpm), FAKE_DEVICE_ERROR);
    assert_int_equal(measure(&tpm), FAKE_DEVICE_ERROR);
    /* Both of the first, none of the others. */
    assert_int_equal(fake_measurement_count(), 2);
    assert_int_equal(fake_calls_of("HashLogExtendEvent"), 3);
    assert_true(tpm_usable(&tpm));
}

static void a_register_that_can_not_be_extended_ends_measuring(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_CC);
    struct tpm tpm;

    (void)state;
    behaviour->map_status = FAKE_UNSUPPORTED;
    tpm = find();
    assert_int_equal(measure(&tpm), FAKE_UNSUPPORTED);
    behaviour->map_status = 0;
    assert_int_equal(measure(&tpm), FAKE_UNSUPPORTED);
    assert_int_equal(fake_measurement_count(), 0);
    behaviour->fail_measurement = 1;
    tpm = find();
    assert_int_equal(measure(&tpm), FAKE_DEVICE_ERROR);
    assert_int_equal(fake_measurement_count(), 0);
}

/* The failure stays the first one: a register that is closed has not been measured into. */
static void closing_ends_a_register_with_an_error_whatever_failed(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);
    static const uint8_t error[] = {1, 0, 0, 0};
    struct tpm tpm;

    (void)state;
    (void)fake_tpm_add(FAKE_CC);
    behaviour->fail_measurement = 1;
    tpm = find();
    assert_int_equal(measure(&tpm), FAKE_DEVICE_ERROR);
    assert_int_equal(tpm_close(&tpm, 9), 0);
    assert_int_equal(fake_measurement_count(), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct fake_measurement *made = fake_measurement_at(i);

        assert_int_equal(made->where, i == 0 ? FAKE_TCG2 : FAKE_CC);
        assert_int_equal(made->type, 4); /* EV_SEPARATOR */
        assert_int_equal(made->data_size, sizeof(error));
        assert_memory_equal(made->data, error, sizeof(error));
        assert_int_equal(made->event_size, sizeof(error));
        assert_memory_equal(made->event, error, sizeof(error));
    }
    assert_int_equal(measure(&tpm), FAKE_DEVICE_ERROR);
    assert_int_equal(fake_measurement_count(), 2);
    behaviour->fail_measurement = 3;
    behaviour->fail_ever_after = true;
    behaviour->fail_status = FAKE_ACCESS_DENIED;
    assert_int_equal(tpm_close(&tpm, 9), FAKE_ACCESS_DENIED);
    assert_int_equal(tpm.failure, FAKE_DEVICE_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_without_a_tpm_measures_nothing),
        TEST(what_takes_long_is_told_of),
        TEST(a_protocol_without_a_tpm_behind_it_is_none),
        TEST(a_tpm_that_does_not_say_what_it_is_is_none),
        TEST(every_version_of_the_structure_is_understood),
        TEST(a_tpm_is_told_register_type_data_and_event),
        TEST(a_confidential_machine_has_registers_of_its_own),
        TEST(a_machine_with_both_is_measured_into_both),
        TEST(data_are_hashed_in_their_place_with_one_call),
        TEST(nothing_can_be_measured_too),
        TEST(an_event_that_does_not_fit_ends_measuring),
        TEST(extended_but_not_logged_is_measured),
        TEST(the_first_failure_ends_measuring),
        TEST(a_register_that_can_not_be_extended_ends_measuring),
        TEST(closing_ends_a_register_with_an_error_whatever_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
