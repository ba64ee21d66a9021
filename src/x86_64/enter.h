/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last instructions: from Baton's last to the kernel's first. Knows the machine state that
 * kernels are promised (include/baton-handoff.h; Documentation/arch/x86/boot.rst for Linux asks
 * for less) and nothing of where the kernel came from.
 */
#ifndef BATON_X86_64_ENTER_H
#define BATON_X86_64_ENTER_H

#include "boot/protocol.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Boot services are gone. In this order: interrupts off; CR4 = PAE, OSFXSR, OSXMMEXCPT, with MCE
 * and LA57 as found; own GDT (0x10 flat 64-bit code, 0x18 flat data, in all segment registers),
 * empty IDT and LDT; EFER.NXE where the processor has it; CR0 = PG, WP, NE, ET, MP, PE; x87 and
 * MXCSR at their defaults; CR3; the stack, with a return address of 0 on it; every general register
 * 0 but RDI and RSI; jump.
 *
 * After CR3 is loaded it still runs in Baton's own image, at the address it is at: the new tables
 * must map the page of enter_kernel_start to itself, executable, the GDT's page (Baton's image) at
 * least readable, and the stack writable.
 */
_Noreturn void enter_kernel(const struct entry_state *state);

/* All instructions of enter_kernel(); they lie in one page. */
extern const uint8_t enter_kernel_start[];

/* What enter.S knows of the structure. */
_Static_assert(offsetof(struct entry_state, entry) == 0, "enter.S");
_Static_assert(offsetof(struct entry_state, stack) == 8, "enter.S");
_Static_assert(offsetof(struct entry_state, page_table) == 16, "enter.S");
_Static_assert(offsetof(struct entry_state, argument) == 24, "enter.S");

#endif
