/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/firmware.h"

#include "unit/fixture/firmware_fixture.h"

static void statuses_have_the_specifications_words(void **state)
{
    static const struct {
        uint64_t status;
        const char *text;
    } cases[] = {
        {0, "Success"},
        {FAKE_INVALID_PARAMETER, "Invalid Parameter"},
        {FAKE_NOT_FOUND, "Not Found"},
        {FAKE_DEVICE_ERROR, "Device Error"},
        {FAKE_ERROR(26), "Security Violation"},
        {FAKE_ERROR(33), "Compromised Data"},
        {FAKE_ERROR(0), "an unknown status"},
        {FAKE_ERROR(22), "an unknown status"},
        {FAKE_ERROR(34), "an unknown status"},
        {UINT64_MAX, "an unknown status"},
        {5, "a warning"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(efi_status_text(cases[i].status), cases[i].text);
}

static void runtime_services_are_named_without_a_call(void **state)
{
    (void)state;
    assert_int_not_equal(firmware_runtime_services(firmware), 0);
    assert_int_equal(fake_call_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(statuses_have_the_specifications_words),
        TEST(runtime_services_are_named_without_a_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
