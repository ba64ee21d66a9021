/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/image/elf.h"

#include "unit/fixture/exact.h"

#define FILE_SIZE 0x4000U
#define BASE      0x200000ULL

/* Program headers of the sample, in its order. */
enum { CODE, CONSTANTS, DATA, NOTE, DYNAMIC, COUNT };
enum {
    P_TYPE,
    P_FLAGS = 4,
    P_OFFSET = 8,
    P_ADDRESS = 16,
    P_FILE = 32,
    P_MEMORY = 40,
    P_ALIGN = 48
};
#define HEADER_AT(index, field) (64U + 56U * (index) + (field))

static uint8_t sample[FILE_SIZE];

static void store(uint32_t offset, uint32_t bytes, uint64_t value)
{
    for (uint32_t i = 0; i < bytes; i++)
        sample[offset + i] = (uint8_t)(value >> (8 * i));
}

static void store_header(uint32_t index, uint32_t type, uint32_t flags, uint64_t offset,
                         uint64_t address, uint64_t file_size, uint64_t memory_size)
{
    store(HEADER_AT(index, P_TYPE), 4, type);
    store(HEADER_AT(index, P_FLAGS), 4, flags);
    store(HEADER_AT(index, P_OFFSET), 8, offset);
    store(HEADER_AT(index, P_ADDRESS), 8, address);
    store(HEADER_AT(index, P_FILE), 8, file_size);
    store(HEADER_AT(index, P_MEMORY), 8, memory_size);
    store(HEADER_AT(index, P_ALIGN), 8, 0x1000);
}

/* A sound kernel: code, constants, data with .bss, a note. `type`: 2 ET_EXEC, 3 ET_DYN. */
static void make_sample(uint16_t type, uint64_t base)
{
    memset(sample, 0, sizeof(sample));
    memcpy(sample,
           "\x7f"
           "ELF\2\1\1",
           7);
    store(16, 2, type);
    store(18, 2, 62);
    store(20, 4, 1);
    store(24, 8, base + 0x10);
    store(32, 8, 64);
    store(52, 2, 64);
    store(54, 2, 56);
    store(56, 2, COUNT);
    store_header(CODE, 1, 5, 0x1000, base, 0x800, 0x800);
    store_header(CONSTANTS, 1, 4, 0x2000, base + 0x1000, 0x800, 0x800);
    store_header(DATA, 1, 6, 0x3000, base + 0x2000, 0x200, 0x1800);
    store_header(NOTE, 4, 4, 0x2000, base + 0x1000, 44, 44);
    store_header(DYNAMIC, 2, 6, 0x3100, base + 0x2100, 0x60, 0x60);
}

static enum elf_error parse(uint64_t file_size, struct elf_image *ret_image)
{
    struct span file = exact_copy(sample, file_size < FILE_SIZE ? file_size : FILE_SIZE);
    struct elf_header header = {0};
    struct span table;
    enum elf_error error = elf_header(file, file_size, &header);

    if (error == ELF_OK) {
        assert_true(span_part(file, header.table_offset,
                              header.table_count * ELF_PROGRAM_HEADER_SIZE, &table));
        error = elf_image(&header, table, file_size, ret_image);
    }
    exact_free(file);
    return error;
}

static void a_sound_kernel_is_planned_as_linked(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(2, BASE);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_OK);
    assert_false(image.position_independent);
    assert_false(image.upper_half);
    assert_int_equal(image.entry, BASE + 0x10);
    assert_int_equal(image.start, BASE);
    assert_int_equal(image.size, 0x4000);
    assert_int_equal(image.alignment, 0x1000);
    assert_int_equal(image.segment_count, 3);
    assert_true(image.segments[0].executable);
    assert_false(image.segments[0].writable);
    assert_false(image.segments[1].executable || image.segments[1].writable);
    assert_true(image.segments[2].writable);
    assert_int_equal(image.segments[2].file_offset, 0x3000);
    assert_int_equal(image.segments[2].file_size, 0x200);
    assert_int_equal(image.segments[2].memory_size, 0x1800);
    assert_int_equal(image.note_count, 1);
    assert_int_equal(image.notes[0].offset, 0x2000);
    assert_int_equal(image.dynamic_size, 0);
}

static void an_upper_half_kernel_may_end_with_the_address_space(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(2, 0xffffffffffffc000ULL);
    store(HEADER_AT(DATA, P_MEMORY), 8, 0x2000);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_OK);
    assert_true(image.upper_half);
    assert_int_equal(image.start, 0xffffffffffffc000ULL);
    assert_int_equal(image.size, 0x4000);
}

static void a_position_independent_image_starts_on_its_alignment(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(3, 0x5000);
    store(HEADER_AT(CODE, P_ALIGN), 8, 0x4000);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_OK);
    assert_true(image.position_independent);
    assert_int_equal(image.alignment, 0x4000);
    assert_int_equal(image.start, 0x4000);
    assert_int_equal(image.size, 0x5000);
    assert_int_equal(image.dynamic, 0x7100);
}

struct broken {
    const char *what;
    uint32_t offset;
    uint32_t bytes;
    uint64_t value;
    enum elf_error error;
};

static const struct broken broken_fields[] = {
    {"magic", 3, 1, 'G', ELF_NO_MAGIC},
    {"class", 4, 1, 1, ELF_NOT_64_BIT},
    {"byte order", 5, 1, 2, ELF_NOT_LITTLE_ENDIAN},
    {"version in e_ident", 6, 1, 0, ELF_BAD_VERSION},
    {"e_version", 20, 4, 2, ELF_BAD_VERSION},
    {"e_type ET_REL", 16, 2, 1, ELF_NOT_EXECUTABLE},
    {"e_type ET_CORE", 16, 2, 4, ELF_NOT_EXECUTABLE},
    {"e_machine i386", 18, 2, 3, ELF_OTHER_MACHINE},
    {"e_ehsize", 52, 2, 52, ELF_BAD_HEADER_SIZE},
    {"e_phentsize", 54, 2, 32, ELF_BAD_HEADER_SIZE},
    {"e_phnum none", 56, 2, 0, ELF_NO_PROGRAM_HEADERS},
    {"e_phnum many", 56, 2, 65, ELF_MANY_PROGRAM_HEADERS},
    {"e_phnum PN_XNUM", 56, 2, 0xffff, ELF_MANY_PROGRAM_HEADERS},
    {"e_phoff at the end", 32, 8, FILE_SIZE - 56, ELF_PROGRAM_HEADERS_CUT},
    {"e_phoff beyond", 32, 8, FILE_SIZE + 1, ELF_PROGRAM_HEADERS_CUT},
    {"e_phoff that wraps", 32, 8, UINT64_MAX - 55, ELF_PROGRAM_HEADERS_CUT},
    {"e_entry before", 24, 8, BASE - 1, ELF_BAD_ENTRY},
    {"e_entry behind the code", 24, 8, BASE + 0x800, ELF_BAD_ENTRY},
    {"e_entry in data", 24, 8, BASE + 0x2000, ELF_BAD_ENTRY},
    {"e_entry in the upper half", 24, 8, UINT64_MAX, ELF_BAD_ENTRY},
    {"PT_INTERP", HEADER_AT(NOTE, P_TYPE), 4, 3, ELF_INTERPRETER},
    {"p_offset beyond", HEADER_AT(CODE, P_OFFSET), 8, FILE_SIZE + 0x1000, ELF_SEGMENT_CUT},
    {"p_offset that wraps", HEADER_AT(CODE, P_OFFSET), 8, UINT64_MAX - 0xfff, ELF_SEGMENT_CUT},
    {"p_filesz beyond", HEADER_AT(DATA, P_FILE), 8, 0x1001, ELF_SEGMENT_CUT},
    {"p_filesz that wraps", HEADER_AT(DATA, P_FILE), 8, UINT64_MAX, ELF_SEGMENT_CUT},
    {"p_filesz over p_memsz", HEADER_AT(CODE, P_FILE), 8, 0x801, ELF_SEGMENT_SHRINKS},
    {"p_memsz 0", HEADER_AT(CODE, P_MEMORY), 8, 0, ELF_SEGMENT_SHRINKS},
    {"p_memsz that wraps", HEADER_AT(DATA, P_MEMORY), 8, UINT64_MAX - BASE, ELF_SEGMENT_WRAPS},
    {"p_memsz over the hole", HEADER_AT(DATA, P_MEMORY), 8, 0x800000000000,
     ELF_SEGMENT_NOT_CANONICAL},
    {"p_vaddr in the hole", HEADER_AT(DATA, P_ADDRESS), 8, 0x800000000000,
     ELF_SEGMENT_NOT_CANONICAL},
    {"p_vaddr before the hole ends", HEADER_AT(DATA, P_ADDRESS), 8, 0xffff7ffffffff000,
     ELF_SEGMENT_NOT_CANONICAL},
    {"p_vaddr below 1 MiB", HEADER_AT(CODE, P_ADDRESS), 8, 0xff000, ELF_SEGMENT_TOO_LOW},
    {"p_vaddr 0", HEADER_AT(CODE, P_ADDRESS), 8, 0, ELF_SEGMENT_TOO_LOW},
    {"p_align odd", HEADER_AT(CODE, P_ALIGN), 8, 0x1001, ELF_BAD_ALIGNMENT},
    {"p_align huge", HEADER_AT(CODE, P_ALIGN), 8, 1ULL << 31, ELF_BAD_ALIGNMENT},
    {"p_align not kept", HEADER_AT(CODE, P_ALIGN), 8, 0x2000, ELF_MISALIGNED},
    {"p_vaddr not as p_offset", HEADER_AT(DATA, P_ADDRESS), 8, BASE + 0x2001, ELF_MISALIGNED},
    {"writable code", HEADER_AT(CODE, P_FLAGS), 4, 7, ELF_WRITABLE_CODE},
    {"executable data", HEADER_AT(DATA, P_FLAGS), 4, 3, ELF_WRITABLE_CODE},
    {"not ascending", HEADER_AT(CONSTANTS, P_ADDRESS), 8, BASE - 0x1000, ELF_UNSORTED},
    {"same address twice", HEADER_AT(CONSTANTS, P_ADDRESS), 8, BASE, ELF_OVERLAP},
    {"into the next", HEADER_AT(CODE, P_MEMORY), 8, 0x1001, ELF_OVERLAP},
    {"both halves", HEADER_AT(DATA, P_ADDRESS), 8, 0xffffffff80000000, ELF_BOTH_HALVES},
    {"PT_NOTE beyond", HEADER_AT(NOTE, P_OFFSET), 8, FILE_SIZE, ELF_SEGMENT_CUT},
    {"PT_NOTE that wraps", HEADER_AT(NOTE, P_OFFSET), 8, UINT64_MAX, ELF_SEGMENT_CUT},
    {"PT_NOTE too large", HEADER_AT(NOTE, P_FILE), 8, 0x1001, ELF_MANY_NOTES},
};

static void each_broken_field_has_its_own_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken_fields) / sizeof(broken_fields[0]); i++) {
        const struct broken *broken = &broken_fields[i];
        struct elf_image image;
        struct elf_image untouched;
        enum elf_error error;

        make_sample(2, BASE);
        store(broken->offset, broken->bytes, broken->value);
        memset(&image, 0x5a, sizeof(image));
        untouched = image;
        error = parse(FILE_SIZE, &image);
        if (error != broken->error)
            fail_msg("%s: error %d, not %d", broken->what, (int)error, (int)broken->error);
        assert_memory_equal(&image, &untouched, sizeof(image));
    }
}

static void every_error_is_explained(void **state)
{
    (void)state;
    for (int error = ELF_OK; error <= ELF_BAD_NOTE; error++) {
        struct explanation why = elf_explain((enum elf_error)error);

        assert_true(strlen(explained(why).problem) > 8 && strlen(explained(why).remedy) > 3);
    }
}

static void a_cut_file_is_never_read_beyond_its_end(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(2, BASE);
    for (uint64_t size = 0; size < 64; size++)
        assert_int_equal(parse(size, &image), size < 4 ? ELF_NO_MAGIC : ELF_HEADER_CUT);
    for (uint64_t size = 64; size < 64 + 56 * COUNT; size++)
        assert_int_equal(parse(size, &image), ELF_PROGRAM_HEADERS_CUT);
    for (uint64_t size = 64 + 56 * COUNT; size < 0x3200; size += 0x100)
        assert_int_equal(parse(size, &image), ELF_SEGMENT_CUT);
    assert_int_equal(parse(0x3200, &image), ELF_OK);
}

static void segments_on_one_page_are_refused(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(2, BASE);
    store(HEADER_AT(DATA, P_ADDRESS), 8, BASE + 0x1900);
    store(HEADER_AT(DATA, P_ALIGN), 8, 1);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_SHARED_PAGE);
}

static void too_many_segments_and_notes_are_refused(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(2, BASE);
    store(24, 8, BASE);
    store(56, 2, 17);
    for (uint32_t i = 0; i < 17; i++)
        store_header(i, 1, 5, 0x1000, BASE + i * 0x1000, 0x10, 0x10);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_MANY_SEGMENTS);
    store(56, 2, 16);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_OK);
    for (uint32_t i = 1; i < 6; i++)
        store_header(i, 4, 4, 0x1000, 0, 0x10, 0x10);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_MANY_NOTES);
}

static void a_file_without_segments_is_refused(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(2, BASE);
    for (uint32_t i = CODE; i <= DATA; i++)
        store(HEADER_AT(i, P_TYPE), 4, 0x6474e551);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_NO_SEGMENTS);
    make_sample(2, BASE);
    for (uint32_t i = CODE; i <= DATA; i++) {
        store(HEADER_AT(i, P_FILE), 8, 0);
        store(HEADER_AT(i, P_MEMORY), 8, 0);
    }
    assert_int_equal(parse(FILE_SIZE, &image), ELF_NO_SEGMENTS);
}

static void a_position_independent_kernel_has_no_upper_half(void **state)
{
    struct elf_image image;

    (void)state;
    make_sample(3, 0xffffffff80000000);
    assert_int_equal(parse(FILE_SIZE, &image), ELF_MOVABLE_UPPER_HALF);
}

/* --- notes --- */

static const uint8_t notes[] = {
    4, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0,   'G', 'N', 'U', 0,   9,   9, 9, 0, /* padded to 4 */
    6, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0,   'B', 'a', 't', 'o', 'n', 0, 0, 0, 1, 1, 0, 0, 6,
    0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 'B', 'a', 't', 'o', 'n', 0,   0, 0, 1, 2, 3, 4, 5,
};

static void the_note_is_found_among_others(void **state)
{
    struct span bytes = exact_copy(notes, sizeof(notes));
    struct span note;

    (void)state;
    assert_int_equal(elf_note(bytes, "Baton", 1, &note), ELF_OK);
    assert_int_equal(note.size, 5);
    assert_memory_equal(note.data, "\1\2\3\4\5", 5);
    assert_int_equal(elf_note(bytes, "Baton", 2, &note), ELF_NO_NOTE);
    assert_int_equal(elf_note(bytes, "Bato", 1, &note), ELF_NO_NOTE);
    assert_int_equal(elf_note(bytes, "GNU", 1, &note), ELF_OK);
    exact_free(bytes);
}

static void notes_that_end_early_are_bad_or_missing(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(notes); size++) {
        struct span bytes = exact_copy(notes, size);
        struct span note;

        assert_int_not_equal(elf_note(bytes, "Baton", 1, &note), ELF_OK);
        exact_free(bytes);
    }
}

static void a_note_with_wild_sizes_is_bad(void **state)
{
    static const uint8_t offsets[] = {0, 4};

    (void)state;
    for (size_t i = 0; i < sizeof(offsets); i++) {
        uint8_t wild[sizeof(notes)];
        struct span bytes;
        struct span note;

        memcpy(wild, notes, sizeof(notes));
        memset(wild + offsets[i], 0xff, 4);
        bytes = exact_copy(wild, sizeof(wild));
        assert_int_equal(elf_note(bytes, "Baton", 1, &note), ELF_BAD_NOTE);
        exact_free(bytes);
    }
}

/* --- relocations: of the sample at 0, loaded at MOVED --- */

#define MOVED     0x7654321000ULL
#define TABLE     0x2300U /* in the image */
#define TABLE_END (TABLE + 2 * 24)

static uint8_t *loaded; /* exactly the image */

static void load(void)
{
    loaded = calloc(1, 0x4000);
    assert_non_null(loaded);
}

static void put_u64(uint32_t offset, uint64_t value)
{
    memcpy(loaded + offset, &value, 8);
}

static uint64_t get_u64(uint32_t offset)
{
    uint64_t value;

    memcpy(&value, loaded + offset, 8);
    return value;
}

/* Two relocations of two pointers in the data. */
static void make_loaded(struct elf_image *ret_image)
{
    make_sample(3, 0);
    assert_int_equal(parse(FILE_SIZE, ret_image), ELF_OK);
    load();
    put_u64(0x2100, 7); /* DT_RELA */
    put_u64(0x2108, TABLE);
    put_u64(0x2110, 8); /* DT_RELASZ */
    put_u64(0x2118, TABLE_END - TABLE);
    put_u64(0x2120, 9); /* DT_RELAENT */
    put_u64(0x2128, 24);
    put_u64(TABLE, 0x2000);
    put_u64(TABLE + 8, 8);
    put_u64(TABLE + 16, 0x10);
    put_u64(TABLE + 24, 0x3ff8); /* the last eight bytes of the image */
    put_u64(TABLE + 32, 8);
    put_u64(TABLE + 40, 0x1000);
}

static void relative_relocations_are_applied(void **state)
{
    struct elf_image image;

    (void)state;
    make_loaded(&image);
    assert_int_equal(elf_relocate(&image, loaded, MOVED), ELF_OK);
    assert_int_equal(get_u64(0x2000), MOVED + 0x10);
    assert_int_equal(get_u64(0x3ff8), MOVED + 0x1000);
    free(loaded);
}

struct broken_relocation {
    const char *what;
    uint32_t offset;
    uint64_t value;
    enum elf_error error;
};

static const struct broken_relocation broken_relocations[] = {
    {"DT_NEEDED", 0x2120, 1, ELF_NEEDS_LIBRARY},
    {"PLT relocations", 0x2120, 2, ELF_RELOCATION_FORM},
    {"DT_RELSZ", 0x2120, 18, ELF_RELOCATION_FORM},
    {"DT_RELRSZ", 0x2120, 35, ELF_RELOCATION_FORM},
    {"no DT_NULL", 0x2150, 5, ELF_DYNAMIC_OUTSIDE},
    {"entry size", 0x2128, 16, ELF_RELOCATION_FORM},
    {"ragged table", 0x2118, 25, ELF_RELOCATION_FORM},
    {"table before the image", 0x2108, UINT64_MAX - 23, ELF_RELOCATIONS_OUTSIDE},
    {"table behind the image", 0x2108, 0x4000, ELF_RELOCATIONS_OUTSIDE},
    {"table over the end", 0x2108, 0x4000 - 24, ELF_RELOCATIONS_OUTSIDE},
    {"table of wild size", 0x2118, 24 * (UINT64_MAX / 24), ELF_RELOCATIONS_OUTSIDE},
    {"symbol", TABLE + 8, 8 | 1ULL << 32, ELF_RELOCATION_TYPE},
    {"GLOB_DAT", TABLE + 8, 6, ELF_RELOCATION_TYPE},
    {"IRELATIVE", TABLE + 8, 37, ELF_RELOCATION_TYPE},
    {"target over the end", TABLE, 0x3ff9, ELF_RELOCATION_OUTSIDE},
    {"target behind", TABLE, 0x4000, ELF_RELOCATION_OUTSIDE},
    {"target that wraps", TABLE, UINT64_MAX - 3, ELF_RELOCATION_OUTSIDE},
};

static void each_broken_relocation_has_its_own_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken_relocations) / sizeof(broken_relocations[0]); i++) {
        const struct broken_relocation *broken = &broken_relocations[i];
        struct elf_image image;
        enum elf_error error;

        make_loaded(&image);
        put_u64(broken->offset, broken->value);
        if (broken->error == ELF_DYNAMIC_OUTSIDE)
            for (uint32_t at = 0x2130; at < 0x2160; at += 16)
                put_u64(at, 5);
        error = elf_relocate(&image, loaded, MOVED);
        if (error != broken->error)
            fail_msg("%s: error %d, not %d", broken->what, (int)error, (int)broken->error);
        free(loaded);
    }
}

static void a_dynamic_section_outside_of_the_image_is_refused(void **state)
{
    static const uint64_t addresses[] = {0x4000, 0x3fb0, UINT64_MAX - 15, 1ULL << 40};
    struct elf_image image;

    (void)state;
    make_loaded(&image);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        image.dynamic = addresses[i];
        assert_int_equal(elf_relocate(&image, loaded, MOVED), ELF_DYNAMIC_OUTSIDE);
    }
    image.dynamic_size = 0;
    assert_int_equal(elf_relocate(&image, loaded, MOVED), ELF_OK);
    assert_int_equal(get_u64(0x2000), 0);
    free(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_kernel_is_planned_as_linked),
        cmocka_unit_test(an_upper_half_kernel_may_end_with_the_address_space),
        cmocka_unit_test(a_position_independent_image_starts_on_its_alignment),
        cmocka_unit_test(each_broken_field_has_its_own_error),
        cmocka_unit_test(every_error_is_explained),
        cmocka_unit_test(a_cut_file_is_never_read_beyond_its_end),
        cmocka_unit_test(segments_on_one_page_are_refused),
        cmocka_unit_test(too_many_segments_and_notes_are_refused),
        cmocka_unit_test(a_file_without_segments_is_refused),
        cmocka_unit_test(a_position_independent_kernel_has_no_upper_half),
        cmocka_unit_test(the_note_is_found_among_others),
        cmocka_unit_test(notes_that_end_early_are_bad_or_missing),
        cmocka_unit_test(a_note_with_wild_sizes_is_bad),
        cmocka_unit_test(relative_relocations_are_applied),
        cmocka_unit_test(each_broken_relocation_has_its_own_error),
        cmocka_unit_test(a_dynamic_section_outside_of_the_image_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
