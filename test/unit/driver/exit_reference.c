/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All orders in which up to four holders, their bus, a Stop() at any time and a second exit can
 * come, walked one by one. A world is the counter and what the drivers around it have done; worlds
 * that were reached before by another order are not walked twice.
 */
#include "driver/exit_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HOLDERS = 4, EXITS = 2 };

enum holder_state { ABSENT, HOLDS, LET_GO, STOPPED };

struct holder {
    enum holder_state state;
    bool has_handler;
    bool told; /* its handler has run in this exit */
};

struct world {
    struct exit_reference counter;
    struct holder holders[HOLDERS];
    unsigned int holder_count;
    unsigned int exits; /* 0: not leaving yet */
    bool bus_told;
    bool leaving; /* a handler, of a holder that held or of the bus, has run in any exit */
    unsigned int resets;
};

/* One bit for each world: 4 bits per holder and 12 for the rest. */
static uint8_t *seen;
static const size_t seen_size = (size_t)1 << (4 * HOLDERS + 12 - 3);
static uint64_t ends, pinned_ends, late_stops;

static uint32_t number_of(const struct world *world)
{
    uint32_t number = world->counter.held;

    assert_in_range(world->counter.held, 0, HOLDERS);
    number = number << 1 | world->counter.handed_off;
    number = number << 1 | world->counter.bus_exited;
    number = number << 1 | world->counter.reset;
    number = number << 1 | world->bus_told;
    number = number << 1 | world->leaving;
    number = number << 2 | world->exits;
    number = number << 2 | world->resets;
    for (unsigned int i = 0; i < HOLDERS; i++) {
        number = number << 2 | world->holders[i].state;
        number = number << 1 | world->holders[i].has_handler;
        number = number << 1 | world->holders[i].told;
    }
    return number;
}

static bool anyone_holds(const struct world *world)
{
    for (unsigned int i = 0; i < world->holder_count; i++)
        if (world->holders[i].state == HOLDS)
            return true;
    return false;
}

/* Gives the counter an event and holds its answer against what the drivers know. */
static void tell(struct world *world, enum exit_reference_event event)
{
    enum exit_reference_answer answer = exit_reference_next(&world->counter, event);

    assert_true(answer == EXIT_REFERENCE_NOTED || answer == EXIT_REFERENCE_RESET_NOW ||
                answer == EXIT_REFERENCE_WAS_RESET);
    if (answer == EXIT_REFERENCE_RESET_NOW) {
        assert_false(anyone_holds(world));
        world->resets++;
    }
    /* Neither before the last has let go nor any later than that. */
    assert_int_equal(world->resets, world->leaving && !anyone_holds(world));
    assert_int_equal(world->counter.reset, world->resets == 1);
    if (answer == EXIT_REFERENCE_WAS_RESET)
        assert_int_equal(world->resets, 1);
}

/* Everybody has been told who can be. */
static bool exit_is_over(const struct world *world)
{
    for (unsigned int i = 0; i < world->holder_count; i++) {
        const struct holder *holder = &world->holders[i];

        if (holder->has_handler && !holder->told &&
            (holder->state == HOLDS || holder->state == LET_GO))
            return false;
    }
    return world->exits > 0 && world->bus_told;
}

static void check_end(const struct world *world)
{
    bool pinned = anyone_holds(world);

    assert_int_equal(exit_reference_is_pinned(&world->counter), pinned);
    assert_int_equal(world->resets, pinned ? 0 : 1);
    ends++;
    pinned_ends += pinned;
}

static void start(struct world *world, struct holder *holder, bool has_handler)
{
    enum exit_reference_answer answer = exit_reference_next(&world->counter, EXIT_REFERENCE_ADD);

    assert_int_equal(answer, EXIT_REFERENCE_NOTED);
    holder->state = HOLDS;
    holder->has_handler = has_handler;
}

static void stop(struct world *world, struct holder *holder)
{
    bool held = holder->state == HOLDS;

    holder->state = STOPPED;
    if (held) {
        unsigned int before = world->resets;

        tell(world, EXIT_REFERENCE_STOP);
        late_stops += world->resets != before;
    }
}

static void hand_off(struct world *world, struct holder *holder)
{
    bool held = holder->state == HOLDS;

    holder->told = true;
    holder->state = LET_GO;
    if (held) {
        world->leaving = true;
        tell(world, EXIT_REFERENCE_HAND_OFF);
    }
}

static void begin_exit(struct world *world)
{
    world->exits++;
    world->bus_told = false;
    for (unsigned int i = 0; i < HOLDERS; i++)
        world->holders[i].told = false;
}

static void walk(const struct world *world);

static void walk_holder(const struct world *world, unsigned int i)
{
    const struct holder *holder = &world->holders[i];
    struct world next = *world;

    if (holder->state == ABSENT && world->exits == 0) {
        start(&next, &next.holders[i], true);
        walk(&next);
        next = *world;
        start(&next, &next.holders[i], false);
        walk(&next);
        return;
    }
    if (holder->state == HOLDS || holder->state == LET_GO) {
        stop(&next, &next.holders[i]);
        walk(&next);
        if (holder->has_handler && world->exits > 0 && !holder->told) {
            next = *world;
            hand_off(&next, &next.holders[i]);
            walk(&next);
        }
    }
}

static void walk(const struct world *world)
{
    uint32_t number = number_of(world);
    struct world next = *world;

    assert_true(number / 8 < seen_size);
    if (seen[number / 8] & 1 << number % 8)
        return;
    seen[number / 8] |= (uint8_t)(1 << number % 8);

    if (exit_is_over(world))
        check_end(world);
    for (unsigned int i = 0; i < world->holder_count; i++)
        walk_holder(world, i);
    if (world->exits > 0 && !world->bus_told) {
        next.bus_told = true;
        next.leaving = true;
        tell(&next, EXIT_REFERENCE_BUS_EXIT);
        walk(&next);
    }
    if (world->exits == 0 || (exit_is_over(world) && world->exits < EXITS)) {
        next = *world;
        begin_exit(&next);
        walk(&next);
    }
}

static void every_order_of_up_to_four_holders_resets_once(void **state)
{
    (void)state;
    for (unsigned int count = 0; count <= HOLDERS; count++) {
        struct world world = {.holder_count = count};

        seen = calloc(1, seen_size);
        assert_non_null(seen);
        ends = pinned_ends = late_stops = 0;
        walk(&world);
        free(seen);
        assert_true(ends > pinned_ends);
        /* The walk went where it should: both ways to end with holders, and a Stop() that resets.
         */
        assert_int_equal(pinned_ends != 0, count > 0);
        assert_int_equal(late_stops != 0, count > 0);
    }
}

static struct exit_reference counter_of(uint32_t held, bool handed_off, bool bus_exited, bool reset)
{
    return (struct exit_reference){held, handed_off, bus_exited, reset};
}

static void expect(struct exit_reference before, enum exit_reference_event event,
                   enum exit_reference_answer answer, struct exit_reference after)
{
    assert_int_equal(exit_reference_next(&before, event), answer);
    assert_int_equal(before.held, after.held);
    assert_int_equal(before.handed_off, after.handed_off);
    assert_int_equal(before.bus_exited, after.bus_exited);
    assert_int_equal(before.reset, after.reset);
}

static void no_reference_is_given_once_the_hand_off_has_begun(void **state)
{
    (void)state;
    for (unsigned int bits = 1; bits < 8; bits++) {
        struct exit_reference counter = counter_of(2, bits & 1, bits & 2, bits & 4);

        expect(counter, EXIT_REFERENCE_ADD, EXIT_REFERENCE_TOO_LATE, counter);
    }
}

static void the_count_neither_overflows_nor_underflows(void **state)
{
    struct exit_reference full = counter_of(EXIT_REFERENCE_HELD_MAX, false, false, false);
    struct exit_reference none = counter_of(0, false, false, false);
    struct exit_reference almost = counter_of(EXIT_REFERENCE_HELD_MAX - 1, false, false, false);

    (void)state;
    expect(almost, EXIT_REFERENCE_ADD, EXIT_REFERENCE_NOTED, full);
    expect(full, EXIT_REFERENCE_ADD, EXIT_REFERENCE_TOO_MANY, full);
    expect(none, EXIT_REFERENCE_STOP, EXIT_REFERENCE_NOT_HELD, none);
    /* Refused whole: a hand-off that nobody can have made is not remembered either. */
    expect(none, EXIT_REFERENCE_HAND_OFF, EXIT_REFERENCE_NOT_HELD, none);
    expect(none, EXIT_REFERENCE_EVENTS, EXIT_REFERENCE_NOT_HELD, none);
}

static void a_normal_life_without_an_exit_never_resets(void **state)
{
    struct exit_reference none = counter_of(0, false, false, false);
    struct exit_reference one = counter_of(1, false, false, false);

    (void)state;
    expect(none, EXIT_REFERENCE_ADD, EXIT_REFERENCE_NOTED, one);
    expect(one, EXIT_REFERENCE_STOP, EXIT_REFERENCE_NOTED, none);
}

static void after_the_reset_nothing_is_counted(void **state)
{
    struct exit_reference done = counter_of(0, true, false, true);

    (void)state;
    expect(done, EXIT_REFERENCE_BUS_EXIT, EXIT_REFERENCE_WAS_RESET, done);
    expect(done, EXIT_REFERENCE_HAND_OFF, EXIT_REFERENCE_WAS_RESET, done);
    expect(done, EXIT_REFERENCE_STOP, EXIT_REFERENCE_WAS_RESET, done);
}

static void a_holder_that_never_lets_go_is_seen(void **state)
{
    struct exit_reference counter = counter_of(2, true, true, false);

    (void)state;
    assert_true(exit_reference_is_pinned(&counter));
    counter = counter_of(2, true, false, false);
    assert_false(exit_reference_is_pinned(&counter));
    counter = counter_of(0, true, true, true);
    assert_false(exit_reference_is_pinned(&counter));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_up_to_four_holders_resets_once),
        cmocka_unit_test(no_reference_is_given_once_the_hand_off_has_begun),
        cmocka_unit_test(the_count_neither_overflows_nor_underflows),
        cmocka_unit_test(a_normal_life_without_an_exit_never_resets),
        cmocka_unit_test(after_the_reset_nothing_is_counted),
        cmocka_unit_test(a_holder_that_never_lets_go_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
