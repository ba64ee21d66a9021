/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/multiboot/multiboot_image.h"

#include "unit/fixture/exact.h"

#define FILE_SIZE 0x400U

static uint8_t file[FILE_SIZE];
static struct multiboot_header header;
static struct multiboot_image image;

static void store(uint32_t offset, uint32_t bytes, uint64_t value)
{
    for (uint32_t i = 0; i < bytes; i++)
        file[offset + i] = (uint8_t)(value >> (8 * i));
}

struct sample {
    uint32_t type;
    uint64_t offset, virtual, physical, file_size, memory_size;
};
/* Two that share a page, .bss in the second; something that is not loaded; one without a byte. */
static const struct sample samples[] = {
    {1, 0x200, 0xc0101000, 0x101000, 0x80, 0x80},
    {4, 0x500, 0x101000, 0x101000, 0x500, 0x500},
    {1, 0x280, 0xc0101080, 0x101080, 0x40, 0x300},
    {1, 0x999, 0x101080, 0x101080, 0, 0},
};

static uint32_t header_at(bool wide, uint32_t index)
{
    return wide ? 64 + 56 * index : 52 + 32 * index;
}

static void put_segment(bool wide, uint32_t index, const struct sample *sample)
{
    uint32_t at = header_at(wide, index);
    uint32_t size = wide ? 8 : 4;

    store(at, 4, sample->type);
    at += wide ? 8 : 4;
    store(at, size, sample->offset);
    store(at + size, size, sample->virtual);
    store(at + 2 * size, size, sample->physical);
    store(at + 3 * size, size, sample->file_size);
    store(at + 4 * size, size, sample->memory_size);
}

/* An ELF64 file for x86-64, or an ELF32 file for the i386. */
static void make(bool wide)
{
    memset(&header, 0, sizeof(header));
    for (uint32_t i = 0; i < FILE_SIZE; i++)
        file[i] = (uint8_t)(i * 7);
    memset(file, 0, 0x200);
    memcpy(file,
           wide ? "\x7f"
                  "ELF\2\1\1"
                : "\x7f"
                  "ELF\1\1\1",
           7);
    store(16, 2, 2);
    store(18, 2, wide ? 62 : 3);
    store(24, wide ? 8 : 4, 0xc0101090);
    store(wide ? 32 : 28, wide ? 8 : 4, header_at(wide, 0));
    store(wide ? 54 : 42, 2, wide ? 56 : 32);
    store(wide ? 56 : 44, 2, LENGTH_OF(samples));
    for (uint32_t i = 0; i < LENGTH_OF(samples); i++)
        put_segment(wide, i, &samples[i]);
}

static enum multiboot_image_error plan(size_t size)
{
    struct span copy = exact_copy(file, size);
    enum multiboot_image_error error = multiboot_image_plan(&header, copy, &image);

    exact_free(copy);
    return error;
}

static void assert_loaded(uint64_t size, uint32_t from, uint32_t file_size)
{
    uint8_t *loaded = (uint8_t *)exact_buffer(size);

    assert_int_equal(image.end - image.start, size);
    multiboot_image_load(&image, span_of(file, FILE_SIZE), loaded);
    assert_memory_equal(loaded, file + from, file_size);
    for (uint64_t i = file_size; i < size; i++)
        assert_int_equal(loaded[i], 0);
    free(loaded);
}

static void elf_files_of_both_classes_go_to_their_physical_addresses(void **state)
{
    (void)state;
    for (unsigned int wide = 0; wide < 2; wide++) {
        make(wide != 0);
        assert_int_equal(plan(FILE_SIZE), MULTIBOOT_IMAGE_OK);
        assert_int_equal(image.start, 0x101000);
        assert_int_equal(image.end, 0x101380);
        assert_int_equal(image.entry, 0x101090);
        assert_int_equal(image.segment_count, 2);
        assert_loaded(0x380, 0x200, 0xc0);
    }
}

static void segments_may_be_in_any_order(void **state)
{
    (void)state;
    make(true);
    put_segment(true, 0, &samples[2]);
    put_segment(true, 2, &samples[0]);
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_IMAGE_OK);
    assert_int_equal(image.start, 0x101000);
    assert_int_equal(image.end, 0x101380);
    assert_loaded(0x380, 0x200, 0xc0);
}

static void the_headers_entry_wins(void **state)
{
    (void)state;
    make(true);
    header.has_entry = true;
    header.entry = 0x101001;
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_IMAGE_OK);
    assert_int_equal(image.entry, 0x101001);
    header.entry = 0x101380;
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_ENTRY);
    header.entry = 0x100fff;
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_ENTRY);
}

static void an_entry_outside_of_all_segments_is_none(void **state)
{
    (void)state;
    make(true);
    store(24, 8, 0x101090); /* physical: no segment is linked there */
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_ENTRY);
    store(24, 8, 0xc0101380);
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_ENTRY);
}

static void an_image_may_end_with_the_first_4_gib(void **state)
{
    struct sample last = samples[2];

    (void)state;
    make(true);
    last.physical = 0xfffffd00;
    put_segment(true, 2, &last);
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_IMAGE_OK);
    assert_int_equal(image.end, 1ULL << 32);
    last.physical++;
    put_segment(true, 2, &last);
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_SEGMENT);
}

static void broken_segments_are_refused(void **state)
{
    static const struct {
        struct sample sample;
        enum multiboot_image_error error;
    } broken[] = {
        {{1, 0x280, 0, 0x200000, 0x41, 0x40}, MULTIBOOT_SEGMENT},
        {{1, 0x280, 0, 1ULL << 32, 0x40, 0x40}, MULTIBOOT_SEGMENT},
        {{1, 0x280, 0, UINT64_MAX, 1, 2}, MULTIBOOT_SEGMENT},
        {{1, 0x280, 0, 0x200000, 1, UINT64_MAX}, MULTIBOOT_SEGMENT},
        {{1, 0x3ff, 0, 0x200000, 2, 2}, MULTIBOOT_IMAGE_CUT},
        {{1, UINT64_MAX, 0, 0x200000, 2, 2}, MULTIBOOT_IMAGE_CUT},
        {{1, 0x280, 0, 0x10107f, 1, 1}, MULTIBOOT_OVERLAP},
        {{1, 0x280, 0, 0x100fff, 2, 2}, MULTIBOOT_OVERLAP},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(broken); i++) {
        make(true);
        put_segment(true, 2, &broken[i].sample);
        assert_int_equal(plan(FILE_SIZE), broken[i].error);
    }
}

static void sixteen_segments_are_the_most(void **state)
{
    (void)state;
    for (uint32_t count = 15; count < 18; count++) {
        make(false);
        store(44, 2, count);
        store(28, 4, 0x100);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t at = 0x100 + 32 * i;

            memset(file + at, 0, 32);
            store(at, 4, 1);
            store(at + 8, 4, 0xc0101000 + i * 16);
            store(at + 12, 4, 0x101000 + i * 16);
            store(at + 20, 4, 16);
        }
        assert_int_equal(plan(FILE_SIZE), count > 16 ? MULTIBOOT_SEGMENTS : MULTIBOOT_IMAGE_OK);
    }
    store(44, 2, 0);
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_SEGMENTS);
}

static void what_is_no_such_elf_file_is_refused(void **state)
{
    static const struct {
        uint32_t offset;
        uint8_t value;
    } changes[] = {{0, 0}, {4, 1}, {4, 3}, {5, 2}, {18, 3}, {18, 183}, {54, 57}};

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        make(true);
        file[changes[i].offset] = changes[i].value;
        assert_int_equal(plan(FILE_SIZE), MULTIBOOT_NOT_ELF);
    }
}

static void a_cut_file_is_never_read_beyond_its_end(void **state)
{
    (void)state;
    for (unsigned int wide = 0; wide < 2; wide++) {
        make(wide != 0);
        for (size_t size = 0; size < 0x2c0; size++)
            assert_true(plan(size) == MULTIBOOT_NOT_ELF || plan(size) == MULTIBOOT_IMAGE_CUT);
        assert_int_equal(plan(0x2c0), MULTIBOOT_IMAGE_OK);
    }
}

/* --- by the header's tag -------------------------------------------------------------------------
 */

static void make_flat(uint32_t load_address, uint32_t load_end, uint32_t bss_end)
{
    make(false);
    header = (struct multiboot_header){
        .offset = 0x40,
        .flat = {true, 0x100040, load_address, load_end, bss_end},
        .has_entry = true,
        .entry = 0x100050,
    };
}

static void the_tag_says_what_goes_where(void **state)
{
    static const struct {
        uint32_t load_address, load_end, bss_end; /* of the tag */
        uint32_t start, from, file_size, size;    /* what follows */
    } cases[] = {
        {0x100000, 0x100300, 0x100800, 0x100000, 0, 0x300, 0x800},
        {0x100020, 0x100300, 0, 0x100020, 0x20, 0x2e0, 0x2e0},
        {0x100040, 0, 0x100400, 0x100040, 0x40, 0x3c0, 0x3c0},
        {UINT32_MAX, 0, 0, 0x100000, 0, 0x400, 0x400},
        {UINT32_MAX, 0x100060, 0x100061, 0x100000, 0, 0x60, 0x61},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        make_flat(cases[i].load_address, cases[i].load_end, cases[i].bss_end);
        assert_int_equal(plan(FILE_SIZE), MULTIBOOT_IMAGE_OK);
        assert_int_equal(image.start, cases[i].start);
        assert_int_equal(image.entry, 0x100050);
        assert_loaded(cases[i].size, cases[i].from, cases[i].file_size);
    }
}

static void a_tag_that_contradicts_itself_is_refused(void **state)
{
    static const struct {
        uint32_t load_address, load_end, bss_end;
        enum multiboot_image_error error;
    } cases[] = {
        {0x100041, 0, 0, MULTIBOOT_ADDRESSES},        /* the header is not loaded */
        {0xfffff, 0, 0, MULTIBOOT_ADDRESSES},         /* from before the file */
        {0x100000, 0x100000, 0, MULTIBOOT_ADDRESSES}, /* nothing */
        {0x100000, 0xfffff, 0, MULTIBOOT_ADDRESSES},
        {0x100000, 0x100100, 0x1000ff, MULTIBOOT_ADDRESSES},
        {0x100000, 0x100401, 0, MULTIBOOT_IMAGE_CUT},
        {0x100000, 0xffffffff, 0, MULTIBOOT_IMAGE_CUT},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        make_flat(cases[i].load_address, cases[i].load_end, cases[i].bss_end);
        assert_int_equal(plan(FILE_SIZE), cases[i].error);
    }
    make_flat(UINT32_MAX, 0, 0);
    header.flat.header_address = 0x3f;
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_ADDRESSES);
    make_flat(0x100000, 0, 0);
    header.has_entry = false;
    assert_int_equal(plan(FILE_SIZE), MULTIBOOT_ENTRY);
}

static void every_error_is_explained(void **state)
{
    (void)state;
    for (unsigned int error = 0; error <= MULTIBOOT_ENTRY; error++) {
        struct explanation why = multiboot_image_explain((enum multiboot_image_error)error);

        assert_true(strlen(explained(why).problem) > 0 && strlen(explained(why).remedy) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elf_files_of_both_classes_go_to_their_physical_addresses),
        cmocka_unit_test(segments_may_be_in_any_order),
        cmocka_unit_test(the_headers_entry_wins),
        cmocka_unit_test(an_entry_outside_of_all_segments_is_none),
        cmocka_unit_test(an_image_may_end_with_the_first_4_gib),
        cmocka_unit_test(broken_segments_are_refused),
        cmocka_unit_test(sixteen_segments_are_the_most),
        cmocka_unit_test(what_is_no_such_elf_file_is_refused),
        cmocka_unit_test(a_cut_file_is_never_read_beyond_its_end),
        cmocka_unit_test(the_tag_says_what_goes_where),
        cmocka_unit_test(a_tag_that_contradicts_itself_is_refused),
        cmocka_unit_test(every_error_is_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
