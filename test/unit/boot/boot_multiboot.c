/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files become kernels of Multiboot2, which entries may have modules, and the two ways into
 * such a kernel: the boot as a whole, of which boot.c has the rest.
 */
#include "boot/boot.h"

#include "arch/x86_entry.h"
#include "efi/console.h"
#include "fake/images.h"
#include "fake/private.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/pe_image.h"

#define FILE_SIZE 0x2000U
#define FIXED     0x2000000ULL
#define HEADER    0x1010U /* in the file: behind the head, as GNU Mach has it */

static uint8_t kernel_file[FILE_SIZE];
static struct tpm tpm;
static struct session session;
static struct bls_entry entry;
static struct boot_failure failure;
static struct pe_image image;

static void store(uint32_t offset, uint32_t bytes, uint64_t value)
{
    for (uint32_t i = 0; i < bytes; i++)
        kernel_file[offset + i] = (uint8_t)(value >> (8 * i));
}

/* An ELF64 file, which the native protocol would take if it had a note. */
static void make_kernel(bool keeps_services)
{
    uint32_t size = keeps_services ? 48 : 24;

    memset(kernel_file, 0, sizeof(kernel_file));
    memcpy(kernel_file,
           "\x7f"
           "ELF\2\1\1",
           7);
    store(16, 2, 2);
    store(18, 2, 62);
    store(20, 4, 1);
    store(24, 8, FIXED + 0x10);
    store(32, 8, 64);
    store(52, 2, 64);
    store(54, 2, 56);
    store(56, 2, 1);
    store(64, 4, 1);
    store(68, 4, 5);
    store(72, 8, 0x1000);
    store(80, 8, FIXED);
    store(88, 8, FIXED);
    store(96, 8, 0x800);
    store(104, 8, 0x1800);
    store(112, 8, 0x1000);
    store(HEADER, 4, 0xe85250d6);
    store(HEADER + 8, 4, size);
    store(HEADER + 12, 4, 0U - 0xe85250d6 - size);
    if (keeps_services) {
        store(HEADER + 16, 4, 7);
        store(HEADER + 20, 4, 8);
        store(HEADER + 24, 4, 9);
        store(HEADER + 28, 4, 12);
        store(HEADER + 32, 4, FIXED + 0x20);
    }
    store(HEADER + size - 4, 4, 8);
}

static void set_up(void)
{
    static uint8_t module[100];

    fake_allow_usual();
    fake_volume();
    fake_console();
    console_open(firmware);
    fake_cpuid_set(0x80000001, (struct cpuid_answer){.edx = 1U << 20 | 1U << 26});
    (void)fake_file_add("\\kernel", kernel_file, FILE_SIZE);
    (void)fake_file_add("\\dom0", module, sizeof(module));
    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "a program");
    (void)fake_file_add("\\a.efi", image.data, image.size);
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

static void assert_ends(enum fake_ending wanted)
{
    enum fake_ending ending = fake_run(run_entry, NULL);

    if (ending != wanted)
        fail_msg("ended as %d: %s: %s", ending, failure.doing, explained(failure.why).problem);
    if (ending == FAKE_ENTERED) /* all is the kernel's; else the teardown sees to it */
        firmware->leases = (struct leases){0};
}

static void assert_returned(const char *problem)
{
    assert_ends(FAKE_RETURNED);
    if (strstr(explained(failure.why).problem, problem) == NULL)
        fail_msg("\"%s\", not \"%s\"", explained(failure.why).problem, problem);
    assert_false(fake_has_left());
    assert_int_equal(firmware->leases.count, 0);
    assert_int_equal(fake_memory_held(), 0);
}

static void a_kernel_is_entered_after_the_exit(void **state)
{
    (void)state;
    make_kernel(false);
    set_up();
    assert_ends(FAKE_ENTERED);
    assert_true(fake_has_left());
    assert_true(fake_entered()->code_size == ARCH_PROTECTED_SIZE);
}

static void a_kernel_that_keeps_services_is_entered_with_them(void **state)
{
    (void)state;
    make_kernel(true);
    set_up();
    assert_ends(FAKE_ENTERED_ALIVE);
    assert_false(fake_has_left());
    assert_int_equal(fake_calls_of("ExitBootServices"), 0);
    assert_int_equal(fake_entered_alive()->entry, FIXED + 0x20);
    assert_int_equal(fake_entered_alive()->eax, 0x36d76289);
    assert_true(fake_entered_alive()->ebx != 0);
    assert_true(fake_watchdog_is_armed());
    assert_int_equal(fake_calls_of("SetWatchdogTimer"), 1);
    assert_int_equal(fake_files_open(), 0);
}

static bool guarded;

/* A kernel that looks who it would leave boot services by, and comes back. */
static void look_at_table(void)
{
    guarded = fake_boot_services.GetMemoryMap != fake_get_memory_map &&
              fake_boot_services.ExitBootServices != fake_exit_boot_services;
}

static void such_a_kernel_is_guarded_and_has_failed_when_it_comes_back(void **state)
{
    EFI_BOOT_SERVICES before;

    (void)state;
    make_kernel(true);
    set_up();
    before = fake_boot_services;
    fake_behaviour.kernel = look_at_table;
    guarded = false;
    assert_returned("has come back");
    assert_true(guarded);
    assert_memory_equal(&fake_boot_services, &before, sizeof(before));
    assert_false(fake_watchdog_is_armed());
}

/* A note of Baton's makes it a native kernel, whatever else it has. */
static void a_note_goes_before_a_header(void **state)
{
    static const uint8_t note[] = {6,   0,   0,   0,   24,  0, 0, 0, 1, 0, 0, 0,
                                   'B', 'a', 't', 'o', 'n', 0, 0, 0, 1, 0, 0, 0};

    (void)state;
    make_kernel(false);
    store(56, 2, 2);
    store(120, 4, 4);
    store(128, 8, 0x1800);
    store(152, 8, 44);
    memcpy(kernel_file + 0x1800, note, sizeof(note));
    set_up();
    assert_ends(FAKE_ENTERED);
    assert_true(fake_entered()->code_size != ARCH_PROTECTED_SIZE);
}

static void a_native_kernel_that_is_refused_is_not_tried_again(void **state)
{
    static const uint8_t note[] = {6,   0,   0,   0,   24,  0, 0, 0, 1, 0, 0, 0,
                                   'B', 'a', 't', 'o', 'n', 0, 0, 0, 9, 0, 0, 0};

    (void)state;
    make_kernel(false);
    store(56, 2, 2);
    store(120, 4, 4);
    store(128, 8, 0x1800);
    store(152, 8, 44);
    memcpy(kernel_file + 0x1800, note, sizeof(note));
    set_up();
    assert_returned("version 1");
}

/* What the firmware can start is a program, as Xen's own is, which has such headers in it. */
static void a_program_with_a_header_in_it_is_started(void **state)
{
    (void)state;
    make_kernel(false);
    set_up();
    fake_allow("StartImage");
    pe_image_begin(&image);
    pe_image_add(&image, ".text", kernel_file + HEADER, 24);
    (void)fake_file_add("\\a.efi", image.data, image.size);
    entry.kernel = "\\a.efi";
    assert_ends(FAKE_RETURNED);
    assert_int_equal(fake_calls_of("StartImage"), 1);
    entry.exit = BLS_EXIT_BATON;
    assert_returned("neither an address tag nor ELF headers");
}

static void a_foreign_note_is_none(void **state)
{
    (void)state;
    make_kernel(false);
    store(56, 2, 2);
    store(120, 4, 4);
    store(128, 8, 0x1800);
    store(152, 8, 44);
    set_up();
    assert_ends(FAKE_ENTERED);
    assert_true(fake_entered()->code_size == ARCH_PROTECTED_SIZE);
}

static void an_elf_file_with_neither_is_still_called_foreign(void **state)
{
    (void)state;
    make_kernel(false);
    store(HEADER, 4, 0);
    set_up();
    assert_returned("no \"Baton\" note");
}

static void a_damaged_header_is_called_that(void **state)
{
    (void)state;
    make_kernel(false);
    store(4, 1, 1);
    store(HEADER + 20, 4, 7);
    set_up();
    assert_returned("a tag of its Multiboot2 header is damaged");
}

static void secure_boot_lets_none_in(void **state)
{
    const uint8_t on = 1;
    const uint8_t off = 0;

    (void)state;
    for (unsigned int keeps = 0; keeps < 2; keeps++) {
        make_kernel(keeps != 0);
        set_up();
        fake_variable_set(fake_vendor_global, "SecureBoot", 6, &on, 1);
        fake_variable_set(fake_vendor_global, "SetupMode", 6, &off, 1);
        assert_returned("carries no signature");
        end(state);
        begin(state);
    }
}

static void the_kernel_is_measured_once(void **state)
{
    (void)state;
    make_kernel(true);
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    entry.options = "";
    assert_ends(FAKE_ENTERED_ALIVE);
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 4);
    assert_int_equal(fake_measurement_at(0)->data_size, FILE_SIZE);
    assert_memory_equal(fake_measurement_at(0)->data, kernel_file, FILE_SIZE);
}

/* --- modules -------------------------------------------------------------------------------------
 */

static void have_a_module(void)
{
    entry.modules[0] = "\\dom0\0words";
    entry.module_count = 1;
}

static void modules_come_before_initrds(void **state)
{
    const uint8_t *info;

    (void)state;
    make_kernel(true);
    set_up();
    have_a_module();
    entry.initrds[0] = "\\a.efi";
    entry.initrd_count = 1;
    assert_ends(FAKE_ENTERED_ALIVE);
    info = (const uint8_t *)(uintptr_t)fake_entered_alive()->ebx;
    /* Behind the command line ("\kernel quiet") and the loader's name. */
    info += 8 + 24;
    info += (*(const uint32_t *)(const void *)(info + 4) + 7) & ~7U;
    assert_int_equal(*info, 3);
    assert_string_equal((const char *)info + 16, "\\dom0 words");
    info += (*(const uint32_t *)(const void *)(info + 4) + 7) & ~7U;
    assert_int_equal(*info, 3);
    assert_string_equal((const char *)info + 16, "\\a.efi");
}

/* Linux would not miss it; here what is behind it would be in its place. */
static void an_initrd_that_is_empty_ends_the_boot(void **state)
{
    (void)state;
    make_kernel(true);
    set_up();
    have_a_module();
    (void)fake_file_add("\\empty", "", 0);
    entry.initrds[0] = "\\empty";
    entry.initrds[1] = "\\a.efi";
    entry.initrd_count = 2;
    assert_returned("the file is empty");
}

static void a_module_that_is_missing_is_named(void **state)
{
    (void)state;
    make_kernel(true);
    set_up();
    entry.modules[0] = "\\missing\0words";
    entry.module_count = 1;
    assert_returned("no such file");
    assert_string_equal(failure.file, "\\missing");
}

static void other_kernels_take_no_modules(void **state)
{
    static const struct {
        enum bls_kind kind;
        const char *kernel;
        enum bls_exit exit;
    } cases[] = {
        {BLS_LINUX, "\\a.efi", BLS_EXIT_DEFAULT}, {BLS_LINUX, "\\a.efi", BLS_EXIT_FIRMWARE},
        {BLS_EFI, "\\a.efi", BLS_EXIT_DEFAULT},   {BLS_UKI, "\\a.efi", BLS_EXIT_DEFAULT},
        {BLS_UKI, "\\a.efi", BLS_EXIT_BATON},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make_kernel(true);
        set_up();
        have_a_module();
        entry.kind = cases[i].kind;
        entry.kernel = cases[i].kernel;
        entry.exit = cases[i].exit;
        assert_returned("only these take a baton-module");
        assert_int_equal(fake_calls_of("LoadImage"), 0);
        end(state);
        begin(state);
    }
}

static void a_native_kernel_takes_no_modules(void **state)
{
    (void)state;
    make_kernel(true);
    store(HEADER, 4, 0);
    set_up();
    have_a_module();
    assert_returned("only these take a baton-module");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kernel_is_entered_after_the_exit),
        TEST(a_kernel_that_keeps_services_is_entered_with_them),
        TEST(such_a_kernel_is_guarded_and_has_failed_when_it_comes_back),
        TEST(a_note_goes_before_a_header),
        TEST(a_native_kernel_that_is_refused_is_not_tried_again),
        TEST(a_program_with_a_header_in_it_is_started),
        TEST(a_foreign_note_is_none),
        TEST(an_elf_file_with_neither_is_still_called_foreign),
        TEST(a_damaged_header_is_called_that),
        TEST(secure_boot_lets_none_in),
        TEST(the_kernel_is_measured_once),
        TEST(modules_come_before_initrds),
        TEST(an_initrd_that_is_empty_ends_the_boot),
        TEST(a_module_that_is_missing_is_named),
        TEST(other_kernels_take_no_modules),
        TEST(a_native_kernel_takes_no_modules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
