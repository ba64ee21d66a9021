/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who leaves boot services: which entries Baton enters, which it has the firmware start, which
 * it takes apart, which it refuses; in which order the last acts come; and that an attempt that
 * fails leaves nothing.
 */
#include "unit/fixture/boot_fixture.h"

/* The head of an ELF kernel, as far as it takes to be recognised as one. */
static void make_elf(uint8_t *elf, size_t size)
{
    memset(elf, 0, size);
    memcpy(elf,
           "\x7f"
           "ELF\2\1\1",
           7);
    store_u16(elf + 16, 3);
    store_u16(elf + 18, 62);
    store_u32(elf + 20, 1);
    store_u64(elf + 32, 64);
    store_u16(elf + 52, 64);
    store_u16(elf + 54, 56);
    store_u16(elf + 56, 1);
    store_u32(elf + 64, 1);
    store_u32(elf + 68, 5);
    store_u64(elf + 72, 0x1000);
    store_u64(elf + 80, 0);
    store_u64(elf + 96, 0x100);
    store_u64(elf + 104, 0x100);
    store_u64(elf + 112, 0x1000);
}

static void a_linux_kernel_is_entered(void **state)
{
    (void)state;
    make_kernel();
    set_up();
    assert_entered();
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void a_linux_kernel_is_started_by_the_firmware_when_that_is_asked(void **state)
{
    static const enum bls_exit asked[] = {BLS_EXIT_FIRMWARE, BLS_EXIT_GUARD};

    for (unsigned int i = 0; i < 2; i++) {
        make_kernel();
        set_up();
        entry.exit = asked[i];
        assert_returned("has come back");
        assert_int_equal(fake_calls_of("StartImage"), 1);
        (void)end(state);
        (void)begin(state);
    }
}

static void an_efi_program_is_started(void **state)
{
    (void)state;
    make_program();
    set_up();
    entry.kind = BLS_EFI;
    entry.kernel = "\\a.efi";
    assert_returned("has come back");
    assert_int_equal(fake_calls_of("StartImage"), 1);
}

/* `efi` means the firmware, whatever Baton could do with the file. */
static void a_kernel_that_was_called_a_program_is_started(void **state)
{
    (void)state;
    make_kernel();
    set_up();
    entry.kind = BLS_EFI;
    assert_returned("has come back");
}

static void a_program_that_was_called_a_kernel_is_started_too(void **state)
{
    (void)state;
    make_program();
    set_up();
    entry.kernel = "\\a.efi";
    assert_returned("has come back");
    assert_int_equal(fake_calls_of("StartImage"), 1);
}

static void where_baton_is_to_leave_nothing_else_is_started(void **state)
{
    (void)state;
    make_program();
    set_up();
    entry.kernel = "\\a.efi";
    entry.exit = BLS_EXIT_BATON;
    assert_returned("not a kernel that Baton knows");
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void what_is_no_program_is_not_tried_as_one(void **state)
{
    (void)state;
    memset(kernel_file, 'x', sizeof(kernel_file));
    set_up();
    assert_returned("not a kernel that Baton knows");
    assert_string_equal(failure.detail,
                        "it looks like a text file, no HdrS at 0x202, no ELF magic at 0");
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void a_unified_image_is_started_unless_it_is_to_be_opened(void **state)
{
    (void)state;
    make_kernel();
    make_uki(kernel_file, FILE_SIZE);
    set_up();
    entry.kind = BLS_UKI;
    entry.kernel = "\\a.efi";
    assert_returned("has come back");
    assert_int_equal(fake_calls_of("StartImage"), 1);
    entry.exit = BLS_EXIT_BATON;
    entry.options = "";
    fake_deny("StartImage");
    assert_int_equal(try_entry(), FAKE_ENTERED);
}

/* --- what the firmware starts instead ------------------------------------------------------------
 */

/* \a.efi is an EFI program with the setup header of the kernel in it, as every Linux kernel is. */
static void make_stub_kernel(uint32_t code_size)
{
    make_kernel();
    pe_image_begin(&image);
    pe_image_add(&image, ".text", kernel_file + SETUP_SIZE, code_size);
    memcpy(image.data + 0x1f1, kernel_file + 0x1f1, 0x26c - 0x1f1);
    set_up();
    entry.kernel = "\\a.efi";
}

static void a_damaged_kernel_is_started_by_the_firmware_and_the_reason_is_said(void **state)
{
    (void)state;
    make_stub_kernel(CODE_SIZE - 0x400);
    assert_returned("has come back");
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_non_null(
        strstr(fake_console_text(),
               "baton: loading \\a.efi: the file is shorter than the kernel in it (copy "
               "the kernel to the volume again); the firmware starts it instead\r\n"));
}

static void a_damaged_kernel_that_baton_is_to_enter_is_refused(void **state)
{
    (void)state;
    make_stub_kernel(CODE_SIZE - 0x400);
    entry.exit = BLS_EXIT_BATON;
    assert_returned("the file is shorter than the kernel in it");
    assert_string_equal(explained(failure.why).remedy, "copy the kernel to the volume again");
    assert_int_equal(fake_calls_of("StartImage"), 0);
}

static void a_program_is_started_with_one_line(void **state)
{
    (void)state;
    make_program();
    set_up();
    entry.kernel = "\\a.efi";
    assert_returned("has come back");
    assert_string_equal(fake_console_text(), "baton: booting it\r\n");
}

static void a_silent_entry_is_started_without_it(void **state)
{
    (void)state;
    make_program();
    set_up();
    entry.kernel = "\\a.efi";
    entry.is_silent = true;
    assert_returned("has come back");
    assert_string_equal(fake_console_text(), "");
}

/* As in a guest of AMD SEV: memory is ciphertext unless each page table entry has the C-bit. */
static void encrypt_memory(void)
{
    fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
    fake_cpuid_set(0x80000000, (struct cpuid_answer){.eax = 0x8000001f});
    fake_cpuid_set(0x8000001f, (struct cpuid_answer){.eax = 2, .ebx = 51});
    fake_msr_set(0xc0010131, 1);
}

static void in_encrypted_memory_linux_is_started_by_the_firmware(void **state)
{
    (void)state;
    make_stub_kernel(CODE_SIZE);
    encrypt_memory();
    assert_returned("has come back");
    assert_int_equal(fake_calls_of("StartImage"), 1);
    assert_non_null(strstr(fake_console_text(), "(AMD SEV); the firmware starts it instead\r\n"));
}

static void in_encrypted_memory_what_cannot_be_started_is_refused(void **state)
{
    (void)state;
    make_elf(kernel_file, sizeof(kernel_file));
    set_up();
    encrypt_memory();
    assert_returned("(AMD SEV)");
    make_kernel(); /* without a stub */
    assert_returned("(AMD SEV)");
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

/* Each of the four that must all say yes; where one says no the next is not asked. */
static void memory_that_is_not_encrypted_is_no_obstacle(void **state)
{
    for (unsigned int missing = 0; missing < 4; missing++) {
        make_kernel();
        set_up();
        if (missing == 3)
            fake_msr_set(0xc0010131, 0);
        if (missing > 0)
            fake_cpuid_set(1, (struct cpuid_answer){.ecx = 1U << 31});
        fake_cpuid_set(0x80000000,
                       (struct cpuid_answer){.eax = missing == 1 ? 0x8000001e : 0x8000001f});
        /* SME alone, as every EPYC has it, is 1. */
        fake_cpuid_set(0x8000001f, (struct cpuid_answer){.eax = missing == 2 ? 1 : 3});
        assert_entered();
        (void)end(state);
        (void)begin(state);
    }
}

/* --- Secure Boot ---------------------------------------------------------------------------------
 */

static void under_secure_boot_the_kernel_has_to_be_trusted(void **state)
{
    (void)state;
    make_kernel();
    set_up();
    secure_boot_is_on();
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_returned("does not trust it");
    fake_images.load_status = 0;
    assert_entered();
}

/* Any program that ran before can make a volatile variable of shim's name. */
static void a_variable_of_shims_name_turns_the_judge_off_for_nobody(void **state)
{
    const uint8_t insecure = 1;

    (void)state;
    make_kernel();
    set_up();
    secure_boot_is_on();
    fake_variable_set(fake_vendor_shim, "MokSBStateRT", 6, &insecure, 1);
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_returned("does not trust it");
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    make_elf(kernel_file, sizeof(kernel_file));
    assert_returned("carries no signature");
}

static void where_secure_boot_cannot_be_read_it_counts_as_on(void **state)
{
    const uint8_t wide[2] = {0};

    (void)state;
    make_kernel();
    set_up();
    fake_variable_set(fake_vendor_global, "SecureBoot", 6, wide, sizeof(wide));
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_returned("does not trust it");
}

static void under_secure_boot_an_elf_kernel_is_refused_for_what_it_is(void **state)
{
    (void)state;
    make_elf(kernel_file, sizeof(kernel_file));
    set_up();
    secure_boot_is_on();
    assert_returned("carries no signature");
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

/* It gets as far as its note, which it does not have: nobody minds the missing signature. */
static void under_secure_boot_an_elf_kernel_in_a_judged_image_is_looked_at(void **state)
{
    static uint8_t elf[0x2000];

    (void)state;
    make_elf(elf, sizeof(elf));
    make_uki(elf, sizeof(elf));
    set_up();
    secure_boot_is_on();
    entry.kind = BLS_UKI;
    entry.kernel = "\\a.efi";
    entry.exit = BLS_EXIT_BATON;
    assert_returned("note");
    assert_int_equal(fake_calls_of("LoadImage"), 1);
}

/* It has no note, so it gets no further; by then a TPM knows it. */
static void an_elf_kernel_is_measured_before_anything_is_made_of_it(void **state)
{
    (void)state;
    make_elf(kernel_file, sizeof(kernel_file));
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    assert_returned("note");
    assert_int_equal(fake_calls_of("LoadImage"), 0);
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 4);
    assert_int_equal(fake_measurement_at(0)->data_size, FILE_SIZE);
    assert_memory_equal(fake_measurement_at(0)->data, kernel_file, FILE_SIZE);
}

/* The same for a kernel that is entered and for one that is started. */
static void nothing_goes_on_with_a_tpm_that_can_be_extended_by_whoever_comes_next(void **state)
{
    for (unsigned int started = 0; started < 2; started++) {
        make_kernel();
        fake_tpm_add(FAKE_TCG2)->fail_ever_after = true;
        set_up();
        entry.exit = started != 0 ? BLS_EXIT_FIRMWARE : BLS_EXIT_DEFAULT;
        assert_returned("registers cannot be closed either");
        assert_int_equal(fake_calls_of("StartImage"), 0);
        (void)end(state);
        (void)begin(state);
    }
}

static void what_was_lost_on_the_way_is_told_by_the_kernel(void **state)
{
    (void)state;
    make_kernel();
    make_uki(kernel_file, FILE_SIZE);
    fake_tpm_add(FAKE_TCG2)->fail_measurement = 1;
    set_up();
    fake_images.load_status = FAKE_UNSUPPORTED;
    entry.kind = BLS_UKI;
    entry.kernel = "\\a.efi";
    entry.exit = BLS_EXIT_BATON;
    assert_entered();
    plan.entry.argument = fake_entered()->argument;
    assert_non_null(strstr((const char *)(uintptr_t)(field(0x250, 8) + 16), "the kernel:"));
    assert_non_null(
        strstr((const char *)(uintptr_t)(field(0x250, 8) + 16), "without measurements:"));
}

static const uint16_t *announced(void)
{
    uint32_t attributes = 0;
    size_t size = 0;
    const uint16_t *value =
        fake_variable(fake_vendor_systemd, "StubPcrKernelImage", &attributes, &size);

    if (value != NULL) {
        assert_int_equal(attributes, 6);
        assert_int_equal(size, 6);
    }
    return value;
}

/* Who binds secrets to the phases of a boot finds them in PCR 11, opened or started. */
static void an_opened_image_that_is_measured_is_announced(void **state)
{
    for (unsigned int failing = 0; failing < 3; failing++) {
        make_kernel();
        make_uki(kernel_file, FILE_SIZE);
        if (failing < 2)
            fake_tpm_add(FAKE_TCG2)->fail_measurement = failing;
        set_up();
        entry.kind = BLS_UKI;
        entry.kernel = "\\a.efi";
        entry.exit = BLS_EXIT_BATON;
        assert_entered();
        if (failing == 0)
            assert_memory_equal(announced(), u"11", 6);
        else
            assert_null(announced());
        (void)end(state);
        (void)begin(state);
    }
}

static void a_kernel_of_its_own_is_announced_as_nothing_else(void **state)
{
    (void)state;
    make_kernel();
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    assert_entered();
    assert_null(announced());
}

static size_t last_call_of(const char *service)
{
    size_t last = 0;

    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, service) == 0)
            last = i;
    assert_int_not_equal(last, 0);
    return last;
}

/* Printing may change the map; so may installing a table, which has to come before it is read. */
static void the_last_acts_come_before_the_last_line_and_that_before_the_map(void **state)
{
    static const uint8_t random[32] = {1};

    (void)state;
    make_kernel();
    set_up();
    fake_rng(random, sizeof(random), 0, 0);
    fake_allow("GetRNG");
    assert_entered();
    assert_true(last_call_of("InstallConfigurationTable") < last_call_of("OutputString"));
    assert_true(last_call_of("OutputString") < last_call_of("ExitBootServices") - 1);
    assert_int_not_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), 0);
}

/* The second attempt finds the machine as the first one did. */
static void an_attempt_that_fails_leaves_room_for_the_next(void **state)
{
    (void)state;
    make_kernel();
    set_up();
    kernel->fail_read = 2;
    kernel->fail_ever_after = true;
    kernel->fail_status = FAKE_DEVICE_ERROR;
    assert_returned("it cannot be read");
    kernel->fail_ever_after = false;
    kernel->fail_read = 0;
    assert_entered();
}

static void every_allocation_may_fail(void **state)
{
    enum fake_ending ending;
    unsigned int n = 1;

    do {
        make_kernel();
        make_uki(kernel_file, FILE_SIZE);
        (void)fake_tpm_add(FAKE_TCG2);
        set_up();
        entry.kind = BLS_UKI;
        entry.kernel = "\\a.efi";
        entry.exit = BLS_EXIT_BATON;
        fake_fail_allocation(n++, FAKE_OUT_OF_RESOURCES);
        ending = try_entry();
        if (ending == FAKE_RETURNED) {
            assert_int_equal(firmware->leases.count, 0);
            assert_int_equal(fake_memory_held(), 0);
        }
        console_close();
        (void)end(state);
        (void)begin(state);
    } while (ending == FAKE_RETURNED || n < 12);
    assert_in_range(n, 12, 40);
}

static void too_small(struct fake_map_answer *answer)
{
    answer->status = FAKE_BUFFER_TOO_SMALL;
}

static void refused(struct fake_map_answer *answer)
{
    answer->status = answer->probe ? FAKE_BUFFER_TOO_SMALL : FAKE_DEVICE_ERROR;
}

static void without_descriptors(struct fake_map_answer *answer)
{
    answer->descriptor_size = 0;
}

/* Whatever could not be placed for want of a map: more memory would not help. */
static void firmware_without_a_readable_map_is_to_blame(void **state)
{
    static const struct {
        void (*map)(struct fake_map_answer *answer);
        uint64_t status;
    } faults[] = {{too_small, FAKE_BUFFER_TOO_SMALL},
                  {refused, FAKE_DEVICE_ERROR},
                  {without_descriptors, FAKE_COMPROMISED_DATA}};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        make_kernel();
        set_up();
        fake_behaviour.map = faults[i].map;
        if (i == 0) /* the place that the kernel prefers: another one is found on the map only */
            fake_memory_set(PREFERRED, 1, MEMORY_RUNTIME_SERVICES_DATA);
        assert_returned("the firmware gives no memory map that can be read");
        assert_string_equal(explained(failure.why).remedy, "update the firmware");
        assert_true(failure.status == faults[i].status);
        (void)end(state);
        (void)begin(state);
    }
}

static void machine_without_enough_memory_is_to_blame(void **state)
{
    (void)state;
    make_kernel();
    store_u32(kernel_file + 0x260, 0x80000000);
    set_up();
    assert_returned("there is not enough free memory");
}

/* As with systemd-boot: it would have added nothing. */
static void a_boot_with_an_empty_initrd_goes_on(void **state)
{
    (void)state;
    make_kernel();
    set_up();
    (void)fake_file_add("\\empty", "", 0);
    entry.initrds[0] = "\\empty";
    entry.initrd_count = 1;
    assert_entered();
    assert_non_null(strstr(fake_console_text(), "opening \\empty: the file is empty; the boot goes "
                                                "on without it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_boot_with_an_empty_initrd_goes_on),
        TEST(a_linux_kernel_is_entered),
        TEST(a_linux_kernel_is_started_by_the_firmware_when_that_is_asked),
        TEST(an_efi_program_is_started),
        TEST(a_kernel_that_was_called_a_program_is_started),
        TEST(a_program_that_was_called_a_kernel_is_started_too),
        TEST(where_baton_is_to_leave_nothing_else_is_started),
        TEST(what_is_no_program_is_not_tried_as_one),
        TEST(a_unified_image_is_started_unless_it_is_to_be_opened),
        TEST(a_damaged_kernel_is_started_by_the_firmware_and_the_reason_is_said),
        TEST(a_damaged_kernel_that_baton_is_to_enter_is_refused),
        TEST(a_program_is_started_with_one_line),
        TEST(a_silent_entry_is_started_without_it),
        TEST(in_encrypted_memory_linux_is_started_by_the_firmware),
        TEST(in_encrypted_memory_what_cannot_be_started_is_refused),
        TEST(memory_that_is_not_encrypted_is_no_obstacle),
        TEST(under_secure_boot_the_kernel_has_to_be_trusted),
        TEST(a_variable_of_shims_name_turns_the_judge_off_for_nobody),
        TEST(where_secure_boot_cannot_be_read_it_counts_as_on),
        TEST(under_secure_boot_an_elf_kernel_is_refused_for_what_it_is),
        TEST(under_secure_boot_an_elf_kernel_in_a_judged_image_is_looked_at),
        TEST(an_elf_kernel_is_measured_before_anything_is_made_of_it),
        TEST(nothing_goes_on_with_a_tpm_that_can_be_extended_by_whoever_comes_next),
        TEST(what_was_lost_on_the_way_is_told_by_the_kernel),
        TEST(an_opened_image_that_is_measured_is_announced),
        TEST(a_kernel_of_its_own_is_announced_as_nothing_else),
        TEST(the_last_acts_come_before_the_last_line_and_that_before_the_map),
        TEST(an_attempt_that_fails_leaves_room_for_the_next),
        TEST(every_allocation_may_fail),
        TEST(firmware_without_a_readable_map_is_to_blame),
        TEST(machine_without_enough_memory_is_to_blame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
