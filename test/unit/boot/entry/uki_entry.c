/* SPDX-License-Identifier: BSD-2-Clause */
/* Unified kernel images in \EFI\Linux as entries, over the fake firmware: found among the others,
 * named as their os-release names them, and passed over with a word when they are unsound. */
#include "boot/entry/uki_entry.h"

#include "core/entry/entry_order.h"
#include "core/entry/os_release.h"
#include "core/image/pe.h"
#include "efi/volumes.h"
#include "unit/fixture/entries_fixture.h"
#include "unit/fixture/pe_image.h"

#define DEBIAN                                                                                     \
    "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION=\"12 "  \
    "(bookworm)\"\n"

static struct pe_image image;
static uint8_t disk[1U << 20];
static size_t disk_used;

/* A sound image; more sections may follow. */
static void begin_image(const char *os_release)
{
    pe_image_begin(&image);
    pe_image_add_text(&image, ".text", "stub");
    if (os_release != NULL)
        pe_image_add_text(&image, ".osrel", os_release);
    pe_image_add_text(&image, ".cmdline", "quiet");
    pe_image_add_text(&image, ".linux", "kernel");
}

/* A copy of the image as it is. */
static struct fake_file *add_image(const char *name)
{
    char path[300];
    uint8_t *copy = disk + disk_used;

    assert_true(image.size <= sizeof(disk) - disk_used);
    memcpy(copy, image.data, image.size);
    disk_used += image.size;
    snprintf(path, sizeof(path), "\\EFI\\Linux\\%s", name);
    return fake_file_add(path, copy, image.size);
}

static void an_image_is_an_entry(void **state)
{
    const struct bls_entry *entry;

    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    add_image("debian-6.1+3-1.efi");
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 1);
    entry = entry_at(0);
    assert_string_equal(entry->id, "debian-6.1.efi");
    assert_true(entry->is_image);
    assert_int_equal(entry->kind, BLS_UKI);
    assert_string_equal(entry->kernel, "\\EFI\\Linux\\debian-6.1+3-1.efi");
    assert_string_equal(entry->title, "Debian GNU/Linux 12 (bookworm)");
    assert_string_equal(entry->version, "12 (bookworm)");
    assert_string_equal(entry->sort_key, "debian");
    assert_string_equal(entry->machine_id, "");
    assert_string_equal(entry->options, "");
    assert_int_equal(entry->initrd_count, 0);
    assert_int_equal(entry->exit, BLS_EXIT_DEFAULT);
    assert_int_equal(entry->profile, 0);
    assert_true(entry->counter.counted);
    assert_int_equal(entry->counter.left, 3);
    assert_int_equal(entry->counter.done, 1);
    assert_string_equal(fake_console_text(), "");
}

/* Of the only image there is, its profile `profile`. */
static const char *options_on(uint8_t volume, uint32_t profile)
{
    struct bls_entry entry = *entry_at(0);
    const char *options;

    entry.volume = volume;
    entry.profile = profile;
    console_open(firmware);
    options = uki_entry_options(firmware, &arena, &entry);
    console_close();
    assert_int_equal(fake_files_open(), 0);
    assert_int_equal(firmware->volume, VOLUME_OWN);
    return options;
}

static const char *options_of(uint32_t profile)
{
    return options_on(VOLUME_OWN, profile);
}

static void its_command_line_is_read_for_whoever_edits_it(void **state)
{
    struct fake_file *file;

    (void)state;
    lay_down();
    begin_image(DEBIAN);
    pe_image_add_text(&image, ".profile", "ID=first\n");
    pe_image_add_text(&image, ".profile", "ID=rescue\n");
    pe_image_add_text(&image, ".cmdline", " single\nuser ");
    file = add_image("a.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(options_of(0), "quiet");
    assert_string_equal(options_of(1), "single user");
    assert_string_equal(fake_console_text(), "");
    assert_null(options_of(7));
    assert_said("baton: reading \\EFI\\Linux\\a.efi: ");
    assert_null(options_on(VOLUME_FOUND, 0)); /* there is none */
    assert_said("a.efi: it cannot be read (Not Found)");
    file->open_status = FAKE_DEVICE_ERROR;
    assert_null(options_of(0));
    assert_said("a.efi: it cannot be read (Device Error)");
    fake_volume_absent();
    assert_null(options_of(0));
}

static void an_image_without_a_command_line_has_an_empty_one(void **state)
{
    (void)state;
    lay_down();
    pe_image_begin(&image);
    pe_image_add_text(&image, ".osrel", DEBIAN);
    pe_image_add_text(&image, ".linux", "kernel");
    add_image("a.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(options_of(0), "");
}

static void a_command_line_that_cannot_be_used_is_told_of(void **state)
{
    (void)state;
    lay_down();
    pe_image_begin(&image);
    pe_image_add_text(&image, ".osrel", DEBIAN);
    pe_image_add_text(&image, ".linux", "kernel");
    pe_image_add_text(&image, ".cmdline", "\xff");
    add_image("a.efi");
    assert_int_equal(read_all(), 0);
    assert_null(options_of(0));
    assert_said("UTF-8");
}

static void both_types_are_sorted_together(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add_entry("b.conf", "linux /k\nsort-key debian\nversion 12 (bookworm)\n");
    add_entry("z.conf", "linux /k\n");
    add_entry("arch.conf", "linux /k\nsort-key arch\n");
    begin_image(DEBIAN);
    add_image("a.efi");
    add_image("c.efi");
    begin_image("ID=fedora\n");
    add_image("f+0.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "arch.conf c.efi b.conf a.efi z.conf f.efi ");
    assert_false(entry_at(2)->is_image);
    assert_true(entry_at(3)->is_image);
}

static void the_default_may_be_an_image(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "default fedora*.efi\n");
    add_entry("fedora-1.conf", "linux /k\nsort-key a\n");
    begin_image(DEBIAN);
    add_image("fedora-2.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "fedora-1.conf fedora-2.efi ");
    assert_string_equal(chosen(), "fedora-2.efi");
}

/* As systemd-boot lists u2.efi and its profiles; only the first one may be chosen by itself. */
static void profiles_are_entries(void **state)
{
    static const char *const titles[] = {"Image (Main)", "Image (Rescue mode)", "Image (stop)",
                                         "Image (Profile #4)", "Other (Mine)"};

    (void)state;
    lay_down();
    add_kernel();
    begin_image("NAME=Image\nID=debian\nVERSION_ID=1\n");
    pe_image_add_text(&image, ".profile", "ID=main\nTITLE=Main\n");
    pe_image_add_text(&image, ".profile", "ID=RESCUE\nTITLE='Rescue mode'\n");
    pe_image_add_text(&image, ".profile", "ID=stop\n");
    pe_image_add_text(&image, ".profile", "nothing\n");
    pe_image_add_text(&image, ".profile", "TITLE=Mine\n");
    pe_image_add_text(&image, ".osrel", "NAME=Other\nID=debian\nVERSION_ID=1\n");
    add_image("U+3-1.EFI");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "u.efi u.efi@rescue u.efi@stop u.efi@3 u.efi@4 ");
    assert_string_equal(chosen(), "u.efi");
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(entry_at(i)->title, titles[i]);
        assert_string_equal(entry_at(i)->image_id, "u.efi");
        assert_string_equal(entry_at(i)->file, "U+3-1.EFI");
        assert_string_equal(entry_at(i)->kernel, "\\EFI\\Linux\\U+3-1.EFI");
        assert_int_equal(entry_at(i)->profile, i);
        assert_int_equal(entry_at(i)->counter.left, 3);
    }
    assert_string_equal(fake_console_text(), "");
}

/* systemd-boot itself is such a program; and of an image some profiles may have none. */
static void a_program_that_says_what_it_is_needs_no_kernel(void **state)
{
    (void)state;
    lay_down();
    pe_image_begin(&image);
    pe_image_add_text(&image, ".osrel", "NAME=Loader\n");
    pe_image_add_text(&image, ".profile", "ID=main\n");
    pe_image_add_text(&image, ".profile", "ID=more\n");
    pe_image_add_text(&image, ".linux", "kernel");
    add_image("loader.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "loader.efi loader.efi@more ");
    assert_string_equal(fake_console_text(), "");
}

static void a_profile_has_to_be_asked_for(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    add("\\loader\\loader.conf", "default *@rescue\n");
    add("\\loader\\baton.conf", "entry *@rescue\nbaton-exit baton\n");
    begin_image("NAME=Image\n");
    pe_image_add_text(&image, ".profile", "ID=main\n");
    pe_image_add_text(&image, ".profile", "ID=rescue\n");
    add_image("u.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "u.efi u.efi@rescue ");
    assert_string_equal(chosen(), "u.efi@rescue");
    assert_int_equal(entry_at(0)->exit, BLS_EXIT_DEFAULT);
    assert_int_equal(entry_at(1)->exit, BLS_EXIT_BATON);
}

/* However large the kernel in it is. */
static void only_headers_and_small_texts_are_read(void **state)
{
    struct fake_file *plain;

    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    plain = add_image("a.efi");
    plain->fail_above = PE_HEAD_SIZE;
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 1);
    assert_int_equal(plain->reads, 2);
}

/* Next to which the texts of the image are nothing. */
static void the_longest_name_fits(void **state)
{
    char name[256];

    (void)state;
    lay_down();
    add_kernel();
    memset(name, 'n', 200);
    strcpy(name + 200, ".efi");
    begin_image("ID=x");
    add_image(name);
    assert_int_equal(read_all(), 0);
    assert_int_equal(strlen(entry_at(0)->id), 204);
    assert_int_equal(strlen(entry_at(0)->kernel), strlen("\\EFI\\Linux\\") + 204);
    assert_string_equal(entry_at(0)->title, "x");
}

static void an_os_release_may_be_as_large_as_its_bound(void **state)
{
    static char text[OS_RELEASE_MAX + 1];

    (void)state;
    lay_down();
    add_kernel();
    memset(text, '\n', OS_RELEASE_MAX);
    memcpy(text, "ID=x", 4);
    begin_image(text);
    add_image("a.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "a.efi ");
}

static unsigned int lines_said(void)
{
    unsigned int lines = 0;

    for (const char *at = fake_console_text(); *at != '\0'; at++)
        lines += *at == '\n';
    return lines;
}

/* Each with a line that says what is wrong, and none keeps the sound ones away. */
static void unsound_images_are_reported_and_passed_over(void **state)
{
    static char large[9000];
    struct fake_file *unreadable;
    struct fake_file *too_large;

    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    add_image("good-1.efi");
    add("\\EFI\\Linux\\text.efi", "this is no image");
    add("\\EFI\\Linux\\empty.efi", "");
    image.size -= 512;
    add_image("cut.efi");
    image.size = 200;
    add_image("cut-head.efi");
    begin_image(DEBIAN);
    store_u32(pe_image_header(&image, 3) + 20, 0x1000);
    add_image("overlap.efi");
    begin_image(DEBIAN);
    store_u32(pe_image_header(&image, 3) + 8, 0xffffffff);
    add_image("large-section.efi");
    begin_image(NULL);
    add_image("no-osrel.efi");
    begin_image("VERSION=1\n");
    add_image("no-name.efi");
    memset(large, '\n', sizeof(large) - 1);
    memcpy(large, "ID=x", 4);
    begin_image(large);
    too_large = add_image("large-osrel.efi");
    begin_image(DEBIAN);
    pe_image_add_text(&image, ".osrel", DEBIAN);
    pe_image_add_text(&image, ".linux", "kernel");
    add_image("twice.efi");
    begin_image(DEBIAN);
    store_u16(image.data + PE_IMAGE_PE + 24 + 68, 11);
    add_image("driver.efi");
    begin_image(DEBIAN);
    for (unsigned int i = 1; i <= 2; i++) {
        char name[32];

        snprintf(name, sizeof(name), "unreadable-%u.efi", i);
        unreadable = add_image(name);
        unreadable->fail_read = i;
        unreadable->fail_ever_after = true;
    }
    add_image("refused.efi")->open_status = FAKE_ACCESS_DENIED;
    add_image("good-2.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "good-2.efi good-1.efi ");
    assert_null(strstr(fake_console_text(), "good"));
    assert_said("reading \\EFI\\Linux\\text.efi: it is no EFI program");
    assert_said("\\empty.efi: it is no EFI program");
    assert_said("\\cut.efi: the file ends inside a section");
    assert_said("\\cut-head.efi: the file ends inside its headers");
    assert_said("\\overlap.efi: two sections overlap in the file");
    assert_said("\\large-section.efi: a section ends behind SizeOfImage");
    assert_said("\\no-osrel.efi: it has no section .osrel");
    assert_said("\\no-name.efi: its os-release does not name a system");
    assert_said("\\large-osrel.efi: its os-release has more than 8192 bytes");
    assert_int_equal(too_large->reads, 1);
    assert_said("\\twice.efi: it has a section twice");
    assert_said("\\driver.efi: it is a driver of boot services");
    assert_said("\\unreadable-1.efi: it cannot be read (Device Error)");
    assert_said("\\unreadable-2.efi: it cannot be read (Device Error)");
    assert_said("\\refused.efi: it cannot be read (Access Denied)");
    assert_int_equal(lines_said(), 14);
}

static void images_for_another_machine_are_hidden(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    add_image("x64.efi");
    store_u16(image.data + PE_IMAGE_PE + 4, 0xaa64);
    add_image("arm.efi");
    store_u16(image.data + PE_IMAGE_PE + 4, 0x14c);
    add_image("ia32.efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "x64.efi ");
    assert_string_equal(fake_console_text(), "");
}

static void what_has_not_the_name_of_an_image_is_not_looked_at(void **state)
{
    struct fake_file *other;

    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    add_image("UPPER.EFI");
    other = add("\\EFI\\Linux\\a.conf", "linux /k\n");
    (void)fake_directory_add("\\EFI\\Linux\\a.efi.extra.d");
    (void)fake_directory_add("\\EFI\\Linux\\folder.efi");
    add_image(".efi");
    assert_int_equal(read_all(), 0);
    assert_string_equal(ids(), "upper.efi ");
    assert_int_equal(other->reads, 0);
    assert_string_equal(fake_console_text(), "");
}

/* Behind a long stub for DOS, as an image with hundreds of sections also has them. */
static void headers_beyond_the_first_read_are_read_too(void **state)
{
    static uint8_t late[sizeof(image.data)];
    struct fake_file *file;

    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    memcpy(late, image.data, image.size);
    memset(late + 0x40, 0, PE_IMAGE_HEADERS - 0x40);
    memmove(late + 0x3000, image.data + PE_IMAGE_PE, PE_IMAGE_HEADERS - PE_IMAGE_PE);
    memcpy(late + 0x4000, image.data + 0x1000, image.size - 0x1000);
    store_u32(late + 0x3c, 0x3000);
    store_u32(late + 0x3000 + 24 + 56, image.memory_size + 0x3000);
    store_u32(late + 0x3000 + 24 + 60, 0x4000);
    for (unsigned int i = 0; i < image.count; i++) {
        uint8_t *header = late + 0x3000 + 24 + 240 + (size_t)i * 40;

        store_u32(header + 12, 0x4000 + i * 0x1000);
        store_u32(header + 20, 0x4000 + i * 0x200);
    }
    file = fake_file_add("\\EFI\\Linux\\late.efi", late, image.size + 0x3000);
    assert_int_equal(read_all(), 0);
    assert_string_equal(fake_console_text(), "");
    assert_string_equal(ids(), "late.efi ");
    assert_string_equal(entry_at(0)->title, "Debian GNU/Linux 12 (bookworm)");
    assert_int_equal(file->reads, 3);

    file->reads = 0;
    file->fail_read = 2;
    file->fail_ever_after = true;
    console_open(firmware);
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, 0);
    assert_said("\\late.efi: it cannot be read (Device Error)");
    assert_int_equal(lines_said(), 1);
}

static void a_directory_that_fails_does_not_hide_the_other(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 2; i++) {
        (void)begin(state);
        lay_down();
        add_kernel();
        begin_image(DEBIAN);
        add_image("image.efi");
        add_entry("entry.conf", "linux /k\n");
        fake_directory_add(i == 0 ? "\\loader\\entries" : "\\EFI\\Linux")->open_status =
            FAKE_DEVICE_ERROR;
        assert_int_equal(read_all(), 0);
        assert_string_equal(ids(), i == 0 ? "image.efi " : "entry.conf ");
        assert_said(i == 0 ? "reading \\loader\\entries: " : "reading \\EFI\\Linux: ");
        (void)end(state);
    }
    (void)begin(state);
}

static void a_directory_of_images_that_fails_alone_is_an_error(void **state)
{
    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    add_image("image.efi");
    fake_directory_add("\\EFI\\Linux")->open_status = FAKE_DEVICE_ERROR;
    assert_true(read_all() == FAKE_DEVICE_ERROR);
    assert_int_equal(entries.list.count, 77);
}

static void a_thousand_images_are_read_and_sorted(void **state)
{
    static struct pe_image shared;

    (void)state;
    lay_down();
    add_kernel();
    begin_image(DEBIAN);
    shared = image;
    for (unsigned int i = 0; i < ENTRY_ORDER_MAX; i++) {
        char path[64];

        snprintf(path, sizeof(path), "\\EFI\\Linux\\%u.efi", i);
        (void)fake_file_add(path, shared.data, shared.size);
    }
    assert_int_equal(read_all(), 0);
    assert_int_equal(entries.list.count, ENTRY_ORDER_MAX);
    for (unsigned int i = 0; i < ENTRY_ORDER_MAX; i++) {
        char expected[16];

        snprintf(expected, sizeof(expected), "%u.efi", ENTRY_ORDER_MAX - 1 - i);
        assert_string_equal(entry_at(i)->id, expected);
    }
    assert_true(firmware->leases.count < LEASES_MAX / 2);
}

/* Whatever of it fails, entries that were found stay, and the reason is not the disk. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (unsigned int failing = 1; failing < 6; failing++) {
        efi_status status;

        (void)begin(state);
        lay_down();
        add_kernel();
        add_entry("entry.conf", "linux /k\n");
        begin_image(DEBIAN);
        for (unsigned int i = 0; i < 100; i++) {
            char path[64];

            snprintf(path, sizeof(path), "\\EFI\\Linux\\%u.efi", i);
            (void)fake_file_add(path, image.data, image.size);
        }
        fake_fail_allocation(failing, FAKE_OUT_OF_RESOURCES);
        status = read_all();
        if (failing == 1) {
            assert_true(status == FAKE_OUT_OF_RESOURCES);
        } else {
            assert_int_equal(status, 0);
            assert_in_range(entries.list.count, 100, 101);
            if (entries.list.count < 101)
                assert_said("there is not enough free memory");
            assert_null(strstr(fake_console_text(), "disk"));
        }
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_image_is_an_entry),
        TEST(its_command_line_is_read_for_whoever_edits_it),
        TEST(an_image_without_a_command_line_has_an_empty_one),
        TEST(a_command_line_that_cannot_be_used_is_told_of),
        TEST(both_types_are_sorted_together),
        TEST(the_default_may_be_an_image),
        TEST(profiles_are_entries),
        TEST(a_program_that_says_what_it_is_needs_no_kernel),
        TEST(a_profile_has_to_be_asked_for),
        TEST(only_headers_and_small_texts_are_read),
        TEST(the_longest_name_fits),
        TEST(an_os_release_may_be_as_large_as_its_bound),
        TEST(unsound_images_are_reported_and_passed_over),
        TEST(images_for_another_machine_are_hidden),
        TEST(what_has_not_the_name_of_an_image_is_not_looked_at),
        TEST(headers_beyond_the_first_read_are_read_too),
        TEST(a_directory_that_fails_does_not_hide_the_other),
        TEST(a_directory_of_images_that_fails_alone_is_an_error),
        TEST(a_thousand_images_are_read_and_sorted),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
