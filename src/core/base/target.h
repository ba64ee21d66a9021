/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files call the machine that this Baton is for. src/arch/<architecture>/arch.mk gives the
 * words and numbers to the compiler, so that no other file knows an architecture by name.
 */
#ifndef BATON_CORE_BASE_TARGET_H
#define BATON_CORE_BASE_TARGET_H

#if !defined(TARGET_NAME) || !defined(TARGET_BLS) || !defined(TARGET_ELF_MACHINE) ||               \
    !defined(TARGET_ELF_RELATIVE) || !defined(TARGET_PE_MACHINE) || !defined(TARGET_C_CALL) ||     \
    !defined(TARGET_UPPER_HALF) || !defined(TARGET_TICKS_FASTEST) ||                               \
    !defined(TARGET_TICKS_SLOWEST) || !defined(TARGET_HAS_TREES)
#error "arch.mk names all that this file explains"
#endif

/*
 * TARGET_NAME          as people know it, a string
 * TARGET_BLS           the value of `architecture` in the Boot Loader Specification, a string
 * TARGET_ELF_MACHINE   e_machine (ELF gABI)
 * TARGET_ELF_RELATIVE  the psABI's relocation R_<machine>_RELATIVE
 * TARGET_PE_MACHINE    IMAGE_FILE_MACHINE_* (PE/COFF specification)
 * TARGET_TICKS_*       the highest and the lowest rate of its counter, in Hz, of all machines
 * TARGET_UPPER_HALF    where the upper half of the address space begins
 * TARGET_HAS_TREES     1 where a device tree may describe the machine, else 0
 * TARGET_C_CALL        attribute of a function that is called as C does, where UEFI does otherwise
 */

#endif
