/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake/riscv/hart.h"

#include "arch/riscv64/machine.h"
#include "fake/private.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fake_sbi fake_sbi;

int64_t machine_sbi(uint64_t extension, uint64_t function, uint64_t first, uint64_t second)
{
    assert_int_equal(second, 0);
    if (extension == 0x53525354) { /* "SRST" */
        assert_int_equal(function, 0);
        fake_sbi.reset_type = first;
        if (!fake_sbi.reset_is_refused)
            fake_end_with(FAKE_RESET);
        return -2;
    }
    if (extension == 0x54494d45) { /* "TIME" */
        assert_int_equal(function, 0);
        fake_sbi.timer = first;
        return fake_sbi.has_no_timer ? -2 : 0;
    }
    assert_int_equal(extension, 0x4442434e); /* "DBCN" */
    assert_int_equal(function, 2);
    if (fake_sbi.has_no_console)
        return -2;
    assert_true(fake_sbi.length + 1 < sizeof(fake_sbi.text));
    fake_sbi.text[fake_sbi.length++] = (char)first;
    return 0;
}

void machine_reset_by_timer(void)
{
    fake_sbi.resets_by_timer = true;
}

static struct {
    UINT64 revision;
    EFI_STATUS(EFIAPI *get)(void *self, UINTN *ret_hart);
} protocol;
static UINTN boot_hart_number;
static EFI_STATUS boot_hart_status;

static EFI_STATUS EFIAPI get_boot_hart(void *self, UINTN *ret_hart)
{
    assert_ptr_equal(self, &protocol);
    if (boot_hart_status == EFI_SUCCESS)
        *ret_hart = boot_hart_number;
    return boot_hart_status;
}

void fake_boot_hart(uint64_t hart, uint64_t status)
{
    static const EFI_GUID guid = {
        0xccd15fec, 0x6f73, 0x4eec, {0x83, 0x95, 0x3e, 0x69, 0xe4, 0xb9, 0x40, 0xbf}};

    boot_hart_number = hart;
    boot_hart_status = status;
    protocol.revision = 0x10000;
    protocol.get = get_boot_hart;
    fake_install((EFI_HANDLE)(uintptr_t)0x4a47, guid, &protocol);
}
