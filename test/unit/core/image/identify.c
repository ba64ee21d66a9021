/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that files people give by mistake get their right name, from however few bytes. */
#include "core/image/identify.h"

#include "unit/fixture/exact.h"

struct sample {
    size_t size;
    size_t offset; /* of `bytes` in a file of 'size' bytes that are 0x81, which is no text */
    const char *bytes;
    size_t count;
    const char *name;
};

#define SAMPLE(size, offset, bytes, name)                                                          \
    {                                                                                              \
        size, offset, bytes, sizeof(bytes) - 1, name                                               \
    }

static const struct sample samples[] = {
    SAMPLE(64, 0,
           "\x7F"
           "ELF\1\1\1",
           "a 32-bit ELF file"),
    SAMPLE(64, 0,
           "\x7F"
           "ELF\2\2\1",
           "a big-endian ELF file"),
    SAMPLE(64, 0,
           "\x7F"
           "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\xB7\0",
           "an ELF file for another machine"),
    SAMPLE(64, 0,
           "\x7F"
           "ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\x3E\0",
           "an ELF object file"),
    SAMPLE(64, 0,
           "\x7F"
           "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3E\0",
           "a 64-bit ELF file"),
    SAMPLE(19, 0,
           "\x7F"
           "ELF\2\1",
           "a truncated ELF file"),
    SAMPLE(0x300, 0x202, "HdrS", "a Linux kernel"),
    SAMPLE(64, 0x38, "ARM\x64", "a Linux kernel for arm64"),
    SAMPLE(64, 0x38, "RSC\x05", "a Linux kernel for RISC-V"),
    SAMPLE(10, 0, "\x1F\x8B", "a gzip file"),
    SAMPLE(10, 0,
           "\xFD"
           "7zXZ\0",
           "an xz file"),
    SAMPLE(10, 0, "\x28\xB5\x2F\xFD", "a zstd file"),
    SAMPLE(10, 0, "\x04\x22\x4D\x18", "an lz4 file"),
    SAMPLE(10, 0, "\x02\x21\x4C\x18", "an lz4 file"),
    SAMPLE(10, 0, "BZh", "a bzip2 file"),
    SAMPLE(10, 0, "\x89LZO", "an lzop file"),
    SAMPLE(10, 0, "]\0\0", "an lzma file"),
    SAMPLE(10, 0, "070701", "a cpio archive, as initrds are"),
    SAMPLE(300, 257, "ustar", "a tar archive"),
    SAMPLE(10, 0, "!<arch>\n", "an ar archive or a Debian package"),
    SAMPLE(10, 0, "PK\3\4", "a zip file"),
    SAMPLE(10, 0, "hsqs", "a squashfs image"),
    SAMPLE(10, 0, "ANDROID!", "an Android boot image"),
    SAMPLE(10, 0, "\x27\x05\x19\x56", "a U-Boot image"),
    SAMPLE(10, 0, "\xD0\x0D\xFE\xED", "a device tree or FIT image"),
    SAMPLE(10, 0, "#!/bin/sh", "a script"),
    SAMPLE(10, 0, "\xFF\xFEt\0", "a UTF-16 text file"),
    SAMPLE(10, 0, "\xFE\xFF\0t", "a UTF-16 text file"),
    SAMPLE(512, 510, "\x55\xAA", "a disk or file system image"),
    SAMPLE(10, 0, "", "nothing Baton can name"),
};

static struct span make(const struct sample *sample)
{
    char *bytes = exact_buffer(sample->size);
    struct span copy;

    memset(bytes, 0x81, sample->size);
    memcpy(bytes + sample->offset, sample->bytes, sample->count);
    copy = exact_copy(bytes, sample->size);
    free(bytes);
    return copy;
}

static void names_files_by_their_marks(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        struct span file = make(&samples[i]);

        assert_string_equal(identify_file(file, file.size), samples[i].name);
        exact_free(file);
    }
}

static const char *identify_pe(uint32_t offset, uint16_t machine)
{
    uint8_t bytes[256] = {'M', 'Z'};
    struct span file;
    const char *name;

    memset(bytes + 2, 0x81, sizeof(bytes) - 2);
    for (unsigned int i = 0; i < 4; i++)
        bytes[0x3C + i] = (uint8_t)(offset >> (8 * i));
    if (offset < sizeof(bytes) - 6) {
        memcpy(bytes + offset, "PE\0\0", 4);
        bytes[offset + 4] = (uint8_t)machine;
        bytes[offset + 5] = (uint8_t)(machine >> 8);
    }
    file = exact_copy(bytes, sizeof(bytes));
    name = identify_file(file, file.size);
    exact_free(file);
    return name;
}

static void names_pe_images_by_their_machine_and_survives_wrapping_offsets(void **state)
{
    (void)state;
    assert_string_equal(identify_pe(0x80, 0x8664), "a PE image, as EFI programs are");
    assert_string_equal(identify_pe(0x80, 0xAA64), "a PE image for another machine");
    assert_string_equal(identify_pe(0x80, 0x014C), "a PE image for another machine");
    assert_string_equal(identify_pe(252, 0), "a DOS program");
    assert_string_equal(identify_pe(255, 0), "a DOS program");
    assert_string_equal(identify_pe(0x7FFFFFFF, 0), "a DOS program");
    assert_string_equal(identify_pe(UINT32_MAX, 0), "a DOS program");
}

static void names_texts_even_cut_off_inside_a_character(void **state)
{
    static const char text[] = "# notes\r\n\t\xC3\xA4 \xF0\x9F\x90\xA7";

    (void)state;
    for (size_t size = 1; size < sizeof(text); size++) {
        struct span file = exact_copy(text, size);

        assert_string_equal(identify_file(file, sizeof(text)), "a text file");
        exact_free(file);
    }
}

static void a_character_that_is_cut_off_is_text_and_a_broken_one_is_not(void **state)
{
    static const char *const characters[] = {"\xC2\x80",         "\xDF\xBF",
                                             "\xE0\xA0\x80",     "\xEF\xBF\xBF",
                                             "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const broken[] = {
        "a\x01",    "a\x7F",         "a\x80",
        "a\xC1",    "a\xF5",         "a\xFF",
        "a\xC3xyz", "a\xED\xA0\x80", "a\xF0\x80\x80\x80",
        "a\xE0x",   "\xC2",          "\xF0\x90",
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(characters); i++) {
        for (size_t size = 1; size <= strlen(characters[i]); size++) {
            char text[8] = "a";
            struct span file;

            memcpy(text + 1, characters[i], size);
            file = exact_copy(text, size + 1);
            assert_string_equal(identify_file(file, 100), "a text file");
            exact_free(file);
        }
    }
    for (size_t i = 0; i < LENGTH_OF(broken); i++) {
        struct span file = exact_string(broken[i]);

        assert_string_equal(identify_file(file, file.size), "nothing Baton can name");
        exact_free(file);
    }
    assert_string_equal(identify_file(span_of("\x1B[1mbold", 8), 8), "a text file");
}

static void names_empty_files_and_zeros(void **state)
{
    static const uint8_t zeros[512];

    (void)state;
    assert_string_equal(identify_file(span_of(NULL, 0), 0), "an empty file");
    assert_string_equal(identify_file(span_of(NULL, 0), 9), "an empty file");
    assert_string_equal(identify_file(span_of("text", 4), 0), "an empty file");
    assert_string_equal(identify_file(span_of(zeros, 512), 512), "a file of zeros");
}

static void gives_a_name_to_every_beginning_of_every_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        struct span file = make(&samples[i]);

        for (size_t size = 0; size <= file.size; size++) {
            struct span head = exact_copy(file.data, size);

            assert_non_null(identify_file(head, file.size));
            exact_free(head);
        }
        exact_free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_files_by_their_marks),
        cmocka_unit_test(names_pe_images_by_their_machine_and_survives_wrapping_offsets),
        cmocka_unit_test(names_texts_even_cut_off_inside_a_character),
        cmocka_unit_test(a_character_that_is_cut_off_is_text_and_a_broken_one_is_not),
        cmocka_unit_test(names_empty_files_and_zeros),
        cmocka_unit_test(gives_a_name_to_every_beginning_of_every_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
