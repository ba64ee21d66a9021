/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard as a driver: it was there before the display, and before the programs had names. */
#include "efi/guard/guard_stay.h"

#include "unit/fixture/guard_fixture.h"

static unsigned int starts;
static void (*program)(void);

static EFI_STATUS EFIAPI start(EFI_HANDLE handle, UINTN *size, CHAR16 **data)
{
    starts++;
    assert_ptr_equal(handle, FAKE_IMAGE_HANDLE);
    assert_ptr_equal(size, 0x11);
    assert_ptr_equal(data, 0x22);
    program();
    return EFI_ABORTED;
}

static EFI_STATUS start_program(void)
{
    return services()->StartImage(FAKE_IMAGE_HANDLE, (UINTN *)0x11, (CHAR16 **)0x22);
}

static void stay(void)
{
    fake_volume();
    fake_image_path(u"\\EFI\\other.efi");
    fake_boot_services.StartImage = start;
    assert_int_equal(guard_stay(firmware, &options), 0);
    assert_true(fake_boot_services.StartImage != start);
    assert_true(table_is_sound());
}

static void do_nothing(void) {}

static void leave_and_return(void)
{
    assert_int_equal(leave(), EFI_SUCCESS);
}

static void program_that_comes_back_is_none_of_its_business(void **state)
{
    (void)state;
    stay();
    starts = 0;
    program = do_nothing;
    assert_int_equal(start_program(), EFI_ABORTED);
    assert_int_equal(start_program(), EFI_ABORTED);
    assert_int_equal(starts, 2);
    guard_end();
}

static void do_start(void *context)
{
    (void)context;
    (void)start_program();
}

static void program_that_comes_back_too_late_is_named_on_the_display_of_then(void **state)
{
    static const struct fake_display display = {
        .width = 800, .height = 600, .pixels_per_line = 800, .format = FAKE_PIXELS_BGR};
    const uint8_t *pixels;
    uint32_t attributes;
    size_t size;
    size_t lit = 0;

    (void)state;
    stay();
    pixels = (const uint8_t *)(uintptr_t)fake_display(&display); /* later than the driver */
    fake_allow("ResetSystem");
    program = leave_and_return;
    assert_int_equal(fake_run(do_start, NULL), FAKE_RESET);
    assert_non_null(strstr(fake_variable(fake_vendor_baton, "BatonExitRecord", &attributes, &size),
                           "entry: \\EFI\\other.efi\n"));
    for (size_t i = 0; i < 800 * 600 * 4; i++)
        lit += pixels[i] != 0;
    assert_true(lit > 1000);
}

static void without_memory_nothing_is_hooked(void **state)
{
    EFI_BOOT_SERVICES before = fake_boot_services;

    (void)state;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_int_equal(guard_stay(firmware, &options), FAKE_OUT_OF_RESOURCES);
    assert_memory_equal(&fake_boot_services, &before, sizeof(before));
}

int main(void)
{
    const struct CMUnitTest guard_stay[] = {
        TEST(program_that_comes_back_is_none_of_its_business),
        TEST(program_that_comes_back_too_late_is_named_on_the_display_of_then),
        TEST(without_memory_nothing_is_hooked),
    };

    return cmocka_run_group_tests(guard_stay, NULL, NULL);
}
