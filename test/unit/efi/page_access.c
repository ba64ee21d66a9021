/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/page_access.h"

#include "unit/fixture/firmware_fixture.h"

static void without_the_protocol_everything_is_allowed(void **state)
{
    (void)state;
    fake_allow_usual();
    assert_int_equal(page_access_allow_all(firmware, 0x200000, 3), 0);
}

/* EFI_MEMORY_RP, _XP and _RO of the very pages. */
static void each_protection_is_cleared(void **state)
{
    const struct fake_call *call;

    (void)state;
    fake_allow_usual();
    fake_page_access(0);
    assert_int_equal(page_access_allow_all(firmware, 0x200000, 3), 0);
    call = fake_call_at(fake_call_count() - 1);
    assert_string_equal(call->service, "ClearMemoryAttributes");
    assert_int_equal(call->a, 0x200000);
    assert_int_equal(call->b, 0x3000);
    assert_int_equal(call->c, 0x2000 | 0x4000 | 0x20000);
}

static void a_refusal_is_passed_on(void **state)
{
    (void)state;
    fake_allow_usual();
    fake_page_access(FAKE_ACCESS_DENIED);
    assert_true(page_access_allow_all(firmware, 0x200000, 3) == FAKE_ACCESS_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_the_protocol_everything_is_allowed),
        TEST(each_protection_is_cleared),
        TEST(a_refusal_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
