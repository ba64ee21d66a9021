/* SPDX-License-Identifier: BSD-2-Clause */
/* The rate of the time stamp counter: what is said, and what is measured. */
#include "fake/fake.h"
#include "unit/fixture/acpi_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PORT    0xb008U
#define MASK_24 0xffffffU
#define MS      1000000ULL /* in ticks of the fake's clock */

static struct arch_clock clock;

static int begin(void **state)
{
    (void)state;
    fake_begin();
    clock = (struct arch_clock){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

/* A processor that knows leaves up to `last`. */
static void processor(uint32_t last, struct cpuid_answer ratio, uint32_t base_mhz)
{
    fake_cpuid_set(0, (struct cpuid_answer){.eax = last});
    fake_cpuid_set(0x15, ratio);
    fake_cpuid_set(0x16, (struct cpuid_answer){.eax = base_mhz});
}

static void hypervisor(uint32_t last, uint32_t khz)
{
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
    fake_cpuid_set(0x40000000, (struct cpuid_answer){.eax = last});
    fake_cpuid_set(0x40000010, (struct cpuid_answer){.eax = khz});
}

static uint64_t said(void)
{
    arch_clock_start(0, &clock);
    return arch_clock_hz(&clock);
}

static void crystal_and_ratio(void **state)
{
    (void)state;
    processor(0x16, (struct cpuid_answer){2, 176, 24000000, 0}, 2100);
    assert_int_equal(said(), 2112000000);
}

static void base_frequency_where_the_crystal_is_not_named(void **state)
{
    (void)state;
    processor(0x16, (struct cpuid_answer){2, 176, 0, 0}, 2100);
    assert_int_equal(said(), 2100000000);
}

static void old_processor_does_not_say(void **state)
{
    (void)state;
    processor(0xd, (struct cpuid_answer){2, 176, 24000000, 0}, 1000);
    assert_int_equal(said(), 0);
}

static void hypervisor_knows_best(void **state)
{
    (void)state;
    processor(0x16, (struct cpuid_answer){2, 176, 24000000, 0}, 2100);
    hypervisor(0x40000010, 2595124);
    assert_int_equal(said(), 2595124000);
}

static void hypervisor_without_that_leaf(void **state)
{
    (void)state;
    processor(0x16, (struct cpuid_answer){0}, 2100);
    hypervisor(0x40000001, 1000000);
    assert_int_equal(said(), 2100000000);
    hypervisor(0xffffffff, 1000000); /* not a leaf of hypervisors */
    assert_int_equal(said(), 2100000000);
}

static void hyper_v_says_it_in_a_register(void **state)
{
    (void)state;
    hypervisor(0x4000000b, 0);
    fake_cpuid_set(0x40000001, (struct cpuid_answer){.eax = 0x31237648});
    fake_cpuid_set(0x40000003, (struct cpuid_answer){.eax = 1U << 11});
    fake_msr_set(0x40000022, 2394454000);
    assert_int_equal(said(), 2394454000);
}

/* Reading a register that is not there ends the boot: the fake fails the test. */
static void hyper_v_without_the_register_is_not_asked(void **state)
{
    (void)state;
    hypervisor(0x40000082, 1234567); /* and its leaf 10H is another's */
    fake_cpuid_set(0x40000001, (struct cpuid_answer){.eax = 0x31237648});
    fake_cpuid_set(0x40000003, (struct cpuid_answer){.eax = ~(1U << 11)});
    assert_int_equal(said(), 0);
}

/* KVM's leaf 3 means something else. */
static void another_hypervisor_has_no_such_register(void **state)
{
    (void)state;
    hypervisor(0x40000005, 0);
    fake_cpuid_set(0x40000003, (struct cpuid_answer){.eax = 1U << 11});
    assert_int_equal(said(), 0);
}

static void what_cannot_be_is_not_believed(void **state)
{
    (void)state;
    processor(0x16, (struct cpuid_answer){1, 0xffffffff, 0xffffffff, 0}, 3);
    assert_int_equal(said(), 0);
}

/* --- measured -----------------------------------------------------------------------------------
 */

static uint8_t tables[ACPI_SIZE];
static uint64_t hz; /* of the counter, in truth */

static uint64_t counter(uint64_t ns)
{
    return (uint64_t)((unsigned __int128)ns * hz / 1000000000);
}

/* A machine that says nothing, with a timer at PORT. */
static void machine(uint64_t rate, uint32_t mask)
{
    const struct acpi_timer timer = {PORT, mask};

    hz = rate;
    fake_behaviour.counter = counter;
    fake_acpi_timer(&timer);
    /* The tables of a test are anywhere; what has 32 bits is not used. */
    acpi_make(tables, (uintptr_t)tables, PORT);
    acpi_put(tables, ACPI_FADT + 112, mask == UINT32_MAX ? 1U << 8 : 0, 4);
    acpi_seal(tables + ACPI_FADT);
}

static void start(void)
{
    arch_clock_start((uintptr_t)tables, &clock);
    assert_int_equal(clock.hz, 0);
    assert_int_equal(clock.timer.port, PORT);
}

static void assert_right(void)
{
    assert_in_range(arch_clock_hz(&clock), hz - hz / 32, hz + hz / 32);
}

static uint64_t now_ns(void)
{
    return (uint64_t)((unsigned __int128)arch_ticks() * 1000000000 / hz);
}

/* A boot takes some time anyway: nothing is waited for. */
static void the_boot_itself_is_the_interval(void **state)
{
    static const uint64_t rates[] = {615000000, 1000000000, 2595124000, 3693000000, 5700000000};
    static const uint64_t milliseconds[] = {1, 7, 40, 250};

    (void)state;
    for (size_t i = 0; i < 5 * 4 * 2; i++) {
        fake_begin();
        machine(rates[i % 5], i % 2 == 0 ? MASK_24 : UINT32_MAX);
        start();
        fake_ticks_advance(milliseconds[i / 5 % 4] * MS);
        uint64_t before = now_ns();
        assert_right();
        assert_true(now_ns() - before < MS / 10);
        fake_end();
    }
    fake_begin();
}

/* The timer goes round in between: once is no matter. */
static void the_timer_may_go_round(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 48; i++) {
        fake_begin();
        machine(2200000000, MASK_24);
        fake_ticks_advance(i * 100 * MS);
        start();
        fake_ticks_advance(700 * MS);
        assert_right();
        fake_end();
    }
    fake_begin();
}

/* Somebody was at the menu, or the kernel was there before it was asked for. */
static void too_long_and_too_short_cost_some_milliseconds(void **state)
{
    static const uint64_t intervals[] = {0, MS / 100, 2000 * MS, 4687 * MS, 5000 * MS, 100000 * MS};

    (void)state;
    for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
        fake_begin();
        machine(3000000000, MASK_24);
        start();
        fake_ticks_advance(intervals[i]);
        uint64_t before = now_ns();
        assert_right();
        assert_in_range(now_ns() - before, 3 * MS, 6 * MS);
        fake_end();
    }
    fake_begin();
}

/* A virtual machine in a virtual machine: 40 microseconds for a read. */
static void slow_ports_are_measured_with(void **state)
{
    (void)state;
    machine(2000000000, MASK_24);
    fake_behaviour.port_ticks = 40000;
    start();
    uint64_t before = now_ns();
    assert_right();
    assert_true(now_ns() - before < 20 * MS);
}

static unsigned int reads;
static unsigned int disturbed; /* which read takes long: System Management Mode, or a host */

static uint32_t disturb(uint32_t value)
{
    if (++reads == disturbed)
        fake_ticks_advance(3 * MS);
    return value;
}

/* Whichever read it is that is disturbed, the rate is right. */
static void disturbed_reads_do_not_count(void **state)
{
    (void)state;
    for (disturbed = 1; disturbed < 8; disturbed++) {
        fake_begin();
        machine(2400000000, MASK_24);
        fake_behaviour.port_read = disturb;
        reads = 0;
        start();
        fake_ticks_advance(10 * MS);
        assert_right();
        fake_end();
    }
    fake_begin();
}

static uint32_t glitch(uint32_t value)
{
    return ++reads == disturbed ? value ^ 0x8000 : value;
}

/* A timer that is not latched shows nonsense once in a while. */
static void readings_that_are_no_count_do_not_count(void **state)
{
    (void)state;
    for (disturbed = 1; disturbed < 8; disturbed++) {
        fake_begin();
        machine(2400000000, MASK_24);
        fake_behaviour.port_read = glitch;
        reads = 0;
        start();
        fake_ticks_advance(10 * MS);
        assert_right();
        fake_end();
    }
    fake_begin();
}

static uint32_t nothing_there(uint32_t value)
{
    (void)value;
    return UINT32_MAX;
}

static uint32_t random_there(uint32_t value)
{
    reads = reads * 1664525 + 1013904223;
    return value ^ (reads & 0xffff0000U);
}

/* It ends, soon, and nothing is claimed. */
static void a_timer_that_is_none_tells_nothing(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 2; i++) {
        fake_begin();
        machine(2400000000, MASK_24);
        fake_behaviour.port_read = i == 0 ? nothing_there : random_there;
        start();
        fake_ticks_advance(10 * MS);
        assert_int_equal(arch_clock_hz(&clock), 0);
        fake_end();
    }
    fake_begin();
    machine(2400000000, MASK_24);
    fake_behaviour.port_read = nothing_there;
    processor(0x16, (struct cpuid_answer){2, 200, 0, 0}, 2400);
    start();
    assert_int_equal(arch_clock_hz(&clock), 2400000000); /* better than nothing */
}

static uint64_t stopped(uint64_t ns)
{
    (void)ns;
    return 42;
}

static void a_counter_that_stands_still_has_no_rate(void **state)
{
    (void)state;
    machine(2400000000, MASK_24);
    fake_behaviour.counter = stopped;
    start();
    fake_ticks_advance(10 * MS);
    assert_int_equal(arch_clock_hz(&clock), 0);
}

/* Measured is better than the base frequency, which a hypervisor may pass on from another host. */
static void the_timer_is_believed_before_the_base_frequency(void **state)
{
    (void)state;
    machine(2112000000, MASK_24);
    processor(0x16, (struct cpuid_answer){2, 176, 0, 0}, 3400);
    start();
    fake_ticks_advance(50 * MS);
    assert_right();
}

static unsigned int touches;

static uint32_t touch(uint32_t value)
{
    touches++;
    return value;
}

static void nothing_is_measured_where_it_is_said(void **state)
{
    (void)state;
    machine(2112000000, MASK_24);
    processor(0x16, (struct cpuid_answer){2, 176, 24000000, 0}, 2100);
    fake_behaviour.port_read = touch;
    touches = 0;
    arch_clock_start((uintptr_t)tables, &clock);
    assert_int_equal(arch_clock_hz(&clock), 2112000000);
    assert_int_equal(touches, 0);
}

static void no_tables_no_timer(void **state)
{
    (void)state;
    machine(2112000000, MASK_24);
    tables[ACPI_FADT + 100]++;
    arch_clock_start((uintptr_t)tables, &clock);
    assert_int_equal(clock.timer.port, 0);
    assert_int_equal(arch_clock_hz(&clock), 0);
    arch_clock_start(0, &clock);
    assert_int_equal(clock.timer.port, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(crystal_and_ratio),
        TEST(base_frequency_where_the_crystal_is_not_named),
        TEST(old_processor_does_not_say),
        TEST(hypervisor_knows_best),
        TEST(hypervisor_without_that_leaf),
        TEST(hyper_v_says_it_in_a_register),
        TEST(hyper_v_without_the_register_is_not_asked),
        TEST(another_hypervisor_has_no_such_register),
        TEST(what_cannot_be_is_not_believed),
        TEST(the_boot_itself_is_the_interval),
        TEST(the_timer_may_go_round),
        TEST(too_long_and_too_short_cost_some_milliseconds),
        TEST(slow_ports_are_measured_with),
        TEST(disturbed_reads_do_not_count),
        TEST(readings_that_are_no_count_do_not_count),
        TEST(a_timer_that_is_none_tells_nothing),
        TEST(a_counter_that_stands_still_has_no_rate),
        TEST(the_timer_is_believed_before_the_base_frequency),
        TEST(nothing_is_measured_where_it_is_said),
        TEST(no_tables_no_timer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
