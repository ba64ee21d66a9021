/* SPDX-License-Identifier: BSD-2-Clause */
/* The reset that waits for nobody, by the local APIC's timer in both its shapes. */
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HZ 1000000000ULL

static _Alignas(4096) uint32_t apic[1024];
static uint8_t room[ARCH_ALARM_SIZE];

static int begin(void **state)
{
    (void)state;
    fake_begin();
    arch_interrupts_off();
    memset(apic, 0, sizeof(apic));
    fake_cpuid_set(1, (struct cpuid_answer){.edx = 1U << 9});
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static void assert_nothing_done(void)
{
    static const uint32_t untouched[1024];
    const struct fake_port_write *writes;

    assert_true(fake_alarm() == NULL);
    assert_int_equal(fake_port_writes(&writes), 0);
    assert_memory_equal(apic, untouched, sizeof(apic));
}

static void a_machine_without_the_timer_is_left_alone(void **state)
{
    (void)state;
    fake_msr_set(0x1b, (uintptr_t)apic); /* off */
    arch_alarm(HZ, 20, NULL, room);
    assert_nothing_done();
    fake_cpuid_set(1, (struct cpuid_answer){0});
    fake_msr_set(0x1b, (uintptr_t)apic | 0x800);
    arch_alarm(HZ, 20, NULL, room);
    assert_nothing_done();
}

static void the_timer_rings_after_so_many_seconds(void **state)
{
    const struct fake_port_write *writes;

    (void)state;
    fake_msr_set(0x1b, (uintptr_t)apic | 0x900);
    apic[0x390 / 4] = UINT32_MAX - 625000; /* what is left after 10 ms at 62.5 MHz */
    arch_alarm(HZ, 20, NULL, room);
    assert_true(fake_alarm() != NULL);
    assert_int_equal(apic[0xf0 / 4], 0x1ff);
    assert_int_equal(apic[0x3e0 / 4], 3);
    assert_int_equal(apic[0x320 / 4], 0xf0); /* once, not masked */
    assert_int_equal(apic[0x380 / 4], 62500000 * 20);
    /* Those that no priority keeps away. */
    assert_int_equal(fake_port_writes(&writes), 2);
    assert_int_equal(writes[0].port, 0x21);
    assert_int_equal(writes[0].value, 0xff);
    assert_int_equal(writes[1].port, 0xa1);
    assert_int_equal(writes[1].value, 0xff);
}

static void a_fast_timer_rings_as_late_as_it_can(void **state)
{
    (void)state;
    fake_msr_set(0x1b, (uintptr_t)apic | 0x900);
    arch_alarm(HZ, 20, NULL, room); /* it says 0 after 10 ms: 400 GHz */
    assert_true(apic[0x380 / 4] == UINT32_MAX);
}

static void registers_are_registers_with_x2apic(void **state)
{
    (void)state;
    fake_msr_set(0x1b, (uintptr_t)apic | 0xd00);
    fake_msr_set(0x80f, 0);
    fake_msr_set(0x832, 0);
    fake_msr_set(0x838, 0);
    fake_msr_set(0x839, UINT32_MAX - 100);
    fake_msr_set(0x83e, 0);
    arch_alarm(HZ, 3, NULL, room);
    assert_int_equal(machine_rdmsr(0x80f), 0x1ff);
    assert_int_equal(machine_rdmsr(0x832), 0xf0);
    assert_int_equal(machine_rdmsr(0x838), 100 * 100 * 3);
    assert_int_equal(apic[0x320 / 4], 0);
    assert_true(fake_alarm() != NULL);
}

static void ring(void *context)
{
    (void)context;
    fake_alarm()();
}

static void it_resets_by_the_hardware_alone(void **state)
{
    const struct fake_port_write *writes;
    size_t count;

    (void)state;
    fake_msr_set(0x1b, (uintptr_t)apic | 0x900);
    arch_alarm(HZ, 20, NULL, room);
    fake_port_set(0x64, 0);
    assert_int_equal(fake_run(ring, NULL), FAKE_TRIPLE_FAULT);
    count = fake_port_writes(&writes);
    assert_int_equal(count, 5);
    assert_int_equal(writes[3].port, 0xcf9);
    assert_int_equal(fake_call_count(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_without_the_timer_is_left_alone),
        TEST(the_timer_rings_after_so_many_seconds),
        TEST(a_fast_timer_rings_as_late_as_it_can),
        TEST(registers_are_registers_with_x2apic),
        TEST(it_resets_by_the_hardware_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
