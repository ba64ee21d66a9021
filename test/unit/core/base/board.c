/* SPDX-License-Identifier: BSD-2-Clause */
/* What ACPI's tables say of an ARM board, by the offsets of ACPI 6.5. */
#include "core/base/board.h"

#include "core/base/store.h"
#include "unit/fixture/exact.h"

static void psci_is_called_as_the_fixed_table_says(void **state)
{
    uint8_t fadt[276] = {0};

    (void)state;
    for (unsigned int flags = 0; flags < 4; flags++) {
        static const enum psci_conduit wanted[] = {PSCI_UNSAID, PSCI_SMC, PSCI_UNSAID, PSCI_HVC};

        fadt[129] = (uint8_t)flags;
        assert_int_equal(psci_of_fadt(span_of(fadt, sizeof(fadt))), wanted[flags]);
        /* A table of a version that has no such flags. */
        assert_int_equal(psci_of_fadt(span_of(fadt, 129)), PSCI_UNSAID);
    }
    assert_int_equal(psci_of_fadt(span_of(NULL, 0)), PSCI_UNSAID);
}

static uint8_t madt[512];
static size_t madt_size;

static uint8_t *entry(uint8_t type, uint8_t size)
{
    uint8_t *at = madt + madt_size;

    memset(at, 0, size);
    at[0] = type;
    at[1] = size;
    madt_size += size;
    return at;
}

static void begin(void)
{
    madt_size = 44;
}

static void processor(uint64_t interface, uint64_t frame)
{
    uint8_t *at = entry(0xb, 80);

    store_u64(at + 32, interface);
    store_u64(at + 60, frame);
}

static void distributor(uint64_t address, uint8_t version)
{
    uint8_t *at = entry(0xc, 24);

    store_u64(at + 8, address);
    at[20] = version;
}

static void redistributors(uint64_t address)
{
    store_u64(entry(0xe, 16) + 4, address);
}

static void assert_gic(unsigned int version, uint64_t shared, uint64_t own)
{
    struct span copy = exact_copy(madt, madt_size);
    struct gic gic = gic_of_madt(copy);

    assert_int_equal(gic.version, version);
    assert_int_equal(gic.distributor, version != 0 ? shared : 0);
    assert_int_equal(gic.processor, version != 0 ? own : 0);
    exact_free(copy);
}

static void each_version_has_its_places(void **state)
{
    (void)state;
    begin();
    distributor(0x8000000, 2);
    (void)entry(0xd, 24); /* messages as interrupts: nothing here */
    processor(0x8010000, 0);
    processor(0x8020000, 0);
    assert_gic(2, 0x8000000, 0x8010000);
    begin();
    processor(0x2c000000, 0);
    distributor(0x8000000, 3);
    redistributors(0x80a0000);
    redistributors(0x90a0000);
    assert_gic(3, 0x8000000, 0x80a0000);
    begin();
    distributor(0x8000000, 4);
    redistributors(0x80a0000);
    assert_gic(3, 0x8000000, 0x80a0000);
    /* Frames that only the processors know, and tables that do not say which version. */
    begin();
    distributor(0x8000000, 0);
    processor(0, 0x80c0000);
    assert_gic(3, 0x8000000, 0x80c0000);
    begin();
    distributor(0x8000000, 0);
    processor(0x8010000, 0);
    assert_gic(2, 0x8000000, 0x8010000);
}

static void what_is_not_whole_is_none(void **state)
{
    (void)state;
    begin();
    assert_gic(0, 0, 0);
    distributor(0x8000000, 3);
    assert_gic(0, 0, 0); /* no redistributors */
    begin();
    redistributors(0x80a0000);
    processor(0x8010000, 0);
    assert_gic(0, 0, 0); /* no distributor */
    begin();
    distributor(0x8000000, 2);
    processor(0x8010000, 0);
    for (size_t size = 0; size < madt_size; size++) {
        struct span copy = exact_copy(madt, size);

        assert_int_equal(gic_of_madt(copy).version, 0);
        exact_free(copy);
    }
    entry(0xc, 24)[1] = 0; /* would never end */
    assert_gic(0, 0, 0);
    madt[madt_size - 23] = 1;
    assert_gic(0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(psci_is_called_as_the_fixed_table_says),
        cmocka_unit_test(each_version_has_its_places),
        cmocka_unit_test(what_is_not_whole_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
