/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to ACPI's timer. Input: flags; then the memory that the tables lie in. With flag 1 every
 * checksum of a table that is where the sound ones are is made right, so that what is behind a
 * checksum is reached; with flag 2 sound tables are there first, and the input changes them.
 */
#include "core/time/acpi_timer.h"

#include "fuzz/fuzz.h"
#include "unit/fixture/acpi_fixture.h"

#define BASE 0x7fe10000ULL

static void seal(uint8_t *tables, size_t at)
{
    uint32_t length;

    memcpy(&length, tables + at + 4, sizeof(length));
    if (length >= 36 && length <= ACPI_SIZE - at)
        acpi_seal(tables + at);
}

static void change(uint8_t *tables, struct input *input)
{
    while (input->left > 0) {
        size_t at = take(input, 2) % ACPI_SIZE;

        tables[at] = (uint8_t)take(input, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    uint64_t flags = take(&input, 1);
    size_t room = (flags & 2) != 0 || input.left > ACPI_SIZE ? ACPI_SIZE : input.left;
    uint8_t *tables = exact(NULL, room);
    struct acpi_memory memory = {tables, BASE, room};
    struct acpi_timer timer = {0};

    if ((flags & 2) != 0) {
        acpi_make(tables, BASE, 0x608);
        change(tables, &input);
    } else if (room != 0) {
        memcpy(tables, input.data, room);
    }
    if ((flags & 1) != 0 && room == ACPI_SIZE) {
        static const uint16_t places[] = {ACPI_RSDT, ACPI_XSDT, ACPI_FADT};

        for (size_t i = 0; i < 3; i++)
            seal(tables, places[i]);
        acpi_seal_root(tables);
    }
    if (acpi_timer_find(&memory, BASE, &timer)) {
        REQUIRE(timer.port != 0 && timer.port <= 0xfffc);
        REQUIRE(timer.mask == 0xffffff || timer.mask == UINT32_MAX);
    } else {
        REQUIRE(timer.port == 0 && timer.mask == 0);
    }
    free(tables);
    return 0;
}
