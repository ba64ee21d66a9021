# SPDX-License-Identifier: BSD-2-Clause
"""Ways to hand a kernel over damaged on AArch64 and RISC-V: mistakes in what only those machines have.

Knows: the source text of these folders: arm, riscv, tree, aarch64 and riscv64. `make test` tries the first
ARM_EVERY_DAY of them, `make mutation` all.
"""

from __future__ import annotations

from mutation.mutations import Mutation

LINUX = "src/boot/linux/tree/linux.c"
IMAGE = "src/boot/linux/tree/tree_image.c"
QUIRK = "src/core/linux/runtime_quirk.c"
SCREEN = "src/core/linux/screen_info.c"
UART = "src/arch/aarch64/uart.c"
UART_WORDS = "src/core/base/uart.c"
TREE_UART = "src/core/linux/tree_uart.c"
BOOT_BOARD = "src/boot/arm/board.c"
BOARD = "src/core/base/board.c"
TREE_FIND = "src/core/linux/tree_find.c"
TREE_BOARD = "src/core/linux/tree_board.c"
GIC = "src/arch/aarch64/gic.c"
KIND = "src/boot/linux/arm/image_kind.c"
HART = "src/efi/linux/riscv/boot_hart.c"
RISCV_KIND = "src/boot/linux/riscv/image_kind.c"
RISCV_RESET = "src/arch/riscv64/reset.c"
RISCV_CLOCK = "src/arch/riscv64/clock.c"
TREE = "src/efi/linux/tree/firmware_tree.c"
SPACE = "src/arch/aarch64/space.c"
RESET = "src/arch/aarch64/reset.c"

ARM_PROGRAMS = {
    LINUX: ("boot/linux/tree/linux", "boot/arm/boot_arm"),
    QUIRK: ("core/linux/runtime_quirk",),
    KIND: ("boot/arm/boot_arm",),
    HART: ("boot/riscv/boot_riscv",),
    RISCV_KIND: ("boot/riscv/boot_riscv",),
    RISCV_RESET: ("arch/riscv64/reset",),
    RISCV_CLOCK: ("arch/riscv64/clock",),
    UART: ("arch/aarch64/uart",),
    UART_WORDS: ("core/base/uart",),
    TREE_UART: ("core/linux/tree_uart",),
    BOOT_BOARD: ("boot/arm/boot_arm",),
    BOARD: ("core/base/board",),
    TREE_FIND: ("core/linux/tree_uart", "core/linux/tree_board"),
    TREE_BOARD: ("core/linux/tree_board",),
    GIC: ("arch/aarch64/reset",),
    SCREEN: ("core/linux/screen_info",),
    IMAGE: ("boot/linux/tree/tree_image", "boot/linux/tree/linux"),
    TREE: ("efi/linux/tree/firmware_tree",),
    SPACE: ("arch/aarch64/space", "boot/linux/tree/linux"),
    RESET: ("arch/aarch64/reset",),
}

ARM_EVERY_DAY = 2

ARM_MUTATIONS = [
    Mutation("arm64: not judged", IMAGE, "boot->payload.kernel.bytes == NULL && trust_wanted(boot)", "false"),
    Mutation("arm64: file's size reserved, not the image's", IMAGE,
             "loading->size > loading->header.size ? loading->size : loading->header.size", "loading->size"),
    # --- the rest: make mutation
    Mutation("arm64: image's size reserved, not the file's", IMAGE,
             "loading->size > loading->header.size ? loading->size : loading->header.size", "loading->header.size"),
    Mutation("arm64: memory behind the file not cleared", IMAGE,
             "    memset(bytes + loading->size, 0, size - loading->size);\n", ""),
    Mutation("arm64: text_offset left out", IMAGE, "    address += loading->header.text_offset;\n", ""),
    Mutation("arm64: no room for text_offset", IMAGE, "pages_for(loading->header.text_offset + size)", "pages_for(size)"),
    Mutation("arm64: not at a multiple of 2 MiB", IMAGE, ".alignment = LINUX_IMAGE_ALIGNMENT", ".alignment = PAGE_SIZE"),
    Mutation("arm64: kernel in memory for data", IMAGE, "{.type = MEMORY_LOADER_CODE,", "{.type = MEMORY_LOADER_DATA,"),
    Mutation("arm64: header not looked at", IMAGE,
             "    if (error != LINUX_IMAGE_OK)\n        return boot_refuse(loading->boot, linux_image_explain(error));\n", ""),
    Mutation("arm64: page size not looked at", IMAGE,
             "arch_page_size(sizes[loading->header.pages]) ||", "true ||"),
    Mutation("arm64: 16 KiB taken for 64", IMAGE, "[LINUX_IMAGE_PAGES_16K] = 16384", "[LINUX_IMAGE_PAGES_16K] = 65536"),
    Mutation("arm64: unknown page size refused", IMAGE,
             "loading->header.pages == LINUX_IMAGE_PAGES_UNKNOWN ||", "false ||"),
    Mutation("arm64: unsound kernel recognised as sound", IMAGE, "        *ret_why = linux_image_explain(error);\n", "        (void)0;\n"),
    Mutation("arm64: every file recognised", IMAGE, "return error != LINUX_IMAGE_NO_MAGIC;", "return true;"),
    Mutation("arm64: what unpacks itself not judged", IMAGE,
             "if (loading->to_be_judged && !trust_image(boot, file, path))\n            return false;", "if (false)\n            return false;"),
    Mutation("arm64: what is packed in a judged program judged again", IMAGE, "        loading->to_be_judged = false;\n", ""),
    Mutation("arm64: what is packed taken from the file's beginning", IMAGE, "file.data + zboot.offset, zboot.size", "file.data, zboot.size"),
    Mutation("arm64: packed file kept", IMAGE, "        pages_free(boot->firmware, (uintptr_t)file.data);\n", "        (void)0;\n"),
    Mutation("arm64: unpacked kernel kept", IMAGE, "        pages_free(boot->firmware, (uintptr_t)loading->unpacked.data);\n", ""),
    Mutation("arm64: packed kernel that changed meanwhile", IMAGE, "            payload_is_unchanged(boot, ret_file->data));", "            true);"),
    Mutation("arm64: all that is packed taken", IMAGE, "if (kind != ZBOOT_NO_MAGIC && kind != ZBOOT_OK)", "if (false)"),
    Mutation("arm64: zstd recognised as bootable", IMAGE, "        *ret_why = zboot_explain(packed);\n", ""),
    Mutation("arm64: contents that are no kernel called old", IMAGE, "error == LINUX_IMAGE_NO_MAGIC && is_packed", "false"),
    Mutation("arm64: initrd below the kernel's window", LINUX, ".minimum = window, .maximum = last", ".maximum = last"),
    Mutation("arm64: initrd above the kernel's window", LINUX, ".minimum = window, .maximum = last", ".minimum = window"),
    Mutation("arm64: window that begins anywhere", LINUX, "loading->kernel & ~(INITRD_WINDOW_ALIGN - 1)", "loading->kernel"),
    Mutation("arm64: initrd in memory taken from below the window", LINUX, "loading->initrd >= window && ", ""),
    Mutation("arm64: initrd in memory taken from above the window", LINUX, "initrds_in_place(boot, last)",
             "initrds_in_place(boot, UINT64_MAX)"),
    Mutation("arm64: size of an initrd in memory lost", LINUX,
             "        loading->initrd_size = boot->payload.modules[0].size;\n", "        loading->initrd_size = 1;\n"),
    Mutation("arm64: initrds not read", LINUX, "return initrds_read(boot, &initrds, loading->initrd);", "return true;"),
    Mutation("arm64: initrd's end not where it ends", LINUX, "loading->initrd + loading->initrd_size,",
             "loading->initrd + loading->initrd_size + PAGE_SIZE,"),
    Mutation("arm64: command line lost", LINUX, ".bootargs = boot->payload.command_line", ".bootargs = \"\""),
    Mutation("arm64: system table lost", LINUX, ".system_table = boot->environment.system_table,", ".system_table = 0,"),
    Mutation("arm64: Secure Boot unknown", LINUX, ".secure_boot = boot->environment.secure_boot,", ".secure_boot = 1,"),
    Mutation("arm64: firmware's tree not looked for", LINUX, "firmware_tree(boot->firmware)", "(struct span){0}"),
    Mutation("arm64: no seed for KASLR", LINUX, "        chosen.kaslr_seed = span_of(seed, sizeof(seed));\n", "        (void)0;\n"),
    Mutation("arm64: seed of zeros where there is none", LINUX, "if (random_seed(boot->firmware, seed, sizeof(seed)))",
             "if (random_seed(boot->firmware, seed, sizeof(seed)) || true)"),
    Mutation("arm64: damaged tree handed over", LINUX, "return error == DEVICE_TREE_OK ||", "return true ||"),
    Mutation("arm64: tree's address lost", LINUX, ".argument = loading.tree,", ".argument = 0,"),
    Mutation("arm64: caches of the kernel's first byte only", LINUX, ".code_size = loading.image.size", ".code_size = 1"),
    Mutation("arm64: caches of another place", LINUX, ".code = loading.kernel,", ".code = loading.tree,"),
    Mutation("arm64: options not measured", LINUX, "    trust_measure_options(boot);\n", ""),
    Mutation("arm64: initrd not measured", LINUX,
             "    (void)measure_initrd(boot->environment.tpm,\n"
             "                         span_of((const void *)(uintptr_t)loading.initrd, loading.initrd_size));\n", ""),
    Mutation("arm64: runtime regions left at 0", LINUX, "    (void)runtime_identity_set(map);\n", ""),
    Mutation("arm64: final map not filled in", LINUX, "    device_tree_fill_map(&state->blanks,", "    if (false) device_tree_fill_map(&state->blanks,"),
    Mutation("arm64: empty map taken", LINUX, "memory_map_end(map) == 0 || ", ""),
    Mutation("arm64: journal lost", LINUX,
             "    (void)linux_put_journal((char *)state->blanks.journal, journal, plan->shortfalls);\n", "    (void)journal;\n"),
    Mutation("arm64: less room for the journal than is written", LINUX, ".journal_size = LINUX_JOURNAL_CAPACITY}",
             ".journal_size = LINUX_JOURNAL_CAPACITY / 2}"),
    Mutation("arm64: kernel not told what the boot went without", LINUX, "journal, plan->shortfalls);", "journal, 0);"),
    Mutation("arm64: no MEMRESERVE", LINUX, "    (void)memreserve_install(boot->firmware, &boot->tables);\n", ""),
    Mutation("arm64: no other tables", LINUX, "    linux_hand_over(boot);\n", ""),
    Mutation("arm64: Altra entered", KIND, "return !runtime_quirk(smbios_table(boot->firmware));", "return true;"),
    Mutation("arm64: services that 39 bits do not reach", LINUX, "boot->runtime_regions.count == 0 && ", "true && "),
    Mutation("arm64: runtime regions not looked for", LINUX, ".wants_memory_end = true,", ".wants_memory_end = false,"),
    Mutation("arm64: what nobody can start refused", LINUX, "!boot_can_start(boot) ||", "false ||"),
    Mutation("arm64: stub's kernel not started", LINUX, "    boot->start_instead = true;\n", ""),
    Mutation("arm64: no screen", LINUX,
             "    (void)screen_info_install(boot->firmware, &boot->tables, &boot->environment.framebuffer);\n", ""),
    Mutation("Altra by its revision", QUIRK, "#define ID_MASK       0xffff000fU", "#define ID_MASK       0xffffffffU"),
    Mutation("Altra Max forgotten", QUIRK, "(id & ID_MASK) == ID_ALTRA_MAX ||", "false ||"),
    Mutation("another string taken for the version", QUIRK, "skip > 1 && strings.size > 0", "skip > 0 && strings.size > 0"),
    Mutation("eMAG anywhere in the strings", QUIRK, "begins_with(version, VERSION_EMAG)", "begins_with(processor.strings, VERSION_EMAG)"),
    Mutation("pitch cut off", SCREEN, "\n        screen->pitch > UINT16_MAX)", "\n        false)"),
    Mutation("framebuffer above 4 GiB by its low half", SCREEN, "screen->address >= FOUR_GIB ? BASE_IS_64_BIT : 0", "0"),
    Mutation("PL011 written while it is full", UART, "PL011_FLAG) & PL011_FULL) != 0;", "PL011_FLAG) & PL011_FULL) == 0;"),
    Mutation("wide registers read beside each other", UART, "machine_load32(address + WIDE_LINE_STATUS)", "machine_load32(address + UART_LINE_STATUS)"),
    Mutation("stuck port written to", UART, "    if (is_busy)\n        return false;\n", ""),
    Mutation("newline without a return", UART, "(*string == '\\n' && !put(kind, address, '\\r')) || ", ""),
    Mutation("port that is no memory", UART_WORDS, "acpi_number(spcr, SPCR_SPACE, 1) != SPACE_MEMORY", "false"),
    Mutation("port at address 0", UART_WORDS, "|| address == 0", "|| false"),
    Mutation("SBSA's port unknown", UART_WORDS, "    case 0xe: /* SBSA's */\n", ""),
    Mutation("bus with addresses of its own", TREE_UART, "             ranges.size != 0) &&\n", "             false) &&\n"),
    Mutation("options of the port taken for its path", TREE_UART, "path.data[i] == ':' || ", ""),
    Mutation("first node of the level taken", TREE_FIND, "(depth == 0 || is_component(name, tree_component(path, depth - 1)))", "true"),
    Mutation("half of an address", TREE_UART, "(cells == 2 && !tree_load_be32(registers, 0, &high))", "false"),
    Mutation("property of a node below", TREE_FIND, "tree_component(path, depth - 1).size == 0 &&", "true &&"),
    Mutation("ACPI's port not asked for", BOOT_BOARD, "board.uart == UART_NONE", "true"),
    Mutation("ACPI's conduit not asked for", BOOT_BOARD, "board.psci == PSCI_UNSAID", "true"),
    Mutation("ACPI's controller not asked for", BOOT_BOARD, "board.gic.version == 0", "true"),
    Mutation("the tree's conduit not asked for", BOOT_BOARD, "        board.psci = tree_psci(tree);", "        ;"),
    Mutation("the tree's controller not asked for", BOOT_BOARD, "        board.gic = tree_gic(tree);", "        ;"),
    Mutation("PSCI that the table does not claim", BOARD, "(flags & PSCI_COMPLIANT) == 0", "false"),
    Mutation("hypervisor called as a monitor", BOARD, "? PSCI_HVC : PSCI_SMC", "? PSCI_SMC : PSCI_SMC"),
    Mutation("table's entry without a length", BOARD, "size < 2 || ", ""),
    Mutation("table's entry beyond its end", BOARD, " || size > entry.size", ""),
    Mutation("last controller of the table taken", BOARD, "    if (*address == 0)\n", ""),
    Mutation("no redistributor of a processor's own", BOARD, "    keep(&frames, frame);\n", ""),
    Mutation("version that is not said is the old one", BOARD, "frames != 0 ? 3 : 2", "2"),
    Mutation("controller of half a description", BOARD, "gic.distributor != 0 && gic.processor != 0 ? gic", "true ? gic"),
    Mutation("tree: bus with addresses of its own", TREE_BOARD, "level->is_plain = value.size == 0;", "level->is_plain = true;"),
    Mutation("tree: bus on a bus with addresses of its own", TREE_BOARD, "depth == 0 || levels[depth - 1].is_plain;", "true;"),
    Mutation("tree: sizes of one cell", TREE_BOARD, "cells + parent->size_cells, cells)", "cells + 1, cells)"),
    Mutation("tree: half of an address", TREE_BOARD, "(uint64_t)high << 32 | low", "low"),
    Mutation("tree: secure monitor called as a hypervisor", TREE_BOARD, "tree_lists(method, \"smc\") ? PSCI_SMC", "tree_lists(method, \"smc\") ? PSCI_HVC"),
    Mutation("interrupts of other devices left on", GIC, "i <= lines; i++)", "i < lines; i++)"),
    Mutation("interrupts of this processor left on", GIC, "    machine_store32(base + DISABLE, UINT32_MAX);\n", ""),
    Mutation("timer's interrupt below all others", GIC, "    machine_store32(base + PRIORITY_TIMERS, 0);\n", ""),
    Mutation("frame of the first processor", GIC, "machine_load32(frame + FRAME_NUMBER) == wanted", "true"),
    Mutation("frames beyond the last one", GIC, "(type & FRAME_LAST) != 0", "false"),
    Mutation("frame left asleep", GIC, "        wake(frame);\n", ""),
    Mutation("waits for ever for a frame", GIC, " && polls < POLLS_MAX", ""),
    Mutation("processor's registers of the controller left shut", GIC, "        machine_gic_open();\n", ""),
    Mutation("hart that is not there", HART, "protocol == NULL || ", ""),
    Mutation("hart of a call that failed", HART, "protocol->get_boot_hart(protocol, &hart) != EFI_SUCCESS)", "(protocol->get_boot_hart(protocol, &hart), false))"),
    Mutation("RISC-V: stub not asked to find the hart", RISCV_KIND, "    return boot_hart(boot->firmware, &hart);\n", "    return boot_hart(boot->firmware, &hart) || true;\n"),
    Mutation("RISC-V: hart 0", RISCV_KIND, "    return boot_hart(boot->firmware, ret_number);\n", "    *ret_number = 0;\n    return true;\n"),
    Mutation("RISC-V: shut down", RISCV_RESET, "#define SBI_COLD_REBOOT  1U", "#define SBI_COLD_REBOOT  0U"),
    Mutation("RISC-V: rate of another field", RISCV_CLOCK, "#define RHCT_RATE      40U", "#define RHCT_RATE      36U"),
    Mutation("tree by a size that nobody said", TREE, "device_tree_size(span_of(tree, DEVICE_TREE_HEADER))", "4096"),
    Mutation("tree that is not there read", TREE, "    if (tree == NULL)\n        return (struct span){0};\n", ""),
    Mutation("MEMRESERVE of an earlier loader replaced", TREE,
             "    if (linux_tables_installed(firmware, LINUX_TABLE_MEMRESERVE) != NULL)\n        return EFI_SUCCESS;\n", ""),
    Mutation("table full of garbage", TREE, "    memcpy(table, contents, size);\n", ""),
    Mutation("table of a screen that is not there", TREE, "    if (!screen_info_put(screen, info))\n        return EFI_SUCCESS;\n",
             "    (void)screen_info_put(screen, info);\n"),
    Mutation("MEMRESERVE without memory", TREE, "    if (table == NULL)\n        return EFI_OUT_OF_RESOURCES;\n", ""),
    Mutation("16 KiB pages read as the others are", SPACE, "if (bytes == 16384)", "if (false)"),
    Mutation("4 KiB pages by the field of 64", SPACE, "bytes == 4096 ? MODEL_4K_SHIFT", "bytes == 4096 ? MODEL_64K_SHIFT"),
    Mutation("no memory above 4 GiB", SPACE, "return (1ULL << 48) - 1;", "return (1ULL << 32) - 1;"),
    Mutation("hypervisor called where a monitor is", RESET, "((machine_features() >> FEATURES_EL3_SHIFT) & FEATURES_FIELD) != 0 ||", ""),
    Mutation("hypervisor called by one", RESET, " ||\n           machine_exception_level() == 2;", ";"),
    Mutation("the tables' word on PSCI not taken", RESET, "    if (board->psci != PSCI_UNSAID)\n", "    if (false)\n"),
    Mutation("other processor by another call", RESET, "(by_smc ? ALARM_BY_SMC : 0)", "0"),
    Mutation("other processor's code left in the cache", RESET,
             "    machine_clean(machine_other_start, (uint64_t)(machine_other_end - machine_other_start));\n", ""),
    Mutation("all processors begun", RESET, "            0)\n            return;\n", "            0)\n            continue;\n"),
    Mutation("no other processor", RESET, "    begin_other(ticks, by_smc);\n", ""),
    Mutation("no timer", RESET, "        machine_reset_after(ticks, by_smc);\n", "        ;\n"),
    Mutation("RISC-V: vector without a timer", RISCV_RESET, "hz * seconds, 0) == 0)", "hz * seconds, 0) != 1)"),
    Mutation("RISC-V: alarm at once", RISCV_RESET, "arch_ticks() + hz * seconds", "arch_ticks() + hz * 0 * seconds"),
]  # fmt: skip
