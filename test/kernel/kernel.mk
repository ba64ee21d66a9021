# SPDX-License-Identifier: BSD-2-Clause
#
# Kernels of the native protocol: one that checks the hand-off from inside, linked three ways, the
# smallest one, as the README shows it, one for a large module, and one that plays another boot to the
# TPM; and one of Multiboot2, in 32 bits. For AArch64 the first three, and one that wants to keep EL2.
# Included by the top Makefile.

KERNEL_BUILD  := $(BUILD)/kernel
KERNEL_CHECKS := $(addprefix $(KERNEL_BUILD)/,native.elf native-high.elf native-pie.elf)
KERNEL_LEVELS := $(KERNEL_BUILD)/native-el2.elf
TEST_PRODUCTS += $(KERNEL_CHECKS) $(addprefix $(KERNEL_BUILD)/,hello.elf large.elf forge.elf)
RUN_PRODUCTS  += $(KERNEL_BUILD)/native.elf $(KERNEL_BUILD)/hello.elf

# -mgeneral-regs-only: the kernel saves no vector registers. Not -Isrc: it sees only what strangers see.
KERNEL_CFLAGS := -std=gnu17 -Os -g $(WARNINGS) -ffreestanding -mgeneral-regs-only \
                 -fno-stack-protector -fshort-wchar -fno-asynchronous-unwind-tables -fno-strict-aliasing \
                 $(MAP) -Iinclude -Itest/kernel/$(ARCH_FAMILY)
KERNEL_LDFLAGS := -nostdlib -Wl,-T,test/kernel/kernel.lds -Wl,--build-id=none \
                  -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings
KERNEL_SOURCES := $(addprefix test/kernel/,output.c segments.c memory.c firmware.c exit.c native.c) \
                  $(addprefix test/kernel/$(ARCH_FAMILY)/,entry.S port.c machine.c tables.c)

# A fixed address that the firmware has free.
ifeq ($(ARCH),aarch64)
KERNEL_CFLAGS += -mstrict-align -mno-outline-atomics -fno-tree-loop-distribute-patterns
KERNEL_FREE   := 0x50000000
KERNEL_UPPER  := 0xffff000000200000
else
KERNEL_CFLAGS += -m64 -mno-red-zone -fcf-protection=none
KERNEL_FREE   := 0x200000
KERNEL_UPPER  := 0xffffffff80000000 -mcmodel=kernel
endif
# There; in the upper half, of x86-64 the top 2 GiB; anywhere.
$(KERNEL_BUILD)/native.elf: KERNEL_HOW := -fno-pie -no-pie -static -Wl,--defsym,kernel_base=$(KERNEL_FREE)
$(KERNEL_BUILD)/native-high.elf: KERNEL_HOW := -fno-pie -no-pie -static -Wl,--defsym,kernel_base=$(KERNEL_UPPER)
$(KERNEL_LEVELS): KERNEL_HOW := -fno-pie -no-pie -static -DNOTE_FLAGS=BATON_NOTE_KEEP_EL2 \
    -Wl,--defsym,kernel_base=$(KERNEL_UPPER)
$(KERNEL_BUILD)/native-pie.elf: KERNEL_HOW := -fpie -static-pie -fvisibility=hidden \
    -Wl,--no-dynamic-linker -Wl,-z,text -Wl,-z,norelro -Wl,--defsym,kernel_base=0

$(KERNEL_CHECKS) $(KERNEL_LEVELS): $(KERNEL_SOURCES) test/kernel/check.h test/kernel/$(ARCH_FAMILY)/registers.h test/kernel/kernel.lds test/kernel/kernel.mk \
                  include/baton-handoff.h
	@mkdir -p $(@D)
	@echo "KERNEL  $@"
	@$(CC) $(KERNEL_CFLAGS) $(KERNEL_HOW) $(KERNEL_LDFLAGS) -o $@ $(KERNEL_SOURCES)

$(KERNEL_BUILD)/forge.elf: test/kernel/forge.c test/kernel/output.c test/kernel/x86/port.c test/kernel/check.h \
                           include/baton-handoff.h test/kernel/kernel.mk
	@mkdir -p $(@D)
	@echo "KERNEL  $@"
	@$(CC) $(KERNEL_CFLAGS) -fpie -static-pie -fvisibility=hidden -nostdlib \
	    -Wl,-e,kernel_main,-z,max-page-size=4096 -o $@ $(filter %.c,$^)

# As the comment in hello.c says it, so that the README tells the truth.
$(KERNEL_BUILD)/hello.elf $(KERNEL_BUILD)/large.elf: $(KERNEL_BUILD)/%.elf: test/kernel/%.c include/baton-handoff.h test/kernel/kernel.mk
	@mkdir -p $(@D)
	@echo "KERNEL  $@"
	@$(CC) -Iinclude -ffreestanding -fpie -static-pie -nostdlib -mno-red-zone -mgeneral-regs-only \
	    -Wl,-e,kernel_main,-z,max-page-size=4096 -o $@ $<

# Multiboot2: where OVMF has memory free; where its boot services have theirs, as an ELF file and flat.
MULTIBOOT_KERNELS := $(addprefix $(KERNEL_BUILD)/,multiboot.elf multiboot-taken.elf multiboot-flat.bin)
TEST_PRODUCTS     += $(MULTIBOOT_KERNELS)
$(KERNEL_BUILD)/multiboot.elf: MULTIBOOT_HOW := -Wl,--defsym,kernel_base=0x300000 -DPATTERN_SIZE=0x8000
$(KERNEL_BUILD)/multiboot-taken.elf: MULTIBOOT_HOW := -Wl,--defsym,kernel_base=0x1000010 -DPATTERN_SIZE=0x100000
$(KERNEL_BUILD)/multiboot-flat.elf: MULTIBOOT_HOW := -Wl,--defsym,kernel_base=0x1400000 -DPATTERN_SIZE=0x80000 -DFLAT

# What is not used of the other kernels' sources goes, with what it would need of libgcc.
$(KERNEL_BUILD)/multiboot%elf: test/kernel/multiboot_entry.S test/kernel/multiboot.c test/kernel/output.c \
                               test/kernel/x86/port.c test/kernel/check.h test/kernel/multiboot.lds test/kernel/kernel.mk
	@mkdir -p $(@D)
	@echo "KERNEL  $@"
	@$(CC) $(subst -m64,-m32,$(filter-out -mno-red-zone,$(KERNEL_CFLAGS))) -ffunction-sections \
	    -fno-pie -no-pie -static $(MULTIBOOT_HOW) -nostdlib -Wl,-T,test/kernel/multiboot.lds -Wl,--build-id=none \
	    -Wl,-z,noexecstack -Wl,--gc-sections -o $@ $(filter %.S %.c,$^)

$(KERNEL_BUILD)/multiboot-flat.bin: $(KERNEL_BUILD)/multiboot-flat.elf
	@$(OBJCOPY) -O binary $< $@
