# SPDX-License-Identifier: BSD-2-Clause
#
# UEFI drivers for the tests, and the option ROMs that bring them into a machine; and programs.
# Included by the top Makefile, whose rules compile; here they are linked: like Baton itself, but the
# drivers as drivers.

$(BUILD)/firmware/%.efi: $(BUILD)/firmware/%.efi.debug test/firmware/rom.py
	@$(OBJCOPY) -O binary $< $@
	@$(PYTHON) test/firmware/rom.py driver $@

$(BUILD)/firmware/%.rom: $(BUILD)/firmware/%.efi test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $<

$(BUILD)/obj/test/firmware/$(ARCH_FAMILY)/qemu.c.o: private INCLUDES += -Itest/firmware

# Applications, which is what the linker script makes.
# $(1): name, of the source too.
define application
$(1)_OBJECTS := $$(patsubst %,$$(BUILD)/obj/%.o,test/firmware/$(1).c $$(PROGRAM))
TEST_PRODUCTS += $$(BUILD)/firmware/$(1).efi

$$(BUILD)/firmware/$(1).efi.debug: $$($(1)_OBJECTS) $$(LAYOUT)
	$$(call link,$$($(1)_OBJECTS))

$$(BUILD)/firmware/$(1).efi: $$(BUILD)/firmware/$(1).efi.debug
	@$$(OBJCOPY) -O binary $$< $$@

-include $$($(1)_OBJECTS:.o=.d)
endef

$(eval $(call application,comeback))
$(eval $(call application,repeat))
$(eval $(call application,told))
