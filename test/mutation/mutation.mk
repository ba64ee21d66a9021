# SPDX-License-Identifier: BSD-2-Clause
#
# The mutation check: the exit, efi/ and boot/ broken in many ways, each noticed by a unit test. Included by
# the top Makefile, whose rules make the programs that are linked again with a broken file.

MUTATION_PROGRAMS := $(filter $(addprefix $(BUILD)/unit/,efi/% boot/% arch/% core/exit/% core/guard/% core/time/%), \
                       $(UNIT_PROGRAMS))
# Not TEST_PRODUCTS: those are for `make run` too, which needs no unit test.
test-products: mutation-programs

.PHONY: mutation mutation-programs
mutation-programs: $(MUTATION_PROGRAMS)
mutation: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) mutation-programs
	@$(PYTHON) -m mutation.mutate --build $(BUILD) --jobs $(JOBS)
