/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys from files: which are written, in which order, and that nothing is written in part. */
#include "boot/entry/enroll.h"

#include "boot/entry/action.h"
#include "efi/console.h"
#include "unit/fixture/firmware_fixture.h"

#define FOLDER "\\loader\\keys\\mine"

static const uint8_t database[16] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                     0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
static const uint8_t custom_mode[16] = {0x0c, 0xec, 0x76, 0xc0, 0x28, 0x70, 0x99, 0x43,
                                        0xa0, 0x72, 0x71, 0xee, 0x5c, 0x44, 0x8b, 0x9f};

static struct arena arena;
static struct boot_failure failure;
static char signed_key[40];
static char unsigned_key[40];

static void lay_down(void)
{
    fake_allow_usual();
    fake_allow("OutputString");
    fake_allow("ResetSystem");
    fake_volume();
    arena = arena_of(firmware);
    memset(signed_key, 's', sizeof(signed_key));
    memcpy(signed_key + 16, "\x19\0\0", 4);
    memcpy(unsigned_key, signed_key, sizeof(unsigned_key));
    unsigned_key[16] = 0x18;
    (void)fake_file_add(FOLDER "\\db.auth", "the db", 6);
    (void)fake_file_add(FOLDER "\\KEK.auth", "the KEK", 7);
    (void)fake_file_add(FOLDER "\\PK.auth", signed_key, sizeof(signed_key));
}

static bool enroll(void)
{
    bool done = enroll_keys(firmware, &arena, FOLDER, &failure);

    assert_int_equal(fake_files_open(), 0);
    return done;
}

static void assert_key(const uint8_t vendor[16], const char *name, const void *data, size_t size)
{
    uint32_t attributes;
    size_t found;
    const void *key = fake_variable(vendor, name, &attributes, &found);

    assert_non_null(key);
    assert_int_equal(found, size);
    assert_memory_equal(key, data, size);
    assert_int_equal(attributes, 0x27);
}

static bool is_there(const uint8_t vendor[16], const char *name)
{
    uint32_t attributes;
    size_t size;

    return fake_variable(vendor, name, &attributes, &size) != NULL;
}

static void all_keys_of_a_folder_are_written(void **state)
{
    (void)state;
    lay_down();
    assert_true(enroll());
    assert_key(database, "db", "the db", 6);
    assert_key(fake_vendor_global, "KEK", "the KEK", 7);
    assert_key(fake_vendor_global, "PK", signed_key, sizeof(signed_key));
    assert_int_equal(fake_calls_of("SetVariable"), 3);
    (void)fake_file_add(FOLDER "\\dbx.auth", "the dbx", 7);
    assert_true(enroll());
    assert_key(database, "dbx", "the dbx", 7);
    assert_false(is_there(custom_mode, "CustomMode"));
}

static void a_key_that_nobody_has_signed_needs_edk_iis_custom_mode(void **state)
{
    uint32_t attributes;
    size_t size;

    (void)state;
    lay_down();
    (void)fake_file_add(FOLDER "\\PK.auth", unsigned_key, sizeof(unsigned_key));
    assert_true(enroll());
    assert_memory_equal(fake_variable(custom_mode, "CustomMode", &attributes, &size), "\1", 1);
    assert_int_equal(size, 1);
    assert_int_equal(attributes, 3);
}

static unsigned int writes_left;

static void refuse(void)
{
    if (writes_left-- == 0)
        fake_behaviour.set_variable_status = FAKE_ERROR(26); /* security violation */
}

/* PK ends the firmware's readiness to take others, so it is the last. */
static void what_the_firmware_refuses_ends_it(void **state)
{
    static const char *const names[] = {"db", "dbx", "KEK", "PK"};

    for (unsigned int i = 0; i < 4; i++) {
        (void)begin(state);
        lay_down();
        (void)fake_file_add(FOLDER "\\dbx.auth", "the dbx", 7);
        writes_left = i;
        fake_behaviour.on_set_variable = refuse;
        assert_false(enroll());
        assert_int_equal(fake_calls_of("SetVariable"), i + 1);
        assert_int_equal(is_there(database, "db"), i > 0);
        assert_int_equal(is_there(database, "dbx"), i > 1);
        assert_int_equal(is_there(fake_vendor_global, "KEK"), i > 2);
        assert_false(is_there(fake_vendor_global, "PK"));
        assert_string_equal(failure.detail, names[i]);
        assert_int_equal(failure.status, FAKE_ERROR(26));
        assert_string_equal(explained(failure.why).problem, "the firmware does not take it");
        (void)end(state);
    }
    (void)begin(state);
}

/* Half of the keys would lock the owner out. */
static void nothing_is_written_unless_all_can_be_read(void **state)
{
    static char large[(64 << 10) + 1];
    static const struct {
        const char *file;
        uint64_t size;
        uint64_t open_status;
        const char *problem;
    } cases[] = {
        {FOLDER "\\db.auth", 6, FAKE_NOT_FOUND, "there is no such file"},
        {FOLDER "\\KEK.auth", 6, FAKE_NOT_FOUND, "there is no such file"},
        {FOLDER "\\PK.auth", 6, FAKE_NOT_FOUND, "there is no such file"},
        {FOLDER "\\PK.auth", 6, FAKE_DEVICE_ERROR, "it cannot be read"},
        {FOLDER "\\dbx.auth", 6, FAKE_DEVICE_ERROR, "it cannot be read"},
        {FOLDER "\\KEK.auth", 0, 0, "it is empty, or has more than 64 KiB"},
        {FOLDER "\\KEK.auth", sizeof(large), 0, "it is empty, or has more than 64 KiB"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)begin(state);
        lay_down();
        fake_file_add(cases[i].file, large, cases[i].size)->open_status = cases[i].open_status;
        assert_false(enroll());
        assert_int_equal(fake_calls_of("SetVariable"), 0);
        assert_string_equal(explained(failure.why).problem, cases[i].problem);
        assert_string_equal(failure.detail, cases[i].file);
        assert_string_equal(failure.file, FOLDER);
        (void)end(state);
    }
    (void)begin(state);
    fake_allow_usual();
    arena = arena_of(firmware);
    assert_false(enroll_keys(firmware, &arena, FOLDER, &failure));
    assert_string_equal(explained(failure.why).problem, "it cannot be read");
}

static uint64_t last_reset(void)
{
    for (size_t i = fake_call_count(); i-- > 0;)
        if (strcmp(fake_call_at(i)->service, "ResetSystem") == 0)
            return fake_call_at(i)->a;
    return 99;
}

static void the_machine_restarts_behind_it_or_stops(void **state)
{
    static const struct {
        bool works;
        bool shutdown;
        uint64_t reset; /* EFI_RESET_TYPE, or 99 */
    } cases[] = {{true, false, 0}, {true, true, 2}, {false, false, 99}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bls_entry entry = {.kind = BLS_ACTION, .action = ENTRY_ENROLL, .kernel = FOLDER};

        (void)begin(state);
        lay_down();
        fake_console();
        console_open(firmware);
        fake_behaviour.resets_that_return = 1;
        if (!cases[i].works)
            fake_file_add(FOLDER "\\db.auth", "", 0);
        action_run(firmware, &arena, &entry, cases[i].shutdown, &failure);
        assert_int_equal(last_reset(), cases[i].reset);
        assert_int_equal(is_there(fake_vendor_global, "PK"), cases[i].works);
        assert_string_equal(fake_console_text(),
                            cases[i].works
                                ? "baton: the firmware does not do that; choose another entry\r\n"
                                : "baton: enrolling the keys in " FOLDER
                                  ": it is empty, or has more than 64 KiB (" FOLDER
                                  "\\db.auth); make it anew\r\n");
        console_close();
        (void)end(state);
    }
    (void)begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_keys_of_a_folder_are_written),
        TEST(a_key_that_nobody_has_signed_needs_edk_iis_custom_mode),
        TEST(what_the_firmware_refuses_ends_it),
        TEST(nothing_is_written_unless_all_can_be_read),
        TEST(the_machine_restarts_behind_it_or_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
