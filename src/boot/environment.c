/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/environment.h"

#include "core/trust/secure_boot.h"
#include "efi/graphics.h"
#include "efi/tables.h"
#include "efi/variable.h"

/* One byte of a variable, as Secure Boot's are; anything else counts as unreadable. */
static struct secure_boot_variable read_flag(const struct firmware *firmware,
                                             enum variable_vendor vendor, const char *name)
{
    struct secure_boot_variable flag = {.answer = SECURE_BOOT_FAILED};
    uint8_t value[1];
    size_t size;
    uint32_t attributes;
    efi_status status =
        variable_read(firmware, vendor, name, value, sizeof(value), &size, &attributes);

    if (status == 0 && size == sizeof(value)) {
        flag.answer = SECURE_BOOT_FOUND;
        flag.value = value[0];
        flag.attributes = attributes;
    } else if (status == STATUS_NOT_FOUND) {
        flag.answer = SECURE_BOOT_NOT_FOUND;
    }
    return flag;
}

struct secure_boot_variables environment_secure_boot(const struct firmware *firmware)
{
    struct secure_boot_variables found = {.secure_boot =
                                              read_flag(firmware, VARIABLE_GLOBAL, "SecureBoot")};

    /* Looking for what is not there is dear, and most machines have none of them. */
    if (found.secure_boot.answer != SECURE_BOOT_NOT_FOUND) {
        found.setup_mode = read_flag(firmware, VARIABLE_GLOBAL, "SetupMode");
        found.mok_state = read_flag(firmware, VARIABLE_SHIM, "MokSBStateRT");
    }
    return found;
}

bool environment_secure_boot_enforced(const struct firmware *firmware)
{
    struct secure_boot_variables variables = environment_secure_boot(firmware);

    return secure_boot_enforced(&variables);
}

bool environment_takes_keys(const struct firmware *firmware)
{
    struct secure_boot_variable setup_mode = read_flag(firmware, VARIABLE_GLOBAL, "SetupMode");

    return setup_mode.answer == SECURE_BOOT_FOUND && setup_mode.value == 1;
}

struct boot_environment environment_gather(const struct firmware *firmware, uint64_t ticks_start,
                                           const struct secure_boot_variables *secure_boot,
                                           struct tpm *tpm)
{
    struct configuration_tables tables = tables_find(firmware);
    struct boot_environment environment = {
        .system_table = (uintptr_t)firmware->system_table,
        .acpi_rsdp = tables.acpi_rsdp,
        .smbios = tables.smbios,
        .smbios3 = tables.smbios3,
        .memory_attributes = tables.memory_attributes,
        .tpm = tpm,
        .ticks_start = ticks_start,
    };

    (void)graphics_find(firmware, &environment.framebuffer, environment.edid);
    environment.secure_boot = (uint8_t)secure_boot_judge(secure_boot);
    environment.secure_boot_enforced = secure_boot_enforced(secure_boot);
    return environment;
}
