/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI program's boot from the entry to the line that says how it ended. Whatever fails on the
 * way, nothing of it is left: no lease, no open file, no image, no protocol (fake_end() looks,
 * too).
 */
#include "boot/chain.h"

#include "boot/failure.h"
#include "efi/console.h"
#include "fake/images.h"
#include "fake/private.h"
#include "fake/tpm.h"
#include "unit/fixture/firmware_fixture.h"
#include "unit/fixture/pe_image.h"

static const uint8_t program[5000] = "MZ";
static const char first[] = "first";
static const char second[] = "2nd";
static const char *const initrds[] = {"\\1.img", "\\2.img"};
static const uint8_t device[] = {1, 1, 6, 0, 0, 2, 0x7f, 0xff, 4, 0};
static struct fake_file *made;
static struct tpm tpm;
static struct session session;
static struct bls_entry entry;
static struct boot_failure failure;

/* What the program found. */
static unsigned int runs;
static uint16_t options[64];
static uint32_t options_size;
static uint64_t initrd_status;
static uint64_t initrd_size;
static char initrd[64];
static uint64_t pages_held;

static void run_program(const struct fake_started *started)
{
    runs++;
    pages_held = fake_memory_held();
    options_size = started->options_size;
    assert_true(options_size <= sizeof(options));
    if (options_size != 0)
        memcpy(options, started->options, options_size);
    initrd_size = sizeof(initrd);
    initrd_status = fake_initrd_load(NULL, false, &initrd_size, initrd);
}

static void set_up(void)
{
    fake_allow_usual();
    fake_volume();
    fake_volume_path(device);
    fake_console();
    fake_judges(FAKE_JUDGE_OF_FILES);
    made = fake_file_add("\\shell.efi", program, sizeof(program));
    fake_file_add("\\1.img", first, strlen(first));
    fake_file_add("\\2.img", second, strlen(second));
    fake_images.run = run_program;
    runs = 0;
    options_size = 0;
    initrd_status = 77;
    tpm = (struct tpm){0};
    session = (struct session){.tpl = 4, .tpm = &tpm};
    failure = (struct boot_failure){0};
    entry = (struct bls_entry){.id = "shell",
                               .title = "",
                               .version = "",
                               .kind = BLS_EFI,
                               .kernel = "\\shell.efi",
                               .options = ""};
}

/* One attempt; the line that the user sees about it, without its end. */
static const char *attempt(void)
{
    static char line[2048];
    size_t before = strlen(fake_console_text());
    const char *text;
    size_t length;

    session.secure_boot = environment_secure_boot(firmware);
    boot_run(firmware, &entry, &session, &failure);
    assert_int_equal(firmware->leases.count, 0);
    assert_int_equal(fake_files_open(), 0);
    assert_int_equal(fake_images.loaded, 0);
    assert_int_equal(fake_protocols_installed(), 0);
    assert_int_equal(fake_memory_held(), 0);
    console_open(firmware);
    failure_report(&failure);
    console_close();
    text = fake_console_text() + before;
    length = strlen(text);
    assert_in_range(length, 2, sizeof(line));
    memcpy(line, text, length - 2);
    line[length - 2] = '\0';
    return line;
}

#define CAME_BACK(how)                                                                             \
    "baton: starting \\shell.efi: it was started and has come back" how "; see what it said "      \
    "before"

static void program_that_returns_is_told_of_and_nothing_is_left(void **state)
{
    (void)state;
    set_up();
    assert_string_equal(attempt(), CAME_BACK(" (Success)"));
    assert_int_equal(runs, 1);
    assert_int_equal(options_size, 0);
    assert_int_equal(initrd_status, FAKE_NOT_FOUND);
}

/* The firmware has a copy of its own: a large program is not in memory twice while it runs. */
static void file_is_given_back_before_the_program_runs(void **state)
{
    (void)state;
    set_up();
    entry.exit = BLS_EXIT_FIRMWARE; /* the guard holds some */
    attempt();
    assert_int_equal(runs, 1);
    assert_int_equal(pages_held, 0);
}

static bool guarded;

static void look_at_table(const struct fake_started *started)
{
    guarded = fake_boot_services.GetMemoryMap != fake_get_memory_map &&
              fake_boot_services.ExitBootServices != fake_exit_boot_services;
    run_program(started);
}

static void program_is_guarded_unless_its_entry_says_otherwise(void **state)
{
    static const enum bls_exit exits[] = {BLS_EXIT_DEFAULT, BLS_EXIT_GUARD, BLS_EXIT_BATON,
                                          BLS_EXIT_FIRMWARE};

    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        EFI_BOOT_SERVICES before;

        begin(state);
        set_up();
        fake_images.run = look_at_table;
        before = fake_boot_services;
        entry.exit = exits[i];
        assert_string_equal(attempt(), CAME_BACK(" (Success)"));
        assert_int_equal(runs, 1);
        assert_int_equal(guarded, exits[i] != BLS_EXIT_FIRMWARE);
        assert_memory_equal(&fake_boot_services, &before, sizeof(before));
        end(state);
    }
    begin(state);
}

static void without_memory_for_the_guard_the_program_is_started(void **state)
{
    unsigned int said = 0;

    for (unsigned int n = 1; n <= 6; n++) {
        begin(state);
        set_up();
        fake_images.run = look_at_table;
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        console_open(firmware);
        attempt();
        if (strstr(fake_console_text(), "there is no memory to guard the program's exit")) {
            assert_int_equal(runs, 1);
            assert_false(guarded);
            said++;
        }
        end(state);
    }
    assert_int_equal(said, 2); /* the guard's own, and what leaving needs */
    begin(state);
}

static void leave_and_come_back(const struct fake_started *started)
{
    UINTN size = 0;
    UINTN key;
    UINTN stride;
    UINT32 version;

    run_program(started);
    assert_int_equal(fake_boot_services.GetMemoryMap(&size, NULL, &key, &stride, &version),
                     EFI_BUFFER_TOO_SMALL);
    assert_int_equal(fake_boot_services.ExitBootServices(NULL, key), EFI_SUCCESS);
    fake_images.start_status = FAKE_ABORTED;
}

static void do_attempt(void *context)
{
    (void)context;
    attempt();
}

static void program_that_comes_back_from_its_exit_ends_in_a_reset(void **state)
{
    uint32_t attributes;
    size_t size;

    (void)state;
    set_up();
    fake_allow("ResetSystem");
    fake_images.run = leave_and_come_back;
    assert_int_equal(fake_run(do_attempt, NULL), FAKE_RESET);
    assert_non_null(strstr(fake_variable(fake_vendor_baton, "BatonExitRecord", &attributes, &size),
                           "entry: shell\n"));
    firmware->leases.count = 0; /* there is nobody to give anything back to */
}

static void status_and_last_words_of_the_program_are_shown(void **state)
{
    static const uint16_t words[] = u"no disk\n";

    (void)state;
    set_up();
    fake_images.start_status = FAKE_ABORTED;
    fake_images.exit_data = words;
    fake_images.exit_data_size = sizeof(words);
    assert_string_equal(attempt(), CAME_BACK(" (no disk ) (Aborted)"));
}

static void program_gets_its_options_and_its_initrds(void **state)
{
    (void)state;
    set_up();
    entry.options = "quiet";
    memcpy(entry.initrds, initrds, sizeof(initrds));
    entry.initrd_count = 2;
    attempt();
    assert_int_equal(runs, 1);
    assert_int_equal(options_size, sizeof(u"quiet"));
    assert_memory_equal(options, u"quiet", sizeof(u"quiet"));
    assert_int_equal(initrd_status, 0);
    assert_int_equal(initrd_size, 11);
    assert_memory_equal(initrd, "first\0\0\0002nd", 11);
}

static void profile_is_named_in_front_of_the_options(void **state)
{
    (void)state;
    set_up();
    entry.kind = BLS_UKI;
    entry.profile = 3;
    attempt();
    assert_int_equal(options_size, sizeof(u"@3"));
    assert_memory_equal(options, u"@3", sizeof(u"@3"));
    (void)end(state);
    (void)begin(state);
    set_up();
    entry.kind = BLS_UKI;
    entry.profile = 12;
    entry.options = "quiet";
    attempt();
    assert_int_equal(options_size, sizeof(u"@12 quiet"));
    assert_memory_equal(options, u"@12 quiet", sizeof(u"@12 quiet"));
}

static void options_are_measured_as_the_program_gets_them(void **state)
{
    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    tpm = tpm_find(firmware);
    entry.options = "quiet";
    entry.profile = 3;
    attempt();
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->data_size, options_size);
    assert_memory_equal(fake_measurement_at(0)->data, u"@3 quiet", sizeof(u"@3 quiet"));
}

/* As systemd-boot does, which gives it the names as well. */
static void initrds_of_a_linux_entry_are_measured_by_their_names(void **state)
{
    static const uint16_t measured[] = u"initrd=\\1.img initrd=\\2.img quiet";

    (void)state;
    (void)fake_tpm_add(FAKE_TCG2);
    set_up();
    tpm = tpm_find(firmware);
    entry.kind = BLS_LINUX;
    entry.exit = BLS_EXIT_GUARD;
    entry.options = "quiet";
    memcpy(entry.initrds, initrds, sizeof(initrds));
    entry.initrd_count = 2;
    attempt();
    assert_memory_equal(options, u"quiet", sizeof(u"quiet"));
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 12);
    assert_int_equal(fake_measurement_at(0)->data_size, sizeof(measured));
    assert_memory_equal(fake_measurement_at(0)->data, measured, sizeof(measured));
}

static void options_are_measured_once_and_before_the_start(void **state)
{
    (void)state;
    set_up();
    fake_tpm_add(FAKE_TCG2);
    tpm = tpm_find(firmware);
    entry.options = "quiet";
    attempt();
    assert_int_equal(fake_measurement_count(), 1);
    assert_int_equal(fake_measurement_at(0)->index, 12);
    assert_memory_equal(fake_measurement_at(0)->data, u"quiet", sizeof(u"quiet"));
    for (size_t i = 0; i < fake_call_count(); i++)
        if (strcmp(fake_call_at(i)->service, "HashLogExtendEvent") == 0)
            return;
        else
            assert_string_not_equal(fake_call_at(i)->service, "StartImage");
    fail_msg("nothing was measured");
}

static void what_the_firmware_does_not_trust_is_not_run(void **state)
{
    static const uint64_t refusals[] = {FAKE_SECURITY_VIOLATION, FAKE_ACCESS_DENIED};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *line;

        set_up();
        fake_images.judge_status = refusals[i];
        memcpy(entry.initrds, initrds, sizeof(initrds));
        entry.initrd_count = 2;
        line = attempt();
        assert_non_null(
            strstr(line, "baton: starting \\shell.efi: this machine does not trust it"));
        assert_non_null(strstr(line, i == 0 ? "(Security Violation)" : "(Access Denied)"));
        assert_int_equal(runs, 0);
        (void)end(state);
        (void)begin(state);
    }
}

static void what_is_no_program_is_not_run(void **state)
{
    (void)state;
    set_up();
    fake_images.load_status = FAKE_UNSUPPORTED;
    assert_non_null(strstr(attempt(), "as a PE image for this machine (Unsupported); give "));
    assert_int_equal(runs, 0);
}

static void image_that_the_firmware_will_not_start_is_unloaded(void **state)
{
    (void)state;
    set_up();
    fake_images.refuse_status = FAKE_UNSUPPORTED;
    assert_string_equal(attempt(), CAME_BACK(" (Unsupported)"));
    assert_int_equal(runs, 0);
    assert_int_equal(fake_calls_of("UnloadImage"), 1);
}

static void initrds_of_another_are_in_the_way(void **state)
{
    (void)state;
    set_up();
    fake_initrd_of_another();
    memcpy(entry.initrds, initrds, sizeof(initrds));
    entry.initrd_count = 2;
    assert_non_null(strstr(attempt(), "its initrds cannot be offered to it (Already Started)"));
    assert_int_equal(runs, 0);
}

static void files_that_can_not_be_had_are_named(void **state)
{
    static const char *const missing[] = {"\\1.img", "\\none.img"};

    (void)state;
    set_up();
    memcpy(entry.initrds, missing, sizeof(missing));
    entry.initrd_count = 2;
    assert_string_equal(attempt(), "baton: opening \\none.img: there is no such file (Not Found); "
                                   "check its path on the volume of its entry, or of Baton");
    (void)end(state);
    (void)begin(state);
    set_up();
    entry.kernel = "\\none.efi";
    assert_non_null(strstr(attempt(), "opening \\none.efi: there is no such file"));
    (void)end(state);
    (void)begin(state);
    set_up();
    made->size = 0;
    assert_non_null(strstr(attempt(), "opening \\shell.efi: the file is empty"));
    assert_int_equal(runs, 0);
}

/* A disk that breaks at any read, for good. */
static void read_that_fails_gives_everything_back(void **state)
{
    (void)state;
    for (unsigned int k = 1; k <= 2; k++) { /* the head, the whole */
        const char *line;

        set_up();
        made->fail_read = k;
        made->fail_ever_after = true;
        line = attempt();
        assert_non_null(strstr(line, "reading \\shell.efi: "));
        assert_non_null(strstr(line, "(Device Error)"));
        assert_int_equal(runs, 0);
        (void)end(state);
        (void)begin(state);
    }
}

/* Memory that runs out at any allocation: the program runs, or a line says why not. */
static void allocation_that_fails_gives_everything_back(void **state)
{
    unsigned int failed = 0;

    (void)state;
    for (unsigned int n = 1; n < 10; n++) {
        const char *line;

        set_up();
        entry.kind = BLS_UKI;
        entry.profile = 1;
        entry.options = "quiet";
        memcpy(entry.initrds, initrds, sizeof(initrds));
        entry.initrd_count = 2;
        fake_fail_allocation(n, FAKE_OUT_OF_RESOURCES);
        line = attempt();
        if (runs == 0) {
            failed++;
            assert_non_null(strstr(line, "(Out of Resources)"));
        } else {
            assert_string_equal(line, CAME_BACK(" (Success)"));
        }
        (void)end(state);
        (void)begin(state);
    }
    assert_int_equal(failed, 4); /* the file, "@1 quiet", the same in UTF-16, the initrds' state */
}

static void protocol_that_can_not_be_installed_gives_everything_back(void **state)
{
    (void)state;
    set_up();
    memcpy(entry.initrds, initrds, sizeof(initrds));
    entry.initrd_count = 2;
    fake_behaviour.install_status = FAKE_OUT_OF_RESOURCES;
    assert_non_null(strstr(attempt(), "its initrds cannot be offered to it (Out of Resources)"));
    assert_int_equal(runs, 0);
}

/* The next entry finds the firmware as the first did. */
static void one_attempt_after_the_other(void **state)
{
    (void)state;
    set_up();
    memcpy(entry.initrds, initrds, sizeof(initrds));
    entry.initrd_count = 2;
    for (unsigned int i = 1; i <= 20; i++) {
        fake_images.load_status = i % 3 == 0 ? FAKE_LOAD_ERROR : 0;
        fake_images.start_status = i % 3 == 1 ? FAKE_ABORTED : 0;
        attempt();
    }
    assert_int_equal(runs, 14);
    assert_int_equal(initrd_status, 0);
}

static void options_that_are_no_utf8_are_refused(void **state)
{
    (void)state;
    set_up();
    entry.options = "a\xff";
    assert_non_null(strstr(attempt(), "its options are not UTF-8"));
    assert_int_equal(runs, 0);
}

/* --- what would never end ------------------------------------------------------------------------
 */

static struct pe_image twin;

static void make_twin(const char *text)
{
    pe_image_begin(&twin);
    pe_image_add_text(&twin, ".text", text);
    pe_image_add_text(&twin, ".data", "whatever");
    (void)fake_file_add("\\copy.efi", twin.data, twin.size);
    entry.kernel = "\\copy.efi";
}

static void a_copy_of_baton_is_not_started(void **state)
{
    static uint8_t memory[0x4000];

    (void)state;
    set_up();
    make_twin("the program itself");
    memcpy(memory + 0x1000, "the program itself", 18);
    fake_image_memory(memory, sizeof(memory));
    assert_string_equal(attempt(),
                        "baton: starting \\copy.efi: it is Baton itself, which would start "
                        "itself for ever; name the program that it is meant to start");
    assert_int_equal(runs, 0);
    memory[0x1003]++; /* another program with as much text */
    assert_non_null(strstr(attempt(), "has come back"));
    assert_int_equal(runs, 1);
}

static uint8_t depth_seen;
static uint32_t depth_attributes;

static void look_at_depth(const struct fake_started *started)
{
    size_t size = 0;
    const uint8_t *depth = fake_variable(fake_vendor_baton, "BatonDepth", &depth_attributes, &size);

    run_program(started);
    assert_non_null(depth);
    assert_int_equal(size, 1);
    depth_seen = *depth;
}

static void programs_are_started_up_to_a_depth(void **state)
{
    uint32_t attributes;
    size_t size;

    (void)state;
    set_up();
    fake_images.run = look_at_depth;
    attempt();
    assert_int_equal(depth_seen, 1);
    assert_int_equal(depth_attributes, 2); /* boot services only: gone with the next reset */
    assert_null(fake_variable(fake_vendor_baton, "BatonDepth", &attributes, &size));
    for (uint8_t depth = 1; depth <= 4; depth++) {
        fake_variable_set(fake_vendor_baton, "BatonDepth", 2, &depth, 1);
        runs = 0;
        if (depth < 4) {
            assert_non_null(strstr(attempt(), "has come back"));
            assert_int_equal(depth_seen, depth + 1);
            assert_int_equal(*(const uint8_t *)fake_variable(fake_vendor_baton, "BatonDepth",
                                                             &attributes, &size),
                             depth);
        } else {
            assert_non_null(strstr(attempt(), "loaders have started each other 4 times over"));
            assert_int_equal(runs, 0);
        }
    }
}

/* Somebody could leave it in the variable store, so that nothing is ever started again. */
static void a_depth_that_outlives_a_reset_is_not_believed(void **state)
{
    const uint8_t depth = 200;

    (void)state;
    set_up();
    fake_variable_set(fake_vendor_baton, "BatonDepth", 7, &depth, 1);
    assert_non_null(strstr(attempt(), "has come back"));
    fake_variable_set(fake_vendor_baton, "BatonDepth", 2, "\4\4", 2);
    assert_non_null(strstr(attempt(), "has come back"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_that_are_no_utf8_are_refused),
        TEST(a_copy_of_baton_is_not_started),
        TEST(programs_are_started_up_to_a_depth),
        TEST(a_depth_that_outlives_a_reset_is_not_believed),
        TEST(program_that_returns_is_told_of_and_nothing_is_left),
        TEST(file_is_given_back_before_the_program_runs),
        TEST(program_is_guarded_unless_its_entry_says_otherwise),
        TEST(without_memory_for_the_guard_the_program_is_started),
        TEST(program_that_comes_back_from_its_exit_ends_in_a_reset),
        TEST(status_and_last_words_of_the_program_are_shown),
        TEST(program_gets_its_options_and_its_initrds),
        TEST(profile_is_named_in_front_of_the_options),
        TEST(options_are_measured_as_the_program_gets_them),
        TEST(initrds_of_a_linux_entry_are_measured_by_their_names),
        TEST(options_are_measured_once_and_before_the_start),
        TEST(what_the_firmware_does_not_trust_is_not_run),
        TEST(what_is_no_program_is_not_run),
        TEST(image_that_the_firmware_will_not_start_is_unloaded),
        TEST(initrds_of_another_are_in_the_way),
        TEST(files_that_can_not_be_had_are_named),
        TEST(read_that_fails_gives_everything_back),
        TEST(allocation_that_fails_gives_everything_back),
        TEST(protocol_that_can_not_be_installed_gives_everything_back),
        TEST(one_attempt_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
