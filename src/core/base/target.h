/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files call the machine that this Baton is for. src/arch/<architecture>/arch.mk gives the
 * words and numbers to the compiler, so that no other file knows an architecture by name.
 */
#ifndef BATON_CORE_BASE_TARGET_H
#define BATON_CORE_BASE_TARGET_H

#if !defined(TARGET_NAME) || !defined(TARGET_BLS) || !defined(TARGET_ELF_MACHINE) ||               \
    !defined(TARGET_ELF_RELATIVE) || !defined(TARGET_PE_MACHINE)
#error                                                                                             \
    "arch.mk names TARGET_NAME, TARGET_BLS, TARGET_ELF_MACHINE, TARGET_ELF_RELATIVE, TARGET_PE_MACHINE"
#endif

/*
 * TARGET_NAME          as people know it, a string
 * TARGET_BLS           the value of `architecture` in the Boot Loader Specification, a string
 * TARGET_ELF_MACHINE   e_machine (ELF gABI)
 * TARGET_ELF_RELATIVE  the psABI's relocation R_<machine>_RELATIVE
 * TARGET_PE_MACHINE    IMAGE_FILE_MACHINE_* (PE/COFF specification)
 */

#endif
