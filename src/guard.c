/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * build/guard.efi: the guard as a UEFI driver, for machines whose loader cannot be changed. It
 * stays from its entry point on until an operating system is there (efi/guard/README.md). The word
 * `debug` as its load options: one line on the serial port when boot services are left.
 */
#include "arch/arch.h"
#include "core/base/mem.h"
#include "efi/console.h"
#include "efi/guard/guard_stay.h"
#include "efi/loaded_image.h"
#include "efi/tables.h"

static struct firmware firmware;

static bool wants_debug(void)
{
    static const uint16_t word[] = u"debug";
    struct loaded_image image;

    return loaded_image_read(&firmware, &image) == 0 &&
           image.load_options.size >= sizeof(word) - sizeof(word[0]) &&
           memcmp(image.load_options.data, word, sizeof(word) - sizeof(word[0])) == 0;
}

/* Called by start.S with the System V convention. */
efi_status efi_main(void *image_handle, struct _EFI_SYSTEM_TABLE *system_table);

efi_status efi_main(void *image_handle, struct _EFI_SYSTEM_TABLE *system_table)
{
    struct guard_options options = {.exit = {.type = MEMORY_BOOT_SERVICES_DATA}};
    efi_status status;

    firmware = (struct firmware){.image_handle = image_handle, .system_table = system_table};
    arch_clock_start(tables_find(&firmware).acpi_rsdp, &options.exit.clock);
    options.means.runtime_services = firmware_runtime_services(&firmware);
    options.means.board.uart = arch_uart_find();
    options.means.entry_name = "";
    options.debug = wants_debug();
    status = guard_stay(&firmware, &options);
    console_open(&firmware);
    console_put(status == 0 ? "Baton's guard " BATON_VERSION " is on\n"
                            : "Baton's guard has no memory, and is not on\n");
    console_close();
    return status;
}
