/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves that headers and section tables are read as they are, and that each way in which they can
 * lie is refused under its own name. Offsets are those of Microsoft's "PE Format". */
#include "core/image/pe.h"

#include "unit/fixture/exact.h"
#include "unit/fixture/pe_image.h"

#define PE     PE_IMAGE_PE
#define FILE_0 (PE_IMAGE_TABLE + 20U) /* PointerToRawData of the first section; 40 to the next */

static struct pe_image image;

/* .text, .bss (nothing in the file) and .linux, one page each in memory. */
static void begin_three(void)
{
    uint8_t bytes[600];

    memset(bytes, 0xcc, sizeof(bytes));
    pe_image_begin(&image);
    pe_image_add(&image, ".text", bytes, 600);
    pe_image_add(&image, ".bss", bytes, 512);
    pe_image_add(&image, ".linux", bytes, 300);
    image.size -= 1024; /* take the bytes of .bss out again */
    store_u32(pe_image_header(&image, 1) + 16, 0);
    store_u32(pe_image_header(&image, 1) + 20, 0xfffffff0);
    store_u32(pe_image_header(&image, 2) + 20, image.size);
    image.size += 512;
}

/* Of a head that is a block of its own, exactly as large as it is said to be. */
static enum pe_error parse_head(size_t head_size, uint64_t file_size, struct pe *ret_pe)
{
    struct span head = exact_copy(image.data, head_size);
    enum pe_error error = pe_parse(head, file_size, ret_pe);

    exact_free(head);
    return error;
}

static enum pe_error parse(struct pe *ret_pe)
{
    return pe_parse(span_of(image.data, PE_HEAD_SIZE), image.size, ret_pe);
}

static void reads_headers_and_sections(void **state)
{
    struct pe_section section;
    struct pe pe;

    (void)state;
    begin_three();
    assert_int_equal(parse(&pe), PE_OK);
    assert_int_equal(pe.section_count, 3);
    assert_int_equal(pe.headers_size, 0x1000);
    assert_int_equal(pe.image_size, 0x4000);
    assert_int_equal(pe.entry, 0x1234);
    section = pe_section(&pe, 0);
    assert_string_equal(section.name, ".text");
    assert_int_equal(section.address, 0x1000);
    assert_int_equal(section.memory_size, 600);
    assert_int_equal(section.offset, 0x1000);
    assert_int_equal(section.file_size, 1024);
    section = pe_section(&pe, 1);
    assert_string_equal(section.name, ".bss");
    assert_int_equal(section.memory_size, 512);
    assert_int_equal(section.file_size, 0);
    section = pe_section(&pe, 2);
    assert_string_equal(section.name, ".linux");
    assert_int_equal(section.address, 0x3000);
    assert_int_equal(section.offset, 0x1400);
}

static void a_name_of_eight_bytes_has_no_end_of_its_own(void **state)
{
    struct pe pe;

    (void)state;
    begin_three();
    memcpy(pe_image_header(&image, 0), ".cmdlineX", 8);
    assert_int_equal(parse(&pe), PE_OK);
    assert_string_equal(pe_section(&pe, 0).name, ".cmdline");
}

static void a_head_that_ends_anywhere_is_cut(void **state)
{
    size_t needed;
    struct pe pe;

    (void)state;
    begin_three();
    needed = pe_head_needed(span_of(image.data, PE_HEAD_SIZE));
    assert_int_equal(needed, PE_IMAGE_TABLE + 3 * 40);
    for (size_t size = 0; size < needed; size++) {
        enum pe_error expected = size < 2 ? PE_NO_MAGIC : PE_HEADERS_CUT;

        assert_int_equal(parse_head(size, image.size, &pe), expected);
    }
    assert_int_equal(parse_head(needed, image.size, &pe), PE_OK);
}

static void a_file_that_ends_anywhere_is_cut(void **state)
{
    struct pe pe;

    (void)state;
    begin_three();
    for (uint64_t size = 0; size < image.size; size++) {
        enum pe_error error = parse_head(PE_HEAD_SIZE, size, &pe);

        if (size >= PE_IMAGE_HEADERS)
            assert_int_equal(error, PE_SECTION_CUT);
        else if (size >= PE_IMAGE_TABLE + 3 * 40)
            assert_int_equal(error, PE_HEADERS_SIZE);
        else
            assert_int_equal(error, size < 2 ? PE_NO_MAGIC : PE_HEADERS_CUT);
    }
    assert_int_equal(parse_head(PE_HEAD_SIZE, image.size, &pe), PE_OK);
}

static void says_how_much_it_needs_to_see(void **state)
{
    (void)state;
    begin_three();
    for (size_t size = 2; size < PE + 24; size++)
        assert_int_equal(pe_head_needed(span_of(image.data, size)), PE_HEAD_MAX);
    assert_int_equal(pe_head_needed(span_of(image.data, PE + 24)), PE_IMAGE_TABLE + 3 * 40);
    store_u16(image.data + PE + 6, 0xffff);
    assert_int_equal(pe_head_needed(span_of(image.data, PE_HEAD_SIZE)), PE_HEAD_MAX);
    store_u32(image.data + 0x3c, PE_HEAD_SIZE - 23);
    assert_int_equal(pe_head_needed(span_of(image.data, PE_HEAD_SIZE)), PE_HEAD_MAX);
    store_u32(image.data + 0x3c, PE_HEAD_MAX);
    assert_int_equal(pe_head_needed(span_of(image.data, PE_HEAD_SIZE)), 0);
    begin_three();
    image.data[PE] = 'N'; /* a program for Windows 3 */
    assert_int_equal(pe_head_needed(span_of(image.data, PE_HEAD_SIZE)), 0);
    image.data[1] = 'M';
    assert_int_equal(pe_head_needed(span_of(image.data, PE_HEAD_SIZE)), 0);
    assert_int_equal(pe_head_needed(span_of(image.data, 0)), 0);
}

/* One field of the sound image is changed; `size` is 2 or 4 bytes. */
static const struct lie {
    uint32_t offset;
    uint32_t size;
    uint32_t value;
    enum pe_error error;
} lies[] = {
    {0, 2, 0x5a4c, PE_NO_MAGIC},
    {0x3c, 4, 0xffffffff, PE_HEADERS_TOO_LARGE},
    {0x3c, 4, PE_HEAD_MAX, PE_HEADERS_TOO_LARGE},
    {0x3c, 4, PE_HEAD_MAX - 1, PE_HEADERS_CUT},
    {0x3c, 4, 0, PE_NO_MAGIC},
    {PE, 4, 0x4551, PE_NO_MAGIC},
    {PE, 4, 0x10004550, PE_NO_MAGIC},
    {PE + 4, 2, 0xaa64, PE_MACHINE},
    {PE + 4, 2, 0x14c, PE_MACHINE},
    {PE + 24, 2, 0x10b, PE_32_BIT},
    {PE + 24, 2, 0x107, PE_32_BIT},
    {PE + 20, 2, 111, PE_OPTIONAL_HEADER},
    {PE + 20, 2, 0, PE_OPTIONAL_HEADER},
    {PE + 20, 2, 0xffff, PE_HEADERS_TOO_LARGE},
    {PE + 20, 2, 0x8000, PE_HEADERS_CUT},
    {PE + 24 + 68, 2, 3, PE_NOT_EFI},
    {PE + 24 + 68, 2, 14, PE_NOT_EFI},
    {PE + 24 + 68, 2, 11, PE_BOOT_DRIVER},
    {PE + 24 + 68, 2, 12, PE_RUNTIME_DRIVER},
    {PE + 24 + 68, 2, 13, PE_ROM},
    {PE + 6, 2, 0, PE_NO_SECTIONS},
    {PE + 6, 2, PE_SECTIONS_MAX + 1, PE_TOO_MANY_SECTIONS},
    {PE + 6, 2, 0xffff, PE_TOO_MANY_SECTIONS},
    {PE + 6, 2, PE_SECTIONS_MAX, PE_HEADERS_CUT},
    {PE + 24 + 60, 4, PE_IMAGE_TABLE + 3 * 40 - 1, PE_HEADERS_SIZE},
    {PE + 24 + 60, 4, 0, PE_HEADERS_SIZE},
    {PE + 24 + 60, 4, 0x1601, PE_HEADERS_SIZE},
    {PE + 24 + 60, 4, 0xffffffff, PE_HEADERS_SIZE},
    {PE + 24 + 56, 4, 0xfff, PE_HEADERS_SIZE},
    {PE + 24 + 60, 4, 0x1001, PE_SECTION_IN_HEADERS},
    /* .text: 0x400 bytes at 0x1000 in the file, 600 at 0x1000 in memory */
    {FILE_0, 4, 0xfff, PE_SECTION_IN_HEADERS},
    {FILE_0, 4, 0, PE_SECTION_IN_HEADERS},
    {FILE_0, 4, 0xffffffff, PE_SECTION_CUT},
    {FILE_0 - 4, 4, 0x601, PE_SECTION_CUT},
    {FILE_0 - 4, 4, 0xfffff000, PE_SECTION_CUT},
    {FILE_0 - 4, 4, 0xffffffff, PE_SECTION_CUT},
    {FILE_0 - 4, 4, 0x401, PE_SECTIONS_IN_FILE},
    {FILE_0 - 4, 4, 0x600, PE_SECTIONS_IN_FILE},
    {FILE_0 - 8, 4, 0xfff, PE_SECTION_IN_HEADERS},
    {FILE_0 - 8, 4, 0xffffffff, PE_SECTION_BEYOND},
    {FILE_0 - 8, 4, 0x3fff, PE_SECTION_BEYOND},
    {FILE_0 - 8, 4, 0x2000 - 599, PE_SECTIONS_IN_MEMORY},
    {FILE_0 - 12, 4, 0x1001, PE_SECTIONS_IN_MEMORY},
    {FILE_0 - 12, 4, 0x3001, PE_SECTION_BEYOND},
    {FILE_0 - 12, 4, 0xffffffff, PE_SECTION_BEYOND},
    {FILE_0 - 12, 4, 0xfffff000, PE_SECTION_BEYOND},
    /* .bss: nothing in the file, 512 at 0x2000 in memory */
    {FILE_0 + 40 - 12, 4, 0x1001, PE_SECTIONS_IN_MEMORY},
    {FILE_0 + 40 - 8, 4, 0x1000 + 599, PE_SECTIONS_IN_MEMORY},
    /* .linux: 0x200 bytes at 0x1400 in the file, 300 at 0x3000 in memory */
    {FILE_0 + 80, 4, 0x13ff, PE_SECTIONS_IN_FILE},
    {FILE_0 + 80, 4, 0x1401, PE_SECTION_CUT},
    {FILE_0 + 80 - 8, 4, 0x2000 + 511, PE_SECTIONS_IN_MEMORY},
    {FILE_0 + 80 - 12, 4, 0x1001, PE_SECTION_BEYOND},
};

static void each_lie_has_its_own_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lies); i++) {
        struct pe pe = {.entry = 77};
        enum pe_error error;

        begin_three();
        if (lies[i].size == 2)
            store_u16(image.data + lies[i].offset, (uint16_t)lies[i].value);
        else
            store_u32(image.data + lies[i].offset, lies[i].value);
        error = parse_head(PE_HEAD_SIZE, image.size, &pe);
        if (error != lies[i].error)
            fail_msg("0x%x at 0x%x: %d, not %d", lies[i].value, lies[i].offset, (int)error,
                     (int)lies[i].error);
        assert_int_equal(pe.entry, 77);
    }
}

static void what_only_touches_is_sound(void **state)
{
    struct pe pe;

    (void)state;
    begin_three();
    store_u32(pe_image_header(&image, 0) + 8, 0x1000); /* .text up to .bss in memory */
    store_u32(pe_image_header(&image, 1) + 8, 0x1000); /* .bss up to .linux */
    store_u32(pe_image_header(&image, 2) + 8, 0x1000); /* .linux up to the end */
    assert_int_equal(parse(&pe), PE_OK);
    assert_int_equal(pe_section(&pe, 2).memory_size, 0x1000);
}

/* Where a section without bytes is said to be means nothing, in the file and in memory. */
static void what_is_empty_overlaps_nothing(void **state)
{
    struct pe pe;

    (void)state;
    begin_three();
    store_u32(pe_image_header(&image, 1) + 20, 0x1100);
    assert_int_equal(parse(&pe), PE_OK);
    store_u32(pe_image_header(&image, 1) + 8, 0);
    store_u32(pe_image_header(&image, 1) + 12, 0x1100);
    assert_int_equal(parse(&pe), PE_OK);
    store_u32(pe_image_header(&image, 1) + 12, 0x800);
    assert_int_equal(parse(&pe), PE_OK);
}

static void headers_may_be_all_there_is(void **state)
{
    struct pe pe;

    (void)state;
    pe_image_begin(&image);
    pe_image_add(&image, ".empty", "", 0);
    store_u32(image.data + PE + 24 + 56, PE_IMAGE_HEADERS);
    assert_int_equal(parse_head(PE_HEAD_SIZE, PE_IMAGE_HEADERS, &pe), PE_OK);
}

static void optional_headers_have_any_size_from_what_is_read(void **state)
{
    struct pe pe;
    const size_t largest = PE_HEAD_MAX - PE - 24 - 3 * 40;

    (void)state;
    begin_three();
    memmove(image.data + PE + 24 + 112, image.data + PE_IMAGE_TABLE, 120);
    store_u16(image.data + PE + 20, 112);
    assert_int_equal(parse(&pe), PE_OK);
    assert_string_equal(pe_section(&pe, 2).name, ".linux");
    store_u16(image.data + PE + 20, (uint16_t)largest);
    assert_int_equal(parse_head(PE_HEAD_MAX, PE_HEAD_MAX, &pe), PE_HEADERS_SIZE);
    store_u16(image.data + PE + 20, (uint16_t)(largest + 1));
    assert_int_equal(parse_head(PE_HEAD_MAX, PE_HEAD_MAX, &pe), PE_HEADERS_TOO_LARGE);
}

static void sections_may_come_in_any_order(void **state)
{
    uint8_t first[40];
    struct pe pe;

    (void)state;
    begin_three();
    memcpy(first, pe_image_header(&image, 0), 40);
    memcpy(pe_image_header(&image, 0), pe_image_header(&image, 2), 40);
    memcpy(pe_image_header(&image, 2), first, 40);
    assert_int_equal(parse(&pe), PE_OK);
    assert_string_equal(pe_section(&pe, 0).name, ".linux");
    store_u32(pe_image_header(&image, 0) + 12, 0x1000 + 599); /* and are compared in any */
    assert_int_equal(parse(&pe), PE_SECTIONS_IN_MEMORY);
}

static void without_a_virtual_size_the_bytes_of_the_file_count(void **state)
{
    struct pe pe;

    (void)state;
    begin_three();
    store_u32(pe_image_header(&image, 0) + 8, 0);
    assert_int_equal(parse(&pe), PE_OK);
    assert_int_equal(pe_section(&pe, 0).memory_size, 0);
    store_u32(pe_image_header(&image, 0) + 12, 0x2000 - 1023);
    assert_int_equal(parse(&pe), PE_SECTIONS_IN_MEMORY);
}

/* As systemd 252's stub has them: sections not on pages, headers just large enough. */
static void reads_sections_that_are_not_on_pages(void **state)
{
    struct pe pe;

    (void)state;
    begin_three();
    store_u32(pe_image_header(&image, 1) + 12, 0x1000 + 600);
    store_u32(pe_image_header(&image, 2) + 12, 0x1000 + 600 + 512);
    store_u32(image.data + PE + 24 + 60, PE_IMAGE_TABLE + 3 * 40);
    assert_int_equal(parse(&pe), PE_OK);
}

static void as_many_sections_as_there_may_be(void **state)
{
    struct pe pe;
    static uint8_t head[PE_IMAGE_TABLE + PE_SECTIONS_MAX * 40];
    const uint32_t headers = sizeof(head);

    (void)state;
    begin_three();
    memcpy(head, image.data, PE_IMAGE_TABLE);
    store_u16(head + PE + 6, PE_SECTIONS_MAX);
    store_u32(head + PE + 24 + 60, headers);
    store_u32(head + PE + 24 + 56, headers + PE_SECTIONS_MAX * 16);
    for (uint32_t i = 0; i < PE_SECTIONS_MAX; i++) {
        uint8_t *header = head + PE_IMAGE_TABLE + (size_t)i * 40;

        store_u32(header + 8, 16);
        store_u32(header + 12, headers + i * 16);
        store_u32(header + 16, 16);
        store_u32(header + 20, headers + i * 16);
    }
    assert_int_equal(pe_head_needed(span_of(head, PE_HEAD_SIZE)), headers);
    assert_int_equal(pe_parse(span_of(head, PE_HEAD_SIZE), 1 << 20, &pe), PE_HEADERS_CUT);
    assert_int_equal(pe_parse(span_of(head, headers), 1 << 20, &pe), PE_OK);
    assert_int_equal(pe_section(&pe, PE_SECTIONS_MAX - 1).offset, headers + 255 * 16);
}

static void explains_every_error(void **state)
{
    (void)state;
    for (int error = PE_OK; error <= PE_SECTIONS_IN_MEMORY; error++) {
        struct explanation why = pe_explain((enum pe_error)error);

        assert_true(strlen(explained(why).problem) > 0 && strlen(explained(why).remedy) > 0);
        assert_true(error == PE_OK ||
                    strcmp(explained(why).problem, explained(pe_explain(PE_OK)).problem) != 0);
    }
    assert_non_null(
        strstr(explained(pe_explain(PE_SECTIONS_IN_FILE)).problem, "overlap in the file"));
    assert_non_null(strstr(explained(pe_explain(PE_RUNTIME_DRIVER)).problem, "runtime driver"));
}

static void a_program_is_known_by_its_text(void **state)
{
    static uint8_t memory[0x4000];
    struct span loaded = span_of(memory, sizeof(memory));

    (void)state;
    begin_three();
    memset(memory + 0x1000, 0xcc, 600);
    assert_true(pe_is_loaded(span_of(image.data, image.size), loaded));
    memory[0x1000 + 599] ^= 1;
    assert_false(pe_is_loaded(span_of(image.data, image.size), loaded));
    memory[0x1000 + 599] ^= 1;
    /* Memory that ends in the middle, or is not known; a file that is no PE; one without text. */
    assert_false(pe_is_loaded(span_of(image.data, image.size), span_of(memory, 0x1000 + 599)));
    assert_false(pe_is_loaded(span_of(image.data, image.size), span_of(NULL, 0)));
    assert_false(pe_is_loaded(span_of(image.data, 10), loaded));
    memcpy(pe_image_header(&image, 0), ".tex", 5);
    assert_false(pe_is_loaded(span_of(image.data, image.size), loaded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_is_known_by_its_text),
        cmocka_unit_test(reads_headers_and_sections),
        cmocka_unit_test(a_name_of_eight_bytes_has_no_end_of_its_own),
        cmocka_unit_test(a_head_that_ends_anywhere_is_cut),
        cmocka_unit_test(a_file_that_ends_anywhere_is_cut),
        cmocka_unit_test(says_how_much_it_needs_to_see),
        cmocka_unit_test(each_lie_has_its_own_name),
        cmocka_unit_test(what_only_touches_is_sound),
        cmocka_unit_test(what_is_empty_overlaps_nothing),
        cmocka_unit_test(headers_may_be_all_there_is),
        cmocka_unit_test(optional_headers_have_any_size_from_what_is_read),
        cmocka_unit_test(sections_may_come_in_any_order),
        cmocka_unit_test(without_a_virtual_size_the_bytes_of_the_file_count),
        cmocka_unit_test(reads_sections_that_are_not_on_pages),
        cmocka_unit_test(as_many_sections_as_there_may_be),
        cmocka_unit_test(explains_every_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
