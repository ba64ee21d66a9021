/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/wide_text.h"

#include "efi/pages.h"
#include "unit/fixture/firmware_fixture.h"

static void text_comes_with_its_nul(void **state)
{
    static const uint16_t expected[] = {'r', 'o', ' ', 0xe4, 0xd83e, 0xdd80, 0};
    struct span text;

    (void)state;
    fake_allow_usual();
    assert_int_equal(wide_text_make(firmware, u8"ro \u00e4\U0001f980", &text), 0);
    assert_int_equal(text.size, sizeof(expected));
    assert_memory_equal(text.data, expected, sizeof(expected));
    pages_free(firmware, (uintptr_t)text.data);
    assert_int_equal(fake_memory_held(), 0);
}

static void what_is_no_utf8_is_refused_and_nothing_is_kept(void **state)
{
    struct span text = {.size = 77};

    (void)state;
    fake_allow_usual();
    assert_true(wide_text_make(firmware, "a\xff", &text) == STATUS_INVALID_PARAMETER);
    assert_int_equal(text.size, 77);
    assert_int_equal(fake_memory_held(), 0);
    assert_int_equal(firmware->leases.count, 0);
}

static void without_memory_there_is_no_text(void **state)
{
    struct span text = {.size = 77};

    (void)state;
    fake_allow_usual();
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_true(wide_text_make(firmware, "a", &text) == STATUS_OUT_OF_RESOURCES);
    assert_int_equal(text.size, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_comes_with_its_nul),
        TEST(what_is_no_utf8_is_refused_and_nothing_is_kept),
        TEST(without_memory_there_is_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
