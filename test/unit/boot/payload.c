/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a boot is made of: opened, all of them, or the one that cannot be had is named. */
#include "unit/fixture/boot_fixture.h"

/* The kernel and two initrds, opened for the boot of `entry`. */
static struct fake_file *lay_down_all(size_t size)
{
    make_kernel();
    set_up();
    kernel->size = size;
    (void)fake_file_add("\\1.img", "one", 3);
    (void)fake_file_add("\\2.img", "second", 6);
    entry.initrds[0] = "\\1.img";
    entry.initrds[1] = "\\2.img";
    entry.initrd_count = 2;
    boot = (struct boot){
        .firmware = firmware, .session = &session, .entry = &entry, .environment = {.tpm = &tpm}};
    return kernel;
}

static void assert_not_opened(const char *file, const char *doing, const char *problem)
{
    assert_false(payload_open(&boot));
    assert_string_equal(boot.failure.file, file);
    assert_string_equal(boot.failure.doing, doing);
    if (strstr(explained(boot.failure.why).problem, problem) == NULL)
        fail_msg("\"%s\", not \"%s\"", explained(boot.failure.why).problem, problem);
}

static void all_files_are_opened_and_sized(void **state)
{
    (void)state;
    (void)lay_down_all(FILE_SIZE);
    assert_true(payload_open(&boot));
    assert_int_equal(boot.payload.kernel.size, FILE_SIZE);
    assert_int_equal(boot.payload.head_size, BOOT_HEAD_SIZE);
    assert_memory_equal(boot.payload.head, kernel_file, BOOT_HEAD_SIZE);
    assert_int_equal(boot.payload.module_count, 2);
    assert_string_equal(boot.payload.modules[1].path, "\\2.img");
    assert_int_equal(boot.payload.modules[1].size, 6);
    assert_string_equal(boot.payload.command_line, "quiet");
}

/* Whatever is entered or started; as systemd-boot has it. */
static void the_number_of_a_profile_goes_in_front_of_the_options(void **state)
{
    (void)state;
    (void)lay_down_all(FILE_SIZE);
    entry.profile = 2;
    assert_true(payload_open(&boot));
    assert_string_equal(boot.payload.command_line, "@2 quiet");
    (void)end(state);
    (void)begin(state);
    (void)lay_down_all(FILE_SIZE);
    entry.profile = 2;
    fake_fail_allocation(1, FAKE_OUT_OF_RESOURCES);
    assert_not_opened("\\kernel", "placing", "there is not enough free memory");
}

static void a_small_file_is_all_head(void **state)
{
    (void)state;
    (void)lay_down_all(100);
    assert_true(payload_open(&boot));
    assert_int_equal(payload_head(&boot.payload).size, 100);
    assert_memory_equal(boot.payload.head, kernel_file, 100);
    assert_int_equal(boot.payload.head[100], 0);
}

static void a_head_that_cannot_be_read_is_no_head(void **state)
{
    struct fake_file *file = lay_down_all(FILE_SIZE);

    (void)state;
    file->fail_read = 1;
    file->fail_ever_after = true;
    assert_not_opened("\\kernel", "reading", "cannot be read");
}

static void a_directory_is_called_one(void **state)
{
    (void)state;
    (void)lay_down_all(FILE_SIZE);
    (void)fake_directory_add("\\folder");
    entry.initrds[1] = "\\folder";
    assert_not_opened("\\folder", "opening", "it is a directory");
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    (void)lay_down_all(FILE_SIZE);
    entry.initrds[0] = "\\missing";
    assert_not_opened("\\missing", "opening", "there is no such file");
}

/* One between others is left out; a module is counted by its kernel, which may need it. */
static void an_empty_initrd_is_left_out_and_an_empty_module_is_not(void **state)
{
    (void)state;
    (void)lay_down_all(FILE_SIZE);
    (void)fake_file_add("\\empty", "", 0);
    entry.initrds[0] = "\\empty";
    entry.initrds[1] = "\\2.img";
    assert_true(payload_open(&boot));
    assert_int_equal(boot.payload.module_count, 1);
    assert_string_equal(boot.payload.modules[0].path, "\\2.img");
    assert_null(boot.failure.why.at);
    (void)end(state);
    (void)begin(state);
    (void)lay_down_all(FILE_SIZE);
    (void)fake_file_add("\\empty", "", 0);
    entry.modules[0] = "\\empty";
    entry.module_count = 1;
    assert_not_opened("\\empty", "opening", "the file is empty");
}

/* Neither its end nor its facts, and no bytes to count. */
static void a_file_whose_size_nobody_tells_is_not_guessed(void **state)
{
    struct fake_file *file = lay_down_all(FILE_SIZE);

    (void)state;
    file->lies = true;
    file->claimed_size = 0;
    file->end = FAKE_END_IS_REFUSED;
    file->fail_read = 1;
    file->fail_ever_after = true;
    assert_not_opened("\\kernel", "opening", "cannot tell its size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_files_are_opened_and_sized),
        TEST(the_number_of_a_profile_goes_in_front_of_the_options),
        TEST(a_small_file_is_all_head),
        TEST(a_head_that_cannot_be_read_is_no_head),
        TEST(a_directory_is_called_one),
        TEST(a_file_that_is_not_there_is_named),
        TEST(an_empty_initrd_is_left_out_and_an_empty_module_is_not),
        TEST(a_file_whose_size_nobody_tells_is_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
