/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event logs are as long as their last entry says, and nothing that is wrong with one is believed
 * or read beyond the bytes that may be read.
 */
#include "core/trust/event_log.h"

#include "unit/fixture/event_logs.h"
#include "unit/fixture/exact.h"

#define UNTOUCHED 77U

static struct written sample;
static struct written table;
static size_t last; /* where the log's last entry begins */

static int fresh(void **state)
{
    (void)state;
    sample = (struct written){0};
    table = (struct written){0};
    write_spec_id(&sample);
    write_event(&sample, 0x80000008, true, 3);
    last = write_event(&sample, 6, true, 21);
    return 0;
}

/* The size of the first `size` bytes of the log, which is all that may be read. */
static enum event_log_error size_of(size_t size, enum event_log_format format, size_t at,
                                    size_t *ret_size)
{
    struct span bytes = exact_copy(sample.bytes, size);
    enum event_log_error error =
        event_log_size(bytes, format, (uintptr_t)bytes.data + at, ret_size);

    exact_free(bytes);
    return error;
}

static void expect_size(enum event_log_format format, size_t at, size_t expected)
{
    size_t size = UNTOUCHED;

    assert_int_equal(size_of(sample.size, format, at, &size), EVENT_LOG_OK);
    assert_int_equal(size, expected);
}

static void expect_error(enum event_log_error expected)
{
    size_t size = UNTOUCHED;

    assert_int_equal(size_of(sample.size, EVENT_LOG_CRYPTO_AGILE, last, &size), expected);
    assert_int_equal(size, UNTOUCHED);
}

static void final_error(enum event_log_error expected)
{
    struct span bytes = exact_copy(sample.bytes, sample.size);
    struct span events = exact_copy(table.bytes, table.size);
    size_t size = UNTOUCHED;

    assert_int_equal(event_log_final_size(bytes, events, &size), expected);
    assert_int_equal(size, UNTOUCHED);
    exact_free(events);
    exact_free(bytes);
}

static void final_size(size_t expected)
{
    struct span bytes = exact_copy(sample.bytes, sample.size);
    struct span events = exact_copy(table.bytes, table.size);
    size_t size = UNTOUCHED;

    assert_int_equal(event_log_final_size(bytes, events, &size), EVENT_LOG_OK);
    assert_int_equal(size, expected);
    exact_free(events);
    exact_free(bytes);
}

static void put(size_t at, uint64_t value, size_t size)
{
    memcpy(sample.bytes + at, &value, size);
}

static void a_log_reaches_to_the_end_of_its_last_entry(void **state)
{
    size_t end = sample.size;

    (void)state;
    expect_size(EVENT_LOG_CRYPTO_AGILE, last, end);
    write_event(&sample, 6, true, 5); /* what lies behind it does not count */
    expect_size(EVENT_LOG_CRYPTO_AGILE, last, end);
}

static void an_entry_may_have_digests_of_fewer_algorithms(void **state)
{
    (void)state;
    last = write_event(&sample, 6, false, 0);
    expect_size(EVENT_LOG_CRYPTO_AGILE, last, sample.size);
}

static void a_sha1_log_reaches_to_the_end_of_its_last_entry(void **state)
{
    size_t end;

    (void)state;
    sample.size = 0;
    write_sha1_event(&sample, 8, 16);
    last = write_sha1_event(&sample, 6, 33);
    end = sample.size;
    expect_size(EVENT_LOG_SHA1, last, end);
    expect_size(EVENT_LOG_SHA1, 0, last);
    for (size_t size = last; size < end; size++) {
        size_t untouched = UNTOUCHED;

        assert_int_equal(size_of(size, EVENT_LOG_SHA1, last, &untouched), EVENT_LOG_END);
        assert_int_equal(untouched, UNTOUCHED);
    }
}

static void a_log_without_entries_is_empty(void **state)
{
    size_t size = UNTOUCHED;
    struct span bytes = exact_copy(NULL, 0);

    (void)state;
    assert_int_equal(event_log_size(bytes, EVENT_LOG_CRYPTO_AGILE, 0, &size), EVENT_LOG_OK);
    assert_int_equal(size, 0);
    size = UNTOUCHED;
    assert_int_equal(event_log_size(bytes, EVENT_LOG_SHA1, 0, &size), EVENT_LOG_OK);
    assert_int_equal(size, 0);
    exact_free(bytes);
}

/* It is of the old layout, whatever the format of those that follow. */
static void a_log_may_have_nothing_but_its_header(void **state)
{
    (void)state;
    expect_size(EVENT_LOG_CRYPTO_AGILE, 0, 69);
}

/* As Linux's tpm2_bios_measurements_start() reads it: memory that nobody has written yet. */
static void an_entry_of_zeros_is_the_end(void **state)
{
    (void)state;
    last = sample.size;
    write_bytes(&sample, 0, 16);
    expect_size(EVENT_LOG_CRYPTO_AGILE, last, last);
}

static void the_number_of_the_header_s_register_does_not_matter(void **state)
{
    (void)state;
    put(0, 1, 4);
    expect_size(EVENT_LOG_CRYPTO_AGILE, last, sample.size);
}

static void a_last_entry_before_the_first_is_refused(void **state)
{
    struct span bytes = exact_copy(sample.bytes, sample.size);
    size_t size = UNTOUCHED;

    (void)state;
    assert_int_equal(
        event_log_size(bytes, EVENT_LOG_CRYPTO_AGILE, (uintptr_t)bytes.data - 1, &size),
        EVENT_LOG_ORDER);
    assert_int_equal(event_log_size(bytes, EVENT_LOG_SHA1, 1, &size), EVENT_LOG_ORDER);
    assert_int_equal(size, UNTOUCHED);
    exact_free(bytes);
}

/* Linux would read the list of algorithms beyond the end of such a log. */
static void a_last_entry_inside_of_the_first_is_refused(void **state)
{
    (void)state;
    for (last = 1; last < 69; last++)
        expect_error(EVENT_LOG_ORDER);
}

static void a_last_entry_outside_of_what_may_be_read_is_refused(void **state)
{
    struct span bytes = exact_copy(sample.bytes, sample.size);
    uint64_t end = (uintptr_t)bytes.data + sample.size;
    const uint64_t places[] = {end, end + 1, end + (1U << 20), UINT64_MAX};
    size_t size = UNTOUCHED;

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(places); i++) {
        assert_int_equal(event_log_size(bytes, EVENT_LOG_CRYPTO_AGILE, places[i], &size),
                         EVENT_LOG_END);
        assert_int_equal(event_log_size(bytes, EVENT_LOG_SHA1, places[i], &size), EVENT_LOG_END);
    }
    assert_int_equal(size, UNTOUCHED);
    exact_free(bytes);
}

static void nothing_is_read_beyond_what_may_be_read(void **state)
{
    (void)state;
    for (size_t size = last; size < sample.size; size++) {
        size_t untouched = UNTOUCHED;

        assert_int_equal(size_of(size, EVENT_LOG_CRYPTO_AGILE, last, &untouched), EVENT_LOG_END);
        assert_int_equal(untouched, UNTOUCHED);
    }
}

static void data_that_run_past_the_end_are_refused(void **state)
{
    const uint64_t sizes[] = {22, 0x7fffffff, 0x80000000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(sizes); i++) {
        put(last + 68, sizes[i], 4);
        expect_error(EVENT_LOG_END);
    }
}

static void more_digests_than_algorithms_are_refused(void **state)
{
    (void)state;
    put(last + 8, 3, 4);
    expect_error(EVENT_LOG_ALGORITHMS);
    put(last + 8, UINT32_MAX, 4);
    expect_error(EVENT_LOG_ALGORITHMS);
}

static void an_algorithm_that_is_not_listed_is_refused(void **state)
{
    (void)state;
    put(last + 12, 0xc, 2);
    expect_error(EVENT_LOG_UNKNOWN);
    put(last + 12, ALG_SHA1, 2);
    put(last + 12 + 22, 0, 2);
    expect_error(EVENT_LOG_UNKNOWN);
}

static void a_log_that_does_not_list_its_algorithms_is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 36; size++) {
        put(28, size, 4);
        expect_error(EVENT_LOG_HEADER);
    }
    put(28, UINT32_MAX, 4);
    expect_error(EVENT_LOG_HEADER);
    put(28, 36, 4); /* without the size of the vendor's information, which is not looked at */
    expect_size(EVENT_LOG_CRYPTO_AGILE, last, sample.size);
    put(32 + 14, '2', 1); /* "Spec ID Event02", the header of TPM 1.2's logs */
    expect_error(EVENT_LOG_HEADER);
    put(32 + 14, '3', 1);
    put(32 + 15, ' ', 1);
    expect_error(EVENT_LOG_HEADER);
}

static void the_list_of_algorithms_is_bounded(void **state)
{
    (void)state;
    put(LIST_COUNT_AT, 3, 4);
    expect_error(EVENT_LOG_HEADER);
    put(LIST_COUNT_AT, EVENT_LOG_ALGORITHMS_MAX, 4);
    expect_error(EVENT_LOG_HEADER);
    put(LIST_COUNT_AT, EVENT_LOG_ALGORITHMS_MAX + 1, 4);
    expect_error(EVENT_LOG_ALGORITHMS);
    put(LIST_COUNT_AT, UINT32_MAX, 4);
    expect_error(EVENT_LOG_ALGORITHMS);
    put(LIST_COUNT_AT, 0, 4);
    expect_error(EVENT_LOG_ALGORITHMS); /* the last entry has two digests */
}

static void final_events_end_with_the_last_that_is_counted(void **state)
{
    (void)state;
    write_final(&table, 2);
    write_event(&table, 0x80000007, true, 29);
    write_event(&table, 0x80000007, false, 40);
    final_size(12 + 22 + 34 + 4 + 29 + 12 + 34 + 4 + 40);
    write_event(&table, 0x80000007, false, 40);
    final_size(12 + 22 + 34 + 4 + 29 + 12 + 34 + 4 + 40);
}

static void no_final_events_need_no_algorithms(void **state)
{
    (void)state;
    write_final(&table, 0);
    final_size(0);
    sample.size = 0;
    final_size(0);
}

static void final_events_need_the_log_s_header(void **state)
{
    (void)state;
    write_final(&table, 1);
    write_event(&table, 6, true, 0);
    put(28, 0, 4);
    final_error(EVENT_LOG_HEADER);
    sample.size = 0;
    final_error(EVENT_LOG_HEADER);
}

static void a_table_that_ends_early_is_refused(void **state)
{
    size_t whole;

    (void)state;
    write_final(&table, 2);
    write_event(&table, 6, true, 7);
    write_event(&table, 6, false, 3);
    whole = table.size;
    for (table.size = 0; table.size < whole; table.size++)
        final_error(EVENT_LOG_END);
    final_size(whole - 16);
}

/* 2^64 - 1 events: those that fit are looked at once, then the table is at its end. */
static void a_count_without_end_ends_with_the_table(void **state)
{
    struct span bytes = exact_copy(sample.bytes, sample.size);
    uint8_t *events = malloc(EVENT_LOG_MAX);
    size_t size = UNTOUCHED;

    (void)state;
    assert_non_null(events);
    memset(events, 0, EVENT_LOG_MAX);
    memset(events + 8, 0xff, 8);
    for (size_t at = 16; at < EVENT_LOG_MAX; at += 16)
        events[at + 4] = 6; /* a type; no digest, no data */
    assert_int_equal(event_log_final_size(bytes, span_of(events, EVENT_LOG_MAX), &size),
                     EVENT_LOG_END);
    events[16 + 4] = 0; /* an entry of zeros would be read again and again */
    assert_int_equal(event_log_final_size(bytes, span_of(events, EVENT_LOG_MAX), &size),
                     EVENT_LOG_EMPTY);
    assert_int_equal(size, UNTOUCHED);
    free(events);
    exact_free(bytes);
}

static void explains_every_error(void **state)
{
    (void)state;
    for (unsigned int error = EVENT_LOG_OK; error <= EVENT_LOG_EMPTY; error++) {
        const struct explanation why = event_log_explain((enum event_log_error)error);

        assert_true(explained(why).problem[0] != '\0' && explained(why).remedy[0] != '\0');
        for (unsigned int other = EVENT_LOG_OK; other < error; other++)
            assert_string_not_equal(
                explained(why).problem,
                explained(event_log_explain((enum event_log_error)other)).problem);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_log_reaches_to_the_end_of_its_last_entry),
        TEST(an_entry_may_have_digests_of_fewer_algorithms),
        TEST(a_sha1_log_reaches_to_the_end_of_its_last_entry),
        TEST(a_log_without_entries_is_empty),
        TEST(a_log_may_have_nothing_but_its_header),
        TEST(an_entry_of_zeros_is_the_end),
        TEST(the_number_of_the_header_s_register_does_not_matter),
        TEST(a_last_entry_before_the_first_is_refused),
        TEST(a_last_entry_inside_of_the_first_is_refused),
        TEST(a_last_entry_outside_of_what_may_be_read_is_refused),
        TEST(nothing_is_read_beyond_what_may_be_read),
        TEST(data_that_run_past_the_end_are_refused),
        TEST(more_digests_than_algorithms_are_refused),
        TEST(an_algorithm_that_is_not_listed_is_refused),
        TEST(a_log_that_does_not_list_its_algorithms_is_refused),
        TEST(the_list_of_algorithms_is_bounded),
        TEST(final_events_end_with_the_last_that_is_counted),
        TEST(no_final_events_need_no_algorithms),
        TEST(final_events_need_the_log_s_header),
        TEST(a_table_that_ends_early_is_refused),
        TEST(a_count_without_end_ends_with_the_table),
        TEST(explains_every_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
