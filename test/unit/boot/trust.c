/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing is entered that a TPM does not know: what the firmware does not load is measured as it
 * runs, and after a failed measurement the registers are closed before anything goes on.
 */
#include "boot/trust.h"

#include "efi/console.h"
#include "efi/progress.h"
#include "fake/images.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"

#define SIZE 6000U /* more than the head that is read first */

static uint8_t contents[SIZE];
static struct fake_file *file;
static struct tpm tpm;
static struct bls_entry entry;
static struct boot boot;

static void lay_down(void)
{
    fake_allow_usual();
    fake_allow("LoadImage");
    fake_allow("UnloadImage");
    fake_volume();
    fake_console();
    console_open(firmware);
    memset(contents, 0x5a, sizeof(contents));
    file = fake_file_add("\\kernel", contents, sizeof(contents));
    tpm = tpm_find(firmware);
    entry = (struct bls_entry){.id = "it", .kernel = "\\kernel", .options = "quiet"};
    boot = (struct boot){.firmware = firmware, .entry = &entry, .environment = {.tpm = &tpm}};
    assert_true(payload_open(&boot));
}

static void assert_kernel_measured(size_t index)
{
    const struct fake_measurement *made = fake_measurement_at(index);

    assert_int_equal(made->index, 4);
    assert_int_equal(made->data_size, sizeof(contents));
    assert_memory_equal(made->data, contents, sizeof(contents));
    assert_string_equal((const char *)made->event, "\\kernel");
}

/* Six registers, each with an error: EV_SEPARATOR over the number 1. */
static void assert_closed(size_t first)
{
    static const uint32_t registers[] = {4, 5, 9, 11, 12, 13};
    static const uint8_t error[] = {1, 0, 0, 0};

    for (size_t i = 0; i < 6; i++) {
        const struct fake_measurement *made = fake_measurement_at(first + i);

        assert_int_equal(made->index, registers[i]);
        assert_int_equal(made->type, 4);
        assert_int_equal(made->data_size, sizeof(error));
        assert_memory_equal(made->data, error, sizeof(error));
        assert_int_equal(made->event_size, sizeof(error));
        assert_memory_equal(made->event, error, sizeof(error));
    }
}

static void what_the_firmware_loads_it_has_measured(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    assert_true(trust_image(&boot, span_of(contents, sizeof(contents)), "\\kernel"));
    assert_int_equal(fake_measurement_count(), 0);
    assert_int_equal(boot.shortfalls, 0);
}

/* What a person has stopped is not measured in its place, and not entered. */
static void what_somebody_stops_is_not_entered(void **state)
{
    struct progress progress = {.is_stopped = true};

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    firmware->progress = &progress;
    assert_false(trust_image(&boot, span_of(contents, sizeof(contents)), "\\kernel"));
    assert_int_equal(fake_measurement_count(), 0);
    firmware->progress = NULL;
}

static void what_it_does_not_load_is_measured_in_its_place(void **state)
{
    static const uint64_t refusals[] = {FAKE_UNSUPPORTED, FAKE_DEVICE_ERROR, FAKE_ACCESS_DENIED,
                                        FAKE_SECURITY_VIOLATION, FAKE_OUT_OF_RESOURCES};

    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        (void)fake_tpm_add(FAKE_TCG2);
        lay_down();
        fake_images.load_status = refusals[i];
        assert_true(trust_image(&boot, span_of(contents, sizeof(contents)), "\\kernel"));
        assert_int_equal(fake_measurement_count(), 1);
        assert_kernel_measured(0);
        assert_int_equal(boot.shortfalls, SHORTFALL_NOT_JUDGED);
        (void)end(state);
        (void)begin(state);
    }
}

static void a_kernel_that_nobody_can_judge_is_taken_in_as_it_was_measured(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    (void)fake_tpm_add(FAKE_CC);
    lay_down();
    assert_true(trust_take_in(&boot));
    assert_int_equal(fake_calls_of("LoadImage"), 0);
    assert_int_equal(fake_measurement_count(), 2);
    assert_kernel_measured(0);
    assert_int_equal(fake_measurement_at(1)->index, 4 + FAKE_CC_OFFSET);
    assert_true(fake_measurement_at(0)->data_address == (uintptr_t)boot.payload.kernel.bytes);
    /* Once; the kernel of an opened image has been measured with it. */
    assert_true(trust_take_in(&boot));
    assert_int_equal(fake_measurement_count(), 2);
}

static void without_a_tpm_it_stays_where_it_is(void **state)
{
    unsigned int reads;

    (void)state;
    lay_down();
    reads = file->reads;
    assert_true(trust_take_in(&boot));
    assert_null(boot.payload.kernel.bytes);
    assert_int_equal(file->reads, reads);
    assert_true(trust_may_enter(&boot));
    assert_string_equal(fake_console_text(), "");
}

/* What was recognised is the head that was read first. */
static void a_kernel_that_changes_meanwhile_is_refused(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    contents[100]++;
    assert_false(trust_take_in(&boot));
    assert_non_null(
        strstr(explained(boot.failure.why).problem, "not the same as when it was opened"));
    assert_int_equal(fake_measurement_count(), 0);
}

static void a_kernel_that_cannot_be_taken_in_is_refused(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_false(trust_take_in(&boot));
    assert_string_equal(boot.failure.file, "\\kernel");
    assert_null(boot.payload.kernel.bytes);
    file->fail_read = file->reads + 1;
    file->fail_ever_after = true;
    file->fail_status = FAKE_DEVICE_ERROR;
    assert_false(trust_take_in(&boot));
    assert_string_equal(explained(boot.failure.why).problem, "it cannot be read");
    assert_null(boot.payload.kernel.bytes);
}

static void assert_text_measured(size_t index, uint32_t pcr, const uint16_t *text)
{
    const struct fake_measurement *made = fake_measurement_at(index);
    size_t units = 0;

    while (text[units] != 0)
        units++;
    assert_int_equal(made->index, pcr);
    assert_int_equal(made->data_size, (units + 1) * 2);
    assert_memory_equal(made->data, text, made->data_size);
}

/* As systemd-boot does for its load options, and the kernel's stub for what Baton gives in them. */
static void initrds_are_named_in_front_of_what_a_loader_measures(void **state)
{
    static const struct {
        enum bls_kind kind;
        unsigned int initrds;
        uint32_t profile;
        const char *options, *line; /* of the entry, and the command line */
        const uint16_t *loader;     /* NULL: nothing */
        const uint16_t *stub;
    } cases[] = {
        {BLS_LINUX, 2, 0, "a=1 b", "a=1 b", u"initrd=\\i1 initrd=\\d\\i2 a=1 b", u"a=1 b"},
        {BLS_LINUX, 1, 0, " a  b ", " a  b ", u"initrd=\\i1  a  b ", u" a  b "},
        {BLS_LINUX, 1, 0, "", "", u"initrd=\\i1", NULL},
        {BLS_LINUX, 1, 3, "a b", "@3 a b", u"@3 initrd=\\i1 a b", u"@3 a b"},
        {BLS_LINUX, 0, 3, "a b", "@3 a b", u"@3 a b", u"@3 a b"},
        {BLS_LINUX, 0, 0, "quiet", "quiet", u"quiet", u"quiet"},
        {BLS_LINUX, 0, 0, "", "", NULL, NULL},
        {BLS_EFI, 2, 0, "quiet", "quiet", u"quiet", u"quiet"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t count = 0;

        (void)begin(state);
        (void)fake_tpm_add(FAKE_TCG2);
        lay_down();
        entry.kind = cases[i].kind;
        /* As they were opened: an empty one, which the entry has as well, is not among them. */
        entry.initrds[0] = "\\empty";
        boot.payload.modules[0].path = "\\i1";
        boot.payload.modules[1].path = "\\d\\i2";
        boot.payload.module_count = cases[i].initrds;
        entry.initrd_count = cases[i].initrds + 1;
        entry.profile = cases[i].profile;
        entry.options = cases[i].options;
        boot.payload.command_line = cases[i].line;
        trust_measure_options(&boot);
        if (cases[i].loader != NULL)
            assert_text_measured(count++, 12, cases[i].loader);
        if (cases[i].stub != NULL)
            assert_text_measured(count++, 9, cases[i].stub);
        assert_int_equal(fake_measurement_count(), count);
        assert_int_equal(tpm.failure, 0);
        (void)end(state);
    }
    (void)begin(state);
}

static void without_memory_for_the_names_it_is_as_after_any_failure(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    boot.payload.modules[0].path = "\\i1";
    boot.payload.module_count = 1;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    trust_measure_options(&boot);
    assert_int_equal(tpm.failure, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_measurement_count(), 0);
}

static void where_nobody_measures_no_names_are_made(void **state)
{
    (void)state;
    lay_down();
    boot.payload.modules[0].path = "\\i1";
    boot.payload.module_count = 1;
    fake_deny("AllocatePages");
    trust_measure_options(&boot);
}

static void options_that_came_with_the_kernel_are_no_loaders(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    boot.payload.options_are_judged = true;
    trust_measure_options(&boot);
    assert_int_equal(fake_measurement_count(), 1);
    assert_text_measured(0, 9, u"quiet");
}

static void where_all_is_measured_nothing_is_closed(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    assert_true(trust_take_in(&boot));
    assert_true(trust_may_enter(&boot));
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(boot.shortfalls, 0);
    assert_string_equal(fake_console_text(), "");
}

static void after_a_failure_the_registers_are_closed_and_that_is_said_once(void **state)
{
    size_t length;

    (void)state;
    fake_tpm_add(FAKE_TCG2)->fail_measurement = 1;
    lay_down();
    assert_true(trust_take_in(&boot));
    assert_int_equal(fake_measurement_count(), 0);
    assert_true(trust_may_enter(&boot));
    assert_int_equal(fake_measurement_count(), 6);
    assert_closed(0);
    assert_int_equal(boot.shortfalls, SHORTFALL_NOT_MEASURED);
    assert_non_null(strstr(fake_console_text(), "baton: measuring \\kernel: a measurement failed"));
    assert_non_null(strstr(fake_console_text(), "(Device Error)"));
    length = strlen(fake_console_text());
    /* The next boot of this run, after one that came back. */
    boot.shortfalls = 0;
    assert_true(trust_may_enter(&boot));
    assert_int_equal(fake_measurement_count(), 6);
    assert_int_equal(strlen(fake_console_text()), length);
    assert_int_equal(boot.shortfalls, SHORTFALL_NOT_MEASURED);
}

/* A TPM that takes nothing at all, or stops anywhere while it is being closed. */
static void what_cannot_be_closed_either_is_not_entered(void **state)
{
    (void)state;
    for (unsigned int k = 1; k <= 6; k++) {
        struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

        lay_down();
        tpm.failure = FAKE_DEVICE_ERROR;
        behaviour->fail_measurement = k;
        behaviour->fail_ever_after = true;
        assert_false(trust_may_enter(&boot));
        assert_non_null(strstr(explained(boot.failure.why).problem, "cannot be closed either"));
        assert_non_null(strstr(explained(boot.failure.why).remedy, "turn the TPM off"));
        assert_false(tpm.closed);
        assert_false(trust_may_enter(&boot));
        /* It may have been a moment's failure. */
        behaviour->fail_measurement = 0;
        behaviour->fail_ever_after = false;
        assert_true(trust_may_enter(&boot));
        assert_closed(fake_measurement_count() - 6);
        (void)end(state);
        (void)begin(state);
    }
}

static void both_places_are_closed_or_none_is_entered(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_CC);

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down();
    behaviour->map_status = FAKE_UNSUPPORTED;
    assert_true(trust_take_in(&boot));
    assert_false(trust_may_enter(&boot));
    behaviour->map_status = 0;
    assert_true(trust_may_enter(&boot));
    for (size_t i = 0; i < 5; i++) {
        const struct fake_measurement *made =
            fake_measurement_at(fake_measurement_count() - 10 + 2 * i);

        assert_int_equal(made->where, FAKE_TCG2);
        assert_int_equal(made[1].where, FAKE_CC);
        assert_int_equal(made[1].index, made->index + FAKE_CC_OFFSET);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_firmware_loads_it_has_measured),
        TEST(what_somebody_stops_is_not_entered),
        TEST(what_it_does_not_load_is_measured_in_its_place),
        TEST(a_kernel_that_nobody_can_judge_is_taken_in_as_it_was_measured),
        TEST(without_a_tpm_it_stays_where_it_is),
        TEST(a_kernel_that_changes_meanwhile_is_refused),
        TEST(a_kernel_that_cannot_be_taken_in_is_refused),
        TEST(initrds_are_named_in_front_of_what_a_loader_measures),
        TEST(without_memory_for_the_names_it_is_as_after_any_failure),
        TEST(where_nobody_measures_no_names_are_made),
        TEST(options_that_came_with_the_kernel_are_no_loaders),
        TEST(where_all_is_measured_nothing_is_closed),
        TEST(after_a_failure_the_registers_are_closed_and_that_is_said_once),
        TEST(what_cannot_be_closed_either_is_not_entered),
        TEST(both_places_are_closed_or_none_is_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
