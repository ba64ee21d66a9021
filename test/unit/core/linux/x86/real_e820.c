/* SPDX-License-Identifier: BSD-2-Clause */
/* The e820 of real machines, against what each machine's own loader or kernel made of its map. */
#include "core/linux/x86/e820.h"

#include "core/base/span.h"
#include "unit/fixture/real_maps.h"

#define ROWS_MAX 512

struct table {
    struct real_row row[ROWS_MAX];
    size_t count;
};

/* Appends; what touches and is the same is one. */
static void append(struct table *table, struct real_row row)
{
    struct real_row *last = &table->row[table->count];

    if (table->count != 0 && last[-1].end == row.start && last[-1].kind == row.kind) {
        last[-1].end = row.end;
        return;
    }
    assert_true(table->count < ROWS_MAX);
    *last = row;
    table->count++;
}

/* What a kernel's own stub calls it. */
static uint32_t word_of(uint32_t kind)
{
    return kind == 't' || kind == 'x' ? 'r' : kind;
}

/* The entries of two texts, each ascending; the second may be NULL. */
static struct table read_both(const char *first, const char *second)
{
    struct table table = {0};
    struct real_row rows[2] = {0};
    const char *texts[2] = {first, second};
    bool more[2] = {real_next(&texts[0], &rows[0]),
                    second != NULL && real_next(&texts[1], &rows[1])};

    while (more[0] || more[1]) {
        int from = !more[0] || (more[1] && rows[1].start < rows[0].start);
        struct real_row row = {
            .start = rows[from].start, .end = rows[from].end, .kind = word_of(rows[from].kind)};

        append(&table, row);
        more[from] = real_next(&texts[from], &rows[from]);
    }
    return table;
}

static struct table read_table(const char *text)
{
    return read_both(text, NULL);
}

static uint32_t letter_of(uint32_t type)
{
    switch (type) {
    case E820_TYPE_RAM:
        return 'u';
    case E820_TYPE_RESERVED:
        return 'r';
    case E820_TYPE_ACPI:
        return 'a';
    case E820_TYPE_NVS:
        return 'n';
    default:
        fail_msg("type 0x%x in no real map", type);
        return 0;
    }
}

/* What Baton makes of a map, entry by entry: nothing is joined here. */
static struct table convert(const struct memory_map *map)
{
    size_t capacity = ranges_events_max(memory_map_count(map));
    size_t extension = e820_extension_max(memory_map_count(map));
    uint64_t *events = malloc(2 * capacity * sizeof(*events));
    uint8_t *bytes = malloc((E820_ZERO_PAGE_MAX + extension) * E820_ENTRY_SIZE);
    struct e820_target target = {.table = bytes,
                                 .extension = bytes + E820_ZERO_PAGE_MAX * E820_ENTRY_SIZE,
                                 .extension_capacity = extension,
                                 .soft_reserve = true};
    struct e820_counts counts;
    struct table table = {0};
    struct ranges walk;

    assert_non_null(events);
    assert_non_null(bytes);
    assert_true(ranges_begin(&walk, map, events, events + capacity, capacity));
    assert_int_equal(e820_convert(&walk, &target, &counts), E820_OK);
    assert_true(counts.extension == 0 || counts.table == E820_ZERO_PAGE_MAX);
    table.count = counts.table + counts.extension;
    assert_true(table.count <= ROWS_MAX);
    for (size_t i = 0; i < table.count; i++) {
        struct span entry = span_of(bytes + i * E820_ENTRY_SIZE, E820_ENTRY_SIZE);
        struct real_row *row = &table.row[i];
        uint64_t size;
        uint32_t type;

        assert_true(span_u64(entry, 0, &row->start) && span_u64(entry, 8, &size) &&
                    span_u32(entry, 16, &type));
        row->end = row->start + size;
        row->kind = letter_of(type);
    }
    free(bytes);
    free(events);
    return table;
}

static void compare(const struct real_machine *machine, const struct table *found,
                    const struct table *expected)
{
    for (size_t i = 0; i < found->count && i < expected->count; i++) {
        REAL_EQUAL(machine, found->row[i].start, expected->row[i].start);
        REAL_EQUAL(machine, found->row[i].end, expected->row[i].end);
        REAL_EQUAL(machine, found->row[i].kind, expected->row[i].kind);
    }
    REAL_EQUAL(machine, found->count, expected->count);
}

static void is_as_expected(const struct real_machine *machine, const struct memory_map *map)
{
    struct table expected = read_table(machine->e820 != NULL ? machine->e820 : machine->own_e820);
    struct table found = convert(map);

    compare(machine, &found, &expected);
}

static void every_map_gives_the_expected_table(void **state)
{
    (void)state;
    real_each_map(is_as_expected);
}

/* What of the table is at or above `from`. */
static struct table above(const struct table *table, uint64_t from)
{
    struct table rest = {0};

    for (size_t i = 0; i < table->count; i++) {
        struct real_row row = table->row[i];

        if (row.end <= from)
            continue;
        if (row.start < from)
            row.start = from;
        append(&rest, row);
    }
    return rest;
}

static void is_the_machines_own(const struct real_machine *machine, const struct memory_map *map)
{
    struct table found = convert(map);
    struct table own;

    if (machine->own_e820 == NULL)
        return;
    own = read_both(machine->own_e820, machine->own_lacks);
    found = above(&found, machine->own_from);
    compare(machine, &found, &own);
}

static void every_table_is_the_machines_own(void **state)
{
    unsigned int with_own = 0;
    unsigned int whole = 0;

    (void)state;
    for (size_t i = 0; i < REAL_MACHINES; i++) {
        with_own += real_machines[i]->own_e820 != NULL;
        whole += real_machines[i]->own_e820 != NULL && real_machines[i]->own_from == 0;
        /* The one loader that is known to list less than there is. */
        REAL_EQUAL(real_machines[i], real_machines[i]->own_lacks != NULL,
                   real_machines[i] == &apple_imac_2006_kernel);
    }
    assert_int_equal(with_own, 17);
    assert_int_equal(whole, 12);
    real_each_map(is_the_machines_own);
}

static uint64_t usable_bytes(const struct table *table)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < table->count; i++)
        bytes += table->row[i].kind == 'u' ? table->row[i].end - table->row[i].start : 0;
    return bytes;
}

/* Usable is what nobody claims for anything else, all of it. */
static void gives_what_is_free(const struct real_machine *machine, const struct memory_map *map)
{
    struct table found = convert(map);

    for (size_t i = 0; i < found.count; i++)
        REAL_REQUIRE(machine, found.row[i].kind != 'u' ||
                                  !real_is_kept(map, found.row[i].start, found.row[i].end));
    REAL_EQUAL(machine, usable_bytes(&found), real_general_bytes(map));
}

static void gives_as_much_as_known(const struct real_machine *machine, const struct memory_map *map)
{
    struct table found = convert(map);

    REAL_EQUAL(machine, usable_bytes(&found), machine->facts.usable);
}

static void usable_is_all_that_nobody_claims(void **state)
{
    (void)state;
    real_each_map(gives_what_is_free);
    real_each_map(gives_as_much_as_known);
    real_each_contradiction(gives_what_is_free);
}

static void what_the_loader_took_is_usable_like_what_it_left(void **state)
{
    (void)state;
    real_each_map_before(is_as_expected);
}

static void the_mac_of_198_descriptors_needs_no_extension(void **state)
{
    struct memory_map map = real_map(&apple_macmini31, 48);
    struct table found = convert(&map);
    uint32_t kinds[128] = {0};

    (void)state;
    for (size_t i = 0; i < found.count; i++)
        kinds[found.row[i].kind]++;
    assert_int_equal(found.count, 70);
    assert_int_equal(kinds['u'], 32);
    assert_int_equal(kinds['r'], 28);
    assert_int_equal(kinds['n'], 7);
    assert_int_equal(kinds['a'], 3);
    map_free(&map);
}

static void the_server_of_12_tib_has_two_pages_of_nvs_in_front_of_its_memory(void **state)
{
    static const struct real_row high[] = {
        {0x100000000, 0x100001000, 'n', 0},
        {0x100001000, 0xc080000000, 'u', 0},
        {0xe000000000, 0xe000001000, 'n', 0},
        {0xe000001000, 0xc2000000000, 'u', 0},
    };
    struct memory_map map = real_map(&hp_superdome2_16s, 48);
    struct table found = convert(&map);

    (void)state;
    found = above(&found, 0x100000000);
    /* Configuration space of the sockets is above that. */
    assert_int_equal(found.count, 4 + 17);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(found.row[i].start, high[i].start);
        assert_int_equal(found.row[i].end, high[i].end);
        assert_int_equal(found.row[i].kind, high[i].kind);
    }
    map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_map_gives_the_expected_table),
        cmocka_unit_test(every_table_is_the_machines_own),
        cmocka_unit_test(usable_is_all_that_nobody_claims),
        cmocka_unit_test(what_the_loader_took_is_usable_like_what_it_left),
        cmocka_unit_test(the_mac_of_198_descriptors_needs_no_extension),
        cmocka_unit_test(the_server_of_12_tib_has_two_pages_of_nvs_in_front_of_its_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
