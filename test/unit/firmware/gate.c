/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving a machine whose driver waits at the gate (test/firmware/gate.h): the fw_cfg files are
 * exchanged after each of its accesses in turn, as when the machine is saved there and resumed with
 * others. Selector and offset stay, as QEMU saves them.
 */
#include "unit/fixture/exact.h"

#include "firmware/fw_cfg.c"
#include "firmware/gate.c"

#define FIRST_KEY 0x20
#define MOMENTS   200U /* accesses, which is more than a poll and the reading of the words have */

struct files {
    const char *gate;
    const char *words;
};

static const struct files saved = {"closed", "none of all these words"};
static const struct files resumed = {"open", "partial=3 of=read"};

static const struct files *files;
static uint16_t selector;
static unsigned int offset;
static unsigned int moment; /* after this many accesses the files are exchanged */
static unsigned int accesses;
static bool ready;

static void exchange_in_time(void)
{
    if (ready && accesses++ == moment)
        files = &resumed;
}

static const char *content(unsigned int number)
{
    return number == 0 ? files->words : files->gate;
}

static uint8_t byte_of(const void *data, size_t size, unsigned int at)
{
    return at < size ? ((const uint8_t *)data)[at] : 0;
}

static uint8_t directory_byte(unsigned int at)
{
    static const char *const names[] = {"opt/org.baton/fault", "opt/org.baton/gate"};
    uint8_t data[4 + LENGTH_OF(names) * 64] = {[3] = LENGTH_OF(names)};

    for (unsigned int i = 0; i < LENGTH_OF(names); i++) {
        uint8_t *entry = data + 4 + i * 64;

        entry[3] = (uint8_t)strlen(content(i));
        entry[5] = (uint8_t)(FIRST_KEY + i);
        memcpy(entry + 8, names[i], strlen(names[i]));
    }
    return byte_of(data, sizeof(data), at);
}

void qemu_select(uint16_t key)
{
    exchange_in_time();
    selector = key;
    offset = 0;
}

uint8_t qemu_byte(void)
{
    unsigned int at = offset++;

    exchange_in_time();
    if (selector == KEY_SIGNATURE)
        return byte_of("QEMU", 4, at);
    if (selector == KEY_DIRECTORY)
        return directory_byte(at);
    return byte_of(content(selector - FIRST_KEY), strlen(content(selector - FIRST_KEY)), at);
}

void report_begin(const char *event)
{
    assert_string_equal(event, "ready");
}

void report_end(void)
{
    ready = true;
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
    (void)microseconds;
    exchange_in_time();
    return EFI_SUCCESS;
}

static EFI_BOOT_SERVICES services = {.Stall = stall};

static void begin(const struct files *with, unsigned int when)
{
    files = with;
    moment = when;
    accesses = 0;
    ready = false;
}

static void a_machine_saved_at_any_moment_reads_all_words_of_the_resumed_one(void **state)
{
    char words[64];

    (void)state;
    for (unsigned int when = 0; when < MOMENTS; when++) {
        begin(&saved, when);
        assert_true(gate_read(&services, "opt/org.baton/fault", words, sizeof(words)));
        assert_true(ready);
        assert_true(accesses > when);
        assert_string_equal(words, resumed.words);
    }
}

static void nobody_waits_at_an_open_gate(void **state)
{
    char words[64];

    (void)state;
    begin(&resumed, 0);
    assert_true(gate_read(&services, "opt/org.baton/fault", words, sizeof(words)));
    assert_false(ready);
    assert_string_equal(words, resumed.words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_saved_at_any_moment_reads_all_words_of_the_resumed_one),
        cmocka_unit_test(nobody_waits_at_an_open_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
