# SPDX-License-Identifier: BSD-2-Clause
#
# The sample bus, its devices and the test around them: four UEFI drivers in one option ROM. Included
# by the top Makefile, like firmware.mk.

SAMPLE_COMMON  := $(addprefix test/firmware/,sample_config.c report.c fw_cfg.c $(ARCH_FAMILY)/qemu.c words.c) \
                  src/core/text/text.c $(PROGRAM)
SAMPLE_BUS     := test/firmware/bus_common.c
bus_SOURCES     := test/firmware/bus.c $(SAMPLE_BUS) src/driver/exit_reference.c $(SAMPLE_COMMON)
old_bus_SOURCES := test/firmware/old_bus.c $(SAMPLE_BUS) $(SAMPLE_COMMON)
child_SOURCES   := test/firmware/child.c $(SAMPLE_COMMON)
watch_SOURCES   := test/firmware/watch.c test/firmware/watch_services.c test/firmware/hooks.c \
                   src/core/base/crc32.c $(SAMPLE_COMMON)
SAMPLE_DRIVERS  := bus old_bus child watch

# A service called by a jump would be seen as called by the caller's caller. `private`: not also for
# $(BUILD)/obj/flags, or everything would be made again each time.
NO_TAIL_CALLS  := -fno-optimize-sibling-calls
$(addprefix $(BUILD)/obj/test/firmware/,$(addsuffix .c.o,bus bus_common old_bus child watch)): \
    private TARGET_CFLAGS += $(NO_TAIL_CALLS)

define sample_driver
$(BUILD)/firmware/$(1).efi.debug: $($(1)_SOURCES:%=$(BUILD)/obj/%.o) $(LAYOUT)
	$$(call link,$($(1)_SOURCES:%=$(BUILD)/obj/%.o),$(NO_TAIL_CALLS))
endef
$(foreach driver,$(SAMPLE_DRIVERS),$(eval $(call sample_driver,$(driver))))

TEST_PRODUCTS += $(BUILD)/firmware/buses.rom
$(BUILD)/firmware/buses.rom: $(SAMPLE_DRIVERS:%=$(BUILD)/firmware/%.efi) test/firmware/rom.py
	@$(PYTHON) test/firmware/rom.py pack $@ $(filter %.efi,$^)

-include $(sort $(foreach driver,$(SAMPLE_DRIVERS),$($(driver)_SOURCES:%=$(BUILD)/obj/%.d)))
