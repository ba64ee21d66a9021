/* SPDX-License-Identifier: BSD-2-Clause */
/* Runtime services: variables, the clock on the wall, the reset. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define VARIABLES_MAX 32
#define NAME_UNITS    64
#define DATA_MAX      (64U << 10)

static struct variable {
    bool present;
    uint8_t vendor[16];
    char name[NAME_UNITS];
    uint32_t attributes;
    uint8_t data[DATA_MAX];
    size_t size;
} variables[VARIABLES_MAX];

/* EFI_GLOBAL_VARIABLE; shim's SHIM_LOCK_GUID; Baton's own; LINUX_EFI_RANDOM_SEED_TABLE_GUID;
 * MEMORY_ONLY_RESET_CONTROL_GUID. */
const uint8_t fake_vendor_global[16] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                        0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
const uint8_t fake_vendor_shim[16] = {0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0, 0x00, 0x43,
                                      0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23};
const uint8_t fake_vendor_baton[16] = {0x68, 0x1f, 0x52, 0x4b, 0xfc, 0xb6, 0x68, 0x4b,
                                       0xb1, 0x23, 0x1c, 0x20, 0x25, 0xb7, 0xd5, 0x99};
const uint8_t fake_vendor_random_seed[16] = {0xbc, 0xe5, 0xe1, 0x1c, 0xeb, 0x7c, 0xf2, 0x42,
                                             0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b};
const uint8_t fake_vendor_overwrite[16] = {0xbe, 0x39, 0x09, 0xe2, 0xd4, 0x32, 0xbe, 0x41,
                                           0xa1, 0x50, 0x89, 0x7f, 0x85, 0xd4, 0x98, 0x29};
const uint8_t fake_vendor_systemd[16] = {0x82, 0xb0, 0x67, 0x4a, 0x4c, 0x0a, 0xcf, 0x41,
                                         0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f};

void fake_variables_begin(void)
{
    memset(variables, 0, sizeof(variables));
}

static struct variable *find(const void *vendor, const char *name)
{
    for (size_t i = 0; i < VARIABLES_MAX; i++)
        if (variables[i].present && memcmp(variables[i].vendor, vendor, 16) == 0 &&
            strcmp(variables[i].name, name) == 0)
            return &variables[i];
    return NULL;
}

static void narrow(const CHAR16 *wide, char name[NAME_UNITS])
{
    size_t length = 0;

    for (; wide[length] != 0; length++) {
        assert_true(length + 1 < NAME_UNITS && wide[length] < 0x80);
        name[length] = (char)wide[length];
    }
    name[length] = '\0';
}

void fake_variable_set(const uint8_t vendor[16], const char *name, uint32_t attributes,
                       const void *data, size_t size)
{
    struct variable *variable = find(vendor, name);

    for (size_t i = 0; variable == NULL && i < VARIABLES_MAX; i++)
        if (!variables[i].present)
            variable = &variables[i];
    assert_non_null(variable);
    assert_true(size <= DATA_MAX);
    variable->present = size != 0;
    memcpy(variable->vendor, vendor, 16);
    strcpy(variable->name, name);
    variable->attributes = attributes;
    if (size != 0)
        memcpy(variable->data, data, size);
    variable->size = size;
}

const void *fake_variable(const uint8_t vendor[16], const char *name, uint32_t *ret_attributes,
                          size_t *ret_size)
{
    const struct variable *variable = find(vendor, name);

    if (variable == NULL)
        return NULL;
    *ret_attributes = variable->attributes;
    *ret_size = variable->size;
    return variable->data;
}

EFI_STATUS EFIAPI fake_get_variable(CHAR16 *wide, EFI_GUID *vendor, UINT32 *attributes, UINTN *size,
                                    VOID *data)
{
    struct fake_call *call = fake_enter("GetVariable", *size, 0, 0);
    const struct variable *variable;
    char name[NAME_UNITS];

    narrow(wide, name);
    variable = find(vendor, name);
    if (variable == NULL)
        return fake_leave(call, EFI_NOT_FOUND);
    if (variable->size > *size) {
        *size = variable->size;
        return fake_leave(call, EFI_BUFFER_TOO_SMALL);
    }
    if (fake_behaviour.variables_give_nothing) {
        *size = 0;
        return fake_leave(call, EFI_SUCCESS);
    }
    *size = fake_behaviour.claimed_variable_size != 0 ? fake_behaviour.claimed_variable_size
                                                      : variable->size;
    memcpy(data, variable->data, variable->size);
    if (attributes != NULL)
        *attributes = variable->attributes;
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_set_variable(CHAR16 *wide, EFI_GUID *vendor, UINT32 attributes, UINTN size,
                                    VOID *data)
{
    struct fake_call *call = fake_enter("SetVariable", size, attributes, 0);
    char name[NAME_UNITS];

    narrow(wide, name);
    if (fake_behaviour.on_set_variable != NULL)
        fake_behaviour.on_set_variable();
    if (fake_behaviour.set_variable_status != EFI_SUCCESS)
        return fake_leave(call, fake_behaviour.set_variable_status);
    if (fake_behaviour.set_variable_forgets)
        return fake_leave(call, EFI_SUCCESS);
    if (size > fake_behaviour.variable_size_max)
        return fake_leave(call, EFI_OUT_OF_RESOURCES);
    if (size == 0 && find(vendor, name) == NULL)
        return fake_leave(call, EFI_NOT_FOUND);
    fake_variable_set((const uint8_t *)vendor, name, attributes, data, size);
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
    struct fake_call *call = fake_enter("GetTime", capabilities != NULL, 0, 0);

    *time = (EFI_TIME){.Year = 2026, .Month = 3, .Day = 9, .Hour = 7, .Minute = 5, .Second = 59};
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size,
                                    CHAR16 *data)
{
    fake_enter("ResetSystem", type, status, size);
    assert_null(data);
    if (fake_behaviour.resets_that_return == 0)
        fake_end_with(FAKE_RESET);
    fake_behaviour.resets_that_return--;
    return EFI_DEVICE_ERROR;
}
