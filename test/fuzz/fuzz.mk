# SPDX-License-Identifier: BSD-2-Clause
#
# The fuzz targets: one program for each C file here, of clang's libFuzzer and src/core. Included by
# the top Makefile; `make test` runs each for a short time, `make fuzz` for as long as is wished.

TIME   ?= 60
TARGET ?=

# -fshort-wchar, -fno-strict-aliasing: as the loader is built.
CLANG        ?= clang
FUZZ_FLAGS   := -std=gnu17 -O1 -g $(WARNINGS) -fshort-wchar -fno-strict-aliasing \
                -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
                $(DEFINES) $(INCLUDES) -Itest
FUZZ_SOURCES := $(sort $(wildcard test/fuzz/*.c))
FUZZ_NAMES   := $(FUZZ_SOURCES:test/fuzz/%.c=%)
FUZZ_CORE    := $(sort $(wildcard src/core/*.c))

$(BUILD)/fuzz/obj/%.o: % test/fuzz/fuzz.mk
	@mkdir -p $(@D)
	@echo "FUZZCC  $<"
	@$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/core.a: $(FUZZ_CORE:%=$(BUILD)/fuzz/obj/%.o)
	$(archive)

$(FUZZ_NAMES:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/test/fuzz/%.c.o $(BUILD)/fuzz/core.a
	@$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^

-include $(patsubst %,$(BUILD)/fuzz/obj/%.d,$(FUZZ_SOURCES) $(FUZZ_CORE))

# Not TEST_PRODUCTS: those are for `make run` too, which needs no clang.
test-products: fuzz-programs

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_NAMES:%=$(BUILD)/fuzz/%)
fuzz: | deps-test
	@$(MAKE) --no-print-directory -k $(PARALLEL) fuzz-programs
	@$(PYTHON) test/fuzz/fuzz.py --build $(BUILD)/fuzz --jobs $(JOBS) --time $(TIME) \
	    $(or $(TARGET),$(FUZZ_NAMES))
