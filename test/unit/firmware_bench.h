/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of src/efi share: a fresh firmware for each, everything given back at its end. */
#ifndef BATON_TEST_UNIT_FIRMWARE_BENCH_H
#define BATON_TEST_UNIT_FIRMWARE_BENCH_H

#include "efi/lease.h"
#include "fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct firmware *firmware;
static struct leases leases;

static inline int begin(void **state)
{
    (void)state;
    firmware = fake_begin();
    leases = (struct leases){0};
    return 0;
}

/* Fails the test when anything was not given back that no lease holds. */
static inline int end(void **state)
{
    (void)state;
    fake_allow_usual();
    lease_release_since(firmware, &leases, 0);
    fake_end();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
