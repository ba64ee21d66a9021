# SPDX-License-Identifier: BSD-2-Clause
#
# What the boot tests hold machines against. Included by the top Makefile.

# For AArch64 the loader, and the kernel that make test has it enter; make test-arch has the others.
ARM_PRODUCTS  := $(addprefix $(BUILD)/aarch64/,BOOTAA64.EFI kernel/native-high.elf)
ARM_KERNELS   := $(addprefix $(BUILD)/aarch64/kernel/,native.elf native-pie.elf native-el2.elf)
TEST_PRODUCTS += $(BUILD)/boot/screen $(BUILD)/aarch64/products

# What is for another machine, by a make for that machine, which knows when it is made.
.PHONY: $(BUILD)/aarch64/products
$(BUILD)/aarch64/products:
	@$(MAKE) --no-print-directory ARCH=aarch64 $(ARM_PRODUCTS)

$(BUILD)/boot/screen: test/boot/screen.c src/core/screen/screen_text.c src/core/screen/screen_text.h \
                      src/core/screen/framebuffer.h
	@mkdir -p $(@D)
	@echo "HOSTCC  $@"
	@$(HOSTCC) -std=gnu17 -O1 $(WARNINGS) -Isrc -o $@ $(filter %.c,$^)

# AArch64: other firmware, boards and processors than those of make test; RISC-V. Minutes.
.PHONY: test-arch
test-arch: | deps-test
	@$(MAKE) --no-print-directory ARCH=riscv64 deps-run
	@$(MAKE) --no-print-directory ARCH=aarch64 $(ARM_PRODUCTS) $(ARM_KERNELS) $(BUILD)/aarch64/firmware/fault.rom
	@$(MAKE) --no-print-directory ARCH=riscv64 $(BUILD)/riscv64/BOOTRISCV64.EFI $(BUILD)/riscv64/firmware/fault.rom
	@$(PYTHON) -m pytest -p no:cacheprovider -n $(JOBS) -m "arch or not arch" test/boot/test_aarch64.py test/boot/test_native_aarch64.py test/boot/test_trust_aarch64.py \
	    test/faults/test_faults_boards.py test/oracle/test_oracle_boards.py test/boot/test_riscv64.py \
	    test/build/test_pe.py test/build/test_make.py::test_another_tree_gives_the_same_bytes $(PYTEST_ARGS)

# Files of 1.3 and 2.5 GB on every bus. Minutes; needs 6 GiB of memory.
.PHONY: test-large
test-large: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) test-products
	@$(PYTHON) -m pytest -p no:cacheprovider -m large test/boot/test_large_files.py $(PYTEST_ARGS)

# Each Xen, kernel and firmware of two releases, and GNU Mach. Minutes, and some hundred megabytes to fetch.
.PHONY: test-multiboot
test-multiboot: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) test-products
	@$(PYTHON) -m pytest -p no:cacheprovider -m multiboot test/boot/test_multiboot.py $(PYTEST_ARGS)

# Three releases of systemd, each under Baton and under its own loader. A quarter of an hour, and 200 MB to fetch.
.PHONY: test-clients
test-clients: $(IMAGE) | deps-test
	@$(PYTHON) -m pytest -p no:cacheprovider -n $(JOBS) -m clients test/boot/test_clients.py $(PYTEST_ARGS)
