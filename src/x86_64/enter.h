/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last instructions: from Baton's last to the kernel's first. Knows the machine state that
 * kernels are promised (include/baton-handoff.h; Documentation/arch/x86/boot.rst for Linux asks
 * for less) and nothing of where the kernel came from.
 */
#ifndef BATON_X86_64_ENTER_H
#define BATON_X86_64_ENTER_H

#include "boot/protocol.h"

#include <stdint.h>

/*
 * Boot services are gone. In this order: interrupts off; own GDT (0x10 flat 64-bit code, 0x18 flat
 * data, in all segment registers), empty IDT and LDT; EFER.NXE; CR4 = PAE, OSFXSR, OSXMMEXCPT, with
 * MCE and LA57 as found; CR0 = PG, WP, NE, ET, MP, PE; x87 and MXCSR at their defaults; CR3; the
 * stack, with a return address of 0 on it; every general register 0 but RDI and RSI; jump.
 *
 * After CR3 is loaded it still runs in Baton's own image, at the address it is at: the new tables
 * must map [enter_kernel_start, enter_kernel_end) to itself, executable, and the stack writable.
 */
_Noreturn void enter_kernel(const struct entry_state *state);

/* The pages that must be mapped as above; page-aligned, at most two pages. */
extern const uint8_t enter_kernel_start[];
extern const uint8_t enter_kernel_end[];

#endif
