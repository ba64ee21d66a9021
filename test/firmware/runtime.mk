# SPDX-License-Identifier: BSD-2-Clause
#
# The driver that outlives the exit, as an option ROM. Included by the top Makefile, like firmware.mk.

RUNTIME_SOURCES := $(addprefix test/firmware/,runtime.c report.c $(ARCH_FAMILY)/qemu.c hooks.c) src/core/base/crc32.c \
                   src/core/text/text.c $(PROGRAM)
RUNTIME_OBJECTS := $(RUNTIME_SOURCES:%=$(BUILD)/obj/%.o)

TEST_PRODUCTS += $(BUILD)/firmware/runtime.rom

$(BUILD)/firmware/runtime.efi.debug: $(RUNTIME_OBJECTS) $(LAYOUT)
	$(call link,$(RUNTIME_OBJECTS))

$(BUILD)/firmware/runtime.efi: $(BUILD)/firmware/runtime.efi.debug test/firmware/rom.py
	@$(OBJCOPY) -O binary $< $@
	@$(PYTHON) test/firmware/rom.py runtime $@

-include $(RUNTIME_OBJECTS:.o=.d)
