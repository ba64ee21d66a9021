# SPDX-License-Identifier: BSD-2-Clause
#
# What the boot tests hold machines against, and the comparison with the kernel's own stub. Included by
# the top Makefile.

TEST_PRODUCTS += $(BUILD)/boot/screen

$(BUILD)/boot/screen: test/boot/screen.c src/core/screen/screen_text.c src/core/screen/screen_text.h \
                      src/core/screen/framebuffer.h
	@mkdir -p $(@D)
	@echo "HOSTCC  $@"
	@$(CC) -std=gnu17 -O1 $(WARNINGS) -Isrc -o $@ $(filter %.c,$^)

.PHONY: test-oracle
test-oracle: $(IMAGE) | deps-test
	@$(PYTHON) -m boot.run_oracle --jobs $(JOBS) $(ORACLE_ARGS)
