/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine at the entry point: registers, descriptor tables, stack (baton-handoff.h, 2). */
#include "../check.h"

static uint64_t read_u64(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static uint16_t limit_of(const uint8_t *stored)
{
    return (uint16_t)(stored[0] | stored[1] << 8);
}

static void check_registers(const struct baton_handoff *handoff)
{
    const struct entry_registers *r = &entry_registers;
    bool zero = true;

    check(r->general[RDI] == (uintptr_t)handoff && r->general[RSI] == r->general[RDI],
          "RDI and RSI have the address of the hand-off");
    for (unsigned int i = RAX; i < 16; i++) {
        if (i != RDI && i != RSI && i != RSP && r->general[i] != 0)
            zero = false;
    }
    check(zero, "the other general registers are 0");
    check(r->flags == 2, "RFLAGS is 2: interrupts off, direction flag clear");
    check(r->cr0 == 0x80010033, "CR0 is PG, WP, NE, ET, MP, PE");
    check((r->cr4 & ~0x1040ULL) == 0x620, "CR4 is PAE, OSFXSR, OSXMMEXCPT, and MCE, LA57 as found");
    check((r->efer & 0xd00) == 0xd00, "EFER has LME, LMA and NXE");
    check(r->cr3 == handoff->page_tables, "CR3 is what the hand-off says");
    check(r->mxcsr == 0x1f80 && r->fcw == 0x37f, "MXCSR is 0x1f80, FCW is 0x37f");
}

static void check_segments(void)
{
    const struct entry_registers *r = &entry_registers;
    const uint64_t *gdt = at(read_u64(&r->gdt[2]));

    check(r->cs == 0x10, "CS is 0x10");
    check(r->ds == 0x18 && r->es == 0x18 && r->fs == 0x18 && r->gs == 0x18 && r->ss == 0x18,
          "DS, ES, FS, GS and SS are 0x18");
    check(r->fs_base == 0 && r->gs_base == 0, "FS and GS have base 0");
    check(r->ldt == 0, "LDTR is 0");
    check(limit_of(r->idt) == 0, "the IDT has limit 0");
    check(limit_of(r->gdt) == 4 * 8 - 1, "the GDT has four entries");
    if (check(translate((uintptr_t)gdt).present, "the GDT is mapped")) {
        check(gdt[0] == 0 && gdt[1] == 0, "GDT: the first two entries are null");
        /* G, L, P, DPL 0, code, readable, accessed; base 0, limit 0xfffff */
        check(gdt[2] == 0x00af9b000000ffff, "GDT: 0x10 is flat 64-bit code");
        check(gdt[3] == 0x00cf93000000ffff, "GDT: 0x18 is flat writable data");
    }
}

static void check_stack(const struct baton_handoff *handoff)
{
    const struct entry_registers *r = &entry_registers;
    uint64_t end = handoff->stack.address + handoff->stack.size;

    check(r->general[RSP] % 16 == 8, "RSP is aligned as after a call");
    check(r->general[RSP] == end - 8, "RSP is at the end of the stack");
    check(r->return_address == 0, "the return address is 0");
    check_stack_memory(handoff);
}

void check_machine(const struct baton_handoff *handoff)
{
    put("machine state\n");
    check_registers(handoff);
    check_segments();
    check_stack(handoff);
}
