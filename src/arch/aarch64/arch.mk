# SPDX-License-Identifier: BSD-2-Clause
#
# AArch64. gnu-efi's headers are used; its start files and library are not: Debian has them for the machine
# that a package is for only, and this machine's crt0 brings a PE header of its own. start.S does both.

ARCH_IMAGE := BOOTAA64.EFI
# 163.2 KiB: 1.2 times what BOOTX64.EFI has.
ifeq ($(origin SIZE_LIMIT),file)
SIZE_LIMIT := 167116
endif
# Folders of this name in src are for this architecture and its like.
ARCH_FAMILY := arm
ARCH_ALSO := tree
# What the compiler and its tools are called where this is not the machine that they run on.
ARCH_CROSS := aarch64-linux-gnu-
# -mstrict-align: before a kernel is entered the MMU is turned off, and then all memory is a device's.
# -mno-outline-atomics: those are libgcc's.
ARCH_CFLAGS := -mgeneral-regs-only -mstrict-align -mno-outline-atomics
ARCH_SMALL :=
# What clang is told, which is one compiler for all.
ARCH_CLANG := --target=aarch64-linux-gnu
ARCH_START :=
ARCH_LIBRARY :=
ARCH_EFI_INCLUDES := -isystem src/arch/gnu-efi
# What files call this machine: src/core/base/target.h.
ARCH_TARGET := -DTARGET_NAME='"AArch64"' -DTARGET_HAS_TREES=1 -DTARGET_BLS='"aa64"' -DTARGET_ELF_MACHINE=183 \
               -DTARGET_ELF_RELATIVE=1027 -DTARGET_PE_MACHINE=0xaa64 -DTARGET_TICKS_FASTEST=6000000000ULL \
               -DTARGET_TICKS_SLOWEST=1000000000ULL -DTARGET_UPPER_HALF=0xffff000000000000ULL -DTARGET_C_CALL=
# What the linker calls it, and what fills the gaps between functions: an undefined instruction.
ARCH_LDS := -DLDS_FORMAT='"elf64-littleaarch64"' -DLDS_FILL=0x00000000 -DLDS_CONSTANTS=
