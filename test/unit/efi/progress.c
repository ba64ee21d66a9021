/* SPDX-License-Identifier: BSD-2-Clause */
/* Long reads: in how many pieces, what is said, and that Escape ends them. */
#include "efi/progress.h"

#include "efi/console.h"
#include "efi/file.h"
#include "unit/fixture/firmware_fixture.h"

#define MIB     (1ULL << 20)
#define MS      1000000ULL /* ticks of the fake machine */
#define ABORTED FAKE_ERROR(21)

static const struct arch_clock clock = {.hz = 1000 * MS};
static struct progress progress;
static uint8_t *bytes; /* of the file and of its copy; NULL: no byte is ever written */
static size_t stroke_count = 1;
static uint64_t highest; /* address that the driver reads to; 0: any */

/* A file whose bytes nobody writes; each look at the counter takes so long. */
static efi_status read_file(uint64_t size, uint64_t look_ms, const struct fake_stroke *escape)
{
    static struct fake_terminal terminal;
    struct fake_file *made;
    struct file *root;
    struct file *file;
    efi_status status;

    fake_allow_usual();
    terminal = (struct fake_terminal){.columns = 80,
                                      .rows = 25,
                                      .has_plain = true,
                                      .strokes = escape,
                                      .stroke_count = escape != NULL ? stroke_count : 0};
    fake_terminal(&terminal);
    console_open(firmware);
    fake_volume();
    made = fake_file_add("\\a\\long\\way\\to\\the\\initrd.img", bytes, size);
    made->endless = bytes == NULL;
    made->fail_above_address = highest;
    fake_behaviour.ticks_step = look_ms * MS;
    progress = progress_of(firmware, &clock);
    firmware->progress = &progress;
    assert_int_equal(volume_open(firmware, &root), 0);
    assert_int_equal(file_open(firmware, root, "\\a\\long\\way\\to\\the\\initrd.img", &file), 0);
    status =
        file_read(firmware, file, 0, size, bytes != NULL ? bytes : (void *)(uintptr_t)FAKE_LOW);
    file_close(firmware, file);
    file_close(firmware, root);
    console_close();
    return status;
}

static void a_fast_disk_is_read_in_few_pieces_without_a_word(void **state)
{
    (void)state;
    assert_int_equal(read_file(12 * MIB, 1, NULL), 0);
    assert_int_equal(fake_calls_of("Read"), 1);
    (void)begin(NULL);
    assert_int_equal(read_file(400 * MIB, 1, NULL), 0);
    assert_int_equal(fake_calls_of("Read"), 3); /* 16, 256, 128 */
    assert_int_equal(fake_calls_of("OutputString"), 0);
    assert_int_equal(fake_calls_of("CheckEvent"), 0);
}

static void a_slow_one_is_told_of(void **state)
{
    (void)state;
    assert_int_equal(read_file(64 * MIB, 400, NULL), 0);
    assert_int_equal(fake_calls_of("Read"), 4);
    assert_string_equal(
        fake_terminal_row(0),
        "ng\\way\\to\\the\\initrd.img: 48 of 64 MiB (75 %), 40 MiB/s, 0 s left (Esc stops)");
    assert_false(progress.is_stopped);
    /* The next line stands below it, and the next file is told of anew. */
    assert_false(progress.is_drawn);
}

static void escape_ends_it(void **state)
{
    static const struct fake_stroke escape = {.scan = 0x17};
    static const struct fake_stroke another = {.character = 'x'};

    (void)state;
    assert_int_equal(read_file(64 * MIB, 400, &escape), ABORTED);
    assert_true(progress.is_stopped);
    assert_int_equal(fake_calls_of("Read"), 2);
    (void)begin(NULL);
    assert_int_equal(read_file(64 * MIB, 400, &another), 0);
    assert_false(progress.is_stopped);
}

/* End of a terminal, as firmware passes it on. */
static void a_key_that_only_begins_like_it_does_not_end_it(void **state)
{
    static const struct fake_stroke end[] = {
        {.scan = 0x17}, {.character = '['}, {.character = '4'}, {.character = '~'}};

    (void)state;
    stroke_count = sizeof(end) / sizeof(end[0]);
    assert_int_equal(read_file(64 * MIB, 400, end), 0);
    assert_int_equal(fake_calls_of("ReadKeyStroke"), stroke_count);
    stroke_count = 1;
}

/* The driver does not read to where the bytes are wanted: they come by a buffer of the loader's. */
static void escape_ends_it_on_every_way(void **state)
{
    static const struct fake_stroke escape = {.scan = 0x17};
    static uint8_t room[4 * MIB];

    (void)state;
    bytes = room;
    highest = UINT32_MAX;
    assert_int_equal(read_file(sizeof(room), 400, NULL), 0);
    (void)begin(NULL);
    assert_int_equal(read_file(sizeof(room), 400, &escape), ABORTED);
    assert_true(progress.is_stopped);
    bytes = NULL;
    highest = 0;
}

/* `step_ms` between two looks at the counter: what a call takes. */
static void lay_down_work(uint64_t step_ms, const struct fake_stroke *stroke)
{
    static struct fake_terminal terminal;

    fake_allow_usual();
    terminal = (struct fake_terminal){.columns = 80,
                                      .rows = 25,
                                      .has_plain = true,
                                      .strokes = stroke,
                                      .stroke_count = stroke != NULL};
    fake_terminal(&terminal);
    console_open(firmware);
    fake_behaviour.ticks_step = step_ms * MS;
    progress = progress_of(firmware, &clock);
}

static void work(uint64_t size, bool may_stop)
{
    progress_work_begin(&progress, "verifying", "\\EFI\\Linux\\a.efi", size);
    progress_work_end(&progress, size, may_stop);
}

/* What is not known yet is taken for 256 MiB in a second. */
static void work_that_takes_long_is_told_of_beforehand(void **state)
{
    (void)state;
    lay_down_work(1, NULL);
    work(124 * MIB, true);
    assert_int_equal(fake_calls_of("OutputString"), 0);
    assert_int_equal(fake_calls_of("CheckEvent"), 0);
    console_close();
    (void)end(NULL);
    (void)begin(NULL);
    lay_down_work(1, NULL);
    work(126 * MIB, true);
    assert_string_equal(fake_terminal_row(0), "verifying \\EFI\\Linux\\a.efi: 126 MiB, about 1 s");
    assert_int_equal(fake_terminal_ms(), 0);
    console_close();
}

static void work_is_timed_for_the_next_one(void **state)
{
    (void)state;
    lay_down_work(1400, NULL);
    work(8 * MIB, true);
    assert_int_equal(fake_calls_of("OutputString"), 0);
    work(8 * MIB, true);
    assert_true(fake_terminal_shows("a.efi: 8 MiB, about 2 s"));
    progress_work_begin(&progress, "measuring", "", 64 * MIB);
    assert_true(fake_terminal_shows("measuring 64 MiB, about 12 s"));
    progress_work_end(&progress, 64 * MIB, false);
    console_close();
}

/* A small one says nothing of the next: nor does it look at the clock. */
static void small_work_is_no_measure(void **state)
{
    uint64_t before;

    (void)state;
    lay_down_work(10000, NULL);
    before = arch_ticks();
    work(MIB - 1, true);
    assert_int_equal(arch_ticks() - before, 10000 * MS);
    assert_int_equal(progress.work_rate, 0);
    progress_work_begin(NULL, "verifying", "", 512 * MIB);
    progress_work_end(NULL, 512 * MIB, true);
    console_close();
}

static void escape_counts_behind_work_that_it_may_stop(void **state)
{
    static const struct fake_stroke strokes[] = {{.scan = 0x17}, {.character = 'x'}};

    for (unsigned int i = 0; i < 4; i++) {
        (void)begin(state);
        lay_down_work(1, &strokes[i & 1]);
        work(512 * MIB, i < 2);
        assert_int_equal(progress_is_stopped(&progress), i == 0);
        assert_false(progress.is_drawn);
        console_close();
        (void)end(state);
    }
    (void)begin(state);
    assert_false(progress_is_stopped(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fast_disk_is_read_in_few_pieces_without_a_word),
        TEST(a_slow_one_is_told_of),
        TEST(escape_ends_it),
        TEST(a_key_that_only_begins_like_it_does_not_end_it),
        TEST(escape_ends_it_on_every_way),
        TEST(work_that_takes_long_is_told_of_beforehand),
        TEST(work_is_timed_for_the_next_one),
        TEST(small_work_is_no_measure),
        TEST(escape_counts_behind_work_that_it_may_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
