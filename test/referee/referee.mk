# SPDX-License-Identifier: BSD-2-Clause
#
# The referee: a UEFI driver that watches a loader leave boot services, and the table of what it saw.
# Included by the top Makefile; what the test drivers share (test/firmware) it uses too.

REFEREE_SOURCES := $(sort $(wildcard test/referee/*.c test/referee/*.S)) test/firmware/report.c \
                   test/firmware/$(ARCH_FAMILY)/qemu.c \
                   test/firmware/hooks.c src/core/base/crc32.c src/core/text/text.c src/efi/exit/give_up.c \
                   src/efi/exit/exit_record.c $(addprefix src/arch/x86_64/,reset.c tsc.c uart.c) \
                   $(PROGRAM)
REFEREE_OBJECTS := $(REFEREE_SOURCES:%=$(BUILD)/obj/%.o)

# Behind the referee in its card, the driver that makes exits fail.
REFEREE_WITH_FAULT := $(BUILD)/firmware/referee-fault.rom
TEST_PRODUCTS += $(BUILD)/referee.efi $(BUILD)/referee.rom $(REFEREE_WITH_FAULT)

.PHONY: referee referee-table
referee-table: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) $(IMAGE) $(TEST_PRODUCTS)
	@$(PYTHON) -m referee.table --jobs $(JOBS) $(TABLE_ARGS)
referee: $(BUILD)/referee.efi $(BUILD)/referee.rom

# `private`: not also for $(BUILD)/obj/flags, or everything would be made again each time.
$(patsubst %,$(BUILD)/obj/%.o,$(filter test/referee/%,$(REFEREE_SOURCES))): \
    private INCLUDES += -Itest/firmware

$(BUILD)/referee.efi.debug: $(REFEREE_OBJECTS) $(LAYOUT)
	$(call link,$(REFEREE_OBJECTS))

$(BUILD)/referee.efi: $(BUILD)/referee.efi.debug test/firmware/rom.py
	@$(OBJCOPY) -O binary $< $@
	@$(PYTHON) test/firmware/rom.py driver $@

$(BUILD)/referee.rom: $(BUILD)/referee.efi test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $<

$(REFEREE_WITH_FAULT): $(BUILD)/referee.efi $(BUILD)/firmware/fault.efi test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $(BUILD)/referee.efi $(BUILD)/firmware/fault.efi

-include $(REFEREE_OBJECTS:.o=.d)
