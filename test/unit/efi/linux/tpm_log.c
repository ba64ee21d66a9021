/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux gets the log that its own stub would have given it, and no log rather than one that is
 * made of something else.
 */
#include "efi/linux/tpm_log.h"

#include "fake/tpm.h"
#include "unit/fixture/event_logs.h"
#include "unit/fixture/exact.h"
#include "unit/fixture/firmware_fixture.h"

#define TAIL 60U /* bytes behind the log in which Linux may look for algorithms */

static struct linux_tables tables;
static struct written sample;
static size_t last;        /* where the sample's last entry begins */
static struct span copied; /* the firmware's log: what is not of it is poisoned */

static void make_log(void)
{
    sample = (struct written){0};
    write_spec_id(&sample);
    write_event(&sample, 0x80000008, true, 3);
    last = write_event(&sample, 6, true, 21);
}

static void offer(struct fake_tpm_behaviour *behaviour, enum event_log_format format)
{
    copied = exact_copy(sample.bytes, sample.size);
    behaviour->logs[format] = (struct fake_tpm_log){
        .first = (uintptr_t)copied.data,
        .last = (uintptr_t)copied.data + last,
    };
}

/* Puts away what offer() made. */
static void take_back(void)
{
    exact_free(copied);
}

static struct tpm_log_report install(void)
{
    struct tpm tpm;

    fake_allow_usual();
    tables = (struct linux_tables){0};
    assert_int_equal(linux_tables_reserve(firmware, LINUX_TABLES_SIZE_TPM, &tables), 0);
    memset((void *)(uintptr_t)tables.address, 0xaa, tables.size);
    tpm = tpm_find(firmware);
    return tpm_log_install(firmware, &tables, &tpm);
}

/* u32 size, u32 bytes of final events, u8 format, log: Linux's struct linux_efi_tpm_eventlog. */
static void expect_table(enum event_log_format format, uint32_t final_size)
{
    static const uint8_t zeros[TAIL];
    const uint8_t *table = (const uint8_t *)(uintptr_t)fake_table_at(FAKE_TABLE_TPM_LOG);
    struct span view = span_of(table, 9);
    uint32_t number = 0;

    assert_non_null(table);
    assert_true((uintptr_t)table >= tables.address &&
                (uintptr_t)table + 9 + sample.size + TAIL <= tables.address + tables.used);
    assert_true(span_u32(view, 0, &number));
    assert_int_equal(number, sample.size);
    assert_true(span_u32(view, 4, &number));
    assert_int_equal(number, final_size);
    assert_int_equal(table[8], format);
    assert_memory_equal(table + 9, sample.bytes, sample.size);
    assert_memory_equal(table + 9 + sample.size, zeros, TAIL);
}

static void expect_installed(struct tpm_log_report report)
{
    assert_int_equal(report.status, 0);
    assert_int_equal(report.error, EVENT_LOG_OK);
}

static void expect_nothing(struct tpm_log_report report, uint64_t status)
{
    assert_int_equal(report.status, status);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0);
    assert_int_equal(tables.used, 0);
}

static void linux_gets_the_crypto_agile_log(void **state)
{
    struct tpm_log_report report;

    (void)state;
    make_log();
    offer(fake_tpm_add(FAKE_TCG2), EVENT_LOG_CRYPTO_AGILE);
    report = install();
    take_back(); /* the table is a copy */
    expect_installed(report);
    assert_false(report.truncated);
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    assert_int_equal(fake_calls_of("GetEventLog"), 1);
}

static void final_events_that_are_in_the_log_are_counted(void **state)
{
    static struct written events;
    struct span table;

    (void)state;
    make_log();
    offer(fake_tpm_add(FAKE_TCG2), EVENT_LOG_CRYPTO_AGILE);
    events = (struct written){0};
    write_final(&events, 2);
    write_event(&events, 6, true, 21);
    write_event(&events, 6, false, 9);
    table = exact_copy(events.bytes, events.size);
    fake_table(FAKE_TABLE_TPM_FINAL_LOG, (uintptr_t)table.data);
    expect_installed(install());
    expect_table(EVENT_LOG_CRYPTO_AGILE, (uint32_t)events.size - 16);
    exact_free(table);
    take_back();
}

/* Linux cannot read such a table either, and has the log without it. */
static void final_events_that_make_no_sense_are_left_out(void **state)
{
    static const uint8_t endless[32] = {1, [8] = 0xff};

    (void)state;
    make_log();
    offer(fake_tpm_add(FAKE_TCG2), EVENT_LOG_CRYPTO_AGILE);
    fake_table(FAKE_TABLE_TPM_FINAL_LOG, (uintptr_t)endless);
    expect_installed(install());
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    take_back();
}

static void without_a_crypto_agile_log_linux_gets_the_sha1_log(void **state)
{
    static const uint8_t no_table[16] = {1, [8] = 1};
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

    (void)state;
    sample = (struct written){0};
    write_sha1_event(&sample, 8, 16);
    last = write_sha1_event(&sample, 6, 33);
    offer(behaviour, EVENT_LOG_SHA1);
    fake_table(FAKE_TABLE_TPM_FINAL_LOG, (uintptr_t)no_table); /* is of the other format */
    expect_installed(install());
    expect_table(EVENT_LOG_SHA1, 0);
    lease_release_since(firmware, 0);
    /* Success with the address 0 is no log either. */
    behaviour->logs[EVENT_LOG_CRYPTO_AGILE].status = 0;
    expect_installed(install());
    expect_table(EVENT_LOG_SHA1, 0);
    take_back();
}

static void a_confidential_machine_has_a_log_of_its_own(void **state)
{
    static struct written events;
    struct span table;

    (void)state;
    make_log();
    offer(fake_tpm_add(FAKE_CC), EVENT_LOG_CRYPTO_AGILE);
    events = (struct written){0};
    write_final(&events, 1);
    write_event(&events, 6, false, 9);
    table = exact_copy(events.bytes, events.size);
    fake_table(FAKE_TABLE_CC_FINAL_LOG, (uintptr_t)table.data);
    expect_installed(install());
    expect_table(EVENT_LOG_CRYPTO_AGILE, (uint32_t)events.size - 16);
    exact_free(table);
    take_back();
}

static void the_tpm_s_log_comes_before_the_confidential_machine_s(void **state)
{
    struct fake_tpm_behaviour *tcg2 = fake_tpm_add(FAKE_TCG2);
    struct fake_tpm_behaviour *cc = fake_tpm_add(FAKE_CC);
    struct span other;

    (void)state;
    make_log();
    last = 0;
    sample.size = 69;
    offer(cc, EVENT_LOG_CRYPTO_AGILE);
    other = copied;
    expect_installed(install()); /* the TPM has none */
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    lease_release_since(firmware, 0);
    make_log();
    offer(tcg2, EVENT_LOG_CRYPTO_AGILE);
    expect_installed(install());
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    take_back();
    exact_free(other);
}

static void a_machine_without_a_log_gets_no_table(void **state)
{
    struct fake_tpm_behaviour *behaviour;

    (void)state;
    expect_nothing(install(), FAKE_NOT_FOUND);
    lease_release_since(firmware, 0);
    behaviour = fake_tpm_add(FAKE_TCG2);
    fake_tpm_add(FAKE_CC);
    expect_nothing(install(), FAKE_NOT_FOUND);
    lease_release_since(firmware, 0);
    /* What comes with an error is not looked at. */
    make_log();
    offer(behaviour, EVENT_LOG_CRYPTO_AGILE);
    behaviour->logs[EVENT_LOG_CRYPTO_AGILE].status = FAKE_DEVICE_ERROR;
    expect_nothing(install(), FAKE_NOT_FOUND);
    take_back();
}

/* Linux then knows that there is a log, and reads the zeros behind it as no algorithms. */
static void a_log_without_events_gets_a_table(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

    (void)state;
    make_log();
    offer(behaviour, EVENT_LOG_CRYPTO_AGILE);
    behaviour->logs[EVENT_LOG_CRYPTO_AGILE].last = 0;
    sample.size = 0;
    expect_installed(install());
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    take_back();
}

static void events_that_are_missing_are_told(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);
    struct tpm_log_report report;

    (void)state;
    make_log();
    offer(behaviour, EVENT_LOG_CRYPTO_AGILE);
    behaviour->logs[EVENT_LOG_CRYPTO_AGILE].truncated = true;
    report = install();
    expect_installed(report);
    assert_true(report.truncated);
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    take_back();
}

static void a_log_that_makes_no_sense_gets_no_table(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);
    struct fake_tpm_log *log = &behaviour->logs[EVENT_LOG_CRYPTO_AGILE];
    struct tpm_log_report report;
    const struct {
        uint64_t first;
        uint64_t last;
        enum event_log_error error;
    } lies[] = {
        {(uintptr_t)&sample, (uintptr_t)&sample - 1, EVENT_LOG_ORDER},
        /* None of these is looked at: the address sanitizer or the processor would object. */
        {4096, 4096 + EVENT_LOG_MAX + 1, EVENT_LOG_END},
        {4096, UINT64_MAX, EVENT_LOG_END},
        {1, UINT64_MAX, EVENT_LOG_END},
        {UINT64_MAX - 8, UINT64_MAX - 4, EVENT_LOG_HEADER},
        {UINT64_MAX, UINT64_MAX, EVENT_LOG_END},
    };

    (void)state;
    make_log();
    for (size_t i = 0; i < LENGTH_OF(lies); i++) {
        *log = (struct fake_tpm_log){.first = lies[i].first, .last = lies[i].last};
        report = install();
        expect_nothing(report, FAKE_VOLUME_CORRUPTED);
        assert_int_equal(report.error, lies[i].error);
        lease_release_since(firmware, 0);
    }
    sample.bytes[last + 8] = 3; /* digests of two algorithms */
    offer(behaviour, EVENT_LOG_CRYPTO_AGILE);
    report = install();
    expect_nothing(report, FAKE_VOLUME_CORRUPTED);
    assert_int_equal(report.error, EVENT_LOG_ALGORITHMS);
    take_back();
}

static void without_memory_there_is_no_table(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);
    struct tpm_log_report report;
    struct tpm tpm;

    (void)state;
    make_log();
    offer(behaviour, EVENT_LOG_CRYPTO_AGILE);
    fake_allow_usual();
    tables = (struct linux_tables){0};
    tpm = tpm_find(firmware);
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    report = tpm_log_install(firmware, &tables, &tpm);
    expect_nothing(report, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(report.error, EVENT_LOG_OK);
    take_back();
}

static void a_firmware_that_takes_no_table_is_told(void **state)
{
    (void)state;
    make_log();
    offer(fake_tpm_add(FAKE_TCG2), EVENT_LOG_CRYPTO_AGILE);
    fake_behaviour.install_table_status = FAKE_OUT_OF_RESOURCES;
    assert_int_equal(install().status, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0);
    take_back();
}

/* What was measured before the failure is in the registers, and belongs in the log. */
static void a_tpm_that_failed_still_has_a_log(void **state)
{
    struct tpm tpm;

    (void)state;
    make_log();
    offer(fake_tpm_add(FAKE_TCG2), EVENT_LOG_CRYPTO_AGILE);
    fake_allow_usual();
    tables = (struct linux_tables){0};
    assert_int_equal(linux_tables_reserve(firmware, LINUX_TABLES_SIZE_TPM, &tables), 0);
    tpm = tpm_find(firmware);
    tpm.failure = FAKE_DEVICE_ERROR;
    expect_installed(tpm_log_install(firmware, &tables, &tpm));
    expect_table(EVENT_LOG_CRYPTO_AGILE, 0);
    take_back();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(linux_gets_the_crypto_agile_log),
        TEST(final_events_that_are_in_the_log_are_counted),
        TEST(final_events_that_make_no_sense_are_left_out),
        TEST(without_a_crypto_agile_log_linux_gets_the_sha1_log),
        TEST(a_confidential_machine_has_a_log_of_its_own),
        TEST(the_tpm_s_log_comes_before_the_confidential_machine_s),
        TEST(a_machine_without_a_log_gets_no_table),
        TEST(a_log_without_events_gets_a_table),
        TEST(events_that_are_missing_are_told),
        TEST(a_log_that_makes_no_sense_gets_no_table),
        TEST(without_memory_there_is_no_table),
        TEST(a_firmware_that_takes_no_table_is_told),
        TEST(a_tpm_that_failed_still_has_a_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
