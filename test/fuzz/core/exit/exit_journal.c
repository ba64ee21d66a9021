/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal: what changed between two maps, and the text, in any room. Input: numbers of the
 * journal; the room; how many descriptors are the first map's; two maps.
 */
#include "core/exit/exit_journal.h"

#include "core/native/handoff_journal.h"
#include "fuzz/maps.h"

#define TEXT_MAX 65536U

static void require_changes(const struct exit_attempt *attempt, size_t descriptors)
{
    uint64_t end = 0;

    /* Each border of either map begins at most one change; disorder makes a walk go back never. */
    REQUIRE(attempt->change_count <= 2 * descriptors);
    for (uint32_t i = 0; i < attempt->change_count && i < EXIT_JOURNAL_CHANGES; i++) {
        const struct exit_change *change = &attempt->changes[i];

        REQUIRE(change->start >= end && change->end > change->start);
        REQUIRE((change->start | change->end) % PAGE_SIZE == 0);
        REQUIRE(change->old_type != change->new_type && change->end <= MEMORY_ADDRESS_LIMIT);
        end = change->end;
    }
}

static struct exit_attempt take_attempt(struct input *input)
{
    const uint64_t shape = take(input, 1);
    struct exit_attempt attempt = {.ticks = take(input, 8), .key = take(input, 8)};

    attempt.map_status = (shape & 1) != 0 ? take(input, 8) : 0;
    attempt.exit_status = take(input, 8);
    attempt.map_size = take(input, 8);
    attempt.descriptor_size = take(input, 8);
    attempt.map_calls = (uint32_t)take(input, 4);
    attempt.map_checksum = (uint32_t)take(input, 4);
    attempt.exit_called = (shape & 2) != 0;
    attempt.used_reserve = (shape & 4) != 0;
    attempt.ragged = (shape & 8) != 0;
    return attempt;
}

static void fill(struct exit_journal *journal, struct input *input)
{
    uint64_t attempts = take(input, 1) % (EXIT_JOURNAL_ATTEMPTS + 3);
    uint64_t flags = take(input, 1);
    struct exit_attempt attempt = take_attempt(input);

    journal->outcome = (enum exit_outcome)(take(input, 1) % (EXIT_OUTCOME_OVERRUN + 1));
    journal->settle_calls = (uint32_t)take(input, 4);
    journal->still_count = (uint32_t)take(input, 4);
    journal->settled = (flags & 1) != 0;
    journal->tpl_repaired = (flags & 2) != 0;
    journal->table_cleaned = (flags & 4) != 0;
    journal->tpl_at_start = journal->map_capacity = journal->map_required = take(input, 8);
    journal->reserve_capacity = journal->ticks_begin = take(input, 8);
    journal->ticks_end = take(input, 8);
    journal->ticks_hz = take(input, 8);
    for (uint64_t i = 0; i < attempts; i++)
        *exit_journal_attempt(journal) = attempt;
    REQUIRE(journal->attempt_count ==
            (attempts < EXIT_JOURNAL_ATTEMPTS ? attempts : EXIT_JOURNAL_ATTEMPTS));
}

/* Whole lines of ASCII in any room that holds the beginning; the youngest attempts are kept. */
static void require_text(const struct exit_journal *journal, size_t room)
{
    static char everything[TEXT_MAX];
    char *buffer = (char *)exact(NULL, room);
    struct text all = text_in(everything, sizeof(everything));
    struct text some = text_in(buffer, room);

    exit_journal_put_all(&all, journal);
    exit_journal_put_all(&some, journal);
    REQUIRE(!all.truncated && everything[all.length - 1] == '\n');
    REQUIRE(strstr(everything, "left out") == NULL && strlen(everything) == all.length);
    for (size_t i = 0; i < all.length; i++)
        REQUIRE(everything[i] == '\n' || (everything[i] >= ' ' && everything[i] < 127));
    REQUIRE(some.length < room && buffer[some.length] == '\0' && strlen(buffer) == some.length);
    if (room > 1024)
        REQUIRE(!some.truncated && buffer[some.length - 1] == '\n');
    if (room > all.length + 64)
        REQUIRE(strcmp(everything, buffer) == 0);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct exit_journal journal;
    static struct baton_attempt told[EXIT_JOURNAL_ATTEMPTS];
    struct input input = {data, size};
    struct baton_exit exit = {0};

    memset(&journal, 0, sizeof(journal));
    fill(&journal, &input);
    size_t room = 1 + take(&input, 2);
    size_t first = take(&input, 1) % 32;
    struct memory_map before = take_map(&input, first, 48);
    struct memory_map now = take_map(&input, 32, 40);
    size_t descriptors = memory_map_count(&before) + memory_map_count(&now);

    struct exit_attempt changed = take_attempt(&(struct input){data, size});
    struct exit_attempt nothing = {0};
    exit_journal_compare(&changed, &before, &now);
    require_changes(&changed, descriptors);
    for (uint32_t i = 0; i < journal.attempt_count; i += 2)
        journal.attempts[i] = changed;
    exit_journal_compare(&nothing, &before, &before);
    REQUIRE(nothing.change_count == 0);
    require_text(&journal, room);
    handoff_journal(&journal, told, &exit);
    free(before.data);
    free(now.data);
    return 0;
}
