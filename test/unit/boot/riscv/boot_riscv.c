/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole boot on RISC-V: the kernel is told its hart, and without one it is not entered. */
#include "boot/boot.h"

#include "core/base/store.h"
#include "efi/console.h"
#include "fake/images.h"
#include "fake/riscv/hart.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/pe_image.h"
#include "unit/fixture/tree_fixture.h"

#define IMAGE_SIZE 0x251000ULL
#define HART       0x123456789aULL

static struct pe_image image;
static uint8_t file[0x10000];
static struct bls_entry entry;
static struct session session;
static struct tpm tpm;
static struct boot_failure failure;

static void set_up(void)
{
    fake_allow_usual();
    fake_allow("LoadImage");
    fake_allow("StartImage");
    fake_allow("UnloadImage");
    fake_allow("OutputString");
    fake_allow("InstallConfigurationTable");
    fake_volume();
    fake_console();
    console_open(firmware);
    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "code");
    store_u64(image.data + 16, IMAGE_SIZE);
    memcpy(image.data + 56, "RSC\x05", 4);
    memcpy(file, image.data, image.size);
    (void)fake_file_add("\\kernel", file, image.size);
    tpm = tpm_find(firmware);
    session = (struct session){.tpl = 4, .tpm = &tpm};
    failure = (struct boot_failure){0};
    entry = (struct bls_entry){.id = "it",
                               .title = "",
                               .version = "",
                               .kind = BLS_LINUX,
                               .kernel = "\\kernel",
                               .options = "quiet"};
}

static void run_entry(void *context)
{
    (void)context;
    session.secure_boot = environment_secure_boot(firmware);
    boot_run(firmware, &entry, &session, &failure);
}

static void the_kernel_is_told_its_hart(void **state)
{
    (void)state;
    set_up();
    fake_boot_hart(HART, FAKE_SUCCESS);
    assert_int_equal(fake_run(run_entry, NULL), FAKE_ENTERED);
    firmware->leases = (struct leases){0};
    assert_true(fake_entered()->stack == HART);
    assert_int_equal(fake_entered()->entry % 0x200000, 0);
    assert_memory_equal((const void *)(uintptr_t)fake_entered()->entry, file, image.size);
    assert_memory_equal((const void *)(uintptr_t)fake_entered()->argument, "\xd0\x0d\xfe\xed", 4);
}

/* Firmware without that protocol. */
static void the_device_tree_may_tell_the_hart(void **state)
{
    (void)state;
    set_up();
    tree_begin();
    tree_node("");
    tree_node("chosen");
    tree_property("boot-hartid", "\0\0\0\5", 4);
    tree_token(2);
    tree_token(2);
    fake_table(FAKE_TABLE_DEVICE_TREE, (uintptr_t)tree_finished().data);
    assert_int_equal(fake_run(run_entry, NULL), FAKE_ENTERED);
    firmware->leases = (struct leases){0};
    assert_int_equal(fake_entered()->stack, 5);
}

static void assert_started(void)
{
    assert_int_equal(fake_run(run_entry, NULL), FAKE_RETURNED);
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_non_null(strstr(fake_console_text(), "does not tell on which processor it runs"));
    assert_int_equal(fake_memory_held(), 0);
}

static void a_hart_that_is_not_told_is_left_to_the_stub(void **state)
{
    (void)state;
    set_up();
    assert_started();
    (void)end(state);
    (void)begin(state);
    set_up();
    fake_boot_hart(HART, FAKE_UNSUPPORTED);
    assert_started();
}

static void who_wants_batons_exit_is_refused_without_a_hart(void **state)
{
    (void)state;
    set_up();
    entry.exit = BLS_EXIT_BATON;
    assert_int_equal(fake_run(run_entry, NULL), FAKE_RETURNED);
    assert_int_equal(fake_calls_of("StartImage"), 0);
    assert_non_null(
        strstr(explained(failure.why).problem, "does not tell on which processor it runs"));
    assert_int_equal(fake_memory_held(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_kernel_is_told_its_hart),
        TEST(the_device_tree_may_tell_the_hart),
        TEST(a_hart_that_is_not_told_is_left_to_the_stub),
        TEST(who_wants_batons_exit_is_refused_without_a_hart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
