/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine at the entry point: registers, traps, stack (baton-handoff.h, 2.2). */
#include "../check.h"

#define READ(name)                                                                                 \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " name : "=r"(value_)::"memory");                                \
        value_;                                                                                    \
    })

static uint64_t level(void)
{
    return entry_registers.current_level >> 2;
}

static void check_registers(const struct baton_handoff *handoff)
{
    const struct entry_registers *r = &entry_registers;
    uint64_t range = READ("id_aa64mmfr0_el1") & 15;
    bool zero = true;

    check(r->general[0] == (uintptr_t)handoff, "x0 has the address of the hand-off");
    for (unsigned int i = 1; i < 31; i++)
        zero = zero && r->general[i] == 0;
    check(zero, "the other general registers are 0");
    check(r->daif == 0x3c0, "D, A, I and F are masked");
    check(r->selected_stack == 1 && r->conditions == 0, "the stack pointer is the level's own");
    check(r->sctlr == 0x30d0198d, "SCTLR_EL1 is M, C, I, SA and what has to be 1");
    check(r->tcr == (0xb5103510 | (range < 5 ? range : 5) << 32),
          "TCR_EL1 is 4 KiB, 48 bits, write-back, and what the processor can address");
    check(r->mair == 0x4404ff, "MAIR_EL1 has three attributes");
    check(r->ttbr0 == handoff->page_tables && r->ttbr1 == r->ttbr0 + PAGE,
          "TTBR0_EL1 is what the hand-off says, TTBR1_EL1 the page behind it");
    check(r->cpacr == 3 << 20, "CPACR_EL1 allows floating point and nothing else");
    check(r->mdscr == 0, "MDSCR_EL1 is 0");
    check(r->fpcr == 0 && r->fpsr == 0, "FPCR and FPSR are 0");
}

static void check_level(const struct baton_handoff *handoff)
{
    put("        exception level ");
    put_decimal(level());
    put("\n");
    check(handoff->privilege == level(), "the hand-off has the exception level");
    check(handoff->processor == READ("mpidr_el1"), "and the processor's MPIDR");
    if (level() == 2)
        check((READ("hcr_el2") & (1ULL << 34 | 1ULL << 27)) == (1ULL << 34 | 1ULL << 27),
              "EL2 is a host: E2H and TGE");
}

/* The two instructions of each vector, which must fetch themselves for good. */
static void check_vectors(const struct baton_handoff *handoff)
{
    const uint32_t *vectors = at(entry_registers.vbar);
    struct translation t = translate(entry_registers.vbar);
    bool waits = true;

    check(t.present && !t.writable && t.executable && t.physical == entry_registers.vbar,
          "the vectors are readable and executable");
    for (unsigned int i = 0; i < 16; i++)
        waits = waits && vectors[32 * i] == 0xd503205f && vectors[32 * i + 1] == 0x17ffffff;
    check(waits, "every vector waits");
    check(region_type(handoff, entry_registers.vbar) == BATON_MEMORY_RESERVED,
          "the memory map does not offer them");
}

/*
 * What would be an exception to EL2, where nobody is, if it were trapped: a machine that hangs here
 * has broken the promise.
 */
static void check_traps(const struct baton_handoff *handoff)
{
    uint64_t features = READ("id_aa64pfr0_el1");
    uint64_t physical = READ("cntpct_el0");
    uint64_t virtual = READ("cntvct_el0");

    check(handoff->tsc_hz == READ("cntfrq_el0"), "the ticks' rate is CNTFRQ_EL0");
    check(virtual - physical < handoff->tsc_hz, "the virtual counter has no offset");
    (void)READ("pmcr_el0");
    if ((features >> 24 & 15) != 0) {
        put("        the interrupt controller has registers\n");
        check((READ("s3_0_c12_c12_5") & 1) == 1, "ICC_SRE_EL1 can be read, and SRE is set");
    }
    if ((features >> 32 & 15) != 0) {
        uint64_t bytes;

        put("        there is SVE\n");
        __asm__ volatile(
            "msr cpacr_el1, %1\n\tisb\n\t.inst 0x04bf5020\n\tmov %0, x0" /* rdvl x0, #1 */
            : "=r"(bytes)
            : "r"(0x330000ULL)
            : "x0", "memory");
        check(bytes >= 16, "it can be used");
        __asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(0x300000ULL) : "memory");
    }
    if ((READ("id_aa64isar1_el1") & 0xff0) != 0) {
        put("        there is pointer authentication\n");
        __asm__ volatile("msr s3_0_c2_c1_0, %0\n\tisb" ::"r"(0x1234ULL) : "memory"); /* APIAKeyLo */
        check(READ("s3_0_c2_c1_0") == 0x1234, "its keys can be set");
    }
}

static void check_floating_point(void)
{
    uint64_t value;

    __asm__ volatile("fmov d0, %1\n\tfmov %0, d0" : "=r"(value) : "r"(0x3ff0000000000000ULL));
    check(value == 0x3ff0000000000000, "floating point works");
}

static void check_stack(const struct baton_handoff *handoff)
{
    uint64_t end = handoff->stack.address + handoff->stack.size;

    check(entry_registers.sp % 16 == 0 && entry_registers.sp == end,
          "SP is at the end of the stack, aligned");
    check_stack_memory(handoff);
}

void check_machine(const struct baton_handoff *handoff)
{
    put("machine state\n");
    check_level(handoff);
    check_registers(handoff);
    check_vectors(handoff);
    check_traps(handoff);
    check_floating_point();
    check_stack(handoff);
}
