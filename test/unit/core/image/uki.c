/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves which sections of a unified kernel image count, for which profile, and what of them a stub
 * measures and passes on. */
#include "core/image/uki.h"

#include "unit/fixture/exact.h"
#include "unit/fixture/pe_image.h"

#include <stdio.h>

static struct pe_image image;

static enum uki_error parse(uint32_t profile, struct uki *ret_uki)
{
    struct span head = exact_copy(image.data, pe_head_needed(span_of(image.data, PE_HEAD_SIZE)));
    enum uki_error error;
    struct pe pe;

    assert_int_equal(pe_parse(head, image.size, &pe), PE_OK);
    error = uki_parse(&pe, profile, ret_uki);
    exact_free(head);
    return error;
}

/* The bytes that a section has in the file. */
static void assert_content(const struct uki *uki, enum uki_part part, const char *text)
{
    const struct uki_section *section = &uki->sections[part];

    assert_true(section->present);
    assert_int_equal(section->size, strlen(text));
    assert_memory_equal(image.data + section->offset, text, section->size);
}

static void add(const char *name, const char *text)
{
    pe_image_add_text(&image, name, text);
}

static void begin_kernel(void)
{
    pe_image_begin(&image);
    add(".text", "stub");
    add(".linux", "kernel");
    add(".osrel", "ID=x\n");
}

static void finds_each_section(void **state)
{
    struct uki uki;

    (void)state;
    pe_image_begin(&image);
    add(".text", "stub");
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++)
        add(uki_part_name((enum uki_part)part), uki_part_name((enum uki_part)part) + 1);
    assert_int_equal(parse(0, &uki), UKI_OK);
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++) {
        assert_content(&uki, (enum uki_part)part, uki_part_name((enum uki_part)part) + 1);
        assert_int_equal(uki.sections[part].zeros, 0);
    }
    assert_int_equal(uki.profile_count, 1);
}

static void takes_only_whole_names(void **state)
{
    struct uki uki;

    (void)state;
    begin_kernel();
    add(".initrdx", "no");
    add(".initr", "no");
    add(".INITRD", "no");
    add("initrd", "no");
    add(".cmdline", "quiet");
    memset(pe_image_header(&image, 3), 0, 8); /* and a section without a name */
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_false(uki.sections[UKI_INITRD].present);
    assert_content(&uki, UKI_CMDLINE, "quiet");
}

static void without_a_kernel_it_is_none(void **state)
{
    struct uki uki = {.profile_count = 77};

    (void)state;
    pe_image_begin(&image);
    add(".osrel", "ID=x\n");
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_true(uki.sections[UKI_OSREL].present);
    assert_int_equal(uki_openable(&uki), UKI_NO_KERNEL);
    add(".linux", ""); /* nor with an empty one */
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_int_equal(uki_openable(&uki), UKI_NO_KERNEL);
}

/* What is padding in the file is not content; what the file lacks is zeros. */
static void counts_bytes_as_the_stub_does(void **state)
{
    struct uki uki;

    (void)state;
    begin_kernel();
    store_u32(pe_image_header(&image, 2) + 8, 512);
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_int_equal(uki.sections[UKI_OSREL].size, 512);
    assert_int_equal(uki.sections[UKI_OSREL].zeros, 0);
    store_u32(pe_image_header(&image, 2) + 8, 600);
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_int_equal(uki.sections[UKI_OSREL].size, 512);
    assert_int_equal(uki.sections[UKI_OSREL].zeros, 88);
    assert_int_equal(uki_openable(&uki), UKI_ZEROS);
    store_u32(pe_image_header(&image, 2) + 8, 0);
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_false(uki.sections[UKI_OSREL].present);
}

/* Some versions of ukify give it the memory that the kernel's own headers ask for. */
static void a_kernel_may_end_in_zeros(void **state)
{
    struct uki uki;

    (void)state;
    begin_kernel();
    store_u32(pe_image_header(&image, 1) + 8, 0x1000);
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_int_equal(uki.sections[UKI_LINUX].size, 512);
    assert_int_equal(uki.sections[UKI_LINUX].zeros, 0x1000 - 512);
    assert_int_equal(uki_openable(&uki), UKI_OK);
}

static void only_what_is_picked_for_the_machine_may_repeat(void **state)
{
    (void)state;
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++) {
        bool repeats = part == UKI_DTB || part == UKI_DTBAUTO || part == UKI_EFIFW;
        struct uki uki = {.profile_count = 77};

        begin_kernel();
        add(uki_part_name((enum uki_part)part), "one");
        add(uki_part_name((enum uki_part)part), "two");
        if (part == UKI_PROFILE || repeats) {
            assert_int_equal(parse(0, &uki), UKI_OK);
            assert_content(&uki, (enum uki_part)part, "one");
        } else {
            assert_int_equal(parse(0, &uki), UKI_DUPLICATE);
            assert_int_equal(uki.profile_count, 77);
        }
    }
}

/* Base: cmdline, initrd; 0 has nothing, 1 another cmdline, 2 another kernel and an empty initrd. */
static void begin_profiles(void)
{
    begin_kernel();
    add(".cmdline", "base");
    add(".initrd", "base initrd");
    add(".profile", "ID=main\n");
    add(".profile", "ID=debug\n");
    add(".cmdline", "debug");
    add(".dtb", "one");
    add(".dtb", "two");
    add(".profile", "ID=other\n");
    add(".linux", "other kernel");
    add(".initrd", "");
}

static void a_profile_replaces_what_it_has(void **state)
{
    struct uki uki;

    (void)state;
    begin_profiles();
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_int_equal(uki.profile_count, 3);
    assert_content(&uki, UKI_PROFILE, "ID=main\n");
    assert_content(&uki, UKI_CMDLINE, "base");
    assert_content(&uki, UKI_LINUX, "kernel");
    assert_false(uki.sections[UKI_DTB].present);
    assert_int_equal(parse(1, &uki), UKI_OK);
    assert_content(&uki, UKI_PROFILE, "ID=debug\n");
    assert_content(&uki, UKI_CMDLINE, "debug");
    assert_content(&uki, UKI_INITRD, "base initrd");
    assert_content(&uki, UKI_DTB, "one");
    assert_int_equal(parse(2, &uki), UKI_OK);
    assert_content(&uki, UKI_CMDLINE, "base");
    assert_content(&uki, UKI_LINUX, "other kernel");
    assert_false(uki.sections[UKI_INITRD].present);
    assert_false(uki.sections[UKI_DTB].present);
}

static void a_profile_that_is_not_there_is_refused(void **state)
{
    struct uki uki = {.profile_count = 77};

    (void)state;
    begin_profiles();
    assert_int_equal(parse(3, &uki), UKI_NO_PROFILE);
    assert_int_equal(parse(UINT32_MAX, &uki), UKI_NO_PROFILE);
    begin_kernel();
    assert_int_equal(parse(1, &uki), UKI_NO_PROFILE);
    assert_int_equal(uki.profile_count, 77);
    assert_int_equal(parse(0, &uki), UKI_OK);
    assert_int_equal(uki.profile_count, 0);
}

static void a_section_twice_in_another_profile_is_refused_too(void **state)
{
    struct uki uki;

    (void)state;
    begin_profiles();
    add(".initrd", "again");
    assert_int_equal(parse(0, &uki), UKI_DUPLICATE);
}

static void what_only_its_own_stub_can_do_is_not_opened(void **state)
{
    static const struct {
        const char *name;
        enum uki_error error;
    } cases[] = {
        {".dtb", UKI_DEVICE_TREE}, {".dtbauto", UKI_DEVICE_TREE},
        {".efifw", UKI_FIRMWARE},  {".splash", UKI_OK},
        {".hwids", UKI_OK},        {".profile", UKI_OK},
        {".pcrsig", UKI_OK},       {".ucode", UKI_OK},
        {".other", UKI_OK},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct uki uki;

        begin_kernel();
        add(cases[i].name, "x");
        assert_int_equal(parse(0, &uki), UKI_OK);
        assert_int_equal(uki_openable(&uki), cases[i].error);
    }
}

/* The names that a stub measures, in order, with a blank after each. */
static const char *measured(uint32_t version)
{
    static char names[200];
    size_t length = 0;

    for (unsigned int part = 0; part < UKI_PART_COUNT; part++) {
        if (uki_measured((enum uki_part)part, version))
            length += (size_t)snprintf(names + length, sizeof(names) - length, "%s ",
                                       uki_part_name((enum uki_part)part));
    }
    return names;
}

/* As the strings of Debian's builds of these versions of the stub have them. */
static void measures_what_the_stub_of_that_version_does(void **state)
{
    (void)state;
    assert_string_equal(measured(252), ".linux .osrel .cmdline .initrd .splash .dtb .pcrpkey ");
    assert_string_equal(measured(253), measured(252));
    assert_string_equal(measured(254),
                        ".linux .osrel .cmdline .initrd .splash .dtb .uname .sbat .pcrpkey ");
    assert_string_equal(
        measured(256), ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey ");
    assert_string_equal(measured(257),
                        ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey "
                        ".profile .dtbauto .hwids ");
    assert_string_equal(measured(262),
                        ".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey "
                        ".profile .dtbauto .hwids .efifw ");
    assert_string_equal(measured(0), measured(262));
    assert_false(uki_measured(UKI_PART_COUNT, 0));
}

/* Every section name and every version that a stub can have: what is loaded is measured. */
static void what_is_loaded_is_measured_or_the_image_stays_closed(void **state)
{
    (void)state;
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++) {
        for (uint32_t version = 0; version <= UINT16_MAX; version++) {
            struct uki uki = {.sections = {[UKI_LINUX] = {.present = true, .size = 1}}};
            bool measured = uki_measured((enum uki_part)part, version);

            uki.sections[part] = (struct uki_section){.present = true, .size = 1};
            assert_int_equal(uki_measurable(&uki, version),
                             uki_loaded((enum uki_part)part) && !measured ? UKI_UNMEASURED
                                                                          : UKI_OK);
        }
    }
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++)
        assert_int_equal(
            uki_loaded((enum uki_part)part),
            strstr(".linux.cmdline.initrd.ucode", uki_part_name((enum uki_part)part)) != NULL);
}

static uint32_t version_of(const char *text)
{
    struct span sdmagic = exact_string(text);
    uint32_t version = uki_stub_version(sdmagic);

    exact_free(sdmagic);
    return version;
}

static void reads_the_stubs_version(void **state)
{
    (void)state;
    assert_int_equal(version_of("#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####"), 252);
    assert_int_equal(version_of("#### LoaderInfo: systemd-stub 257~rc2 ####"), 257);
    assert_int_equal(version_of("systemd-stub 262"), 262);
    assert_int_equal(version_of("systemd-stub 9019/"), 9019);
    assert_int_equal(version_of("systemd-stub v260"), 0);
    assert_int_equal(version_of("systemd-stub "), 0);
    assert_int_equal(version_of("systemd-stub"), 0);
    assert_int_equal(version_of("systemd-stub 65536"), 0);
    assert_int_equal(version_of("systemd-stub 99999999999999999999"), 0);
    assert_int_equal(version_of("#### LoaderInfo: systemd-boot 252 ####"), 0);
    assert_int_equal(version_of(""), 0);
}

static enum uki_error line_of(const void *bytes, size_t size, size_t capacity, const char *expected)
{
    struct span section = exact_copy(bytes, size);
    char *buffer = exact_buffer(capacity);
    size_t length = 77;
    enum uki_error error = uki_cmdline(section, buffer, capacity, &length);

    if (error == UKI_OK) {
        assert_string_equal(buffer, expected);
        assert_int_equal(length, strlen(expected));
    } else {
        assert_int_equal(length, 77);
    }
    free(buffer);
    exact_free(section);
    return error;
}

static void trims_the_command_line_as_the_stub_does(void **state)
{
    static const struct {
        const char *section;
        const char *line;
    } lines[] = {
        {"quiet ro", "quiet ro"},
        {"quiet ro\n", "quiet ro"},
        {" \t\r\n\x01quiet\tro\x7f", "quiet ro"},
        {"a\n\nb", "a  b"},
        {"a\x1f\x7f"
         "b",
         "a  b"},
        {"name=Zo\xc3\xab", "name=Zo\xc3\xab"},
        {"", ""},
        {" \n ", ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        size_t size = strlen(lines[i].section);

        assert_int_equal(line_of(lines[i].section, size, size + 1, lines[i].line), UKI_OK);
        assert_int_equal(line_of(lines[i].section, size + 1, size + 2, lines[i].line), UKI_OK);
    }
    assert_int_equal(line_of("quiet\n\0 debug\xff", 14, 15, "quiet"), UKI_OK);
}

static void a_command_line_that_is_no_text_is_refused(void **state)
{
    (void)state;
    assert_int_equal(line_of("a\xff", 2, 100, ""), UKI_CMDLINE_ENCODING);
    assert_int_equal(line_of("a\xc3", 2, 100, ""), UKI_CMDLINE_ENCODING);
    assert_int_equal(line_of("\xed\xa0\x80", 3, 100, ""), UKI_CMDLINE_ENCODING);
}

static void a_command_line_must_fit(void **state)
{
    (void)state;
    assert_int_equal(line_of("quiet", 5, 6, "quiet"), UKI_OK);
    assert_int_equal(line_of("quiet", 5, 5, ""), UKI_CMDLINE_TOO_LONG);
    assert_int_equal(line_of("quiet\n\n\n", 8, 6, "quiet"), UKI_OK);
    assert_int_equal(line_of("", 0, 0, ""), UKI_CMDLINE_TOO_LONG);
}

static void counts_as_many_profiles_as_there_are_sections(void **state)
{
    static uint8_t head[PE_IMAGE_TABLE + PE_SECTIONS_MAX * 40];
    struct pe pe = {.section_count = PE_SECTIONS_MAX};
    struct uki uki;

    (void)state;
    begin_kernel();
    pe.sections = span_of(head, sizeof(head));
    memcpy(head, pe_image_header(&image, 1), 40);
    for (size_t i = 1; i < PE_SECTIONS_MAX; i++)
        memcpy(head + i * 40, ".profile", 8);
    assert_int_equal(uki_parse(&pe, 0, &uki), UKI_OK);
    assert_int_equal(uki.profile_count, PE_SECTIONS_MAX - 1);
    assert_int_equal(uki_parse(&pe, PE_SECTIONS_MAX - 1, &uki), UKI_NO_PROFILE);
}

static void explains_every_error(void **state)
{
    (void)state;
    for (int error = UKI_OK; error <= UKI_CMDLINE_TOO_LONG; error++) {
        struct explanation why = uki_explain((enum uki_error)error);

        assert_true(strlen(explained(why).problem) > 0 && strlen(explained(why).remedy) > 0);
        assert_true(error == UKI_OK ||
                    strcmp(explained(why).problem, explained(uki_explain(UKI_OK)).problem) != 0);
    }
    assert_non_null(strstr(explained(uki_explain(UKI_DEVICE_TREE)).problem, "device tree"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_section),
        cmocka_unit_test(takes_only_whole_names),
        cmocka_unit_test(without_a_kernel_it_is_none),
        cmocka_unit_test(counts_bytes_as_the_stub_does),
        cmocka_unit_test(a_kernel_may_end_in_zeros),
        cmocka_unit_test(only_what_is_picked_for_the_machine_may_repeat),
        cmocka_unit_test(a_profile_replaces_what_it_has),
        cmocka_unit_test(a_profile_that_is_not_there_is_refused),
        cmocka_unit_test(a_section_twice_in_another_profile_is_refused_too),
        cmocka_unit_test(what_only_its_own_stub_can_do_is_not_opened),
        cmocka_unit_test(measures_what_the_stub_of_that_version_does),
        cmocka_unit_test(what_is_loaded_is_measured_or_the_image_stays_closed),
        cmocka_unit_test(reads_the_stubs_version),
        cmocka_unit_test(trims_the_command_line_as_the_stub_does),
        cmocka_unit_test(a_command_line_that_is_no_text_is_refused),
        cmocka_unit_test(a_command_line_must_fit),
        cmocka_unit_test(counts_as_many_profiles_as_there_are_sections),
        cmocka_unit_test(explains_every_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
