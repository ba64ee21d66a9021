/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A unified kernel image taken apart: what comes out of it and from where, what the firmware is
 * asked, what is measured, what is refused, and that nothing stays behind.
 */
#include "boot/uki_open.h"

#include "core/base/page.h"
#include "core/image/uki.h"
#include "fake/images.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/pe_image.h"

#define PATH "\\EFI\\Linux\\a.efi"

static struct pe_image image;
static struct fake_file *image_file;
static struct tpm tpm;
static struct session session;
static struct bls_entry entry;
static struct boot boot;
static uint8_t kernel[5000];
static uint8_t initrd[3000];

static void make_image(void)
{
    for (unsigned int i = 0; i < sizeof(kernel); i++)
        kernel[i] = (uint8_t)(i * 3 + 1);
    memset(initrd, 0x1d, sizeof(initrd));
    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "stub");
    pe_image_add_text(&image, ".osrel", "ID=x\n");
    pe_image_add_text(&image, ".cmdline", " root=/dev/vda quiet\n");
    pe_image_add_text(&image, ".ucode", "microcode");
    pe_image_add(&image, ".initrd", initrd, sizeof(initrd));
    pe_image_add(&image, ".linux", kernel, sizeof(kernel));
}

/* A machine with the image on its volume, the entry for it, and its files open. */
static void lay_down(bool secure)
{
    fake_allow_usual();
    fake_allow("LoadImage");
    fake_allow("UnloadImage");
    fake_volume();
    image_file = fake_file_add(PATH, image.data, image.size);
    tpm = tpm_find(firmware);
    session = (struct session){.tpm = &tpm};
    entry = (struct bls_entry){
        .id = "a", .kind = BLS_UKI, .exit = BLS_EXIT_BATON, .kernel = PATH, .options = ""};
    boot = (struct boot){.firmware = firmware,
                         .session = &session,
                         .entry = &entry,
                         .environment = {.secure_boot_enforced = secure, .tpm = &tpm}};
    if (!payload_open(&boot))
        fail_msg("%s", explained(boot.failure.why).problem);
}

static bool open_image(void)
{
    return uki_open(&boot);
}

static void assert_opened(void)
{
    if (!open_image())
        fail_msg("%s: %s", boot.failure.doing, explained(boot.failure.why).problem);
}

static void assert_refused(const char *problem)
{
    unsigned int mark = firmware->leases.count;

    assert_false(open_image());
    assert_string_equal(boot.failure.file, PATH);
    if (strstr(explained(boot.failure.why).problem, problem) == NULL)
        fail_msg("\"%s\", not \"%s\"", explained(boot.failure.why).problem, problem);
    lease_release_since(firmware, mark);
    assert_int_equal(fake_memory_held(), 0);
}

static void assert_contents(const struct boot_file *file, const void *expected, size_t size)
{
    static uint8_t arrived[sizeof(image.data)];

    assert_int_equal(file->size, size);
    assert_string_equal(file->path, PATH);
    assert_int_equal(boot_file_read_all(firmware, file, arrived), 0);
    assert_memory_equal(arrived, expected, size);
}

static void the_kernel_and_what_belongs_to_it_come_out(void **state)
{
    (void)state;
    make_image();
    lay_down(false);
    assert_opened();
    assert_contents(&boot.payload.kernel, kernel, sizeof(kernel));
    assert_int_equal(boot.payload.head_size, BOOT_HEAD_SIZE);
    assert_memory_equal(boot.payload.head, kernel, BOOT_HEAD_SIZE);
    assert_int_equal(boot.payload.module_count, 2);
    assert_contents(&boot.payload.modules[0], "microcode", 9);
    assert_contents(&boot.payload.modules[1], initrd, sizeof(initrd));
    assert_string_equal(boot.payload.command_line, "root=/dev/vda quiet");
    assert_true(boot.payload.options_are_judged);
    assert_int_equal(boot.shortfalls, 0);
}

static void what_the_entry_adds_comes_behind_its_initrds(void **state)
{
    const struct boot_file *archive = &boot.payload.modules[2];

    (void)state;
    make_image();
    lay_down(false);
    (void)fake_file_add("\\x.cred", "secret", 6);
    entry.extra_count = 1;
    entry.initrds[BLS_INITRDS_MAX - 1] = "\\x.cred";
    assert_opened();
    assert_int_equal(boot.payload.module_count, 3);
    assert_contents(&boot.payload.modules[1], initrd, sizeof(initrd));
    assert_string_equal(archive->path, ".extra/credentials");
    assert_memory_equal(archive->bytes, "070701", 6);
}

static void nobody_is_asked_where_nobody_cares(void **state)
{
    (void)state;
    make_image();
    lay_down(false);
    fake_deny("LoadImage");
    assert_opened();
    assert_null(boot.payload.kernel.bytes);
    assert_null(boot.payload.modules[1].bytes);
}

static void under_secure_boot_what_was_judged_is_what_is_used(void **state)
{
    unsigned int reads;

    (void)state;
    make_image();
    lay_down(true);
    assert_opened();
    assert_int_equal(fake_calls_of("LoadImage"), 1);
    assert_int_equal(fake_images.loaded, 0);
    assert_int_equal(boot.shortfalls, 0);
    reads = image_file->reads;
    /* The disk now has something else. */
    memset(image.data, 0, sizeof(image.data));
    assert_contents(&boot.payload.kernel, kernel, sizeof(kernel));
    assert_contents(&boot.payload.modules[0], "microcode", 9);
    assert_contents(&boot.payload.modules[1], initrd, sizeof(initrd));
    assert_string_equal(boot.payload.command_line, "root=/dev/vda quiet");
    assert_int_equal(image_file->reads, reads);
    assert_int_equal((uintptr_t)boot.payload.modules[1].bytes % PAGE_SIZE, 0);
}

static void what_counts_is_what_was_judged_not_what_was_read_before(void **state)
{
    (void)state;
    make_image();
    lay_down(true);
    store_u32(pe_image_header(&image, 2) + 8, 5); /* .cmdline: " root" */
    assert_opened();
    assert_string_equal(boot.payload.command_line, "root");
}

static void an_image_that_is_not_trusted_stays_closed(void **state)
{
    (void)state;
    make_image();
    lay_down(true);
    fake_images.load_status = FAKE_SECURITY_VIOLATION;
    assert_refused("not signed");
    assert_string_equal(boot.failure.doing, "verifying");
}

static void without_secure_boot_a_refusal_is_a_note(void **state)
{
    (void)state;
    make_image();
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    fake_images.load_status = FAKE_UNSUPPORTED;
    assert_opened();
    assert_int_equal(boot.shortfalls, SHORTFALL_NOT_JUDGED);
    /* Baton measures what the firmware has not, all of it. */
    assert_int_equal(fake_measurement_at(0)->index, 4);
    assert_int_equal(fake_measurement_at(0)->data_size, image.size);
    assert_memory_equal(fake_measurement_at(0)->data, image.data, image.size);
    assert_true(boot.payload.image_is_measured);
}

/* Name with its NUL, then contents, for each; in the stub's order, not the image's. */
static void its_parts_are_measured_as_its_stub_does(void **state)
{
    static const struct {
        const char *name;
        const void *data;
        size_t size;
    } expected[] = {{".linux", kernel, sizeof(kernel)},
                    {".osrel", "ID=x\n", 5},
                    {".cmdline", " root=/dev/vda quiet\n", 21},
                    {".initrd", initrd, sizeof(initrd)},
                    {".ucode", "microcode", 9}};

    (void)state;
    make_image();
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    assert_opened();
    assert_int_equal(fake_measurement_count(), 10);
    for (size_t i = 0; i < 5; i++) {
        const struct fake_measurement *name = fake_measurement_at(2 * i);
        const struct fake_measurement *data = fake_measurement_at(2 * i + 1);

        assert_int_equal(name->index, 11);
        assert_int_equal(name->data_size, strlen(expected[i].name) + 1);
        assert_memory_equal(name->data, expected[i].name, name->data_size);
        assert_int_equal(data->index, 11);
        assert_int_equal(data->data_size, expected[i].size);
        assert_memory_equal(data->data, expected[i].data, expected[i].size);
    }
    assert_int_equal(boot.shortfalls, 0);
}

/* A kernel that is longer in memory than in the file. */
static void zeros_that_would_have_to_be_measured_are_refused(void **state)
{
    (void)state;
    make_image();
    store_u32(pe_image_header(&image, 5) + 8, 6000);
    store_u32(image.data + PE_IMAGE_PE + 24 + 56, 0x100000);
    lay_down(true);
    assert_opened();
    (void)end(state);
    (void)begin(state);
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    assert_refused("longer in memory than in the file");
}

/* It is for whoever chooses the profile, and that is not the kernel. */
static void the_number_of_a_profile_is_not_for_the_kernel(void **state)
{
    (void)state;
    make_image();
    pe_image_add_text(&image, ".profile", "ID=0");
    pe_image_add_text(&image, ".profile", "ID=1");
    lay_down(false);
    entry.profile = 1;
    entry.options = "mine";
    boot.payload.command_line = "@1 mine";
    assert_opened();
    assert_string_equal(boot.payload.command_line, "mine");
}

/* "1" as UTF-16 with its NUL, behind the tag and the size. */
static void the_profile_is_measured_behind_the_parts(void **state)
{
    static const uint8_t event[] = {0xdb, 0xd6, 0xae, 0x13, 4, 0, 0, 0, '1', 0, 0, 0};
    const struct fake_measurement *last;

    (void)state;
    make_image();
    pe_image_add_text(&image, ".profile", "ID=0");
    pe_image_add_text(&image, ".profile", "ID=1");
    pe_image_add_text(&image, ".cmdline", "of the profile");
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    entry.profile = 1;
    assert_opened();
    assert_string_equal(boot.payload.command_line, "of the profile");
    last = fake_measurement_at(fake_measurement_count() - 1);
    assert_int_equal(last->index, 12);
    assert_int_equal(last->type, 6);
    assert_int_equal(last->event_size, sizeof(event));
    assert_memory_equal(last->event, event, sizeof(event));
    assert_int_equal(last->data_size, 4);
    assert_memory_equal(last->data, event + 8, 4);
}

static void an_older_stub_measures_less(void **state)
{
    (void)state;
    pe_image_begin(&image);
    pe_image_add(&image, ".linux", kernel, sizeof(kernel));
    pe_image_add_text(&image, ".uname", "6.1");
    pe_image_add_text(&image, ".sdmagic", "#### LoaderInfo: systemd-stub 252.1 ####");
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    assert_opened();
    assert_int_equal(fake_measurement_count(), 2);
}

static void microcode_that_the_stub_does_not_measure_is_not_loaded(void **state)
{
    (void)state;
    make_image();
    pe_image_add_text(&image, ".sdmagic", "#### LoaderInfo: systemd-stub 255.1 ####");
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    assert_refused("too old to measure its microcode");
    assert_int_equal(fake_measurement_count(), 0);
}

/* What the kernel gets of an image, and what PCR 11 gets, as one number each. */
struct outcome {
    bool opened;
    uint32_t loaded;
    uint32_t measured;
};

static uint32_t mixed(uint32_t sum, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)data)[i]) * 16777619U;
    return sum * 31 + (uint32_t)size;
}

/* An honest image of today, with a section more and another word about its stub. */
static struct outcome outcome_of(const char *name, const char *sdmagic)
{
    struct outcome outcome = {0};

    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "stub");
    pe_image_add(&image, ".linux", kernel, sizeof(kernel));
    if (name != NULL)
        pe_image_add_text(&image, name, "foreign");
    if (sdmagic != NULL)
        pe_image_add_text(&image, ".sdmagic", sdmagic);
    (void)fake_tpm_add(FAKE_TCG2);
    lay_down(false);
    outcome.opened = open_image();
    for (unsigned int i = 0; outcome.opened && i < boot.payload.module_count; i++)
        outcome.loaded =
            mixed(outcome.loaded, boot.payload.modules[i].bytes, boot.payload.modules[i].size);
    if (outcome.opened) {
        outcome.loaded = mixed(outcome.loaded, boot.payload.kernel.bytes, boot.payload.kernel.size);
        outcome.loaded =
            mixed(outcome.loaded, boot.payload.command_line, strlen(boot.payload.command_line));
    }
    for (size_t i = 0; i < fake_measurement_count(); i++)
        outcome.measured = mixed(outcome.measured, fake_measurement_at(i)->data,
                                 fake_measurement_at(i)->data_size);
    (void)end(NULL);
    (void)begin(NULL);
    return outcome;
}

/* Every section's name in an image of every kind of stub: no two payloads have the same PCR 11. */
static void what_changes_the_payload_changes_the_register(void **state)
{
    static const char *const magics[] = {NULL,
                                         "junk",
                                         "#### LoaderInfo: systemd-stub 1 ####",
                                         "#### LoaderInfo: systemd-stub 252.1 ####",
                                         "#### LoaderInfo: systemd-stub 254 ####",
                                         "#### LoaderInfo: systemd-stub 256 ####",
                                         "#### LoaderInfo: systemd-stub 257 ####",
                                         "#### LoaderInfo: systemd-stub 65535 ####"};
    struct outcome honest;
    unsigned int opened = 0;

    (void)state;
    make_image();
    honest = outcome_of(NULL, NULL);
    assert_true(honest.opened);
    for (unsigned int part = UKI_LINUX + 1; part < UKI_SDMAGIC; part++) {
        for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
            struct outcome outcome = outcome_of(uki_part_name((enum uki_part)part), magics[i]);

            opened += outcome.opened;
            if (outcome.opened && outcome.loaded != honest.loaded &&
                outcome.measured == honest.measured)
                fail_msg("%s, %s", uki_part_name((enum uki_part)part), magics[i]);
        }
    }
    assert_in_range(opened, 60, 100); /* the others are refused, which is as well */
}

/* boot/trust.h decides what follows from it. */
static void a_tpm_that_fails_is_left_alone(void **state)
{
    struct fake_tpm_behaviour *behaviour = fake_tpm_add(FAKE_TCG2);

    (void)state;
    make_image();
    behaviour->fail_measurement = 3;
    lay_down(false);
    assert_opened();
    assert_false(boot.payload.image_is_measured);
    assert_int_equal(tpm.failure, FAKE_DEVICE_ERROR);
    assert_int_equal(fake_measurement_count(), 2);
    assert_contents(&boot.payload.kernel, kernel, sizeof(kernel));
}

static void the_entrys_options_win_only_without_secure_boot(void **state)
{
    (void)state;
    make_image();
    lay_down(false);
    entry.options = boot.payload.command_line = "single";
    assert_opened();
    assert_string_equal(boot.payload.command_line, "single");
    assert_false(boot.payload.options_are_judged);
}

static void under_secure_boot_the_images_options_win(void **state)
{
    (void)state;
    make_image();
    lay_down(true);
    entry.options = boot.payload.command_line = "single";
    assert_opened();
    assert_string_equal(boot.payload.command_line, "root=/dev/vda quiet");
    assert_true(boot.payload.options_are_judged);
}

static void an_image_without_options_takes_the_entrys(void **state)
{
    (void)state;
    pe_image_begin(&image);
    pe_image_add_text(&image, ".linux", "kernel");
    lay_down(true);
    entry.options = boot.payload.command_line = "single";
    assert_opened();
    assert_string_equal(boot.payload.command_line, "single");
    assert_false(boot.payload.options_are_judged);
    assert_int_equal(boot.payload.module_count, 0);
    assert_int_equal(boot.payload.head_size, 6);
}

static void what_only_its_stub_hands_over_is_not_dropped(void **state)
{
    static const char *const companions[] = {
        PATH ".extra.d\\x.addon.efi", "\\loader\\addons\\x.addon.efi",
        "\\loader\\credentials\\x.cred", "\\loader\\extensions\\x.raw"};

    for (size_t i = 0; i < 4; i++) {
        make_image();
        lay_down(false);
        (void)fake_file_add(companions[i], "x", 1);
        assert_refused("addons or credentials");
        end(state);
        begin(state);
    }
}

static void the_companions_of_a_counted_image_are_named_without_its_counter(void **state)
{
    (void)state;
    make_image();
    lay_down(false);
    (void)fake_file_add("\\EFI\\Linux\\b+3-1.EFI", image.data, image.size);
    (void)fake_file_add("\\EFI\\Linux\\b.efi.extra.d\\x.cred", "x", 1);
    boot.payload.kernel.path = "\\EFI\\Linux\\b+3-1.EFI";
    assert_false(open_image());
    assert_non_null(strstr(explained(boot.failure.why).problem, "addons or credentials"));
}

static void empty_directories_are_no_addons(void **state)
{
    unsigned int open;

    (void)state;
    make_image();
    lay_down(false);
    (void)fake_directory_add(PATH ".extra.d");
    (void)fake_directory_add("\\loader\\addons");
    open = fake_files_open();
    assert_opened();
    assert_int_equal(fake_files_open(), open);
}

static void a_signed_policy_is_left_to_the_stub(void **state)
{
    static const char *const sections[] = {".pcrsig", ".pcrpkey"};

    for (size_t i = 0; i < 2; i++) {
        make_image();
        pe_image_add_text(&image, sections[i], "{}");
        lay_down(false);
        assert_refused("TPM policy");
        end(state);
        begin(state);
    }
}

/* What is in a folder may come behind other folders: "." and ".." do on FAT. */
static void companions_behind_folders_are_found(void **state)
{
    (void)state;
    make_image();
    lay_down(false);
    (void)fake_directory_add("\\loader\\addons\\folder");
    (void)fake_directory_add("\\loader\\addons\\other");
    (void)fake_file_add("\\loader\\addons\\x.addon.efi", "x", 1);
    assert_refused("addons or credentials");
}

static void the_entrys_initrds_are_not_the_images(void **state)
{
    (void)state;
    make_image();
    lay_down(false);
    boot.payload.modules[0] = boot.payload.kernel;
    boot.payload.module_count = 1;
    assert_opened();
    assert_int_equal(boot.payload.module_count, 2);
    assert_contents(&boot.payload.modules[0], "microcode", 9);
}

/* As long as a page: room for the text as it is and as it is handed on. */
static void long_options_have_room(void **state)
{
    static char text[PAGE_SIZE];

    (void)state;
    memset(text, 'o', sizeof(text) - 1);
    pe_image_begin(&image);
    pe_image_add_text(&image, ".linux", "kernel");
    pe_image_add_text(&image, ".cmdline", text);
    lay_down(false);
    assert_opened();
    assert_string_equal(boot.payload.command_line, text);
}

/* The section table says that it goes on behind the end: that is what is wrong, not the disk. */
static void headers_that_end_behind_the_file_are_not_read(void **state)
{
    (void)state;
    make_image();
    store_u16(image.data + PE_IMAGE_PE + 6, 95);
    image.size = BOOT_HEAD_SIZE + 4;
    lay_down(false);
    assert_refused("");
    assert_string_equal(boot.failure.doing, "opening");
    assert_int_equal(boot.failure.status, 0);
}

static void what_is_no_such_image_is_refused(void **state)
{
    (void)state;
    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "a program");
    lay_down(false);
    assert_refused("no section .linux");
}

static void a_part_beyond_the_file_is_refused_before_anything_is_read(void **state)
{
    unsigned int reads;

    (void)state;
    make_image();
    store_u32(pe_image_header(&image, 5) + 8, 0xffffffff);
    store_u32(pe_image_header(&image, 5) + 16, 0xffffffff);
    lay_down(true);
    reads = image_file->reads;
    assert_false(open_image());
    assert_int_equal(image_file->reads, reads);
    assert_int_equal(fake_calls_of("LoadImage"), 0);
}

static void a_disk_that_fails_is_named(void **state)
{
    (void)state;
    make_image();
    lay_down(true);
    image_file->fail_read = image_file->reads + 1;
    image_file->fail_ever_after = true;
    image_file->fail_status = FAKE_DEVICE_ERROR;
    assert_refused("it cannot be read");
}

static void every_allocation_may_fail(void **state)
{
    unsigned int n = 1;
    bool done;

    do {
        make_image();
        lay_down(true);
        fake_fail_allocation(n++, FAKE_OUT_OF_RESOURCES);
        done = open_image();
        if (!done)
            assert_int_equal(boot.failure.status, FAKE_OUT_OF_RESOURCES);
        end(state);
        begin(state);
    } while (!done);
    assert_in_range(n, 3, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_kernel_and_what_belongs_to_it_come_out),
        TEST(what_the_entry_adds_comes_behind_its_initrds),
        TEST(nobody_is_asked_where_nobody_cares),
        TEST(under_secure_boot_what_was_judged_is_what_is_used),
        TEST(what_counts_is_what_was_judged_not_what_was_read_before),
        TEST(an_image_that_is_not_trusted_stays_closed),
        TEST(without_secure_boot_a_refusal_is_a_note),
        TEST(its_parts_are_measured_as_its_stub_does),
        TEST(zeros_that_would_have_to_be_measured_are_refused),
        TEST(the_number_of_a_profile_is_not_for_the_kernel),
        TEST(the_profile_is_measured_behind_the_parts),
        TEST(an_older_stub_measures_less),
        TEST(microcode_that_the_stub_does_not_measure_is_not_loaded),
        TEST(what_changes_the_payload_changes_the_register),
        TEST(a_tpm_that_fails_is_left_alone),
        TEST(the_entrys_options_win_only_without_secure_boot),
        TEST(under_secure_boot_the_images_options_win),
        TEST(an_image_without_options_takes_the_entrys),
        TEST(what_only_its_stub_hands_over_is_not_dropped),
        TEST(the_companions_of_a_counted_image_are_named_without_its_counter),
        TEST(empty_directories_are_no_addons),
        TEST(a_signed_policy_is_left_to_the_stub),
        TEST(companions_behind_folders_are_found),
        TEST(the_entrys_initrds_are_not_the_images),
        TEST(long_options_have_room),
        TEST(headers_that_end_behind_the_file_are_not_read),
        TEST(what_is_no_such_image_is_refused),
        TEST(a_part_beyond_the_file_is_refused_before_anything_is_read),
        TEST(a_disk_that_fails_is_named),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
