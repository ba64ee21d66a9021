# SPDX-License-Identifier: BSD-2-Clause
"""Mistakes in what is left of efi/: the TPM, the screen, the console, records, what Linux finds later.

Knows: the source text of these files. `make mutation` tries them.
"""

from __future__ import annotations

from mutation.mutations import Mutation

TPM = "src/efi/tpm.c"
GRAPHICS = "src/efi/graphics.c"
VOLUMES = "src/efi/volumes.c"
ARENA = "src/efi/arena.c"
CONSOLE = "src/efi/console.c"
WIDE_TEXT = "src/efi/wide_text.c"
RECORD = "src/efi/exit/exit_record.c"
LINUX_TABLES = "src/efi/linux/linux_tables.c"
OVERWRITE = "src/efi/linux/memory_overwrite.c"
RANDOM = "src/efi/linux/random.c"
SEED_FILE = "src/efi/linux/seed_file.c"
TPM_LOG = "src/efi/linux/tpm_log.c"
APPLE = "src/efi/linux/x86/apple.c"
OPTION_ROMS = "src/efi/linux/x86/option_roms.c"

REST_PROGRAMS = {
    TPM: ("efi/tpm",),
    GRAPHICS: ("efi/graphics",),
    VOLUMES: ("efi/volumes",),
    ARENA: ("efi/arena", "boot/entry/entries"),
    CONSOLE: ("efi/console",),
    WIDE_TEXT: ("efi/wide_text",),
    RECORD: ("efi/exit/exit_record",),
    LINUX_TABLES: ("efi/linux/linux_tables",),
    OVERWRITE: ("efi/linux/memory_overwrite",),
    RANDOM: ("efi/linux/random",),
    SEED_FILE: ("efi/linux/seed_file",),
    TPM_LOG: ("efi/linux/tpm_log",),
    APPLE: ("efi/linux/x86/apple",),
    OPTION_ROMS: ("efi/linux/x86/option_roms",),
}

REST_MUTATIONS = [
    # --- measuring
    Mutation("TPM that is turned off measured into", TPM, " || !capability.tpm_present))", "))"),
    Mutation("full log taken for a failure", TPM, "return status == EFI_VOLUME_FULL ? EFI_SUCCESS : status;",
             "return status;"),
    Mutation("failed measurement forgotten", TPM, "tpm->failure != EFI_SUCCESS || !tpm_usable(tpm)", "!tpm_usable(tpm)"),
    Mutation("confidential guest's registers left out", TPM,
             "if (status != EFI_SUCCESS || cc == NULL)", "if (true)"),
    Mutation("confidential guest's register of the PCR's number", TPM, "    whole.head.index = index;\n", ""),
    Mutation("event longer than its room", TPM,
             "    if (event.size > TPM_EVENT_MAX)\n        return EFI_BAD_BUFFER_SIZE;\n", ""),
    Mutation("registers closed as healthy ones are", TPM, "number = 1;", "number = 0;"),
    Mutation("address 0 hashed", TPM, "data.size != 0 ? (const void *)data.data : (const void *)event",
             "(const void *)data.data"),
    # --- the log for the kernel
    Mutation("log without zeros behind it", TPM_LOG,
             "    memset((UINT8 *)(table + 1) + size, 0, TAIL_SIZE);\n", ""),
    Mutation("log written behind its room", TPM_LOG, "sizeof(*table) + size + TAIL_SIZE);", "sizeof(*table) + size);"),
    Mutation("log that wraps around", TPM_LOG,
             "to_the_end < EVENT_LOG_MAX ? to_the_end : EVENT_LOG_MAX", "EVENT_LOG_MAX"),
    Mutation("missing events not told", TPM_LOG, ".truncated = truncated != FALSE,", ".truncated = false,"),
    Mutation("final events twice in the log", TPM_LOG, "(UINT32)final_events_size(firmware, &source)", "0"),
    Mutation("unsound log handed over", TPM_LOG,
             "    if (report.error != EVENT_LOG_OK)\n        return report;\n", ""),
    Mutation("log at address 0 read", TPM_LOG, "&truncated) != EFI_SUCCESS ||\n        first == 0)",
             "&truncated) != EFI_SUCCESS)"),
    # --- seeds
    Mutation("seed kept over the boot that used it", RANDOM,
             "    if (status != EFI_SUCCESS)\n        memory_wipe(random_seed_end(seed), size);\n    else if",
             "    status = EFI_SUCCESS;\n    if"),
    Mutation("kept seed not deleted", RANDOM,
             "status = variable_delete(firmware_runtime_services(firmware), VARIABLE_RANDOM_SEED, KEPT_NAME);",
             "status = EFI_SUCCESS;"),
    Mutation("seed that nobody took left in memory", RANDOM,
             "        memory_wipe(seed, sizeof(*seed));\n", ""),
    Mutation("earlier seed left in memory", RANDOM,
             "    if (earlier.size != 0)\n        memory_wipe((void *)(uintptr_t)earlier.data, earlier.size);\n", ""),
    Mutation("earlier seed dropped", RANDOM, "        (void)random_seed_add(seed, earlier.size);\n", "        (void)0;\n"),
    Mutation("no room left for the earlier seed", RANDOM, "random_seed_room(seed) - reserved", "random_seed_room(seed)"),
    Mutation("generator that gives one byte believed", RANDOM,
             "    if (status == EFI_SUCCESS && !random_seed_is_random(bytes, size))\n        status = EFI_DEVICE_ERROR;\n",
             ""),
    Mutation("only the raw generator asked", RANDOM,
             "    if (status != EFI_SUCCESS)\n        status = rng->GetRNG(rng, NULL, size, bytes);\n", ""),
    Mutation("memory asked for where there is no seed", RANDOM,
             "    if (find_generator(firmware) == NULL && !is_kept(firmware))\n        return EFI_NOT_FOUND;\n", ""),
    # --- tables that outlive the firmware
    Mutation("table that cannot be taken out put in", LINUX_TABLES,
             "    if (firmware->leases.count == LEASES_MAX)\n        return EFI_OUT_OF_RESOURCES;\n", ""),
    Mutation("table in memory that the kernel uses", LINUX_TABLES, "firmware, MEMORY_ACPI_RECLAIM,", "firmware, MEMORY_LOADER_DATA,"),
    Mutation("table stays when the boot fails", LINUX_TABLES,
             "    if (status == EFI_SUCCESS)\n        (void)lease_record(firmware, take_table_out, (uintptr_t)guid, 0);\n", ""),
    Mutation("block of memory that somebody else has used", LINUX_TABLES,
             "    pages_forget(firmware, tables->address);\n    tables->size = 0;\n", ""),
    Mutation("pieces that lie on each other", LINUX_TABLES, "        tables->used += rounded;\n", ""),
    Mutation("piece larger than what is left", LINUX_TABLES, "if (rounded <= tables->size - tables->used)",
             "if (rounded <= tables->size)"),
    Mutation("overwriting asked for where nobody knows it", OVERWRITE,
             "    if (status != EFI_SUCCESS && status != EFI_BUFFER_TOO_SMALL)\n        return status;\n", ""),
    Mutation("large variable not written", OVERWRITE, " && status != EFI_BUFFER_TOO_SMALL)", ")"),
    # --- devices
    Mutation("ROM without an end copied", OPTION_ROMS, " || node.size > ROM_SIZE_MAX ||", " ||"),
    Mutation("ROM of a device that does not answer", OPTION_ROMS,
             "pci->Pci.Read(pci, EfiPciIoWidthUint16, PCI_IDS, 2, node.ids) != EFI_SUCCESS", "false"),
    Mutation("handles of devices kept", OPTION_ROMS, "    pool_free(firmware, handles);\n", ""),
    Mutation("properties without an end copied", APPLE, "size == 0 || size > PROPERTIES_MAX", "size == 0"),
    Mutation("properties that grew believed", APPLE, " || length > size))", "))"),
    Mutation("properties asked of any firmware", APPLE, "is_apple(firmware) ?", "true ?"),
    Mutation("properties of another version", APPLE,
             "properties != NULL && properties->version == PROPERTIES_VERSION", "properties != NULL"),
    Mutation("handles of screens kept", GRAPHICS, "    pool_free(firmware, handles);\n", ""),
    Mutation("line longer than its memory", GRAPHICS,
             " ||\n        info->PixelsPerScanLine < info->HorizontalResolution)", ")"),
    Mutation("screen whose memory wraps", GRAPHICS,
             "        gop->Mode->FrameBufferBase > UINT64_MAX - needed)", "        false)"),
    Mutation("screen that only blits written to", GRAPHICS, "        return false; /* PixelBltOnly", "        break; /* PixelBltOnly"),
    Mutation("EDID of no bytes read", GRAPHICS, "found->SizeOfEdid < EDID_BLOCK_SIZE || ", ""),
    Mutation("first screen taken instead of the console's", GRAPHICS,
             "        shows_console = has_protocol(firmware, handles[i], &console_out_guid);", "        shows_console = true;"),
    # --- memory and text
    Mutation("piece behind the end of its chunk", ARENA, "    arena->end = address + pages_for(size) * PAGE_SIZE;\n",
             "    arena->end = address + 2 * pages_for(size) * PAGE_SIZE;\n"),
    Mutation("size that wraps when it is rounded", ARENA,
             "    if (!checked_align_up(size, ALIGNMENT, &rounded))\n        return NULL;\n",
             "    rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);\n"),
    Mutation("chunks all alike", ARENA, "    arena->chunk_size *= 2;\n", ""),
    Mutation("first messages make room", CONSOLE, "kept.data + 2 * quarter", "kept.data"),
    Mutation("text written behind its chunk", CONSOLE, "CHUNK_UNITS - 2", "CHUNK_UNITS"),
    Mutation("character beyond UCS-2 cut", CONSOLE, "        code_point = '?'; /* consoles", "        (void)0; /* consoles"),
    Mutation("width asked for each line", CONSOLE, "rest.size > SHORT_SIZE ? columns_now() : 0", "columns_now()"),
    Mutation("width that is none believed", CONSOLE, "        columns < COLUMNS_MIN || ", "        "),
    Mutation("last column of a line used", CONSOLE, "return (uint32_t)columns - 1;", "return (uint32_t)columns;"),
    Mutation("what stands in the line forgotten", CONSOLE,
             "columns != 0 ? (uint32_t)latch->Mode->CursorColumn : 0", "0"),
    Mutation("next line as short as the first", CONSOLE, "        used = 0;\n", ""),
    Mutation("line of two newlines", CONSOLE, "line.data[line.size - 1] == '\\n'", "false"),
    Mutation("mode that is not there asked for", CONSOLE, "latch->Mode == NULL ||\n", "false ||\n"),
    Mutation("no carriage return", CONSOLE, "            chunk[count++] = '\\r';\n", "            (void)0;\n"),
    Mutation("text that is not UTF-8 keeps its pages", WIDE_TEXT, "        pages_free(firmware, address);\n", ""),
    Mutation("wide text without its end", WIDE_TEXT, "(length + 1) * sizeof(uint16_t));", "length * sizeof(uint16_t));"),
    # --- records
    Mutation("record of others believed", RECORD, " || attributes != VARIABLE_KEPT || !is_ours(text))", ")"),
    Mutation("attributes of a record not looked at", RECORD, " || attributes != VARIABLE_KEPT ||", " ||"),
    Mutation("record on the console as it is", RECORD,
             "text[i] == '\\n' || (text[i] >= ' ' && text[i] <= '~') ? text[i] : '?'", "text[i]"),
    Mutation("record of which only the first line counts", RECORD,
             "        if (record[start] == '\\n')\n            start++;\n", "        if (record[start] == '\\n')\n            break;\n"),
    Mutation("record of a full store given up", RECORD, "while (status != EFI_SUCCESS && size > 64);", "while (false);"),
    Mutation("record that cannot be settled believed", RECORD,
             "return status == EFI_SUCCESS && exit_record_is_told(buffer);", "return true;"),
    Mutation("line of a record as wide as it is", RECORD, "i < SHOWN_WIDTH && *record", "i < 1000 && *record"),
    # --- the second volume
    Mutation("device near the disk taken for it", VOLUMES, " ||\n        !device_path_is_end(rest))", ")"),
    Mutation("partition read as a disk", VOLUMES, " || disk->Media->LogicalPartition)", ")"),
    Mutation("disk without a medium read", VOLUMES, " && disk->Media->MediaPresent &&\n", " &&\n"),
    Mutation("blocks of no bytes", VOLUMES, "disk->Media->BlockSize >= BLOCK_SIZE_MIN && ", ""),
    Mutation("blocks of any size", VOLUMES, " && disk->Media->BlockSize <= BLOCK_SIZE_MAX;", ";"),
    Mutation("table at the end of the disk not looked at", VOLUMES,
             "i < 3; i++) {\n        if (i == 2", "i < 1; i++) {\n        if (i == 2"),
    Mutation("table of a disk that has grown not looked at", VOLUMES,
             "    *block = gpt_other_block(bytes);\n", ""),
    Mutation("partition of an unsound array taken", VOLUMES,
             "return !*ret_found || gpt_array_is_sound(&gpt, bytes);", "return true;"),
    Mutation("room for a long table not made", VOLUMES, "rounded > room->size", "room->size == 0"),
    Mutation("room for blocks kept", VOLUMES,
             "    if (room.size != 0)\n        pages_free(firmware, room.address);\n", ""),
    Mutation("partition of another kind taken", VOLUMES, "{\n    0xff, 0xc2, 0x13", "{\n    0xfe, 0xc2, 0x13"),
    Mutation("partition that is not connected not found", VOLUMES,
             "        connect(firmware, disk);\n", "        (void)0;\n"),
    Mutation("file system that is not connected not found", VOLUMES,
             "        connect(firmware, device);\n", "        (void)0;\n"),
    Mutation("partition without a file system taken", VOLUMES,
             "    if (protocol_of(firmware, device, &file_system_guid) != NULL)\n        firmware", "    firmware"),
    # --- the seed on the volume
    Mutation("seed used whose file stays as it was", SEED_FILE,
             "if (file_overwrite(root, SEED_FILE_PATH, span_of(contents, size)) == EFI_SUCCESS)",
             "if (file_overwrite(root, SEED_FILE_PATH, span_of(contents, size)) | true)"),
    Mutation("seed of nothing secret handed over", SEED_FILE, "if (boot_seed_is_worth_it(&parts, secure_boot)) {",
             "if (true) {"),
    Mutation("disk believed under Secure Boot", SEED_FILE, "boot_seed_is_worth_it(&parts, secure_boot)",
             "boot_seed_is_worth_it(&parts, false)"),
    Mutation("earlier loader's seed stays in memory", SEED_FILE, "    else if (earlier.size != 0)\n", "    else if (false)\n"),
    Mutation("rest of the old seed stays on the disk", SEED_FILE, "        memset(contents, 0, size);\n", ""),
    Mutation("seed written that is not to be", SEED_FILE, " || file_is_read_only(file))", ")"),
    Mutation("seed of any size read", SEED_FILE, "if (*ret_size > BOOT_SEED_FILE_MAX)", "if (false)"),
    Mutation("seed that is too large not told of", SEED_FILE,
             "return status == EFI_BAD_BUFFER_SIZE ? status : EFI_SUCCESS;", "return EFI_SUCCESS;"),
    Mutation("token left out of the seed", SEED_FILE, "        parts->token = span_of(secrets->token, size);\n", "        (void)0;\n"),
    Mutation("seed handed over that is the file's next", SEED_FILE, "hand_over(firmware, parts.earlier, secrets.seed)",
             "hand_over(firmware, parts.earlier, secrets.next)"),
    Mutation("seed file open while it is written", SEED_FILE, "        file_close(firmware, file);", "        "),
]  # fmt: skip
