# SPDX-License-Identifier: BSD-2-Clause
#
# The guard as a UEFI driver, and as the option ROM of a card. Included by the top Makefile, whose
# rules compile it: the loader's parts below boot/, of which the linker takes what it needs.

GUARD_OBJECTS := $(filter-out $(BUILD)/obj/src/main.c.o $(BUILD)/obj/src/boot/%,$(OBJECTS)) \
                 $(BUILD)/obj/src/guard.c.o

TEST_PRODUCTS += $(BUILD)/guard.efi $(BUILD)/guard.rom

.PHONY: guard
guard: $(BUILD)/guard.efi $(BUILD)/guard.rom

$(BUILD)/guard.efi.debug: $(GUARD_OBJECTS) $(LAYOUT)
	$(call link,$(GUARD_OBJECTS))

$(BUILD)/guard.efi: $(BUILD)/guard.efi.debug test/firmware/rom.py
	@$(OBJCOPY) -O binary $< $@
	@$(PYTHON) test/firmware/rom.py driver $@

$(BUILD)/guard.rom: $(BUILD)/guard.efi test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $<

-include $(BUILD)/obj/src/guard.c.d
