/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/variable.h"

#include "core/text/utf.h"
#include "core/trust/secure_boot.h"
#include "efi/services.h"

#define NAME_MAX 64

_Static_assert(VARIABLE_NON_VOLATILE == EFI_VARIABLE_NON_VOLATILE &&
                   VARIABLE_KEPT == (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                                     EFI_VARIABLE_RUNTIME_ACCESS),
               "the attributes as UEFI has them");

const EFI_GUID variable_vendors[] = {
    [VARIABLE_GLOBAL] = EFI_GLOBAL_VARIABLE,
    /* SHIM_LOCK_GUID, shim's MokVars.txt */
    [VARIABLE_SHIM] = {0x605dab50,
                       0xe046,
                       0x4300,
                       {0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23}},
    /* made for it */
    [VARIABLE_BATON] = {0x4b521f68,
                        0xb6fc,
                        0x4b68,
                        {0xb1, 0x23, 0x1c, 0x20, 0x25, 0xb7, 0xd5, 0x99}},
    /* LINUX_EFI_RANDOM_SEED_TABLE_GUID, Linux, include/linux/efi.h; of the table too */
    [VARIABLE_RANDOM_SEED] = {0x1ce1e5bc,
                              0x7ceb,
                              0x42f2,
                              {0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b}},
    /* MEMORY_ONLY_RESET_CONTROL_GUID; TCG Platform Reset Attack Mitigation Specification */
    [VARIABLE_OVERWRITE] = {0xe20939be,
                            0x32d4,
                            0x41be,
                            {0xa1, 0x50, 0x89, 0x7f, 0x85, 0xd4, 0x98, 0x29}},
    /* https://systemd.io/BOOT_LOADER_INTERFACE */
    [VARIABLE_SYSTEMD] = {0x4a67b082,
                          0x0a4c,
                          0x41cf,
                          {0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f}},
    /* UEFI 2.10, 32.6.1 */
    [VARIABLE_DATABASE] = {0xd719b2cb,
                           0x3d3a,
                           0x4596,
                           {0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f}},
    /* EFI_CUSTOM_MODE_ENABLE_GUID, EDK II, SecurityPkg */
    [VARIABLE_CUSTOM_MODE] = {0xc076ec0c,
                              0x7028,
                              0x4399,
                              {0xa0, 0x72, 0x71, 0xee, 0x5c, 0x44, 0x8b, 0x9f}},
};

/* What the services take, which they want writable. */
struct wide_name {
    EFI_GUID vendor;
    CHAR16 name[NAME_MAX];
};

static bool widen(enum variable_vendor vendor, const char *name, struct wide_name *ret_wide)
{
    size_t length = 0;

    do {
        if (length == NAME_MAX)
            return false;
        ret_wide->name[length] = (CHAR16)(unsigned char)name[length];
    } while (name[length++] != '\0');
    ret_wide->vendor = variable_vendors[vendor];
    return true;
}

efi_status variable_read(const struct firmware *firmware, enum variable_vendor vendor,
                         const char *name, void *data, size_t capacity, size_t *ret_size,
                         uint32_t *ret_attributes)
{
    struct wide_name wide;
    UINTN size = capacity;
    UINT32 attributes = 0;
    EFI_STATUS status;

    if (!widen(vendor, name, &wide))
        return EFI_INVALID_PARAMETER;
    status =
        runtime_services(firmware)->GetVariable(wide.name, &wide.vendor, &attributes, &size, data);
    if (status != EFI_SUCCESS)
        return status;
    if (size > capacity)
        return EFI_BUFFER_TOO_SMALL; /* success that claims more than there is room for */
    *ret_size = size;
    *ret_attributes = attributes;
    return EFI_SUCCESS;
}

efi_status variable_write(uint64_t runtime_services, enum variable_vendor vendor, const char *name,
                          uint32_t attributes, const void *data, size_t size)
{
    const EFI_RUNTIME_SERVICES *services =
        (const EFI_RUNTIME_SERVICES *)(uintptr_t)runtime_services;
    struct wide_name wide;

    if (!widen(vendor, name, &wide))
        return EFI_INVALID_PARAMETER;
    if (services == NULL || services->SetVariable == NULL)
        return EFI_UNSUPPORTED;
    /* The service promises not to change its data, but its type does not say so. */
    return services->SetVariable(wide.name, &wide.vendor, attributes, size,
                                 (void *)(uintptr_t)data);
}

efi_status variable_write_text(uint64_t runtime_services, const char *name, uint32_t attributes,
                               const char *text)
{
    uint16_t wide[VARIABLE_TEXT_MAX];
    size_t units;

    if (text == NULL)
        return variable_delete(runtime_services, VARIABLE_SYSTEMD, name);
    if (utf8_to_utf16(text, wide, VARIABLE_TEXT_MAX, &units) != UTF_OK)
        return EFI_INVALID_PARAMETER;
    return variable_write(runtime_services, VARIABLE_SYSTEMD, name, attributes, wide,
                          (units + 1) * sizeof(wide[0]));
}

/* UEFI 2.10, 8.2.3: no attributes and no data delete. */
efi_status variable_delete(uint64_t runtime_services, enum variable_vendor vendor, const char *name)
{
    return variable_write(runtime_services, vendor, name, 0, NULL, 0);
}
