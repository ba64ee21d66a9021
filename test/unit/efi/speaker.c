/* SPDX-License-Identifier: BSD-2-Clause */
/* As many tones as asked for, with a pause between two. */
#include "efi/speaker.h"

#include "unit/fixture/firmware_fixture.h"

/* Tones begun and ended, and microseconds of waiting. */
static void assert_beeps(size_t count, size_t tones, uint64_t us)
{
    const struct fake_port_write *writes;
    size_t begun = 0;
    size_t ended = 0;
    uint64_t waited = 0;
    size_t written;

    (void)begin(NULL);
    fake_allow_usual();
    fake_port_set(0x61, 0);
    speaker_beep(firmware, count);
    written = fake_port_writes(&writes);
    for (size_t i = 0; i < written; i++) {
        begun += writes[i].port == 0x61 && writes[i].value == 3;
        ended += writes[i].port == 0x61 && writes[i].value == 0;
    }
    for (size_t i = 0; i < fake_call_count(); i++)
        waited += fake_call_at(i)->a;
    assert_int_equal(fake_calls_of("Stall"), fake_call_count());
    assert_int_equal(begun, tones);
    assert_int_equal(ended, tones);
    assert_int_equal(waited, us);
    (void)end(NULL);
}

static void so_many_tones(void **state)
{
    (void)state;
    assert_beeps(0, 0, 0);
    assert_beeps(1, 1, 100000);
    assert_beeps(3, 3, 300000 + 800000);
    assert_beeps(1000, 10, 1000000 + 3600000);
    (void)begin(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(so_many_tones)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
