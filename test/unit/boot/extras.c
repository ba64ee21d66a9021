/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an entry adds to a unified kernel image: an archive for each kind, measured before the
 * options, read by whoever asks for an initrd. What cannot be had costs itself only.
 */
#include "boot/extras.h"

#include "core/base/sha256.h"
#include "efi/console.h"
#include "fake/images.h"
#include "fake/private.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"

static const uint8_t program[5000] = "MZ";
static const uint8_t device[] = {1, 1, 6, 0, 0, 2, 0x7f, 0xff, 4, 0};
static struct fake_file *made;
static struct tpm tpm;
static struct session session;
static struct bls_entry entry;
static struct boot_failure failure;
static char initrd[8192];
static uint64_t initrd_size;
static unsigned int runs;

static void run_program(const struct fake_started *started)
{
    (void)started;
    runs++;
    initrd_size = sizeof(initrd);
    if (fake_initrd_load(NULL, false, &initrd_size, initrd) != 0)
        initrd_size = 0;
}

static void set_up(void)
{
    fake_allow_usual();
    fake_volume();
    fake_volume_path(device);
    fake_console();
    fake_judges(FAKE_JUDGE_OF_FILES);
    (void)fake_file_add("\\a.efi", program, sizeof(program));
    (void)fake_file_add("\\i", "initrd", 6);
    made = fake_file_add("\\x\\One.CRED", "first", 5);
    (void)fake_file_add("\\two.cred", "second", 6);
    (void)fake_file_add("\\s.sysext.raw", "ext", 3);
    (void)fake_file_add("\\c.confext.raw", "conf", 4);
    (void)fake_file_add("\\empty.cred", "", 0);
    fake_images.run = run_program;
    runs = 0;
    tpm = (struct tpm){0};
    session = (struct session){.tpl = 4, .tpm = &tpm};
    entry = (struct bls_entry){
        .id = "a", .title = "", .version = "", .kind = BLS_UKI, .kernel = "\\a.efi", .options = ""};
}

static void add(const char *path)
{
    entry.initrds[BLS_INITRDS_MAX - 1 - entry.extra_count++] = path;
}

static void attempt(void)
{
    console_open(firmware);
    session.secure_boot = environment_secure_boot(firmware);
    boot_run(firmware, &entry, &session, &failure);
    console_close();
    assert_int_equal(firmware->leases.count, 0);
    assert_int_equal(fake_files_open(), 0);
    assert_int_equal(fake_memory_held(), 0);
}

/* The item of that name behind `at`; its contents. */
static const char *item(const char *at, const char *name, const char *mode, const char *size)
{
    for (const char *end = initrd + initrd_size; at + 110 <= end; at += 4)
        if (memcmp(at, "070701", 6) == 0 && strcmp(at + 110, name) == 0) {
            assert_memory_equal(at + 14, mode, 8);
            assert_memory_equal(at + 54, size, 8);
            return at + ((110 + strlen(name) + 1 + 3) & ~(size_t)3);
        }
    fail_msg("there is no %s", name);
    return NULL;
}

static void each_kind_is_an_archive_behind_the_initrds(void **state)
{
    const char *at;

    (void)state;
    set_up();
    entry.initrds[0] = "\\i";
    entry.initrd_count = 1;
    add("\\c.confext.raw");
    add("\\x\\One.CRED");
    add("\\s.sysext.raw");
    add("\\two.cred");
    attempt();
    assert_int_equal(runs, 1);
    assert_memory_equal(initrd, "initrd\0\0", 8);
    at = item(initrd + 8, ".extra", "0000416d", "00000000");
    at = item(at, ".extra/credentials", "00004140", "00000000");
    at = item(at, ".extra/credentials/One.CRED", "00008100", "00000005");
    assert_memory_equal(at, "first", 5);
    at = item(at, ".extra", "0000416d", "00000000");
    at = item(at, ".extra/credentials/two.cred", "00008100", "00000006");
    assert_memory_equal(at, "second", 6);
    at = item(at, "TRAILER!!!", "00000000", "00000000");
    at = item(at, ".extra", "0000416d", "00000000");
    at = item(at, ".extra/sysext", "0000416d", "00000000");
    at = item(at, ".extra/sysext/s.sysext.raw", "00008124", "00000003");
    assert_memory_equal(at, "ext", 3);
    at = item(at, "TRAILER!!!", "00000000", "00000000");
    at = item(at, ".extra/confext", "0000416d", "00000000");
    at = item(at, ".extra/confext/c.confext.raw", "00008124", "00000004");
    assert_memory_equal(at, "conf", 4);
    at = item(at, "TRAILER!!!", "00000000", "00000000");
    assert_ptr_equal(at, initrd + initrd_size);
    assert_null(strstr(fake_console_text(), "without it"));
}

static void they_are_measured_before_the_options(void **state)
{
    static const struct {
        uint32_t index;
        const uint16_t *event;
        size_t event_size;
    } expected[] = {
        {12, u"Entry credentials initrd", sizeof(u"Entry credentials initrd")},
        {13, u"Entry system extension initrd", sizeof(u"Entry system extension initrd")},
        {12, u"Entry configuration extension initrd",
         sizeof(u"Entry configuration extension initrd")},
        {12, u"quiet", sizeof(u"quiet")},
    };
    size_t at = 0;

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    tpm = tpm_find(firmware);
    entry.options = "quiet";
    add("\\c.confext.raw");
    add("\\two.cred");
    add("\\s.sysext.raw");
    attempt();
    assert_int_equal(fake_measurement_count(), 4);
    for (size_t i = 0; i < 4; i++) {
        const struct fake_measurement *measurement = fake_measurement_at(i);

        assert_int_equal(measurement->index, expected[i].index);
        assert_int_equal(measurement->type, 0xd);
        assert_int_equal(measurement->event_size, expected[i].event_size);
        assert_memory_equal(measurement->event, expected[i].event, expected[i].event_size);
        if (i < 3)
            assert_memory_equal(measurement->data, initrd + at, measurement->data_size);
        at += measurement->data_size;
    }
    assert_int_equal(at, initrd_size + sizeof(u"quiet"));
}

/* What systemd-boot 262 of Debian measured for these files in this order, on a machine. */
static void archives_are_the_same_as_systemd_boots(void **state)
{
    static const char *const paths[] = {"\\x\\b.cred", "\\gone.cred", "\\y\\s.sysext.raw",
                                        "\\a.CRED", "\\c.confext.raw"};
    static const char expected[][SHA256_SIZE + 1] = {
        "\x48\xfb\x3c\x89\x45\xcb\x6f\x6d\x18\xaa\x5b\x10\xc4\xa4\x79\x83\xdf\x09\x4d\x5e\xcd\x23"
        "\x25\x54\xbd\xcc\x9d\x95\x20\xe0\x78\x95",
        "\xe3\xd7\xc9\x3b\x69\xdc\x57\x0b\x4e\xf9\xc9\x02\xfc\xa0\x5e\x87\x85\xc9\x59\xee\x61\xa7"
        "\x9f\xe5\x37\xd6\x4c\x8c\x69\x63\xff\xbf",
        "\xe5\x69\x59\x65\xdc\x58\x28\x7f\xec\xde\x68\x63\x01\xa5\x24\x55\x39\xe7\x53\x60\xab\xf6"
        "\x51\x62\xd5\xe5\x17\xc8\x0d\x22\xfc\xc9",
    };
    char extension[3000];

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    tpm = tpm_find(firmware);
    for (size_t i = 0; i < sizeof(extension); i++)
        extension[i] = "sys"[i % 3];
    (void)fake_file_add("\\x\\b.cred", "secret b", 8);
    (void)fake_file_add("\\a.CRED", "secret A!", 9);
    (void)fake_file_add("\\y\\s.sysext.raw", extension, sizeof(extension));
    for (size_t i = 0; i < 5; i++)
        add(paths[i]);
    attempt();
    assert_int_equal(fake_measurement_count(), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct fake_measurement *measurement = fake_measurement_at(i);
        uint8_t digest[SHA256_SIZE];
        struct sha256 hash;

        sha256_begin(&hash);
        sha256_update(&hash, measurement->data, measurement->data_size);
        sha256_end(&hash, digest);
        assert_memory_equal(digest, expected[i], SHA256_SIZE);
    }
}

static void what_cannot_be_had_is_told_and_left_out(void **state)
{
    (void)state;
    set_up();
    add("\\gone.cred");
    add("\\empty.cred");
    add("\\x");
    add("\\s.sysext.raw");
    attempt();
    assert_int_equal(runs, 1);
    (void)item(initrd, ".extra/sysext/s.sysext.raw", "00008124", "00000003");
    assert_non_null(strstr(fake_console_text(), "\\gone.cred"));
    assert_non_null(strstr(fake_console_text(), "\\empty.cred"));
    assert_non_null(strstr(fake_console_text(), "the boot goes on without it"));
    assert_string_equal(initrd + 120 + 110, ".extra/sysext"); /* of no other kind */
    set_up();
    add("\\gone.cred");
    add("\\x\\One.CRED");
    made->lies = true;
    made->claimed_size = made->claimed_end = (3ULL << 29) + 1;
    made->end = FAKE_END_IS_CLAIMED;
    attempt();
    assert_int_equal(runs, 1);
    assert_int_equal(initrd_size, 0);
    assert_non_null(strstr(fake_console_text(), "it has more than 1.5 GiB"));
}

static void half_of_one_ends_the_boot(void **state)
{
    (void)state;
    set_up();
    add("\\x\\One.CRED");
    made->fail_read = 1;
    made->fail_ever_after = true;
    attempt();
    assert_int_equal(runs, 0);
    assert_string_equal(failure.doing, "reading");
    assert_string_equal(failure.file, "\\x\\One.CRED");
}

static void without_memory_for_them_nothing_is_started(void **state)
{
    (void)state;
    set_up();
    add("\\two.cred");
    fake_fail_allocation(2, FAKE_OUT_OF_RESOURCES); /* the image's is the first */
    attempt();
    assert_int_equal(runs, 0);
    assert_string_equal(failure.doing, "placing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_is_an_archive_behind_the_initrds),
        TEST(they_are_measured_before_the_options),
        TEST(archives_are_the_same_as_systemd_boots),
        TEST(what_cannot_be_had_is_told_and_left_out),
        TEST(half_of_one_ends_the_boot),
        TEST(without_memory_for_them_nothing_is_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
