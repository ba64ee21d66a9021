/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/time/acpi_timer.h"

#include "unit/fixture/acpi_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define BASE 0x7fe10000ULL
#define PORT 0x608U

static uint8_t *tables; /* of exactly the size: the address sanitizer sees the first byte too far */
static struct acpi_memory memory;
static struct acpi_timer timer;

static int begin(void **state)
{
    (void)state;
    tables = malloc(ACPI_SIZE);
    assert_non_null(tables);
    acpi_make(tables, BASE, PORT);
    memory = (struct acpi_memory){tables, BASE, ACPI_SIZE};
    timer = (struct acpi_timer){0x5a5a, 0x5a5a5a5a};
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(tables);
    return 0;
}

static bool find(void)
{
    return acpi_timer_find(&memory, BASE + ACPI_RSDP, &timer);
}

static void assert_none(void)
{
    assert_false(find());
    assert_int_equal(timer.port, 0x5a5a);
    assert_int_equal(timer.mask, 0x5a5a5a5a);
}

static void fadt_byte(size_t at, uint8_t value)
{
    tables[ACPI_FADT + at] = value;
    acpi_seal(tables + ACPI_FADT);
}

static void fadt_word(size_t at, uint64_t value, size_t size)
{
    acpi_put(tables + ACPI_FADT, at, value, size);
    acpi_seal(tables + ACPI_FADT);
}

static void finds_the_timer(void **state)
{
    (void)state;
    assert_true(find());
    assert_int_equal(timer.port, PORT);
    assert_int_equal(timer.mask, 0xffffff);
}

static void knows_how_many_bits_it_has(void **state)
{
    (void)state;
    fadt_word(112, 1U << 8, 4);
    assert_true(find());
    assert_true(timer.mask == UINT32_MAX);
}

/* QEMU's q35 says revision 0 or 2 as its machine type goes; real ones of 1999 have nothing else. */
static void acpi_1_has_32_bit_addresses(void **state)
{
    (void)state;
    tables[ACPI_RSDP + 15] = 0;
    memset(tables + ACPI_XSDT, 0, 52);
    acpi_put(tables + ACPI_FADT, 4, 116, 4);
    acpi_seal_root(tables);
    acpi_seal(tables + ACPI_FADT);
    assert_true(find());
    assert_int_equal(timer.port, PORT);
}

static void broken_xsdt_leaves_the_rsdt(void **state)
{
    (void)state;
    tables[ACPI_XSDT + 9]++;
    assert_true(find());
    acpi_seal(tables + ACPI_XSDT);
    tables[ACPI_RSDP + 32]++;
    assert_true(find());
    acpi_seal_root(tables);
    acpi_put(tables, ACPI_RSDP + 24, 0, 8);
    acpi_seal_root(tables);
    assert_true(find());
}

static void the_64_bit_address_counts_where_it_can_be_used(void **state)
{
    (void)state;
    fadt_word(212, 0x808, 8);
    assert_true(find());
    assert_int_equal(timer.port, 0x808);
    fadt_byte(208, 0); /* in memory: nobody has it there */
    assert_true(find());
    assert_int_equal(timer.port, PORT);
    fadt_byte(208, 1);
    fadt_word(212, 0, 8);
    assert_true(find());
    assert_int_equal(timer.port, PORT);
    fadt_word(212, 0x100000608, 8); /* no port has such a number */
    timer = (struct acpi_timer){0x5a5a, 0x5a5a5a5a};
    assert_none();
}

static void a_machine_may_have_none(void **state)
{
    (void)state;
    fadt_byte(91, 0);
    assert_none();
    fadt_byte(91, 3);
    assert_none();
    fadt_byte(91, 4);
    fadt_word(112, 1U << 20, 4); /* hardware-reduced: the fields mean nothing */
    assert_none();
    fadt_word(112, 0, 4);
    fadt_word(212, 0, 8);
    fadt_word(76, 0, 4);
    assert_none();
    fadt_word(76, 0xfffd, 4); /* four bytes from there are not all ports */
    assert_none();
    fadt_word(76, 0x10608, 4);
    assert_none();
    fadt_word(76, 0xfffc, 4);
    assert_true(find());
}

static void no_fixed_table(void **state)
{
    (void)state;
    memcpy(tables + ACPI_FADT, "FACS", 4);
    acpi_seal(tables + ACPI_FADT);
    assert_none();
}

/* The bytes that are looked at: a checksum that is wrong is seen. */
static void every_flipped_byte_is_seen_or_does_not_matter(void **state)
{
    static const struct {
        size_t start;
        size_t size;
    } areas[] = {{ACPI_RSDP, 20}, {ACPI_FADT, 276}};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t at = areas[i].start; at < areas[i].start + areas[i].size; at++) {
            tables[at] ^= 0x11;
            assert_none();
            tables[at] ^= 0x11;
        }
    assert_true(find());
}

/* Lengths, with the checksum over them right wherever there is memory for it. */
static void lengths_that_cannot_be(void **state)
{
    static const uint32_t lengths[] = {0,  8,   35,      36,         75,        79,
                                       91, 277, 0x10001, 0x80000000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        acpi_put(tables + ACPI_FADT, 4, lengths[i], 4);
        if (lengths[i] >= 36 && lengths[i] <= 276)
            acpi_seal(tables + ACPI_FADT);
        assert_none();
    }
    acpi_put(tables + ACPI_FADT, 4, 276, 4);
    acpi_seal(tables + ACPI_FADT);
    assert_true(find());
    tables[ACPI_RSDP + 15] = 0; /* the RSDT alone from here on */
    acpi_seal_root(tables);
    acpi_put(tables + ACPI_RSDT, 4, 43, 4); /* the second address is cut */
    acpi_seal(tables + ACPI_RSDT);
    timer = (struct acpi_timer){0x5a5a, 0x5a5a5a5a};
    assert_none();
}

static void addresses_that_cannot_be(void **state)
{
    static const uint64_t addresses[] = {
        0, BASE - 1, BASE + ACPI_SIZE - 35, BASE + ACPI_SIZE, UINT64_MAX, UINT64_MAX - 35};

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        assert_false(acpi_timer_find(&memory, addresses[i], &timer));
        acpi_put(tables, ACPI_RSDT + 40, addresses[i], 4);
        acpi_put(tables, ACPI_XSDT + 44, addresses[i], 8);
        acpi_seal(tables + ACPI_RSDT);
        acpi_seal(tables + ACPI_XSDT);
        assert_none();
        acpi_put(tables, ACPI_RSDP + 16, addresses[i], 4);
        acpi_put(tables, ACPI_RSDP + 24, addresses[i], 8);
        acpi_seal_root(tables);
        assert_none();
        acpi_make(tables, BASE, PORT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_the_timer),
        TEST(knows_how_many_bits_it_has),
        TEST(acpi_1_has_32_bit_addresses),
        TEST(broken_xsdt_leaves_the_rsdt),
        TEST(the_64_bit_address_counts_where_it_can_be_used),
        TEST(a_machine_may_have_none),
        TEST(no_fixed_table),
        TEST(every_flipped_byte_is_seen_or_does_not_matter),
        TEST(lengths_that_cannot_be),
        TEST(addresses_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
