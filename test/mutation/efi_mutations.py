# SPDX-License-Identifier: BSD-2-Clause
"""Ways to believe a firmware too much: mistakes in efi/ outside of the exit.

Knows: the source text of src/efi where it deals with files, memory, variables and images; rest_mutations.py
has the others. `make test` tries the first EVERY_DAY of them, `make mutation` all: put what would harm most
in front.
"""

from __future__ import annotations

from mutation.mutations import Mutation

FILE = "src/efi/file.c"
READ = "src/efi/file_read.c"
PAGES = "src/efi/pages.c"
VARIABLE = "src/efi/variable.c"
TABLES = "src/efi/tables.c"
DEVICE_PATH = "src/efi/device_path.c"
LOADED_IMAGE = "src/efi/loaded_image.c"
MAP_BUFFER = "src/efi/map_buffer.c"
WATCHDOG = "src/efi/watchdog.c"
IMAGE = "src/efi/image/image.c"
INITRD = "src/efi/image/initrd_media.c"
SHIM = "src/efi/image/shim.c"
LEASE = "src/efi/lease.c"

# The unit programs that notice, those of the file itself first.
EFI_PROGRAMS = {
    FILE: ("efi/file", "efi/file_read"),
    READ: ("efi/file_read",),
    PAGES: ("efi/pages",),
    VARIABLE: ("efi/variable",),
    TABLES: ("efi/tables", "efi/pages"),
    DEVICE_PATH: ("efi/device_path", "efi/loaded_image"),
    LOADED_IMAGE: ("efi/loaded_image",),
    WATCHDOG: ("efi/watchdog",),
    IMAGE: ("efi/image/image",),
    INITRD: ("efi/image/initrd_media",),
    SHIM: ("efi/image/shim", "efi/image/image"),
    LEASE: ("efi/lease",),
}

EVERY_DAY = 30

EFI_MUTATIONS = [
    # --- bytes of files
    Mutation("file not opened anew after an error", READ,
             "        (void)file_reopen(transfer->file);\n        if (status == EFI_BUFFER_TOO_SMALL ||",
             "        if (status == EFI_BUFFER_TOO_SMALL ||"),
    Mutation("first read larger than a driver takes", READ, "{256U << 20,", "{2048U << 20,"),
    Mutation("Read believed that claims more than was asked for", READ,
             "    if (count > size)\n        return EFI_DEVICE_ERROR;\n", ""),
    Mutation("a file that ends early is read as if it did not", READ,
             "            return EFI_END_OF_FILE;\n        if (bounce",
             "            return EFI_SUCCESS;\n        if (bounce"),
    Mutation("what goes on behind the end not looked for", READ,
             "        count != 0)\n        return EFI_VOLUME_CORRUPTED;",
             "        count != 0)\n        return EFI_SUCCESS;"),
    Mutation("a small file's end not looked for", READ,
             "return status == EFI_SUCCESS ? file_confirm_end(file, size) : status;", "return status;"),
    Mutation("one byte too many asked for", READ, "file, size + 1, destination", "file, size + 2, destination"),
    Mutation("size of 0 believed", READ, " || size == 0 || size > INT64_MAX)", " || size > INT64_MAX)"),
    Mutation("size that cannot be believed", READ, " || size == 0 || size > INT64_MAX)", " || size == 0)"),
    Mutation("position of the end believed against GetInfo", READ,
             "if (position != file->size || size == 0", "if (size == 0"),
    Mutation("short read taken for the end", READ,
             "    if (read_once(file, 1, &byte, &count) == EFI_SUCCESS)\n        return count == 0;",
             "    if (read_once(file, 1, &byte, &count) == EFI_SUCCESS)\n        return true;"),
    Mutation("bytes counted for ever", READ, "total > COUNT_MAX", "total == 1"),
    Mutation("what was read goes to the wrong place after an error", READ,
             "seek(transfer->file, transfer->offset + transfer->done);",
             "seek(transfer->file, transfer->offset);"),
    Mutation("part outside of the whole", READ,
             "part->offset > whole.size || part->size > whole.size - part->offset",
             "part->offset > whole.size"),
    Mutation("driver of whole files only not understood", READ,
             "status == EFI_BUFFER_TOO_SMALL || !transfer->is_placed", "!transfer->is_placed"),
    # --- what is opened
    Mutation("success of GetInfo believed that claims more than its buffer", FILE,
             "    if (status == EFI_SUCCESS && size > room)\n        status = EFI_DEVICE_ERROR;\n", ""),
    Mutation("EFI_FILE_INFO shorter than it is", FILE,
             "    if (size < header)\n        return EFI_VOLUME_CORRUPTED;\n", ""),
    Mutation("driver that wants more room is left without", FILE,
             "status == EFI_BUFFER_TOO_SMALL && room < FILE_INFO_SIZE_MAX",
             "status == EFI_BUFFER_TOO_SMALL && room < 2"),
    Mutation("file left open when it is a directory", FILE,
             "        handle->Close(handle);\n        return status;\n    }\n    opened.size",
             "        return status;\n    }\n    opened.size"),
    # --- memory
    Mutation("lowest pages called a lack of memory", PAGES,
             "        return allocate_chosen(firmware, &highest, PAGES_LOWEST, maximum, ret_address);",
             "        return EFI_OUT_OF_RESOURCES;"),
    Mutation("pages elsewhere than asked for taken", PAGES,
             "address < PAGES_LOWEST || address > maximum ||", "address < PAGES_LOWEST ||"),
    Mutation("pages that end elsewhere than asked for taken", PAGES,
             "request->count * PAGE_SIZE - 1 > maximum - address", "0 > maximum - address"),
    Mutation("other pages than the chosen ones taken", PAGES,
             "if (status == EFI_SUCCESS && address != chosen)", "if (0 && address != chosen)"),
    Mutation("map read into the lowest page", PAGES,
             "    if (room->address < PAGES_LOWEST)\n        return EFI_BUFFER_TOO_SMALL;\n", ""),
    Mutation("map's room not given back", PAGES,
             "MAP_SIZE_MAX)) {\n        give_back(firmware, ret_room);\n", "MAP_SIZE_MAX)) {\n"),
    Mutation("room for the map that is there not used", PAGES, "if (firmware->map_room != NULL)", "if (false)"),
    Mutation("map's size not taken from what the firmware needs", PAGES, "needed <= MAP_SIZE_MAX &&", "false &&"),
    Mutation("our own stack inherited", PAGES, "(stack >= start && stack < end) || ", "(void)stack, "),
    # --- variables, tables, paths
    Mutation("GetVariable believed that claims more than its buffer", VARIABLE,
             "    if (size > capacity)\n        return EFI_BUFFER_TOO_SMALL;", "    if (0)\n        return 0;"),
    Mutation("count of tables believed", TABLES, "tables == NULL || count > TABLES_MAX)", "tables == NULL)"),
    Mutation("device path without an end followed", DEVICE_PATH,
             "length < DEVICE_PATH_HEADER_SIZE || length > DEVICE_PATH_MAX - size",
             "length < DEVICE_PATH_HEADER_SIZE"),
    Mutation("initrd's end not looked for", INITRD,
             "status = file_confirm_end(media->files[i].file, media->sizes[i]);", "status = EFI_SUCCESS;"),
    # --- the rest: make mutation
    Mutation("node shorter than its header", DEVICE_PATH,
             "length < DEVICE_PATH_HEADER_SIZE || length > DEVICE_PATH_MAX - size",
             "length > DEVICE_PATH_MAX - size"),
    Mutation("two separators between file nodes", DEVICE_PATH,
             "            while (count > 0 && name[count - 1] == '\\\\')\n                count--;\n", ""),
    Mutation("name written behind its room", DEVICE_PATH, "    if (count < capacity)\n        name[count] = unit;",
             "    name[count] = unit;"),
    Mutation("only the first file node", DEVICE_PATH,
             "        if (count > capacity)\n            return 0;",
             "        if (count > capacity)\n            return 0;\n        if (count > 0)\n            return count;"),
    Mutation("path that does not fit kept", LOADED_IMAGE, "ret_image->path[0] = '\\0';", "(void)0;"),
    Mutation("options without bytes", LOADED_IMAGE,
             "image->LoadOptions == NULL ? 0 : image->LoadOptionsSize", "image->LoadOptionsSize"),
    Mutation("tables without a pointer", TABLES, "(tables == NULL && count > 0)", "false"),
    Mutation("ACPI 1.0 in front of 2.0", TABLES, "if (found.acpi_rsdp == 0)", "if (true)"),
    Mutation("services that are gone called", VARIABLE,
             "services == NULL || services->SetVariable == NULL", "services == NULL"),
    Mutation("name longer than its buffer", VARIABLE, "if (length == NAME_MAX)", "if (length == NAME_MAX + 1)"),
    Mutation("file that was looked for left open", FILE,
             "    if (status == 0)\n        file_close(firmware, file);\n    return status;\n", "    return status;\n"),
    Mutation("asked for the same again", READ,
             "        if (step != 0 && read_sizes[step] >= transfer->size - transfer->done)\n            continue;\n",
             ""),
    Mutation("bounce buffer kept", READ, "    pages_free(transfer->firmware, bounce);\n", ""),
    Mutation("counting buffer kept", READ, "    pages_free(file->firmware, address);\n", ""),
    Mutation("error at the end counts against a file", READ,
             "    (void)file_reopen(file);\n    return size != 0;", "    (void)file_reopen(file);\n    return false;"),
    Mutation("larger claim looked at first", READ,
             "uint64_t less = said < position ? said : position;",
             "uint64_t less = said < position ? position : said;"),
    Mutation("only source not believed", READ,
             "more == UINT64_MAX && less == said && said != 0", "false"),
    Mutation("handle that is gone used", READ,
             "    if (file->handle == NULL)\n        return EFI_DEVICE_ERROR;\n", ""),
    Mutation("opened from a directory that is closed", FILE,
             "        if (firmware->files.slots[i].directory == file)\n"
             "            firmware->files.slots[i].directory = NULL;\n",
             "        (void)file;\n"),
    Mutation("slot not given back", FILE, "    file->firmware = NULL;\n", ""),
    Mutation("full list of leases forgets what is open", FILE,
             "        handle_of(opened)->Close(handle_of(opened));\n        return EFI_OUT_OF_RESOURCES;",
             "        return EFI_OUT_OF_RESOURCES;"),
    Mutation("larger buffer for facts kept", FILE,
             "    if (address != 0)\n        pages_free(file->firmware, address);\n    return status;",
             "    return status;"),
    Mutation("directory on the way left open", FILE,
             "        if (directory != from)\n            directory->Close(directory);\n", ""),
    Mutation("root closed with a long path", FILE,
             "        if (directory != from)\n            directory->Close(directory);\n",
             "        if (units != 0 && part != 0)\n            directory->Close(directory);\n"),
    Mutation("Open that gives no handle believed", FILE,
             "        if (handle == NULL)\n            return EFI_DEVICE_ERROR;\n        if (part == 0)",
             "        if (part == 0)"),
    Mutation("file taken for a directory", FILE, "facts.is_directory != want_directory", "false"),
    Mutation("forgotten pages given back", PAGES, "    lease_forget(firmware, release_pages, address);",
             "    lease_release(firmware, release_pages, address);"),
    Mutation("runtime memory inherited", PAGES,
             "(MEMORY_ATTRIBUTE_RUNTIME | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)",
             "MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE"),
    Mutation("what is listed as two things inherited", PAGES, "is_free == is_taken ||", "(!is_free && !is_taken) ||"),
    Mutation("region with a table in it inherited", PAGES,
             " || tables_point_into(firmware, start, end);", ";"),
    Mutation("watchdog that stays armed", WATCHDOG, "watchdog_arm(firmware, 0);", "watchdog_arm(firmware, 1);"),
    Mutation("watchdog with a code of the firmware's", WATCHDOG, "0x10000", "0xffff"),
    Mutation("watchdog left armed after an image", IMAGE, "    watchdog_disarm(firmware);\n", ""),
    Mutation("image that is not trusted left loaded", IMAGE,
             "    if (status == EFI_SECURITY_VIOLATION && handle != NULL)\n"
             "        unload(firmware, handle);\n", ""),
    Mutation("verified image left loaded", IMAGE,
             "    if (status == EFI_SUCCESS)\n        unload(firmware, handle);\n", ""),
    Mutation("load options of a driver that stays kept", IMAGE,
             "    loaded->LoadOptions = NULL; /*", "    /*"),
    Mutation("second initrd offered", INITRD,
             "status = is_offered(firmware) ? EFI_ALREADY_STARTED : install(firmware, media);",
             "status = install(firmware, media);"),
    Mutation("gap between initrds not cleared", INITRD,
             "        memset(destination + done, 0, media->offsets[i] - done);\n", ""),
    Mutation("initrd written into a buffer that is too small", INITRD,
             "buffer == NULL || room < media->size", "buffer == NULL"),
    Mutation("firmware's judges not put back", SHIM,
             "        *vouched.security2 = vouched.original2;", "        (void)0;"),
    Mutation("every file vouched for", SHIM,
             "(file == vouched.file.data || memcmp(file, vouched.file.data, size) == 0)", "true"),
    Mutation("file too large for shim judged by its first bytes", SHIM,
             "if (file.size <= INT32_MAX)", "if ((UINT32)file.size <= INT32_MAX)"),
    Mutation("lease list written behind its end", LEASE,
             "if (leases->count == LEASES_MAX)", "if (leases->count == LEASES_MAX + 1)"),
]  # fmt: skip
