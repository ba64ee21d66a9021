# SPDX-License-Identifier: BSD-2-Clause
#
# RISC-V of 64 bits. Its own start and relocator, for the reasons in AArch64's file; and what libgcc has elsewhere,
# because Debian's is for code with floating point, which the linker does not mix with code without.

ARCH_IMAGE := BOOTRISCV64.EFI
ARCH_FAMILY := riscv
ARCH_ALSO := tree
ARCH_CROSS := riscv64-linux-gnu-
ARCH_CFLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mstrict-align -msmall-data-limit=0
ARCH_SMALL :=
# clang 14 has not heard of the parts that instructions were moved to.
ARCH_CLANG := --target=riscv64-linux-gnu -march=rv64imac -Wno-unused-command-line-argument
ARCH_START :=
ARCH_LIBRARY :=
ARCH_EFI_INCLUDES := -isystem src/arch/gnu-efi
# What files call this machine: src/core/base/target.h. The counter is the platform's, not the processor's.
ARCH_TARGET := -DTARGET_NAME='"RISC-V"' -DTARGET_HAS_TREES=1 -DTARGET_BLS='"riscv64"' -DTARGET_ELF_MACHINE=243 \
               -DTARGET_ELF_RELATIVE=3 -DTARGET_PE_MACHINE=0x5064 -DTARGET_TICKS_FASTEST=100000000ULL \
               -DTARGET_TICKS_SLOWEST=1000000ULL -DTARGET_UPPER_HALF=0xffff800000000000ULL -DTARGET_C_CALL=
# What the linker calls it, and what fills the gaps between functions: no instruction, by definition.
ARCH_LDS := -DLDS_FORMAT='"elf64-littleriscv"' -DLDS_FILL=0x00000000 -DLDS_CONSTANTS=
