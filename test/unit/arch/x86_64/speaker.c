/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes to the ports of the speaker, and that their other bits stay. */
#include "arch/arch.h"
#include "unit/fixture/firmware_fixture.h"

static void assert_writes(size_t first, const struct fake_port_write *expected, size_t count)
{
    const struct fake_port_write *writes;

    assert_int_equal(fake_port_writes(&writes), first + count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(writes[first + i].port, expected[i].port);
        assert_int_equal(writes[first + i].value, expected[i].value);
    }
}

static void a_tone_begins_and_ends(void **state)
{
    /* 1193182 Hz / 2386 are 500 Hz. */
    static const struct fake_port_write on[] = {
        {0x43, 0xb6}, {0x42, 0x52}, {0x42, 0x09}, {0x61, 0x53}};
    static const struct fake_port_write off[] = {{0x61, 0x50}};

    (void)state;
    fake_port_set(0x61, 0x51);
    arch_speaker(true);
    assert_writes(0, on, 4);
    arch_speaker(false);
    assert_writes(4, off, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(a_tone_begins_and_ends)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
