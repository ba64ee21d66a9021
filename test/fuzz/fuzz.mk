# SPDX-License-Identifier: BSD-2-Clause
#
# The fuzz targets: one program for each C file here, of clang's libFuzzer and src/core. The folders
# mirror src, the programs lie side by side. Included by the top Makefile; `make test` runs each for a
# short time, `make fuzz` for as long as is wished.

TIME   ?= 60
TARGET ?=

# -fshort-wchar, -fno-strict-aliasing: as the loader is built.
CLANG        ?= clang
FUZZ_FLAGS   := -std=gnu17 -O1 -g $(WARNINGS) -fshort-wchar -fno-strict-aliasing \
                -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
                $(DEFINES) $(INCLUDES) -Itest
FUZZ_SOURCES := $(call tree,test/fuzz,%.c)
FUZZ_NAMES   := $(sort $(basename $(notdir $(FUZZ_SOURCES))))
FUZZ_CORE    := $(call tree,src/core,%.c)

$(BUILD)/fuzz/obj/%.o: % test/fuzz/fuzz.mk
	@mkdir -p $(@D)
	@echo "FUZZCC  $<"
	@$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/core.a: $(FUZZ_CORE:%=$(BUILD)/fuzz/obj/%.o)
	$(archive)

# The object of target $(1).
fuzz_object = $(patsubst %,$(BUILD)/fuzz/obj/%.o,$(filter %/$(1).c,$(FUZZ_SOURCES)))

# A second opinion on compressed bytes, where it is installed.
ZLIB := $(if $(wildcard /usr/include/zlib.h),-lz)
$(BUILD)/fuzz/inflate: FUZZ_LIBRARIES := $(ZLIB)

.SECONDEXPANSION:
$(FUZZ_NAMES:%=$(BUILD)/fuzz/%): $$(call fuzz_object,$$(@F)) $(BUILD)/fuzz/core.a
	@$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(FUZZ_LIBRARIES)

-include $(patsubst %,$(BUILD)/fuzz/obj/%.d,$(FUZZ_SOURCES) $(FUZZ_CORE))

# Not TEST_PRODUCTS: those are for `make run` too, which needs no clang.
test-products: fuzz-programs

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_NAMES:%=$(BUILD)/fuzz/%)
fuzz: | deps-test
	@$(MAKE) --no-print-directory -k $(PARALLEL) fuzz-programs
	@$(PYTHON) -m fuzz.fuzz --build $(BUILD)/fuzz --jobs $(JOBS) --time $(TIME) \
	    $(or $(TARGET),$(FUZZ_NAMES))
