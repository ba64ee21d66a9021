/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/variable.h"

#include "core/secure_boot.h"
#include "efi/services.h"

#define NAME_MAX 64

_Static_assert(VARIABLE_NON_VOLATILE == EFI_VARIABLE_NON_VOLATILE, "the attribute as UEFI has it");

const EFI_GUID variable_vendors[] = {
    [VARIABLE_GLOBAL] = EFI_GLOBAL_VARIABLE,
    /* SHIM_LOCK_GUID, shim's MokVars.txt */
    [VARIABLE_SHIM] = {0x605dab50,
                       0xe046,
                       0x4300,
                       {0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23}},
    /* LINUX_EFI_RANDOM_SEED_TABLE_GUID, Linux, include/linux/efi.h; of the table too */
    [VARIABLE_RANDOM_SEED] = {0x1ce1e5bc,
                              0x7ceb,
                              0x42f2,
                              {0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b}},
};

efi_status variable_read(const struct firmware *firmware, enum variable_vendor vendor,
                         const char *name, void *data, size_t capacity, size_t *ret_size,
                         uint32_t *ret_attributes)
{
    EFI_GUID guid = variable_vendors[vendor];
    CHAR16 wide_name[NAME_MAX];
    UINTN size = capacity;
    UINT32 attributes = 0;
    EFI_STATUS status;
    size_t length = 0;

    for (; name[length] != '\0'; length++) {
        if (length == NAME_MAX - 1)
            return EFI_INVALID_PARAMETER;
        wide_name[length] = (CHAR16)(unsigned char)name[length];
    }
    wide_name[length] = 0;
    status = runtime_services(firmware)->GetVariable(wide_name, &guid, &attributes, &size, data);
    if (status != EFI_SUCCESS)
        return status;
    if (size > capacity)
        return EFI_BUFFER_TOO_SMALL; /* success that claims more than there is room for */
    *ret_size = size;
    *ret_attributes = attributes;
    return EFI_SUCCESS;
}
