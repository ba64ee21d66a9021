# SPDX-License-Identifier: BSD-2-Clause
#
# The bench: a UEFI driver that measures loaders, and the program that is the floor of what they can
# cost. Included by the top Makefile; what the test drivers share (test/firmware) it uses too.

METER_SOURCES := $(sort $(wildcard test/bench/meter*.c)) \
                 $(addprefix test/firmware/,report.c fw_cfg.c gate.c $(ARCH_FAMILY)/qemu.c hooks.c words.c) \
                 src/core/base/crc32.c src/core/text/text.c \
                 $(PROGRAM)
METER_OBJECTS := $(METER_SOURCES:%=$(BUILD)/obj/%.o)
FLOOR_OBJECTS := $(patsubst %,$(BUILD)/obj/%.o,test/bench/floor.c $(PROGRAM))

TEST_PRODUCTS += $(BUILD)/firmware/meter.rom $(BUILD)/bench/floor.efi $(BUILD)/bench/profile.so

# `private`: not also for $(BUILD)/obj/flags, or everything would be made again each time.
$(patsubst %,$(BUILD)/obj/%.o,$(filter test/bench/%,$(METER_SOURCES))): \
    private INCLUDES += -Itest/firmware

$(BUILD)/firmware/meter.efi.debug: $(METER_OBJECTS) $(LAYOUT)
	$(call link,$(METER_OBJECTS))

$(BUILD)/bench/floor.efi.debug: $(FLOOR_OBJECTS) $(LAYOUT)
	$(call link,$(FLOOR_OBJECTS))

$(BUILD)/bench/floor.efi: $(BUILD)/bench/floor.efi.debug
	@$(OBJCOPY) -O binary $< $@

-include $(METER_OBJECTS:.o=.d) $(FLOOR_OBJECTS:.o=.d)

.PHONY: bench bench-products
bench-products: $(IMAGE) $(BUILD)/firmware/meter.rom $(BUILD)/bench/floor.efi \
                $(BUILD)/bench/profile.so
bench: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) bench-products
	@$(PYTHON) -m bench.bench $(BENCH_ARGS)

# The plugin runs inside QEMU, on the host.
$(BUILD)/bench/profile.so: test/bench/profile_plugin.c
	@mkdir -p $(@D)
	@echo "HOSTCC  $<"
	@$(CC) -std=gnu17 -O2 $(WARNINGS) -fPIC -shared -fvisibility=hidden -o $@ $<

.PHONY: profile
profile: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) bench-products
	@$(PYTHON) -m bench.profile_boot $(PROFILE_ARGS)
