/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways into kernels that only a PC's processor has: by its 32-bit registers, without paging. Beside
 * arch/arch.h, for the boot protocol of these kernels; other machines do not implement it. */
#ifndef BATON_ARCH_X86_ENTRY_H
#define BATON_ARCH_X86_ENTRY_H

#include "arch/arch.h"

#include <stdint.h>

/*
 * Boot services are alive, and stay: jumps to a kernel that leaves them itself, in the state that
 * the firmware has made, on the present stack, with `eax` and `ebx` in the registers of these
 * names. Comes back when the kernel does.
 */
void arch_enter_alive(uint64_t entry, uint32_t eax, uint32_t ebx);

/* A kernel of 32 bits that wants no paging. Physical addresses below 4 GiB. */
struct protected_entry {
    uint64_t from; /* where the kernel lies, `size` bytes; not where anything of `to` is */
    uint64_t to;   /* where it is moved to, in the last moment */
    uint64_t size; /* 0: it lies where it belongs */
    uint32_t entry;
    uint32_t eax;
    uint32_t ebx;
};

/*
 * Writes what arch_enter() has to enter into `page`, ARCH_PROTECTED_SIZE bytes below 4 GiB, which
 * the address space has to map to itself with all access, as everything below 4 GiB; the caller
 * fills ret_state->address_space in. All else that is needed at the end must not lie at `to`.
 */
#define ARCH_PROTECTED_SIZE 4096U
void arch_protected_build(const struct protected_entry *kernel, void *page,
                          struct entry_state *ret_state);

#endif
