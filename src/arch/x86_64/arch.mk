# SPDX-License-Identifier: BSD-2-Clause
#
# x86-64: a gnu-efi application, whose crt0 relocates the image and calls efi_main(). An architecture
# for which gnu-efi has no such objects names none here and brings its own start beside this file.

ARCH_IMAGE := BOOTX64.EFI
# Folders of this name in src are for this architecture and its like.
ARCH_FAMILY := x86
# What the compiler and its tools are called where this is not the machine that they run on.
ARCH_CROSS :=
ARCH_CFLAGS := -m64 -mno-red-zone -mgeneral-regs-only -fcf-protection=none
ARCH_SMALL := -malign-data=abi
ARCH_START = $(EFI_CRT0)
ARCH_LIBRARY = $(EFI_LIBRARY)
ARCH_EFI_INCLUDES = -isystem $(EFI_HEADERS)$(ARCH)
# What files call this machine: src/core/base/target.h.
ARCH_TARGET := -DTARGET_NAME='"x86-64"' -DTARGET_HAS_TREES=0 -DTARGET_BLS='"x64"' -DTARGET_ELF_MACHINE=62 \
               -DTARGET_ELF_RELATIVE=8 -DTARGET_PE_MACHINE=0x8664 -DTARGET_TICKS_FASTEST=6000000000ULL \
               -DTARGET_TICKS_SLOWEST=1000000000ULL -DTARGET_UPPER_HALF=0xffff800000000000ULL -DTARGET_C_CALL='__attribute__((sysv_abi))'
# What the linker calls it, what fills the gaps between functions: breakpoints, and how it aligns constants:
# not as the compiler, which has every array of 16 bytes on an address that SSE would want. UTF-16 is aligned.
ARCH_LDS := -DLDS_FORMAT='"elf64-x86-64"' -DLDS_FILL=0xcc -DLDS_CONSTANTS='SUBALIGN(2)'
