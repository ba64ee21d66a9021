/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/arch.h"

#include "arch/arch.h"
#include "arch/x86_64/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A processor, as far as CPUID tells. */
static struct {
    uint32_t last_leaf;
    struct cpuid_answer ratio; /* 15H */
    uint32_t base_mhz;         /* 16H */
    uint32_t hypervisor_last;  /* 0: none */
    uint32_t hypervisor_khz;
} processor;

struct cpuid_answer machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    switch (leaf) {
    case 0:
        return (struct cpuid_answer){.eax = processor.last_leaf};
    case 1:
        return (struct cpuid_answer){.ecx = processor.hypervisor_last != 0 ? 1U << 31 : 0};
    case 0x15:
        return processor.ratio;
    case 0x16:
        return (struct cpuid_answer){.eax = processor.base_mhz};
    case 0x40000000:
        return (struct cpuid_answer){.eax = processor.hypervisor_last};
    case 0x40000010:
        return (struct cpuid_answer){.eax = processor.hypervisor_khz};
    default:
        fail_msg("leaf 0x%x", leaf);
        return (struct cpuid_answer){0};
    }
}

static void crystal_and_ratio(void **state)
{
    (void)state;
    processor = (typeof(processor)){.last_leaf = 0x16, .ratio = {2, 176, 24000000, 0}};
    assert_int_equal(arch_ticks_hz(), 2112000000);
}

static void base_frequency_where_the_crystal_is_not_named(void **state)
{
    (void)state;
    processor = (typeof(processor)){.last_leaf = 0x16, .ratio = {2, 176, 0, 0}, .base_mhz = 2100};
    assert_int_equal(arch_ticks_hz(), 2100000000);
}

static void old_processor_does_not_say(void **state)
{
    (void)state;
    processor =
        (typeof(processor)){.last_leaf = 0xd, .ratio = {2, 176, 24000000, 0}, .base_mhz = 1};
    assert_int_equal(arch_ticks_hz(), 0);
}

static void hypervisor_knows_best(void **state)
{
    (void)state;
    processor = (typeof(processor)){.last_leaf = 0x16,
                                    .base_mhz = 2100,
                                    .hypervisor_last = 0x40000010,
                                    .hypervisor_khz = 2595124};
    assert_int_equal(arch_ticks_hz(), 2595124000);
}

static void hypervisor_without_that_leaf(void **state)
{
    (void)state;
    processor = (typeof(processor)){
        .last_leaf = 0x16, .base_mhz = 2100, .hypervisor_last = 0x40000001, .hypervisor_khz = 1};
    assert_int_equal(arch_ticks_hz(), 2100000000);
    processor.hypervisor_last = 0xffffffff; /* not a leaf of hypervisors */
    assert_int_equal(arch_ticks_hz(), 2100000000);
}

static void what_cannot_be_is_not_believed(void **state)
{
    (void)state;
    processor = (typeof(processor)){.last_leaf = 0x16, .ratio = {1, 0xffffffff, 0xffffffff, 0}};
    assert_int_equal(arch_ticks_hz(), 0);
    processor = (typeof(processor)){.last_leaf = 0x16, .base_mhz = 3};
    assert_int_equal(arch_ticks_hz(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crystal_and_ratio),
        cmocka_unit_test(base_frequency_where_the_crystal_is_not_named),
        cmocka_unit_test(old_processor_does_not_say),
        cmocka_unit_test(hypervisor_knows_best),
        cmocka_unit_test(hypervisor_without_that_leaf),
        cmocka_unit_test(what_cannot_be_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
