/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets here are written as the boot protocol document gives them, not as the code names them. */
#include "core/linux/x86/bzimage.h"

#include "core/base/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD_SIZE 4096U

struct kernel {
    uint8_t head[HEAD_SIZE];
    uint64_t file_size;
};

/* The numbers of a Debian 12 kernel. */
static struct kernel debian(void)
{
    struct kernel kernel = {.file_size = 14186432};
    uint8_t *head = kernel.head;

    memset(head + 0x290, 0x90, HEAD_SIZE - 0x290);
    head[0x1f1] = 39;
    store_u32(head + 0x1f4, 0xd8220);
    store_u16(head + 0x1fe, 0xaa55);
    head[0x200] = 0xeb;
    head[0x201] = 0x6a;
    memcpy(head + 0x202, "HdrS", 4);
    store_u16(head + 0x206, 0x20f);
    head[0x211] = 1;
    store_u32(head + 0x214, 0x100000);
    store_u32(head + 0x22c, 0x7fffffff);
    store_u32(head + 0x230, 0x200000);
    head[0x234] = 1;
    head[0x235] = 21;
    store_u16(head + 0x236, 0x7f);
    store_u32(head + 0x238, 2047);
    store_u32(head + 0x248, 0x2cc);
    store_u32(head + 0x24c, 0xd696cc);
    store_u64(head + 0x258, 0x1000000);
    store_u32(head + 0x260, 0x3378000);
    store_u32(head + 0x268, 0xd7f91c);
    return kernel;
}

/* memtest86+ 6.10 of Debian 12: fixed address, protocol 2.12, a file that lacks 8 bytes of its last
 * paragraph, code where newer headers have kernel_info_offset. */
static struct kernel memtest(void)
{
    struct kernel kernel = {.file_size = 144312};
    uint8_t *head = kernel.head;

    memset(head + 0x290, 0x90, HEAD_SIZE - 0x290);
    head[0x1f1] = 2;
    store_u32(head + 0x1f4, 0x22dc);
    store_u16(head + 0x1fe, 0xaa55);
    head[0x200] = 0xeb;
    head[0x201] = 0x66;
    memcpy(head + 0x202, "HdrS", 4);
    store_u16(head + 0x206, 0x20c);
    head[0x211] = 1;
    store_u32(head + 0x214, 0x100000);
    store_u32(head + 0x22c, 0xffffffff);
    store_u32(head + 0x230, 0x1000);
    head[0x235] = 12;
    store_u16(head + 0x236, 9);
    store_u32(head + 0x238, 255);
    store_u64(head + 0x258, 0x100000);
    store_u32(head + 0x260, 0x6acf8);
    store_u32(head + 0x264, 0x1000);
    store_u32(head + 0x268, 0xd88ec88c);
    return kernel;
}

static enum bzimage_error parse(const struct kernel *kernel, struct bzimage *ret_image)
{
    return bzimage_parse(span_of(kernel->head, HEAD_SIZE), kernel->file_size, ret_image);
}

static void reads_every_field_of_a_debian_kernel(void **state)
{
    struct kernel kernel = debian();
    struct bzimage image;

    (void)state;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.version, 0x20f);
    assert_int_equal(image.xloadflags, 0x7f);
    assert_int_equal(image.header_end, 0x26c);
    assert_int_equal(image.code_offset, 40 * 512);
    assert_int_equal(image.code_size, 0xd8220 * 16);
    assert_true(image.relocatable);
    assert_int_equal(image.alignment, 0x200000);
    assert_int_equal(image.minimum_alignment, 0x200000);
    assert_int_equal(image.preferred_address, 0x1000000);
    assert_int_equal(image.init_size, 0x3378000);
    assert_int_equal(image.command_line_max, 2047);
    assert_int_equal(image.initrd_max, 0x7fffffff);
    assert_int_equal(image.kernel_info_offset, 0xd7f91c);
    assert_int_equal(image.payload_offset, 0x2cc);
    assert_int_equal(image.payload_length, 0xd696cc);
}

static void reads_a_fixed_address_kernel(void **state)
{
    struct kernel kernel = memtest();
    struct bzimage image;

    (void)state;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_false(image.relocatable);
    assert_int_equal(image.preferred_address, 0x100000);
    assert_int_equal(image.alignment, 0x1000);
    assert_int_equal(image.header_end, 0x268);
    assert_int_equal(image.code_offset, 1536);
    assert_int_equal(image.code_size, 144312 - 1536);
    assert_int_equal(image.init_size, 0x6acf8);
    assert_int_equal(image.initrd_max, 0xffffffff);
    /* What lies at 0x268 is code there, not a field. */
    assert_int_equal(image.kernel_info_offset, 0);
    /* With no preferred address, where it starts is where it wants to be. */
    store_u64(kernel.head + 0x258, 0);
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.preferred_address, 0x100000);
}

struct edit {
    uint32_t offset;
    uint32_t size;
    uint64_t value;
    enum bzimage_error expected;
};

static void apply(struct kernel *kernel, const struct edit *edit)
{
    for (uint32_t i = 0; i < edit->size; i++)
        kernel->head[edit->offset + i] = (uint8_t)(edit->value >> (8 * i));
}

static void each_broken_field_has_its_own_error(void **state)
{
    static const struct edit edits[] = {
        {0x202, 4, 0, BZIMAGE_NO_MAGIC},
        {0x202, 1, 'h', BZIMAGE_NO_MAGIC},
        {0x205, 1, 's', BZIMAGE_NO_MAGIC},
        {0x1fe, 2, 0, BZIMAGE_BAD_BOOT_FLAG},
        {0x1fe, 2, 0x55aa, BZIMAGE_BAD_BOOT_FLAG},
        {0x200, 1, 0xe9, BZIMAGE_BAD_JUMP},
        {0x206, 2, 0x20b, BZIMAGE_OLD_PROTOCOL},
        {0x206, 2, 0, BZIMAGE_OLD_PROTOCOL},
        {0x201, 1, 0, BZIMAGE_HEADER_TOO_SHORT},
        {0x201, 1, 0x61, BZIMAGE_HEADER_TOO_SHORT},
        {0x201, 1, 0x62, BZIMAGE_OK},
        {0x201, 1, 0x8e, BZIMAGE_OK},
        {0x201, 1, 0x8f, BZIMAGE_HEADER_TOO_LONG},
        {0x201, 1, 0xff, BZIMAGE_HEADER_TOO_LONG},
        {0x211, 1, 0, BZIMAGE_NOT_LOADED_HIGH},
        {0x211, 1, 0xfe, BZIMAGE_NOT_LOADED_HIGH},
        {0x236, 2, 0, BZIMAGE_NOT_64_BIT},
        {0x236, 2, 0xfffe, BZIMAGE_NOT_64_BIT},
        {0x1f4, 4, 0, BZIMAGE_NO_CODE},
        {0x1f4, 4, 0x20, BZIMAGE_NO_CODE},
        {0x1f4, 4, 0xd8220 + 93, BZIMAGE_CODE_CUT}, /* 1472 bytes follow the code */
        {0x1f4, 4, 0xd8220 + 92, BZIMAGE_OK},
        {0x1f4, 4, 0xffffffff, BZIMAGE_CODE_CUT},
        {0x1f1, 1, 255, BZIMAGE_CODE_CUT},
        {0x1f1, 1, 0, BZIMAGE_OK},
        {0x248, 4, 0xd8220 * 16 - 0xd696cc, BZIMAGE_OK},
        {0x248, 4, 0xd8220 * 16 - 0xd696cc + 1, BZIMAGE_PAYLOAD_OUTSIDE},
        {0x248, 4, 0xffffffff, BZIMAGE_PAYLOAD_OUTSIDE},
        {0x24c, 4, 0xffffffff, BZIMAGE_PAYLOAD_OUTSIDE},
        {0x268, 4, 0xd8220 * 16 - 12, BZIMAGE_OK},
        {0x268, 4, 0xd8220 * 16 - 11, BZIMAGE_KERNEL_INFO_OUTSIDE},
        {0x268, 4, 0xffffffff, BZIMAGE_KERNEL_INFO_OUTSIDE},
        {0x230, 4, 0, BZIMAGE_BAD_ALIGNMENT},
        {0x230, 4, 0x300000, BZIMAGE_BAD_ALIGNMENT},
        {0x230, 4, 0xffffffff, BZIMAGE_BAD_ALIGNMENT},
        {0x235, 1, 22, BZIMAGE_BAD_MINIMUM_ALIGNMENT},
        {0x235, 1, 32, BZIMAGE_BAD_MINIMUM_ALIGNMENT},
        {0x235, 1, 255, BZIMAGE_BAD_MINIMUM_ALIGNMENT},
        {0x235, 1, 0, BZIMAGE_OK},
        {0x260, 4, 0, BZIMAGE_NO_INIT_SIZE},
        {0x260, 4, 0xd8220 * 16 - 1, BZIMAGE_INIT_SIZE_TOO_SMALL},
        {0x260, 4, 0xd8220 * 16, BZIMAGE_OK},
        {0x260, 4, 0xffffffff, BZIMAGE_OK},
        {0x258, 8, 0, BZIMAGE_OK},
        {0x258, 8, 0x1001000, BZIMAGE_BAD_PREFERRED_ADDRESS},
        {0x258, 8, 0xffffffffffe00000, BZIMAGE_BAD_PREFERRED_ADDRESS},
        {0x258, 8, 0x0010000000000000, BZIMAGE_BAD_PREFERRED_ADDRESS},
        {0x258, 8, 0x000ffffffce00000, BZIMAGE_BAD_PREFERRED_ADDRESS},
        {0x258, 8, 0x000ffffffcc00000, BZIMAGE_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        struct kernel kernel = debian();
        struct bzimage image = {.version = 0x1234};
        enum bzimage_error error;

        apply(&kernel, &edits[i]);
        error = parse(&kernel, &image);
        if (error != edits[i].expected)
            print_error("edit %zu: offset %x value %llx\n", i, edits[i].offset,
                        (unsigned long long)edits[i].value);
        assert_int_equal(error, edits[i].expected);
        /* Untouched on failure. */
        assert_int_equal(image.version == 0x1234, error != BZIMAGE_OK);
    }
}

static void fixed_address_kernels_need_a_place(void **state)
{
    static const struct edit edits[] = {
        {0x258, 8, 0x100800, BZIMAGE_BAD_PREFERRED_ADDRESS},
        {0x258, 8, 0x101000, BZIMAGE_OK},
        {0x258, 8, UINT64_MAX, BZIMAGE_BAD_PREFERRED_ADDRESS},
        {0x230, 4, 1, BZIMAGE_BAD_MINIMUM_ALIGNMENT},
    };
    struct kernel kernel = memtest();
    struct bzimage image;

    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        kernel = memtest();
        apply(&kernel, &edits[i]);
        assert_int_equal(parse(&kernel, &image), edits[i].expected);
    }
    kernel = memtest();
    store_u64(kernel.head + 0x258, 0);
    store_u32(kernel.head + 0x214, 0);
    assert_int_equal(parse(&kernel, &image), BZIMAGE_BAD_PREFERRED_ADDRESS);
    /* An alignment below a page does not make an address inside a page right. */
    kernel = memtest();
    kernel.head[0x235] = 0;
    store_u32(kernel.head + 0x230, 1);
    store_u64(kernel.head + 0x258, 0x100001);
    assert_int_equal(parse(&kernel, &image), BZIMAGE_BAD_PREFERRED_ADDRESS);
}

static void a_relaxed_alignment_is_read(void **state)
{
    struct kernel kernel = debian();
    struct bzimage image;

    (void)state;
    store_u32(kernel.head + 0x230, 0x1000000);
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.alignment, 0x1000000);
    assert_int_equal(image.minimum_alignment, 0x200000);
    kernel.head[0x235] = 0;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.minimum_alignment, 0x1000000);
}

static void kernel_info_is_read_only_where_it_is_a_field(void **state)
{
    static const struct {
        uint8_t length;
        uint16_t version;
        uint32_t expected;
    } cases[] = {
        {0x6a, 0x20f, 0xd7f91c}, {0x6a, 0x210, 0xd7f91c}, {0x8e, 0x20f, 0xd7f91c}, {0x69, 0x20f, 0},
        {0x66, 0x20f, 0},        {0x6a, 0x20e, 0},        {0x6a, 0x20c, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct kernel kernel = debian();
        struct bzimage image;

        kernel.head[0x201] = cases[i].length;
        store_u16(kernel.head + 0x206, cases[i].version);
        assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
        assert_int_equal(image.kernel_info_offset, cases[i].expected);
    }
}

static void values_at_their_limits_are_taken(void **state)
{
    struct kernel kernel = debian();
    struct bzimage image;

    (void)state;
    kernel.head[0x1f1] = 0; /* means 4 */
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.code_offset, 2560);
    store_u32(kernel.head + 0x260, 0x3400000);
    store_u64(kernel.head + 0x258, (1ULL << 52) - 0x3400000);
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    store_u64(kernel.head + 0x258, 0x80000000);
    store_u32(kernel.head + 0x230, 0x80000000);
    kernel.head[0x235] = 31;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.minimum_alignment, 0x80000000);
}

/* Both truncations at every byte, the head in memory of exactly its size, for ASan. */
static void truncation_at_each_byte_is_seen(void **state)
{
    struct kernel kernel = memtest();
    struct bzimage image = {.version = 0x1234};

    (void)state;
    for (uint64_t size = 0; size <= kernel.file_size; size += size < 0x600 ? 1 : 61) {
        size_t head_size = size < HEAD_SIZE ? (size_t)size : HEAD_SIZE;
        uint8_t *head = malloc(head_size + (head_size == 0));
        enum bzimage_error expected = size < 0x206      ? BZIMAGE_NO_MAGIC
                                      : size < 0x268    ? BZIMAGE_HEADER_CUT
                                      : size <= 3 * 512 ? BZIMAGE_SETUP_CUT
                                                        : BZIMAGE_CODE_CUT;

        assert_non_null(head);
        memcpy(head, kernel.head, head_size);
        assert_int_equal(bzimage_parse(span_of(head, head_size), size, &image), expected);
        /* A head that is longer than the file is no source of truth. */
        assert_int_equal(bzimage_parse(span_of(kernel.head, HEAD_SIZE), size, &image), expected);
        free(head);
    }
    assert_int_equal(image.version, 0x1234);
    /* The last byte that may be missing: the last paragraph need not be complete. */
    kernel.file_size = 1536 + 0x22dc * 16 - 15;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    kernel.file_size--;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_CODE_CUT);
}

/* setup_sects 0 means 4: the entry is at 0xc00 of the file. */
static void zeros_at_the_entry_are_no_kernel(void **state)
{
    struct kernel kernel = debian();
    struct bzimage image;

    (void)state;
    kernel.head[0x1f1] = 0;
    memset(kernel.head + 0xc00, 0, 7);
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    kernel.head[0xc07] = 0;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_NO_ENTRY);
    /* Where the head ends before it, the code has to tell. */
    assert_int_equal(bzimage_parse(span_of(kernel.head, 0xc07), kernel.file_size, &image),
                     BZIMAGE_OK);
}

static void the_code_has_an_entry_and_the_size_of_what_is_compressed(void **state)
{
    static uint8_t code[0x1000];
    struct bzimage image = {.code_size = sizeof(code),
                            .init_size = 0x123456,
                            .payload_offset = 0x300,
                            .payload_length = 0xc01};
    const struct {
        uint32_t word;
        enum bzimage_error expected;
    } ends[] = {{0, BZIMAGE_PAYLOAD_CUT},
                {1, BZIMAGE_OK},
                {0x123456, BZIMAGE_OK},
                {0x123457, BZIMAGE_PAYLOAD_CUT},
                {0xffffffff, BZIMAGE_PAYLOAD_CUT}};

    (void)state;
    memset(code, 0xff, sizeof(code));
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        store_u32(code + 0xefd, ends[i].word);
        assert_int_equal(bzimage_check_code(&image, span_of(code, sizeof(code))), ends[i].expected);
    }
    memset(code + 0x200, 0, 8);
    assert_int_equal(bzimage_check_code(&image, span_of(code, sizeof(code))), BZIMAGE_NO_ENTRY);
    code[0x207] = 1;
    /* memtest86+ has nothing compressed in it. */
    image.payload_length = 0;
    assert_int_equal(bzimage_check_code(&image, span_of(code, sizeof(code))), BZIMAGE_OK);
}

static void what_follows_the_code_is_not_loaded(void **state)
{
    struct kernel kernel = debian();
    struct bzimage image;

    (void)state;
    kernel.file_size = UINT64_MAX;
    assert_int_equal(parse(&kernel, &image), BZIMAGE_OK);
    assert_int_equal(image.code_size, 0xd8220 * 16);
}

/* Whatever the header says, what comes out can be relied on. */
static void every_accepted_header_is_sound(void **state)
{
    uint64_t seed = 88172645463325252ULL;

    (void)state;
    for (unsigned int round = 0; round < 200000; round++) {
        struct kernel kernel = round % 2 == 0 ? debian() : memtest();
        struct bzimage image;

        for (unsigned int i = 0; i <= round % 3; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            kernel.head[0x1f1 + (seed >> 8) % (0x290 - 0x1f1)] = (uint8_t)seed;
        }
        if (parse(&kernel, &image) != BZIMAGE_OK)
            continue;
        assert_true(image.header_end >= 0x264 && image.header_end <= 0x290);
        assert_true(image.code_size > 0x200);
        assert_true(image.code_offset + image.code_size <= kernel.file_size);
        assert_true(image.init_size >= image.code_size);
        assert_true(image.preferred_address + image.init_size <= 1ULL << 52);
        assert_true(image.preferred_address % image.alignment == 0);
        assert_true(image.alignment % image.minimum_alignment == 0);
        assert_true(image.relocatable || image.preferred_address != 0);
        assert_true(image.kernel_info_offset < image.code_size);
    }
}

static void explains_every_error(void **state)
{
    (void)state;
    for (int error = BZIMAGE_OK; error <= BZIMAGE_BAD_PREFERRED_ADDRESS; error++) {
        const struct explanation why = bzimage_explain((enum bzimage_error)error);

        assert_non_null(why.at);
        for (int other = BZIMAGE_OK; other < error; other++)
            assert_string_not_equal(explained(why).problem,
                                    explained(bzimage_explain((enum bzimage_error)other)).problem);
    }
    assert_non_null(explained(bzimage_explain((enum bzimage_error) - 1)).problem);
}

/* kernel_info at the very end of the code, as `size` bytes of it. */
static uint32_t type_max(const char *magic, uint32_t said_size, uint32_t type, size_t size)
{
    struct bzimage image = {.kernel_info_offset = 32};
    uint8_t *code = malloc(32 + size);
    uint8_t info[16];
    uint32_t found;

    memcpy(info, magic, 4);
    store_u32(info + 4, said_size);
    store_u32(info + 8, said_size);
    store_u32(info + 12, type);
    memcpy(code + 32, info, size);
    found = bzimage_setup_type_max(&image, span_of(code, 32 + size));
    free(code);
    return found;
}

static void kernel_says_which_setup_data_it_knows(void **state)
{
    (void)state;
    /* Linux 6.1 has 0x80000009 there: the last type, and the flag for indirect ones. */
    assert_int_equal(type_max("LToP", 16, 0x80000009, 16), 9);
    assert_int_equal(type_max("LToP", 20, 2, 16), 2);
}

static void kernel_without_kernel_info_knows_the_types_before_it(void **state)
{
    struct bzimage image = {.version = 0x20c};
    uint8_t code[64] = "LToP";

    (void)state;
    store_u32(code + 4, 16);
    store_u32(code + 12, 9);
    assert_int_equal(bzimage_setup_type_max(&image, span_of(code, sizeof(code))), 6);
    image.kernel_info_offset = UINT32_MAX;
    assert_int_equal(bzimage_setup_type_max(&image, span_of(code, sizeof(code))), 6);
}

static void damaged_kernel_info_is_none(void **state)
{
    (void)state;
    assert_int_equal(type_max("LToX", 16, 9, 16), 6);
    assert_int_equal(type_max("LToP", 15, 9, 16), 6);
    assert_int_equal(type_max("LToP", 16, 9, 15), 6);
    assert_int_equal(type_max("LToP", 16, 9, 0), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field_of_a_debian_kernel),
        cmocka_unit_test(reads_a_fixed_address_kernel),
        cmocka_unit_test(each_broken_field_has_its_own_error),
        cmocka_unit_test(fixed_address_kernels_need_a_place),
        cmocka_unit_test(a_relaxed_alignment_is_read),
        cmocka_unit_test(kernel_info_is_read_only_where_it_is_a_field),
        cmocka_unit_test(values_at_their_limits_are_taken),
        cmocka_unit_test(truncation_at_each_byte_is_seen),
        cmocka_unit_test(zeros_at_the_entry_are_no_kernel),
        cmocka_unit_test(the_code_has_an_entry_and_the_size_of_what_is_compressed),
        cmocka_unit_test(what_follows_the_code_is_not_loaded),
        cmocka_unit_test(every_accepted_header_is_sound),
        cmocka_unit_test(explains_every_error),
        cmocka_unit_test(kernel_says_which_setup_data_it_knows),
        cmocka_unit_test(kernel_without_kernel_info_knows_the_types_before_it),
        cmocka_unit_test(damaged_kernel_info_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
