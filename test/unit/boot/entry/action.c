/* SPDX-License-Identifier: BSD-2-Clause */
/* What entries without a file do, and when Windows is left to the firmware. */
#include "boot/entry/action.h"

#include "efi/console.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/second_volume.h"

static struct tpm tpm;

static void lay_down(void)
{
    static const uint64_t supported = 1;

    fake_allow_usual();
    fake_allow("OutputString");
    fake_allow("ResetSystem");
    fake_console();
    console_open(firmware);
    fake_volume();
    fake_variable_set(fake_vendor_global, "OsIndicationsSupported", 6, &supported, 8);
    fake_behaviour.resets_that_return = 1;
}

static uint64_t last_reset(void)
{
    for (size_t i = fake_call_count(); i-- > 0;)
        if (strcmp(fake_call_at(i)->service, "ResetSystem") == 0)
            return fake_call_at(i)->a;
    return 99;
}

static void each_does_its_own(void **state)
{
    static const struct {
        enum entry_action action;
        uint64_t reset; /* EFI_RESET_TYPE */
        bool setup;
    } cases[] = {{ENTRY_SETUP, 0, true}, {ENTRY_POWER_OFF, 2, false}, {ENTRY_REBOOT, 0, false}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bls_entry entry = {.kind = BLS_ACTION, .action = (uint8_t)cases[i].action};
        struct boot_failure failure;
        uint32_t attributes;
        size_t size;

        (void)begin(state);
        lay_down();
        action_run(firmware, NULL, &entry, true, &failure);
        assert_int_equal(last_reset(), cases[i].reset);
        assert_int_equal(fake_variable(fake_vendor_global, "OsIndications", &attributes, &size) !=
                             NULL,
                         cases[i].setup);
        assert_string_equal(explained(failure.why).problem, "the firmware does not do that");
        assert_string_equal(fake_console_text(),
                            "baton: the firmware does not do that; choose another entry\r\n");
        console_close();
        (void)end(state);
    }
    (void)begin(state);
}

static struct gpt_disk disk;

/* A TPM, a volume that is sealed to it, and Windows among the boot options. */
static void lay_down_windows(bool has_tpm, bool is_sealed, bool has_option)
{
    static const uint8_t path[] = {0x7f, 0xff, 4, 0};
    static const uint16_t order = 7;
    static const uint8_t option[] =
        "\1\0\0\0\0\0W\0i\0n\0d\0o\0w\0s\0 \0B\0o\0o\0t\0 \0M\0a\0n\0a\0g\0"
        "e\0r\0\0";

    lay_down();
    if (has_tpm)
        (void)fake_tpm_add(FAKE_TCG2);
    tpm = tpm_find(firmware);
    gpt_disk_begin(&disk, 512);
    memcpy(disk.bytes + 3, is_sealed ? "-FVE-FS-" : "NTFS    ", 8);
    fake_disk(&(struct fake_disk){
        .bytes = disk.bytes, .size = sizeof(disk.bytes), .block_size = 512, .path = path});
    fake_variable_set(fake_vendor_global, "BootOrder", 7, &order, 2);
    if (has_option)
        fake_variable_set(fake_vendor_global, "Boot0007", 7, option, sizeof(option));
}

static void sealed_windows_is_left_to_the_firmware(void **state)
{
    for (unsigned int i = 0; i < 8; i++) {
        (void)begin(state);
        lay_down_windows((i & 1) == 0, (i & 2) == 0, (i & 4) == 0);
        action_before_windows(firmware, &tpm);
        assert_int_equal(fake_calls_of("ResetSystem"), i == 0);
        console_close();
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_does_its_own),
        TEST(sealed_windows_is_left_to_the_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
