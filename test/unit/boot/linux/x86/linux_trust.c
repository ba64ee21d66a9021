/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux protocol where somebody judges or measures: the judged bytes are the ones that will
 * run, what is measured and in which order, the last acts before the exit, and what the kernel is
 * told when something of it failed.
 */
#include "efi/console.h"
#include "efi/pages.h"
#include "fake/images.h"
#include "fake/tpm.h"
#include "unit/fixture/linux_fixture.h"

static void lay_down_judged(bool secure)
{
    lay_down();
    fake_allow("LoadImage");
    fake_allow("UnloadImage");
    tpm = tpm_find(firmware);
    boot.environment.secure_boot_enforced = secure;
}

static void assert_code_at(uint64_t address)
{
    assert_true(kernel_address() == address);
    assert_memory_equal((const void *)(uintptr_t)address, kernel_file + SETUP_SIZE, CODE_SIZE);
    assert_int_equal(fake_memory_type(address), MEMORY_LOADER_CODE);
    assert_int_equal(fake_memory_type(address + INIT_SIZE - 1), MEMORY_LOADER_CODE);
}

static uint64_t judged_address(void)
{
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "LoadImage") == 0)
            return fake_call_at(i)->a;
    return 0;
}

static void the_bytes_that_are_judged_are_the_ones_that_run(void **state)
{
    (void)state;
    make_kernel();
    lay_down_judged(true);
    prepared();
    assert_code_at(PREFERRED);
    assert_true(judged_address() == PREFERRED - SETUP_SIZE);
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    assert_int_equal(fake_images.loaded, 0);
    assert_int_equal(boot.shortfalls, 0);
}

static void where_nobody_judges_nobody_is_asked(void **state)
{
    (void)state;
    make_kernel();
    lay_down_judged(false);
    fake_deny("LoadImage");
    prepared();
    assert_code_at(PREFERRED);
}

static void a_kernel_that_is_not_trusted_is_refused_and_given_back(void **state)
{
    (void)state;
    make_kernel();
    lay_down_judged(true);
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_refused("\\kernel", "not signed", FAKE_SECURITY_VIOLATION);
    assert_string_equal(boot.failure.doing, "verifying");
    assert_int_equal(fake_images.loaded, 0);
}

static void where_it_is_only_measured_a_refused_kernel_is_measured_by_baton(void **state)
{
    (void)state;
    make_kernel();
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down_judged(false);
    fake_images.load_status = FAKE_UNSUPPORTED;
    prepared();
    assert_code_at(PREFERRED);
    assert_int_equal(boot.shortfalls, SHORTFALL_NOT_JUDGED);
    /* Before the options, and where it will run. */
    assert_int_equal(fake_measurement_at(0)->index, 4);
    assert_int_equal(fake_measurement_at(0)->data_address, PREFERRED - SETUP_SIZE);
    assert_int_equal(fake_measurement_at(0)->data_size, FILE_SIZE);
    assert_memory_equal(fake_measurement_at(0)->data, kernel_file, FILE_SIZE);
    assert_string_equal((const char *)fake_measurement_at(0)->event, "\\kernel");
}

static void a_file_that_changes_while_it_is_read_is_refused(void **state)
{
    (void)state;
    make_kernel();
    lay_down_judged(true);
    kernel_file[0x230]++; /* after its head was read */
    assert_refused("\\kernel", "not the same as when it was opened", 0);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void a_kernel_without_room_in_front_of_it_is_judged_apart(void **state)
{
    (void)state;
    make_fixed_kernel();
    store_u32(kernel_file + 0x230, 0x1000);
    store_u64(kernel_file + 0x258, FAKE_LOW); /* where nothing may lie below */
    lay_down_judged(true);
    prepared();
    assert_code_at(FAKE_LOW);
    assert_true(judged_address() != 0 && judged_address() != FAKE_LOW - SETUP_SIZE);
    assert_int_equal(boot.shortfalls, 0);
}

static bool is_given_back(uint64_t address)
{
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "FreePages") == 0 && fake_call_at(i)->a == address)
            return true;
    return false;
}

static void a_signature_that_does_not_fit_behind_the_code_is_judged_apart(void **state)
{
    (void)state;
    make_kernel();
    store_u32(kernel_file + 0x260, CODE_SIZE);
    lay_down_judged(true);
    prepared();
    assert_memory_equal((const void *)(uintptr_t)kernel_address(), kernel_file + SETUP_SIZE,
                        CODE_SIZE);
    assert_true(judged_address() != kernel_address() - SETUP_SIZE);
    assert_true(is_given_back(judged_address()));
}

/* What would be judged is not the file that is there. */
static void a_file_that_has_grown_is_not_judged(void **state)
{
    (void)state;
    make_kernel();
    lay_down_judged(true);
    kernel->size++;
    assert_refused("\\kernel", "cannot be read", FAKE_VOLUME_CORRUPTED);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void two_initrds_in_memory_become_one(void **state)
{
    const struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 4, .maximum = INITRD_LAST};
    uint64_t address;

    (void)state;
    make_kernel();
    lay_down_judged(false);
    assert_int_equal(pages_allocate(firmware, &request, &address), 0);
    for (unsigned int i = 0; i < 2; i++) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)(address + i * 2 * PAGE_SIZE);

        memset(bytes, (int)i + 1, PAGE_SIZE);
        boot.payload.modules[i] =
            (struct boot_file){.path = "\\image", .bytes = bytes, .size = PAGE_SIZE};
    }
    boot.payload.module_count = 2;
    prepared();
    assert_int_equal(initrd_size(), 2 * PAGE_SIZE);
    for (unsigned int i = 0; i < 2; i++)
        assert_int_equal(*(const uint8_t *)(uintptr_t)(initrd_address() + i * PAGE_SIZE), i + 1);
}

/* Of an opened image, in pages of Baton's: there is no need to copy it where the kernel can have
 * it. */
static void a_judged_initrd_stays_where_the_kernel_takes_it(void **state)
{
    static _Alignas(0x1000) uint8_t above[0x1000];
    const struct page_request request = {
        .type = MEMORY_LOADER_DATA, .count = 2, .maximum = INITRD_LAST};
    const uint8_t *bytes = NULL;

    for (unsigned int i = 0; i < 3; i++) {
        uint64_t address;

        make_kernel();
        lay_down_judged(false);
        assert_int_equal(pages_allocate(firmware, &request, &address), 0);
        bytes = i == 2 ? above : (const uint8_t *)(uintptr_t)(address + (i == 1 ? 16 : 0));
        memset((void *)(uintptr_t)bytes, 0x1d, sizeof(above));
        boot.payload.modules[0] =
            (struct boot_file){.path = "\\image", .bytes = bytes, .size = sizeof(above)};
        boot.payload.module_count = 1;
        prepared();
        assert_int_equal(initrd_address() == (uintptr_t)bytes, i == 0);
        assert_int_equal(initrd_address() % PAGE_SIZE, 0);
        assert_true(initrd_address() + initrd_size() - 1 <= INITRD_LAST);
        assert_memory_equal((const void *)(uintptr_t)initrd_address(), bytes, sizeof(above));
        (void)end(state);
        (void)begin(state);
    }
}

static void a_kernel_from_a_judged_image_is_not_judged_again(void **state)
{
    (void)state;
    make_kernel();
    lay_down_judged(true);
    boot.payload.kernel.bytes = kernel_file;
    fake_deny("LoadImage");
    prepared();
    assert_code_at(PREFERRED);
    assert_int_equal(kernel->reads, 0);
}

static void every_allocation_may_fail_when_judged(void **state)
{
    for (unsigned int apart = 0; apart < 2; apart++) {
        unsigned int n = 1;
        bool done;

        do {
            make_kernel();
            if (apart != 0)
                store_u32(kernel_file + 0x260, CODE_SIZE);
            (void)fake_tpm_add(FAKE_TCG2);
            lay_down_judged(true);
            open_module(0, 100);
            fake_fail_allocation(n++, FAKE_OUT_OF_RESOURCES);
            done = protocol(boot_linux).prepare(&boot, &plan);
            (void)end(state);
            (void)begin(state);
        } while (!done);
        assert_in_range(n, 2, 20);
    }
}

/* --- measurements --------------------------------------------------------------------------------
 */

static void options_and_initrd_are_measured_as_stub_and_loader_do(void **state)
{
    static const uint16_t named[] = u"initrd=\\initrd0 initrd=\\initrd1 root=/dev/vda quiet";
    static const uint16_t options[] = u"root=/dev/vda quiet";
    const struct fake_measurement *last;

    (void)state;
    make_kernel();
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down_judged(false);
    open_module(0, 101);
    open_module(1, 50);
    prepared();
    assert_int_equal(fake_measurement_count(), 3);
    assert_int_equal(fake_measurement_at(0)->index, 12);
    assert_int_equal(fake_measurement_at(0)->data_size, sizeof(named));
    assert_memory_equal(fake_measurement_at(0)->data, named, sizeof(named));
    assert_int_equal(fake_measurement_at(1)->index, 9);
    assert_int_equal(fake_measurement_at(1)->data_size, sizeof(options));
    assert_memory_equal(fake_measurement_at(1)->data, options, sizeof(options));
    /* The initrd as the kernel gets it: both files and the gap, where it stays. */
    last = fake_measurement_at(2);
    assert_int_equal(last->index, 9);
    assert_int_equal(last->data_size, 154);
    assert_int_equal(last->data_address, initrd_address());
    assert_int_equal(initrd_size(), 154);
}

static void options_under_the_kernels_signature_are_no_loaders(void **state)
{
    (void)state;
    make_kernel();
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down_judged(false);
    boot.payload.options_are_judged = true;
    prepared();
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 9);
}

static void after_a_measurement_that_fails_there_is_no_other(void **state)
{
    (void)state;
    make_kernel();
    fake_tpm_add(FAKE_TCG2)->fail_measurement = 2;
    lay_down_judged(false);
    open_module(0, 101);
    prepared();
    assert_int_equal(tpm.failure, FAKE_DEVICE_ERROR);
    assert_int_equal(fake_measurement_count(), 1);
}

/* --- the last acts -------------------------------------------------------------------------------
 */

/* A first event nowhere: never looked at, as there is no last one. */
static const struct fake_tpm_log empty_log = {.first = 1};

static void commit(void)
{
    protocol(boot_linux).commit(&boot);
    plan.shortfalls = boot.shortfalls;
}

static void a_machine_without_any_of_it_loses_nothing(void **state)
{
    (void)state;
    make_kernel();
    lay_down();
    prepared();
    commit();
    assert_int_equal(boot.shortfalls, 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), 0);
    assert_int_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0);
}

static void seed_log_and_overwrite_request_are_there_at_the_end(void **state)
{
    static const uint8_t random[32] = {1, 2, 3};
    const uint8_t no = 0;
    const uint8_t *request_now;
    size_t size;
    uint32_t attributes;

    (void)state;
    make_kernel();
    fake_rng(random, sizeof(random), 0, 0);
    fake_variable_set(fake_vendor_overwrite, "MemoryOverwriteRequestControl", 7, &no, 1);
    fake_tpm_add(FAKE_TCG2)->logs[2] = empty_log;
    lay_down_judged(false);
    fake_allow("GetRNG");
    prepared();
    commit();
    assert_int_equal(boot.shortfalls, 0);
    assert_int_not_equal(fake_table_at(FAKE_TABLE_RANDOM_SEED), 0);
    assert_int_not_equal(fake_table_at(FAKE_TABLE_TPM_LOG), 0);
    request_now =
        fake_variable(fake_vendor_overwrite, "MemoryOverwriteRequestControl", &attributes, &size);
    assert_int_equal(size, 1);
    assert_int_equal(request_now[0], 1);
}

static void what_fails_at_the_end_is_told_to_the_kernel(void **state)
{
    static const uint8_t random[32] = {1, 2, 3};
    const uint8_t no = 0;
    struct text story;
    char buffer[512];

    (void)state;
    make_kernel();
    fake_rng(random, sizeof(random), FAKE_DEVICE_ERROR, FAKE_DEVICE_ERROR);
    fake_variable_set(fake_vendor_overwrite, "MemoryOverwriteRequestControl", 7, &no, 1);
    (void)fake_tpm_add(FAKE_TCG2); /* has no log in any format */
    lay_down_judged(false);
    fake_allow("GetRNG");
    prepared();
    fake_behaviour.set_variable_status = FAKE_DEVICE_ERROR;
    commit();
    assert_int_equal(boot.shortfalls, SHORTFALL_NO_MEMORY_OVERWRITE | SHORTFALL_NO_RANDOM_SEED |
                                          SHORTFALL_NO_TPM_LOG);
    (void)finished();
    story = text_in(buffer, sizeof(buffer));
    shortfall_put(&story, boot.shortfalls);
    assert_non_null(strstr((const char *)(uintptr_t)(field(0x250, 8) + 16), buffer));
}

static void a_log_with_events_missing_is_told(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

    (void)state;
    make_kernel();
    behaviour->logs[2] = empty_log;
    behaviour->logs[2].truncated = true;
    lay_down_judged(false);
    prepared();
    commit();
    assert_int_equal(boot.shortfalls, SHORTFALL_NOT_LOGGED);
}

/* Its last event lies in front of its first. */
static void a_log_that_makes_no_sense_is_said(void **state)
{
    static const uint8_t log[256];
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

    (void)state;
    make_kernel();
    behaviour->logs[2] =
        (struct fake_tpm_log){.first = (uintptr_t)log + 64, .last = (uintptr_t)log};
    lay_down_judged(false);
    fake_allow("OutputString");
    fake_console();
    console_open(firmware);
    prepared();
    commit();
    console_close();
    assert_int_equal(boot.shortfalls, SHORTFALL_NO_TPM_LOG);
    assert_non_null(strstr(fake_console_text(), "baton: handing over the TPM's event log: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_bytes_that_are_judged_are_the_ones_that_run),
        TEST(where_nobody_judges_nobody_is_asked),
        TEST(a_kernel_that_is_not_trusted_is_refused_and_given_back),
        TEST(where_it_is_only_measured_a_refused_kernel_is_measured_by_baton),
        TEST(a_file_that_changes_while_it_is_read_is_refused),
        TEST(a_kernel_without_room_in_front_of_it_is_judged_apart),
        TEST(a_signature_that_does_not_fit_behind_the_code_is_judged_apart),
        TEST(a_kernel_from_a_judged_image_is_not_judged_again),
        TEST(a_file_that_has_grown_is_not_judged),
        TEST(two_initrds_in_memory_become_one),
        TEST(a_judged_initrd_stays_where_the_kernel_takes_it),
        TEST(every_allocation_may_fail_when_judged),
        TEST(options_and_initrd_are_measured_as_stub_and_loader_do),
        TEST(options_under_the_kernels_signature_are_no_loaders),
        TEST(after_a_measurement_that_fails_there_is_no_other),
        TEST(a_machine_without_any_of_it_loses_nothing),
        TEST(seed_log_and_overwrite_request_are_there_at_the_end),
        TEST(what_fails_at_the_end_is_told_to_the_kernel),
        TEST(a_log_with_events_missing_is_told),
        TEST(a_log_that_makes_no_sense_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
