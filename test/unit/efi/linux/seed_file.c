/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed file over the fake firmware: new contents on the disk first, then a table, or neither.
 */
#include "efi/linux/seed_file.h"

#include "core/linux/random_seed.h"
#include "unit/fixture/firmware_fixture.h"

static const uint8_t random_bytes[32] = "32 bytes that nobody would guess";
static const uint8_t token[32] = "32 bytes of a token in a variab";
static uint8_t contents[40000];
static struct random_seed earlier;

static void lay_down(uint64_t size)
{
    static const char *const needed[] = {"Write", "Flush", "GetNextMonotonicCount", "GetTime"};

    fake_allow_usual();
    for (size_t i = 0; i < 4; i++)
        fake_allow(needed[i]);
    fake_volume();
    memset(contents, 'f', sizeof(contents));
    (void)fake_file_add(SEED_FILE_PATH, contents, size);
}

static const struct fake_file *file(void)
{
    return fake_file_find(SEED_FILE_PATH);
}

static const struct random_seed *table(void)
{
    return (const struct random_seed *)(uintptr_t)fake_table_at(FAKE_TABLE_RANDOM_SEED);
}

static void use(bool secure_boot)
{
    assert_int_equal(seed_file_use(firmware, secure_boot), 0);
    assert_int_equal(fake_files_open(), 0);
}

static void a_file_is_renewed_before_its_seed_is_used(void **state)
{
    static uint8_t first[32];

    (void)state;
    for (unsigned int round = 0; round < 2; round++) {
        (void)begin(state);
        lay_down(32);
        fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
        use(true);
        assert_int_equal(file()->size, 32);
        assert_int_equal(table()->size, 32);
        assert_memory_not_equal(file()->data, contents, 32);
        assert_memory_not_equal(file()->data, table()->bits, 32);
        /* The counter alone has gone on. */
        assert_memory_not_equal(table()->bits, first, 32);
        memcpy(first, table()->bits, 32);
        (void)end(state);
        assert_int_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), 0);
    }
    (void)begin(state);
}

static void longer_and_shorter_files(void **state)
{
    static const uint8_t zeros[68];

    (void)state;
    lay_down(100);
    fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
    use(false);
    assert_int_equal(file()->size, 100);
    assert_memory_equal((const uint8_t *)file()->data + 32, zeros, 68);
    assert_int_equal(table()->size, 32);
    (void)end(state);
    (void)begin(state);
    lay_down(10);
    fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
    use(false);
    assert_int_equal(file()->size, 32);
    assert_int_equal(table()->size, 32);
}

static void a_file_that_is_too_long_is_left_and_said(void **state)
{
    (void)state;
    lay_down(32769);
    fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
    assert_true(seed_file_use(firmware, false) == FAKE_ERROR(4));
    assert_int_equal(fake_changes(), 0);
    assert_null(table());
}

static void nothing_happens_without_a_file_or_a_secret(void **state)
{
    (void)state;
    lay_down(32);
    use(false); /* neither generator nor token */
    fake_variable_set(fake_vendor_systemd, "LoaderSystemToken", 7, token, 31);
    use(false);
    fake_variable_set(fake_vendor_systemd, "LoaderSystemToken", 7, token, 32);
    use(true); /* Secure Boot */
    assert_int_equal(fake_changes(), 0);
    assert_null(table());
    use(false);
    assert_int_equal(table()->size, 32);
    (void)end(state);
    (void)begin(state);
    lay_down(32);
    fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
    ((struct fake_file *)(uintptr_t)file())->is_gone = true;
    use(false);
    assert_int_equal(fake_changes(), 0);
    assert_null(table());
}

/* Then the seed could come a second time. */
static void a_file_that_cannot_be_renewed_gives_no_seed(void **state)
{
    (void)state;
    lay_down(32);
    ((struct fake_file *)(uintptr_t)file())->is_read_only = true;
    fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
    use(false);
    assert_int_equal(fake_changes(), 0);
    for (unsigned int failing = 1; failing <= 3; failing++) {
        (void)end(state);
        (void)begin(state);
        lay_down(32);
        fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
        fake_behaviour.change_that_fails = failing;
        use(false);
        assert_null(table());
    }
    assert_int_equal(fake_changes(), 3);
}

static void an_earlier_loaders_seed_goes_in_and_is_wiped(void **state)
{
    static const uint8_t zeros[20];

    (void)state;
    lay_down(32);
    earlier.size = 20;
    memset(earlier.bits, 'e', 20);
    fake_table(FAKE_TABLE_RANDOM_SEED, (uintptr_t)&earlier);
    use(true);
    assert_ptr_not_equal(table(), &earlier);
    assert_int_equal(table()->size, 32);
    assert_memory_equal(earlier.bits, zeros, 20);
}

static void without_memory_there_is_no_seed(void **state)
{
    (void)state;
    for (unsigned int failing = 1; failing <= 2; failing++) {
        (void)begin(state);
        lay_down(32);
        fake_rng(random_bytes, sizeof(random_bytes), 0, 0);
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        use(false);
        assert_null(table());
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_renewed_before_its_seed_is_used),
        TEST(longer_and_shorter_files),
        TEST(a_file_that_is_too_long_is_left_and_said),
        TEST(nothing_happens_without_a_file_or_a_secret),
        TEST(a_file_that_cannot_be_renewed_gives_no_seed),
        TEST(an_earlier_loaders_seed_goes_in_and_is_wiped),
        TEST(without_memory_there_is_no_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
