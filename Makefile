# SPDX-License-Identifier: BSD-2-Clause
#
# Baton's build. `make help` lists what can be asked of it.
#
# Knows: compilers, flags, where gnu-efi is, what is made from what. Must not know: package names
# (test/deps.sh does), what a mounted ESP is (test/install.sh does), how a machine is run (test/lab does), what a test means.

# --- what can be set on the command line ---------------------------------------------------------

BUILD      ?= build
VERSION    ?= 0.1.0
# Where users of this build turn to; .sbat has a column for it. Whoever distributes Baton has one.
SBAT_URL   ?= none
# 136 KiB: what there is of 134.6 KiB, and room for one feature more. The README promises it.
SIZE_LIMIT ?= 139264
JOBS       ?= $(shell nproc)
DESTDIR    ?=
ESPDIR     ?= /boot/efi
# A prefix that holds gnu-efi's include/ and lib/; empty: ask pkg-config, then look in known places.
GNU_EFI    ?=
PKG_CONFIG ?= pkg-config
# Debian's interpreter: the test modules that we need (pytest, pefile) are installed for this one.
PYTHON     ?= /usr/bin/python3
# The machine that the loader is for: a folder of src/arch.
ARCH       ?= x86_64
ifeq ($(wildcard src/arch/$(ARCH)/arch.mk),)
$(error ARCH=$(ARCH): there is no such machine here, only $(patsubst src/arch/%/arch.mk,%,$(wildcard src/arch/*/arch.mk)))
endif
include src/arch/$(ARCH)/arch.mk

# Tests of pure code, tools: for the machine that builds.
HOSTCC ?= gcc
ifeq ($(origin CC),default)
CC := $(ARCH_CROSS)gcc
endif
OBJCOPY ?= $(ARCH_CROSS)objcopy
# What is made for another machine lies in a folder of its own.
ifneq ($(ARCH),x86_64)
override BUILD := $(BUILD)/$(ARCH)
endif

# For `make run` and `make debug`; the launcher reads them from its environment.
export ARCH KERNEL INITRD CMDLINE MEM SMP FIRMWARE GUI RECORD GDB_ARGS V MENU
# What is being done is said when it is, into a pipe too.
export PYTHONUNBUFFERED := 1
# No test leaves anything beside the sources.
export PYTHONDONTWRITEBYTECODE := 1
# The folders of test/ are packages: lab.machine, faults.trial.
export PYTHONPATH := $(CURDIR)/test

SHELL       := /bin/sh
MAKEFLAGS   += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

IMAGE := $(BUILD)/$(ARCH_IMAGE)

# The files below the folders $(1) whose names fit one of the patterns $(2), however deep they lie:
# a file that is moved, or a folder that is added, is built, tested and checked without being listed.
tree = $(sort $(foreach at,$(wildcard $(addsuffix /*,$(1))),$(call tree,$(at),$(2)) $(filter $(2),$(at))))

# Things that the tests need and that a fragment (below) knows how to make are added to this.
TEST_PRODUCTS :=
# Of these, what make run may boot.
RUN_PRODUCTS :=

# --- flags ---------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -Wundef -Werror
DEFINES  := -DBATON_VERSION='"$(VERSION)"' -DGNU_EFI_USE_MS_ABI $(ARCH_TARGET)
INCLUDES := -Isrc -Iinclude
# Two trees that differ only in where they are give the same bytes, debug information included.
MAP      := -ffile-prefix-map=$(CURDIR)=.

# ARCH_CFLAGS: no vector registers, whose state the far side of the exit has not set up, and no stack
#   below the stack pointer, which the firmware's interrupts use.
# -fno-strict-aliasing: firmware hands out interfaces through (void **) casts of typed pointers.
# -fno-stack-protector: there is no thread-local storage to keep a canary in.
TARGET_CFLAGS = -std=gnu17 -g $(WARNINGS) $(ARCH_CFLAGS) -ffreestanding -fpie -fvisibility=hidden \
                -fshort-wchar -fno-strict-aliasing -fno-stack-protector -ffunction-sections -fdata-sections \
                -fno-asynchronous-unwind-tables -fno-unwind-tables \
                $(MAP) $(DEFINES) $(INCLUDES) $(EFI_INCLUDES)
# For SIZE_LIMIT: together 8 % less than -Os. The optimisations that are off keep more values in
# registers, and with our short functions cost more saving and restoring than they save; no inlining
# of functions called once also keeps stack frames small. A loop of memset() is no call of memset().
SMALL := -Oz -flto -flto-partition=one $(ARCH_SMALL) -fno-jump-tables -fno-move-loop-invariants \
         -fno-cse-follow-jumps -fno-caller-saves -fno-tree-loop-im -fno-tree-tail-merge \
         -fno-inline-functions-called-once -fno-gcse -fno-guess-branch-probability -fno-expensive-optimizations \
         -fno-tree-fre -fno-shrink-wrap -fno-tree-loop-distribute-patterns

LAYOUT := $(BUILD)/obj/baton.lds
# For the loader itself, whose texts are packed.
PACKED_LAYOUT := $(BUILD)/obj/packed.lds
$(PACKED_LAYOUT): private ARCH_LDS += -DTEXTS_ARE_PACKED
# Linked by the compiler driver because of -flto; the layout and the refusals are the linker's.
TARGET_LDFLAGS = $(TARGET_CFLAGS) $(SMALL) -static-pie -nostdlib -nostartfiles -Wl,-T,$(LAYOUT) \
                 -Wl,--no-dynamic-linker -Wl,--no-undefined -Wl,--fatal-warnings \
                 -Wl,--orphan-handling=error -Wl,-z,text -Wl,-z,norelro -Wl,-z,noexecstack \
                 -Wl,-z,max-page-size=4096 -Wl,--gc-sections -Wl,--hash-style=sysv \
                 -Wl,--build-id=none -Wl,--spare-dynamic-tags=0

# The recipe that links a program of the target from the objects $(1), with more flags $(2).
link = @mkdir -p $(@D); echo "LD      $@"; \
       $(CC) $(TARGET_LDFLAGS) $(2) -o $@ $(ARCH_START) $(1) $(ARCH_LIBRARY)

HOST_CFLAGS = -std=gnu17 -Og -g $(WARNINGS) -fshort-wchar -fno-strict-aliasing \
              -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
              $(DEFINES) $(INCLUDES) -Itest $(EFI_INCLUDES)
# gold, where it is: hundreds of programs are linked, in less than two thirds of the time.
HOST_LDFLAGS := -fsanitize=address,undefined $(if $(shell command -v ld.gold),-fuse-ld=gold)

include lds/gnu-efi.mk

# --- the loader ----------------------------------------------------------------------------------

# src/driver is for others' drivers: no part of the loader.
# src/arch has a folder for each architecture; a folder elsewhere in src that has the name of a family
# of them is for that family, and `tree` is for those whose kernels begin with a device tree. What is
# for another machine is no part of the loader.
FAMILIES := x86 arm riscv tree
FOREIGN  := $(filter-out $(ARCH) $(ARCH_FAMILY) $(ARCH_ALSO),$(notdir $(wildcard src/arch/*_* src/arch/*64)) $(FAMILIES))
without   = $(foreach file,$(1),$(if $(strip $(foreach name,$(2),$(findstring /$(name)/,$(file)))),,$(file)))
ours      = $(call without,$(1),$(FOREIGN))
# src/guard.c is a program of its own: lds/guard.mk.
SOURCES  := $(call ours,$(filter-out src/driver/% src/guard.c,$(call tree,src,%.c %.S))) lds/sbat.S
OBJECTS  := $(SOURCES:%=$(BUILD)/obj/%.o)

.PHONY: all
all: $(IMAGE)

# What any UEFI program of this build begins with: the tests have some.
PROGRAM := $(addprefix src/arch/$(ARCH)/,machine.c start.S) $(wildcard src/arch/$(ARCH)/mem.*) src/arch/packed.c \
           src/core/base/inflate.c src/core/base/relocate.c lds/sbat.S

$(IMAGE): $(IMAGE).debug
	@$(OBJCOPY) -O binary -R '.dyn*' -R .hash $< $@
	@size=$$(stat -c %s $@); \
	size -A -d $< | awk '/^\.(text|rodata|rela.dyn|data|bss) / { printf "%s %d, ", $$1, $$2 }'; \
	echo "$@ $$size of at most $(SIZE_LIMIT) bytes"; \
	if [ $$size -gt $(SIZE_LIMIT) ]; then echo "$@: too large" >&2; exit 1; fi

$(LAYOUT) $(PACKED_LAYOUT): lds/baton.lds $(BUILD)/obj/flags
	@mkdir -p $(@D)
	@$(CC) -E -P -undef -x c $(ARCH_TARGET) $(ARCH_LDS) -o $@ $<

# Linked twice: the texts come out of the first program, and packed into the second. They hold no
# addresses, so that they are the same in both, wherever the linker puts them.
TEXTS := $(BUILD)/obj/texts
$(TEXTS).debug: $(OBJECTS) $(LAYOUT)
	$(call link,$(OBJECTS))

$(TEXTS): $(TEXTS).debug
	@$(OBJCOPY) -O binary -j .packed $< $@

# A DEFLATE stream, the shortest that is found: the same for the same texts.
$(TEXTS).packed: $(TEXTS)
	@zopfli --deflate --i100 -c $< > $@

$(BUILD)/obj/lds/packed.S.o: $(TEXTS) $(TEXTS).packed
$(BUILD)/obj/lds/packed.S.o: private DEFINES += -DTEXTS='"$(TEXTS)"' -DPACKED_TEXTS='"$(TEXTS).packed"'

$(IMAGE).debug: private LAYOUT = $(PACKED_LAYOUT)
$(IMAGE).debug: $(OBJECTS) $(BUILD)/obj/lds/packed.S.o $(PACKED_LAYOUT)
	$(call link,$(OBJECTS) $(BUILD)/obj/lds/packed.S.o)

$(BUILD)/obj/%.c.o: %.c $(BUILD)/obj/flags
	@mkdir -p $(@D)
	@echo "CC      $<"
	@$(CC) $(TARGET_CFLAGS) $(SMALL) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.S.o: %.S $(BUILD)/obj/flags
	@mkdir -p $(@D)
	@echo "AS      $<"
	@$(CC) $(TARGET_CFLAGS) $(SMALL) -MMD -MP -c -o $@ $<

$(BUILD)/obj/lds/sbat.S.o: private DEFINES += -DSBAT_URL='"$(SBAT_URL)"'

# Holds the command lines; changes only when they do, and then everything is made again.
remember = mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || \
           printf '%s\n' '$(subst ','\'',$(1))' > $@
$(BUILD)/obj/flags: FORCE | deps-build
	@$(call remember,$(CC) $(TARGET_LDFLAGS) $(SBAT_URL) $(ARCH_START) $(ARCH_LIBRARY))
$(BUILD)/host/flags: FORCE | deps-test
	@$(call remember,$(HOSTCC) $(HOST_CFLAGS))
# How test/mutation links.
$(BUILD)/host/linker: FORCE | deps-test
	@$(call remember,$(HOSTCC) $(HOST_LDFLAGS))

.PHONY: FORCE
FORCE:

include lds/guard.mk

# --- unit tests: cmocka programs on the host, under ASan and UBSan -------------------------------
# test/unit mirrors src. The tests of pure code link against pure code only; the linker would notice a
# firmware call. The others also get src/efi and src/boot, over the fake firmware of test/fake, which
# also stands in for what only the bare machine can run (assembly, machine.c, packed.c): no part of this
# build.
# What is for another machine is built once more, against what is there of it in place of what is for this one:
# tests in folders that are called as that is.

# Of core/ what is for other machines too: it is pure.
PURE_SOURCES     := $(call tree,src/core src/driver,%.c) \
                    $(filter-out %/machine.c %/packed.c,$(call ours,$(call tree,src/arch,%.c)))
FIRMWARE_SOURCES := $(call ours,$(call tree,src/efi src/boot,%.c)) src/main.c
FAKE_SOURCES     := $(call ours,$(call tree,test/fake,%.c))
UNIT_SOURCES     := $(call tree,test/unit,%.c)
UNIT_PROGRAMS    := $(UNIT_SOURCES:test/unit/%.c=$(BUILD)/unit/%)
PURE_PROGRAMS    := $(filter $(BUILD)/unit/core/% $(BUILD)/unit/driver/%,$(UNIT_PROGRAMS))
HOST_PROGRAMS    := $(filter-out $(PURE_PROGRAMS),$(call without,$(UNIT_PROGRAMS),arm aarch64 tree riscv riscv64))
# All of src as it is for another machine, in one library: $(1) is what that is called, $(2) what is not for it,
# $(3) the folders of its tests.
define family
$(1)_SOURCES  := $$(call without,$$(call tree,src/core src/efi src/boot test/fake,%.c) \
                   $$(filter-out %/machine.c %/packed.c,$$(call tree,src/arch,%.c)),$(2))
$(1)_PROGRAMS := $$(filter-out $$(call without,$$(UNIT_PROGRAMS),$(3)),$$(UNIT_PROGRAMS))
endef
$(eval $(call family,arm,x86 x86_64 riscv riscv64,arm aarch64 tree))
$(eval $(call family,riscv,x86 x86_64 arm aarch64,riscv riscv64))

host_objects = $(1:%=$(BUILD)/host/%.o)

$(BUILD)/host/%.c.o: %.c $(BUILD)/host/flags
	@mkdir -p $(@D)
	@echo "HOSTCC  $<"
	@$(HOSTCC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# The target's own memcpy and friends, under other names, so that they can be tested here.
$(BUILD)/host/src/arch/x86_64/mem.c.o: private DEFINES += $(foreach name,memcpy memmove memset memcmp,-D$(name)=target_$(name))

# The last instructions before a kernel, which a test runs on a processor that it makes up.
$(BUILD)/host/src/arch/x86_64/enter.S.o: src/arch/x86_64/enter.S $(BUILD)/host/flags
	@mkdir -p $(@D)
	@$(HOSTCC) -Wa,--noexecstack -Darch_enter=target_arch_enter -Darch_enter_start=target_arch_enter_start \
	    -MMD -MP -c -o $@ $<

$(BUILD)/host/src/arch/x86_64/alive.S.o: src/arch/x86_64/alive.S $(BUILD)/host/flags
	@mkdir -p $(@D)
	@$(CC) -Wa,--noexecstack -Darch_enter_alive=target_arch_enter_alive -MMD -MP -c -o $@ $<

# What a kernel of 32 bits is entered by: no program can run it, but it is copied.
$(BUILD)/host/src/arch/x86_64/protected.S.o: src/arch/x86_64/protected.S $(BUILD)/host/flags
	@mkdir -p $(@D)
	@$(CC) -Wa,--noexecstack -MMD -MP -c -o $@ $<

archive = @mkdir -p $(@D); rm -f $@; $(AR) rcsD $@ $^
$(BUILD)/host/pure.a: $(call host_objects,$(PURE_SOURCES) $(addprefix src/arch/x86_64/,mem.c enter.S alive.S protected.S))
	$(archive)
$(BUILD)/host/firmware.a: $(call host_objects,$(FIRMWARE_SOURCES))
	$(archive)
$(BUILD)/host/fake.a: $(call host_objects,$(FAKE_SOURCES))
	$(archive)

$(BUILD)/host/arm.a: $(call host_objects,$(arm_SOURCES))
	$(archive)
$(BUILD)/host/riscv.a: $(call host_objects,$(riscv_SOURCES))
	$(archive)

libraries = $(addprefix $(BUILD)/host/,$(1))
$(PURE_PROGRAMS): LIBRARIES := $(call libraries,pure.a)
$(HOST_PROGRAMS): LIBRARIES := $(call libraries,pure.a firmware.a fake.a)
$(arm_PROGRAMS): LIBRARIES := $(call libraries,arm.a)
$(riscv_PROGRAMS): LIBRARIES := $(call libraries,riscv.a)
$(PURE_PROGRAMS): $(call libraries,pure.a)
$(HOST_PROGRAMS): $(call libraries,pure.a firmware.a fake.a)
$(arm_PROGRAMS): $(call libraries,arm.a)
$(riscv_PROGRAMS): $(call libraries,riscv.a)

$(BUILD)/unit/%: $(BUILD)/host/test/unit/%.c.o $(BUILD)/host/linker
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_LDFLAGS) -o $@ $< -Wl,--start-group $(LIBRARIES) -Wl,--end-group -lcmocka

# --- testing -------------------------------------------------------------------------------------

-include $(call tree,test,%.mk)

REPORTS := $(BUILD)/report
# Two more than processors: a test waits now and then, for a disk, for seconds to pass, or for the first machine
# of a kind.
WORKERS  = $(shell expr $(JOBS) + 2)
PYTEST   = $(PYTHON) -m pytest -p no:cacheprovider -n $(WORKERS) --durations=10 --durations-min=20
# A parallel sub-make unless the caller has chosen a parallelism already.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

.PHONY: test unit boot unit-programs test-products unit-run boot-run
unit-programs: $(UNIT_PROGRAMS)
test-products: $(IMAGE) $(TEST_PRODUCTS)

# Each step runs whatever became of the one before: a report that is missing counts as a failure.
test: | deps-test
	@rm -rf $(REPORTS)
	-@$(MAKE) --no-print-directory unit-run
	-@$(MAKE) --no-print-directory boot-run
	@$(PYTHON) test/summary.py $(REPORTS)/unit.xml $(REPORTS)/pytest.xml

unit: | deps-test
	@rm -rf $(REPORTS)
	-@$(MAKE) --no-print-directory unit-run
	@$(PYTHON) test/summary.py $(REPORTS)/unit.xml

boot: | deps-test
	@rm -rf $(REPORTS)
	-@$(MAKE) --no-print-directory boot-run
	@$(PYTHON) test/summary.py $(REPORTS)/pytest.xml

# A program that does not build is named by the runner as a failed test, the others still run.
unit-run:
	-@$(MAKE) --no-print-directory -k $(PARALLEL) unit-programs
	@$(PYTHON) test/unit/run.py --jobs $(JOBS) --report $(REPORTS)/unit.xml --below $(BUILD)/unit \
	    $(UNIT_PROGRAMS)

# What the tests write is removed with their scratch directory, which is a short path in /tmp because
# the name of a socket must be short.
boot-run:
	@$(MAKE) --no-print-directory $(PARALLEL) test-products
	@mkdir -p $(REPORTS)
	@scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; trap 'exit 130' INT TERM; \
	$(PYTEST) --basetemp="$$scratch/t" --junitxml=$(REPORTS)/pytest.xml \
	    test $(PYTEST_ARGS)

# --- lint ----------------------------------------------------------------------------------------

HEADERS   := $(call tree,src include,%.h)
C_FILES   := $(call tree,src include test,%.c %.h)
TIDY      := $(patsubst %.c,$(BUILD)/lint/%.tidy,$(filter %.c,$(SOURCES) src/guard.c))
# What no other machine has.
TIDY_OWN  := $(patsubst %.c,$(BUILD)/lint/%.tidy,$(filter %.c,$(filter-out $(call without,$(SOURCES),$(ARCH) $(ARCH_FAMILY) $(ARCH_ALSO)),$(SOURCES))))
SCRIPTS   := .ci/run $(call tree,test,%.sh)
LINTS     := lint-format lint-tidy lint-cppcheck lint-shell lint-headers lint-python lint-house

.PHONY: lint lint-all format lint-tidy-own $(LINTS)
lint: | deps-lint
	@$(MAKE) --no-print-directory -k $(PARALLEL) --output-sync=line lint-all
	@echo "lint: clean"

lint-all: $(LINTS)

lint-format:
	@echo "LINT    layout of $(words $(C_FILES)) C files (clang-format)"
	@clang-format --dry-run -Werror $(C_FILES)

# The analyzer follows a tenth of the states of a function that it would by itself, which takes a tenth of the
# time. `make lint NODES=225000` is all of them, of what build/lint has no stamp of.
NODES    ?= 20000
ANALYZER := -Xclang -analyzer-config -Xclang max-nodes=$(NODES)

# clang sees the code as the target's compiler does.
$(BUILD)/lint/%.tidy: %.c .clang-tidy $(HEADERS)
	@mkdir -p $(@D)
	@echo "TIDY    $$(printf '%s\n' $(TIDY) | grep -Fnx -- '$@' | cut -d: -f1)/$(words $(TIDY)) $<"
	@clang-tidy --quiet --warnings-as-errors='*' $< -- $(TARGET_CFLAGS) $(ARCH_CLANG) $(ANALYZER) > $@.log 2> $@.errors || \
	    { cat $@.log; grep -E 'error:|Error' $@.errors; exit 1; }
	@touch $@
lint-tidy: $(TIDY)
	@$(MAKE) --no-print-directory ARCH=aarch64 lint-tidy-own
	@$(MAKE) --no-print-directory ARCH=riscv64 DEPS=no lint-tidy-own
lint-tidy-own: $(TIDY_OWN)

lint-cppcheck:
	@mkdir -p $(BUILD)/lint/cppcheck
	@echo "LINT    src (cppcheck)"
	@cppcheck --quiet -j $(JOBS) --cppcheck-build-dir=$(BUILD)/lint/cppcheck --error-exitcode=1 \
	    --enable=warning,style,performance,portability --std=c11 --platform=unix64 --inline-suppr \
	    --suppressions-list=test/lint/cppcheck.txt $(DEFINES) -D__x86_64__ $(INCLUDES) src

lint-shell:
	@echo "LINT    $(SCRIPTS) (shellcheck)"
	@shellcheck $(SCRIPTS)

lint-headers:
	@echo "LINT    $(words $(HEADERS)) headers, each by itself ($(CC))"
	@CC='$(CC)' FLAGS="$(TARGET_CFLAGS)" sh test/lint/headers.sh $(HEADERS)

lint-python:
	@echo "LINT    test (pyflakes)"
	@$(PYTHON) -m pyflakes test

lint-house:
	@echo "LINT    rules of the house (test/lint/house.py)"
	@$(PYTHON) test/lint/house.py

format:
	@clang-format -i $(C_FILES)

# --- running, installing, cleaning ---------------------------------------------------------------

.PHONY: run debug install clean help
run debug: $(IMAGE) $(if $(filter x86_64,$(ARCH)),$(RUN_PRODUCTS)) | deps-run
	@exec $(PYTHON) -m lab.launch $@

install: $(IMAGE)
	@DESTDIR='$(DESTDIR)' ESPDIR='$(ESPDIR)' FORCE='$(FORCE)' sh test/install.sh $(IMAGE)

clean:
	@rm -rf $(BUILD)

# DEPS=no: never look for or install packages.
.PHONY: deps-build deps-run deps-test deps-lint
deps-build deps-run deps-test deps-lint:
	@[ '$(DEPS)' = no ] || GNU_EFI='$(GNU_EFI)' sh test/deps.sh $(@:deps-%=%)

help:
	@sed -n 's/^#> \{0,1\}//p' Makefile

#> Baton: an OS loader for UEFI machines.
#>
#> Targets
#>   make            build/BOOTX64.EFI, and build/BOOTX64.EFI.debug with symbols
#>   make ARCH=aarch64  the same for another machine: build/aarch64/BOOTAA64.EFI (make run ARCH=aarch64 too); or riscv64
#>   make run        boot a kernel in QEMU through Baton (default: Debian's, to userspace)
#>   make debug      the same, stopped at the start, with gdb (and tmux, where it is installed)
#>   make test       all tests; the last line is "N passed, N failed"
#>   make unit       only the unit tests (host programs, no QEMU)
#>   make boot       only the tests of the built file and of booting (pytest)
#>   make test-faults   every misbehaviour of the firmware that the tests know (make test: a choice);
#>                   with GUARD=all, or the names of some programs: against those that leave by themselves
#>   make test-oracle   boots of many kernels against boots through their own stubs (make test: one)
#>   make test-arch   AArch64: more machines, U-Boot, faults (make test: one boot by Baton's exit, one by the stub, one native); RISC-V
#>   make test-multiboot   Xen of two releases to dom0's userspace on two firmwares, GNU Mach (make test: one)
#>   make test-clients   bootctl, logind and others of three releases of systemd, under Baton and under
#>                   systemd-boot (make test: bootctl and systemd-bless-boot of Debian 12, under Baton)
#>   make test-large    files of 1.3 and 2.5 GB on every kind of disk (make test: one)
#>   make fuzz       fuzz each parser for TIME=seconds (60), or only TARGET=name
#>   make mutation   break the exit, src/efi and src/boot in more than 600 ways and show which unit test notices each
#>   make bench      what Baton and other loaders cost, in guest instructions, side by side
#>   make profile    where the instructions of one boot go, by function
#>   make lint       style, static analysis, house rules; the last line is "lint: clean"
#>   make format     lay out the C sources as make lint wants them
#>   make guard      build/guard.efi and .rom: Baton's exit for other loaders, as a driver
#>   make referee    build/referee.efi and .rom: a driver that watches any loader leave the firmware
#>   make referee-table   watch every loader and kernel of Debian 12 leave, and write the table of it
#>   make install    copy Baton to $(DESTDIR)$(ESPDIR)/EFI/BOOT/BOOTX64.EFI, if a FAT file system is
#>                   mounted at $(ESPDIR) and no other loader's file is there; FORCE=1 does it anyway
#>   make clean      remove build/, with everything downloaded
#>   make help       this text
#>
#> Missing Debian packages are installed on the way (as root or with password-less sudo; otherwise
#> the command to type is shown). DEPS=no turns that off.
#>
#> Variables of make run and make debug
#>   KERNEL=file     boot this kernel (Linux bzImage, native ELF64, Multiboot2)
#>   INITRD=files    with these initrds, separated by spaces
#>   CMDLINE=text    with this command line
#>   MEM=size        memory of the machine, e.g. 5G         SMP=n   processors
#>   FIRMWARE=name   another UEFI firmware: a file, or a suite of Debian (trixie, sid)
#>   RECORD=file     keep the serial output, or for a name in .png the screen at the end
#>   GDB_ARGS=...    more arguments for the gdb of make debug, e.g. "-ex 'break efi_main'"
#>   GUI=1           show the screen                        V=1     print the QEMU command
#>   MENU=1          three entries, and 30 seconds to choose one of them
#>
#> Variables of the build
#>   GNU_EFI=prefix  use the gnu-efi installed there (default: the system's)
#>   BUILD=dir       build there                            CC, OBJCOPY, AR, PYTHON
#>   VERSION=text    version that Baton shows and .sbat holds; SBAT_URL=address to turn to, in .sbat
#>   SIZE_LIMIT=n    largest acceptable BOOTX64.EFI, in bytes
#>   JOBS=n          parallel tests and lints
#>   PYTEST_ARGS=... more arguments for pytest, e.g. "-k memtest"

-include $(patsubst %.o,%.d,$(OBJECTS) $(call host_objects,$(sort $(PURE_SOURCES) $(FIRMWARE_SOURCES) \
    $(FAKE_SOURCES) $(arm_SOURCES) $(riscv_SOURCES) $(UNIT_SOURCES))))
