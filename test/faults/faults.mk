# SPDX-License-Identifier: BSD-2-Clause
#
# The driver that misbehaves, as an option ROM, and the matrix of its faults. Included by the top
# Makefile; what the test drivers share (test/firmware) it uses too, with the rules that pack them.

FAULT_SOURCES := $(sort $(wildcard test/faults/*.[cS] test/faults/$(ARCH_FAMILY)/*.[cS])) \
                 $(addprefix test/firmware/,report.c fw_cfg.c gate.c $(ARCH_FAMILY)/qemu.c hooks.c words.c) \
                 src/core/base/crc32.c src/core/text/text.c \
                 $(PROGRAM)
FAULT_OBJECTS := $(FAULT_SOURCES:%=$(BUILD)/obj/%.o)

TEST_PRODUCTS += $(BUILD)/firmware/fault.rom

# `private`: not also for $(BUILD)/obj/flags, or everything would be made again each time.
$(patsubst %,$(BUILD)/obj/%.o,$(filter test/faults/%,$(FAULT_SOURCES))): \
    private INCLUDES += -Itest/firmware -Itest/faults

$(BUILD)/firmware/fault.efi.debug: $(FAULT_OBJECTS) $(LAYOUT)
	$(call link,$(FAULT_OBJECTS))

-include $(FAULT_OBJECTS:.o=.d)

# GUARD=all, or names: programs that leave by themselves, in place of Baton's own exit.
.PHONY: test-faults
test-faults: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) test-products
	@$(PYTHON) -m $(if $(GUARD),faults.run_started $(GUARD),faults.run_faults \
	    --json $(BUILD)/faults.json) --jobs $(JOBS) $(FAULTS_ARGS)
