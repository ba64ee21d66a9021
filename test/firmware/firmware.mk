# SPDX-License-Identifier: BSD-2-Clause
#
# UEFI drivers for the tests, and the option ROMs that bring them into a machine; and a program.
# Included by the top Makefile, whose rules compile; here they are linked: like Baton itself, but the
# drivers as drivers.

FIRMWARE_COMMON := $(addprefix test/firmware/,report.c fw_cfg.c hooks.c words.c) \
                   src/core/base/crc32.c src/core/text/text.c src/arch/x86_64/machine.c src/arch/x86_64/mem.S \
                   src/arch/x86_64/start.S lds/sbat.S
FAULT_SOURCES   := $(FIRMWARE_COMMON) $(sort $(wildcard test/firmware/fault*.[cS]))
FAULT_OBJECTS   := $(FAULT_SOURCES:%=$(BUILD)/obj/%.o)

TEST_PRODUCTS += $(BUILD)/firmware/fault.rom

$(BUILD)/firmware/fault.efi.debug: $(FAULT_OBJECTS) lds/baton.lds
	@mkdir -p $(@D)
	@echo "LD      $@"
	@$(CC) $(TARGET_LDFLAGS) -o $@ $(EFI_CRT0) $(FAULT_OBJECTS) $(EFI_LIBRARY)

$(BUILD)/firmware/%.efi: $(BUILD)/firmware/%.efi.debug test/firmware/rom.py
	@$(OBJCOPY) -O binary $< $@
	@$(PYTHON) test/firmware/rom.py driver $@

$(BUILD)/firmware/%.rom: $(BUILD)/firmware/%.efi test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $<

-include $(FAULT_OBJECTS:.o=.d)

# An application, which is what the linker script makes.
COMEBACK_OBJECTS := $(patsubst %,$(BUILD)/obj/%.o,test/firmware/comeback.c src/arch/x86_64/mem.S \
                      src/arch/x86_64/start.S lds/sbat.S)
TEST_PRODUCTS += $(BUILD)/firmware/comeback.efi

$(BUILD)/firmware/comeback.efi.debug: $(COMEBACK_OBJECTS) lds/baton.lds
	@mkdir -p $(@D)
	@echo "LD      $@"
	@$(CC) $(TARGET_LDFLAGS) -o $@ $(EFI_CRT0) $(COMEBACK_OBJECTS) $(EFI_LIBRARY)

$(BUILD)/firmware/comeback.efi: $(BUILD)/firmware/comeback.efi.debug
	@$(OBJCOPY) -O binary $< $@

-include $(COMEBACK_OBJECTS:.o=.d)

.PHONY: test-faults
test-faults: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) test-products
	@$(PYTHON) -m boot.run_faults --jobs $(JOBS) --json $(BUILD)/faults.json $(FAULTS_ARGS)
