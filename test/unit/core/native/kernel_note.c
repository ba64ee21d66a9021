/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/kernel_note.h"

#include "baton-handoff.h"
#include "unit/fixture/exact.h"

static enum kernel_note_error check(struct baton_note note, uint64_t *ret_stack_size)
{
    struct span bytes = exact_copy(&note, sizeof(note));
    struct kernel_wishes wishes = {.stack_size = *ret_stack_size};
    enum kernel_note_error error = kernel_note_check(bytes, &wishes);

    exact_free(bytes);
    *ret_stack_size = wishes.stack_size;
    return error;
}

static void the_stack_is_what_was_asked_for_in_whole_pages(void **state)
{
    struct baton_note note = {.version_major = 1};
    uint64_t size = 0;

    (void)state;
    assert_int_equal(check(note, &size), KERNEL_NOTE_OK);
    assert_int_equal(size, BATON_STACK_DEFAULT);
    note.stack_size = 1;
    assert_int_equal(check(note, &size), KERNEL_NOTE_OK);
    assert_int_equal(size, 4096);
    note.stack_size = 0x8001;
    assert_int_equal(check(note, &size), KERNEL_NOTE_OK);
    assert_int_equal(size, 0x9000);
    note.stack_size = BATON_STACK_MAX;
    assert_int_equal(check(note, &size), KERNEL_NOTE_OK);
    assert_int_equal(size, BATON_STACK_MAX);
}

static void what_can_not_be_had_is_refused(void **state)
{
    uint64_t size = 77;

    (void)state;
    assert_int_equal(check((struct baton_note){.version_major = 0}, &size),
                     KERNEL_NOTE_OTHER_MAJOR);
    assert_int_equal(check((struct baton_note){.version_major = 2}, &size),
                     KERNEL_NOTE_OTHER_MAJOR);
    assert_int_equal(
        check((struct baton_note){.version_major = 1, .version_minor = BATON_VERSION_MINOR + 1},
              &size),
        KERNEL_NOTE_NEWER_MINOR);
    assert_int_equal(check((struct baton_note){.version_major = 1, .flags = 1U << 31}, &size),
                     KERNEL_NOTE_FLAGS);
    assert_int_equal(
        check((struct baton_note){.version_major = 1, .stack_size = BATON_STACK_MAX + 1}, &size),
        KERNEL_NOTE_STACK);
    assert_int_equal(
        check((struct baton_note){.version_major = 1, .stack_size = UINT64_MAX}, &size),
        KERNEL_NOTE_STACK);
    assert_int_equal(size, 77);
}

static void a_short_note_is_refused_and_a_longer_one_is_not(void **state)
{
    struct {
        struct baton_note note;
        uint8_t more[8];
    } longer = {.note = {.version_major = 1}, .more = {0xff}};
    struct kernel_wishes wishes;

    (void)state;
    for (size_t size = 0; size <= sizeof(longer); size++) {
        struct span bytes = exact_copy(&longer, size);

        assert_int_equal(kernel_note_check(bytes, &wishes),
                         size < sizeof(struct baton_note) ? KERNEL_NOTE_CUT : KERNEL_NOTE_OK);
        exact_free(bytes);
    }
}

static void its_flags_are_those_of_the_kernel(void **state)
{
    struct baton_note note = {.version_major = 1, .version_minor = 2};
    struct kernel_wishes wishes = {.flags = 77};

    (void)state;
    assert_int_equal(kernel_note_check(span_of(&note, sizeof(note)), &wishes), KERNEL_NOTE_OK);
    assert_int_equal(wishes.flags, 0);
    note.flags = BATON_NOTE_KEEP_EL2;
    assert_int_equal(kernel_note_check(span_of(&note, sizeof(note)), &wishes), KERNEL_NOTE_OK);
    assert_int_equal(wishes.flags, BATON_NOTE_KEEP_EL2);
    note.flags = BATON_NOTE_KEEP_EL2 << 1;
    assert_int_equal(kernel_note_check(span_of(&note, sizeof(note)), &wishes), KERNEL_NOTE_FLAGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stack_is_what_was_asked_for_in_whole_pages),
        cmocka_unit_test(what_can_not_be_had_is_refused),
        cmocka_unit_test(its_flags_are_those_of_the_kernel),
        cmocka_unit_test(a_short_note_is_refused_and_a_longer_one_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
