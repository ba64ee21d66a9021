/* SPDX-License-Identifier: BSD-2-Clause */
/* Those who call, and hook, beside the guarded program: the firmware's handlers, shim, watchers. */
#include "unit/fixture/guard_fixture.h"

static struct memory_map seen_inside;
static uint8_t inside[1U << 16];

/* A driver of the firmware, through the table, while the firmware leaves. */
static void look_from_inside(void)
{
    UINTN size = sizeof(inside);
    UINTN key;
    UINTN stride;
    UINT32 version;

    assert_int_equal(services()->GetMemoryMap(&size, (EFI_MEMORY_DESCRIPTOR *)(void *)inside, &key,
                                              &stride, &version),
                     EFI_SUCCESS);
    seen_inside = (struct memory_map){inside, size, key, stride, version};
}

static void handlers_get_the_firmwares_own_answer(void **state)
{
    struct memory_map truth;

    (void)state;
    fake_handler_add(TPL_CALLBACK, look_from_inside);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    truth = fake_map();
    seen_inside.size = 0;
    assert_int_equal(leave_with(got.key), EFI_SUCCESS);
    assert_int_equal(seen_inside.size, memory_map_count(&truth) * 48);
    assert_gone();
}

static void priority_that_is_too_high_comes_down_before_the_exit(void **state)
{
    (void)state;
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(services()->RaiseTPL(TPL_NOTIFY), TPL_APPLICATION);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    assert_int_equal(fake_tpl(), TPL_NOTIFY);           /* it may have its reasons, and goes on */
    assert_int_equal(leave_with(got.key), EFI_SUCCESS); /* the fake wants it at APPLICATION */
    assert_gone();
}

static void table_that_moves_at_each_failure_is_followed(void **state)
{
    (void)state;
    leave_unknown();
    begin(state);
    set_failures(2, FAKE_INVALID_PARAMETER, take_memory);
    assert_int_equal(guard_begin(firmware, &options), 0);
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    fake_interpose(); /* the system table has another one now */
    assert_int_equal(fake_boot_services.ExitBootServices(PROGRAM, got.key), EFI_INVALID_PARAMETER);
    assert_ptr_equal(fake_system_table.BootServices, &fake_boot_services);
    assert_int_equal(leave(), EFI_SUCCESS);
}

/* shim 15.8: saves what it finds, writes back and hooks again around each call. */
static EFI_EXIT_BOOT_SERVICES shim_saved;
static unsigned int shim_calls;
static EFI_STATUS EFIAPI shim_exit(EFI_HANDLE image, UINTN key);

static void shim_hook(void)
{
    shim_saved = fake_boot_services.ExitBootServices;
    fake_boot_services.ExitBootServices = shim_exit;
}

static void shim_unhook(void)
{
    fake_boot_services.ExitBootServices = shim_saved;
}

static EFI_STATUS EFIAPI shim_exit(EFI_HANDLE image, UINTN key)
{
    EFI_STATUS status;

    assert_true(++shim_calls < 100);
    shim_unhook();
    status = fake_boot_services.ExitBootServices(image, key);
    if (status != EFI_SUCCESS)
        shim_hook();
    return status;
}

static void hook_that_shim_takes_out_is_put_back(void **state)
{
    (void)state;
    shim_calls = 0;
    shim_hook();
    assert_int_equal(guard_begin(firmware, &options), 0);
    shim_unhook(); /* it starts the image */
    set_failures(2, FAKE_INVALID_PARAMETER, take_memory);
    assert_int_equal(leave(), EFI_INVALID_PARAMETER);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_int_equal(shim_calls, 0);
}

/* The image comes back with an error, shim hooks again, and has a hook of ours for the original. */
static void hook_that_shim_has_saved_leads_to_the_firmware_after_the_guard(void **state)
{
    (void)state;
    shim_calls = 0;
    shim_hook();
    assert_int_equal(guard_begin(firmware, &options), 0);
    shim_unhook();
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    shim_hook();
    guard_end();
    assert_true(fake_boot_services.ExitBootServices == shim_exit); /* not ours to take away */
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_true(fake_has_left());
    assert_int_equal(shim_calls, 1);
}

static void second_program_under_such_a_shim_is_guarded_too(void **state)
{
    (void)state;
    shim_calls = 0;
    shim_hook();
    assert_int_equal(guard_begin(firmware, &options), 0);
    shim_unhook();
    assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
    shim_hook();
    guard_end();
    assert_int_equal(guard_begin(firmware, &options), 0);
    shim_unhook();
    set_failures(3, FAKE_INVALID_PARAMETER, take_memory);
    assert_int_equal(leave(), EFI_INVALID_PARAMETER);
    assert_int_equal(fake_calls_of("ExitBootServices"), 4);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
}

static void idle_hook_that_shim_wraps_twice_does_not_go_round(void **state)
{
    (void)state;
    shim_calls = 0;
    for (unsigned int program = 0; program < 3; program++) {
        shim_hook();
        assert_int_equal(guard_begin(firmware, &options), 0);
        shim_unhook();
        assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
        shim_hook();
        guard_end();
        shim_unhook();
    }
    shim_hook();
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_true(fake_has_left());
}

/* A guard that is a driver, and shim above it. */
static void shim_above_is_asked_and_comes_out_at_the_firmware(void **state)
{
    (void)state;
    shim_calls = 0;
    set_failures(2, FAKE_INVALID_PARAMETER, take_memory);
    assert_int_equal(guard_begin(firmware, &options), 0);
    shim_hook();
    assert_int_equal(leave(), EFI_INVALID_PARAMETER);
    assert_int_equal(fake_calls_of("ExitBootServices"), 3);
    assert_int_equal(shim_calls, 3);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
}

/* Somebody who stands above both services, for good: a driver that watches. */
static EFI_GET_MEMORY_MAP watched_map;
static EFI_EXIT_BOOT_SERVICES watched_exit;
static unsigned int watched;

static EFI_STATUS EFIAPI watch_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                   UINTN *stride, UINT32 *version)
{
    EFI_STATUS status = watched_map(size, map, key, stride, version);

    watched++;
    *key ^= 0x8000; /* and has keys of its own */
    return status;
}

static EFI_STATUS EFIAPI watch_exit(EFI_HANDLE image, UINTN key)
{
    watched++;
    return watched_exit(image, key ^ 0x8000);
}

static void who_stands_above_both_stays_there(void **state)
{
    (void)state;
    watched = 0;
    for (unsigned int program = 0; program < 2; program++) {
        assert_int_equal(guard_begin(firmware, &options), 0);
        if (program == 0) {
            watched_map = fake_boot_services.GetMemoryMap;
            watched_exit = fake_boot_services.ExitBootServices;
            fake_boot_services.GetMemoryMap = watch_map;
            fake_boot_services.ExitBootServices = watch_exit;
            assert_int_equal(get_map(sizeof(buffer)), EFI_SUCCESS);
            assert_true(fake_boot_services.ExitBootServices == watch_exit);
            guard_end();
            assert_true(fake_boot_services.GetMemoryMap == watch_map);
            assert_true(fake_boot_services.ExitBootServices == watch_exit);
        }
    }
    set_failures(1, FAKE_INVALID_PARAMETER, NULL);
    assert_int_equal(leave(), EFI_SUCCESS);
    assert_gone();
    assert_true(watched >= 3);
}

int main(void)
{
    const struct CMUnitTest guard_hooks[] = {
        TEST(handlers_get_the_firmwares_own_answer),
        TEST(priority_that_is_too_high_comes_down_before_the_exit),
        TEST(table_that_moves_at_each_failure_is_followed),
        TEST(hook_that_shim_takes_out_is_put_back),
        TEST(hook_that_shim_has_saved_leads_to_the_firmware_after_the_guard),
        TEST(second_program_under_such_a_shim_is_guarded_too),
        TEST(idle_hook_that_shim_wraps_twice_does_not_go_round),
        TEST(shim_above_is_asked_and_comes_out_at_the_firmware),
        TEST(who_stands_above_both_stays_there),
    };

    return cmocka_run_group_tests(guard_hooks, NULL, NULL);
}
