# SPDX-License-Identifier: BSD-2-Clause
#
# UEFI drivers for the tests, and the option ROMs that bring them into a machine; and a program.
# Included by the top Makefile, whose rules compile; here they are linked: like Baton itself, but the
# drivers as drivers.

$(BUILD)/firmware/%.efi: $(BUILD)/firmware/%.efi.debug test/firmware/rom.py
	@$(OBJCOPY) -O binary $< $@
	@$(PYTHON) test/firmware/rom.py driver $@

$(BUILD)/firmware/%.rom: $(BUILD)/firmware/%.efi test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $<

# An application, which is what the linker script makes.
COMEBACK_OBJECTS := $(patsubst %,$(BUILD)/obj/%.o,test/firmware/comeback.c $(PROGRAM))
TEST_PRODUCTS += $(BUILD)/firmware/comeback.efi

$(BUILD)/firmware/comeback.efi.debug: $(COMEBACK_OBJECTS) $(LAYOUT)
	@mkdir -p $(@D)
	@echo "LD      $@"
	@$(CC) $(TARGET_LDFLAGS) -o $@ $(ARCH_START) $(COMEBACK_OBJECTS) $(ARCH_LIBRARY)

$(BUILD)/firmware/comeback.efi: $(BUILD)/firmware/comeback.efi.debug
	@$(OBJCOPY) -O binary $< $@

-include $(COMEBACK_OBJECTS:.o=.d)
