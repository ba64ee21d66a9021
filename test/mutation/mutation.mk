# SPDX-License-Identifier: BSD-2-Clause
#
# The mutation check: the exit and efi/ broken in many ways, each noticed by a unit test. Included by the
# top Makefile, whose rules make the programs that are linked again with a broken file.

MUTATION_PROGRAMS := $(addprefix $(BUILD)/unit/,efi/exit/exit efi/exit/exit_time efi/exit/exit_maps \
                       efi/guard/guard efi/guard/guard_hooks efi/guard/guard_stubs efi/guard/guard_stay \
                       core/guard/guard core/guard/guard_map \
                       efi/exit/late_map efi/exit/exit_map efi/exit/give_up efi/map_buffer \
                       efi/file efi/file_read efi/pages efi/variable efi/tables efi/device_path \
                       efi/loaded_image efi/watchdog efi/lease efi/image/image \
                       efi/image/initrd_media efi/image/shim arch/wait arch/x86_64/tsc \
                       arch/x86_64/alarm core/exit/exit_policy core/exit/exit_journal \
                       core/time/stopwatch core/time/rate core/time/acpi_timer)
# Not TEST_PRODUCTS: those are for `make run` too, which needs no unit test.
test-products: mutation-programs

.PHONY: mutation mutation-programs
mutation-programs: $(MUTATION_PROGRAMS)
mutation: | deps-test
	@$(MAKE) --no-print-directory $(PARALLEL) mutation-programs
	@$(PYTHON) -m mutation.mutate --build $(BUILD) --jobs $(JOBS)
