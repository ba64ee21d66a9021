# SPDX-License-Identifier: BSD-2-Clause
#
# What the boot tests hold machines against. Included by the top Makefile.

TEST_PRODUCTS += $(BUILD)/boot/screen

$(BUILD)/boot/screen: test/boot/screen.c src/core/screen/screen_text.c src/core/screen/screen_text.h \
                      src/core/screen/framebuffer.h
	@mkdir -p $(@D)
	@echo "HOSTCC  $@"
	@$(CC) -std=gnu17 -O1 $(WARNINGS) -Isrc -o $@ $(filter %.c,$^)
