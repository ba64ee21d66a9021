/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine offers is told as it is, and a machine that offers nothing is no error. */
#include "boot/environment.h"

#include "core/trust/secure_boot.h"
#include "unit/fixture/firmware_fixture.h"

#define VARIABLE_ATTRIBUTES 6U /* boot services and runtime access, not persistent */

static struct tpm tpm;

static struct boot_environment gather(void)
{
    struct secure_boot_variables secure_boot;

    fake_allow_usual();
    secure_boot = environment_secure_boot(firmware);
    return environment_gather(firmware, 42, &secure_boot, &tpm);
}

static void a_bare_machine_offers_nothing(void **state)
{
    static const uint8_t zero[128];
    struct boot_environment environment = gather();

    (void)state;
    assert_true(environment.system_table == (uintptr_t)firmware->system_table);
    assert_int_equal(environment.acpi_rsdp, 0);
    assert_int_equal(environment.smbios, 0);
    assert_int_equal(environment.smbios3, 0);
    assert_int_equal(environment.memory_attributes, 0);
    assert_int_equal(environment.framebuffer.address, 0);
    assert_memory_equal(environment.edid, zero, sizeof(zero));
    assert_ptr_equal(environment.tpm, &tpm);
    assert_int_equal(environment.ticks_start, 42);
    assert_int_equal(environment.secure_boot, SECURE_BOOT_DISABLED);
}

static void a_rich_machine_is_told_in_full(void **state)
{
    struct fake_display display = {
        .width = 800, .height = 600, .pixels_per_line = 832, .format = FAKE_PIXELS_BGR};
    struct boot_environment environment;
    uint64_t base = fake_display(&display);

    (void)state;
    fake_table(FAKE_TABLE_ACPI, 0x1000);
    fake_table(FAKE_TABLE_ACPI_20, 0x2000);
    fake_table(FAKE_TABLE_SMBIOS, 0x3000);
    fake_table(FAKE_TABLE_SMBIOS3, 0x4000);
    fake_table(FAKE_TABLE_MEMORY_ATTRIBUTES, 0x5000);
    environment = gather();
    assert_int_equal(environment.acpi_rsdp, 0x2000);
    assert_int_equal(environment.smbios, 0x3000);
    assert_int_equal(environment.smbios3, 0x4000);
    assert_int_equal(environment.memory_attributes, 0x5000);
    assert_true(environment.framebuffer.address == base);
    assert_int_equal(environment.framebuffer.pitch, 832 * 4);
}

static void set_flag(const uint8_t vendor[16], const char *name, uint8_t value)
{
    fake_variable_set(vendor, name, VARIABLE_ATTRIBUTES, &value, 1);
}

static void secure_boot_is_what_the_variables_say(void **state)
{
    static const uint16_t wide = 1;

    (void)state;
    set_flag(fake_vendor_global, "SecureBoot", 1);
    set_flag(fake_vendor_global, "SetupMode", 0);
    assert_int_equal(gather().secure_boot, SECURE_BOOT_ENABLED);
    assert_true(gather().secure_boot_enforced);
    assert_true(environment_secure_boot_enforced(firmware));
    set_flag(fake_vendor_global, "SetupMode", 1);
    assert_int_equal(gather().secure_boot, SECURE_BOOT_DISABLED);
    assert_false(gather().secure_boot_enforced);
    assert_false(environment_secure_boot_enforced(firmware));
    set_flag(fake_vendor_global, "SetupMode", 0);
    set_flag(fake_vendor_global, "SecureBoot", 0);
    assert_int_equal(gather().secure_boot, SECURE_BOOT_DISABLED);
    /* Two bytes are no flag: nobody knows. */
    fake_variable_set(fake_vendor_global, "SecureBoot", VARIABLE_ATTRIBUTES, &wide, 2);
    assert_int_equal(gather().secure_boot, SECURE_BOOT_UNKNOWN);
    assert_true(gather().secure_boot_enforced);
}

/* What most machines do not have is not looked for. */
static void without_secure_boot_no_other_variable_is_read(void **state)
{
    (void)state;
    fake_allow_usual();
    assert_false(environment_secure_boot_enforced(firmware));
    assert_int_equal(fake_calls_of("GetVariable"), 1);
}

/* A success without a byte is no flag either. */
static void a_flag_of_no_bytes_is_unreadable(void **state)
{
    (void)state;
    set_flag(fake_vendor_global, "SecureBoot", 1);
    set_flag(fake_vendor_global, "SetupMode", 0);
    fake_behaviour.variables_give_nothing = true;
    assert_int_equal(gather().secure_boot, SECURE_BOOT_UNKNOWN);
    assert_true(gather().secure_boot_enforced);
}

/* Shim's word is volatile: one that outlives a reset is anybody's. */
static void a_lasting_variable_of_shims_name_is_not_shims(void **state)
{
    const uint8_t off = 1;

    (void)state;
    set_flag(fake_vendor_global, "SecureBoot", 1);
    set_flag(fake_vendor_global, "SetupMode", 0);
    fake_variable_set(fake_vendor_shim, "MokSBStateRT", VARIABLE_NON_VOLATILE | 6, &off, 1);
    assert_int_equal(gather().secure_boot, SECURE_BOOT_ENABLED);
}

/* The kernel is told what its own stub would find; Baton asks the judge all the same. */
static void a_variable_of_shims_name_turns_nothing_off(void **state)
{
    uint8_t off = 1;

    (void)state;
    set_flag(fake_vendor_global, "SecureBoot", 1);
    set_flag(fake_vendor_global, "SetupMode", 0);
    fake_variable_set(fake_vendor_shim, "MokSBStateRT", VARIABLE_ATTRIBUTES, &off, 1);
    assert_int_equal(gather().secure_boot, SECURE_BOOT_DISABLED);
    assert_true(gather().secure_boot_enforced);
    assert_true(environment_secure_boot_enforced(firmware));
}

static void keys_are_taken_in_setup_mode_alone(void **state)
{
    (void)state;
    fake_allow_usual();
    assert_false(environment_takes_keys(firmware));
    set_flag(fake_vendor_global, "SetupMode", 0);
    assert_false(environment_takes_keys(firmware));
    set_flag(fake_vendor_global, "SetupMode", 1);
    assert_true(environment_takes_keys(firmware));
    fake_variable_set(fake_vendor_global, "SetupMode", 6, "\1\1", 2);
    assert_false(environment_takes_keys(firmware));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bare_machine_offers_nothing),
        TEST(a_rich_machine_is_told_in_full),
        TEST(secure_boot_is_what_the_variables_say),
        TEST(without_secure_boot_no_other_variable_is_read),
        TEST(a_flag_of_no_bytes_is_unreadable),
        TEST(a_lasting_variable_of_shims_name_is_not_shims),
        TEST(keys_are_taken_in_setup_mode_alone),
        TEST(a_variable_of_shims_name_turns_nothing_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
