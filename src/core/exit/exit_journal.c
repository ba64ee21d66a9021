/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/exit/exit_journal.h"

#include "core/base/efi_status.h"
#include "core/base/mem.h"

struct exit_attempt *exit_journal_attempt(struct exit_journal *journal)
{
    struct exit_attempt *attempt;

    if (journal->attempt_count < EXIT_JOURNAL_ATTEMPTS)
        journal->attempt_count++;
    attempt = &journal->attempts[journal->attempt_count - 1];
    memset(attempt, 0, sizeof(*attempt));
    return attempt;
}

/* One of the two maps while both are walked along the addresses. */
struct walk {
    const struct memory_map *map;
    size_t next;
    uint64_t start; /* the range that holds the position or is the next behind it */
    uint64_t end;
    uint32_t type;
};

/* Makes `walk` the first range from its place on that ends behind `position`. */
static void walk_to(struct walk *walk, uint64_t position)
{
    size_t count = memory_map_count(walk->map);

    while (walk->end <= position) {
        if (walk->next == count) {
            walk->start = UINT64_MAX;
            walk->end = UINT64_MAX;
            return;
        }
        struct memory_descriptor descriptor = memory_map_at(walk->map, walk->next++);
        if (!memory_descriptor_bounds(&descriptor, &walk->start, &walk->end))
            walk->end = 0;
        walk->type = descriptor.type;
    }
}

static uint32_t type_at(const struct walk *walk, uint64_t position)
{
    return walk->start <= position ? walk->type : EXIT_CHANGE_ABSENT;
}

/* Where the walk's type changes next, seen from `position`. */
static uint64_t boundary_after(const struct walk *walk, uint64_t position)
{
    return walk->start > position ? walk->start : walk->end;
}

/* True when `change` only continues `last`: the firmware cut one range in two, or we did. */
static bool extend_change(struct exit_change *last, const struct exit_change *change)
{
    if (last->end != change->start || last->old_type != change->old_type ||
        last->new_type != change->new_type)
        return false;
    last->end = change->end;
    return true;
}

static void record_change(struct exit_attempt *attempt, const struct exit_change *change)
{
    uint32_t count = attempt->change_count;

    if (count != 0 && count <= EXIT_JOURNAL_CHANGES &&
        extend_change(&attempt->changes[count - 1], change))
        return;
    if (count < EXIT_JOURNAL_CHANGES)
        attempt->changes[count] = *change;
    attempt->change_count++;
}

void exit_journal_compare(struct exit_attempt *attempt, const struct memory_map *before,
                          const struct memory_map *now)
{
    struct walk old = {.map = before};
    struct walk new = {.map = now};
    uint64_t position = 0;

    for (;;) {
        walk_to(&old, position);
        walk_to(&new, position);
        struct exit_change change = {
            .start = position,
            .end = boundary_after(&old, position),
            .old_type = type_at(&old, position),
            .new_type = type_at(&new, position),
        };
        if (boundary_after(&new, position) < change.end)
            change.end = boundary_after(&new, position);
        if (change.end == UINT64_MAX)
            return; /* both maps are at their ends: no descriptor reaches this far */
        if (change.old_type != change.new_type)
            record_change(attempt, &change);
        position = change.end;
    }
}

static const char *outcome_text(enum exit_outcome outcome)
{
    switch (outcome) {
    case EXIT_OUTCOME_PENDING:
        return "not left yet";
    case EXIT_OUTCOME_LEFT:
        return "left boot services";
    case EXIT_OUTCOME_LEFT_UNSAID:
        return PACKED("left boot services, though with an error");
    case EXIT_OUTCOME_ABANDONED:
        return PACKED("left boot services, but the program did not go on");
    case EXIT_OUTCOME_ATTEMPTS:
        return PACKED("refused every attempt");
    case EXIT_OUTCOME_TIME:
        return PACKED("refused for too long");
    case EXIT_OUTCOME_STUCK:
        return PACKED("refused in the same way every time");
    case EXIT_OUTCOME_MAP:
        return PACKED("gave no usable memory map");
    case EXIT_OUTCOME_OVERRUN:
        return PACKED("wrote past the memory map's buffer");
    }
    return PACKED("unknown outcome");
}

void exit_journal_put_outcome(struct text *text, enum exit_outcome outcome)
{
    if (outcome >= EXIT_OUTCOME_ATTEMPTS)
        text_put(text, PACKED("gave up: the firmware "));
    text_put(text, outcome_text(outcome));
}

void exit_journal_put_status(struct text *text, uint64_t status)
{
    if (status == 0) {
        text_put(text, "Success");
    } else if (status == STATUS_INVALID_PARAMETER) {
        text_put(text, PACKED("Invalid Parameter"));
    } else if (status == STATUS_BUFFER_TOO_SMALL) {
        text_put(text, PACKED("Buffer Too Small"));
    } else {
        text_format(text,
                    (status & STATUS_ERROR_BIT) != 0 ? PACKED("error %lu") : PACKED("warning %lu"),
                    status & ~STATUS_ERROR_BIT);
    }
}

/* In milliseconds, always; where nobody knows the rate, as if it were that of most machines. */
#define TICKS_PER_US_GUESS 3000U

static void put_time(struct text *text, const struct exit_journal *journal, uint64_t end)
{
    uint64_t ticks = end > journal->ticks_begin ? end - journal->ticks_begin : 0;
    uint64_t per_us = journal->ticks_hz / 1000000;
    uint64_t us = ticks / (per_us != 0 ? per_us : TICKS_PER_US_GUESS);

    text_format(text, "%s%lu.%lu%lu%lu ms", per_us != 0 ? "" : "about ", us / 1000, us / 100 % 10,
                us / 10 % 10, us % 10);
}

void exit_journal_put_summary(struct text *text, const struct exit_journal *journal)
{
    exit_journal_put_outcome(text, journal->outcome);
    text_format(text, journal->attempt_count == 1 ? "; %lu attempt in " : "; %lu attempts in ",
                (uint64_t)journal->attempt_count);
    put_time(text, journal, journal->ticks_end);
    if (journal->attempt_count > 0) {
        const struct exit_attempt *last = &journal->attempts[journal->attempt_count - 1];

        text_put(text, "; GetMemoryMap: ");
        exit_journal_put_status(text, last->map_status);
        if (last->exit_called) {
            text_put(text, ", ExitBootServices: ");
            exit_journal_put_status(text, last->exit_status);
        }
        text_format(text, "; map of %lu bytes", last->map_size);
    }
}

static void put_type(struct text *text, const char *before, uint32_t type)
{
    text_format(text, type == EXIT_CHANGE_ABSENT ? "%snone" : "%s%lu", before, (uint64_t)type);
}

static void put_changes(struct text *text, const struct exit_attempt *attempt)
{
    for (uint32_t i = 0; i < attempt->change_count && i < EXIT_JOURNAL_CHANGES; i++) {
        const struct exit_change *change = &attempt->changes[i];

        text_format(text, "%s%lx-%lx", i == 0 ? " changed " : ", ", change->start, change->end);
        put_type(text, " ", change->old_type);
        put_type(text, ">", change->new_type);
    }
    if (attempt->change_count > EXIT_JOURNAL_CHANGES)
        text_format(text, PACKED(" and %lu more"),
                    (uint64_t)attempt->change_count - EXIT_JOURNAL_CHANGES);
}

static void put_details(struct text *text, const struct exit_journal *journal,
                        const struct exit_attempt *attempt)
{
    text_put(text, ": +");
    put_time(text, journal, attempt->ticks);
    text_put(text, " map ");
    exit_journal_put_status(text, attempt->map_status);
    if (attempt->map_calls != 1)
        text_format(text, PACKED(" after %lu calls"), (uint64_t)attempt->map_calls);
    text_format(text, ", %lu/%lu bytes%s%s key %lx", attempt->map_size, attempt->descriptor_size,
                attempt->used_reserve ? PACKED(" in reserve") : "",
                attempt->ragged ? PACKED(" ragged") : "", attempt->key);
    if (attempt->map_checksum != 0)
        text_format(text, " crc %lx", (uint64_t)attempt->map_checksum);
    if (attempt->exit_called) {
        text_put(text, ", exit ");
        exit_journal_put_status(text, attempt->exit_status);
    }
    put_changes(text, attempt);
    text_put_char(text, '\n');
}

/* Differ in nothing but time, key and contents of the map, none of which says why. */
static bool are_alike(const struct exit_attempt *a, const struct exit_attempt *b)
{
    return a->map_status == b->map_status && a->exit_called == b->exit_called &&
           a->exit_status == b->exit_status && a->map_size == b->map_size &&
           a->descriptor_size == b->descriptor_size && a->map_calls == b->map_calls &&
           a->used_reserve == b->used_reserve && a->ragged == b->ragged && a->change_count == 0 &&
           b->change_count == 0;
}

/* The first of those that attempt `last` is told together with. */
static uint32_t first_alike(const struct exit_journal *journal, uint32_t last)
{
    const struct exit_attempt *attempt = &journal->attempts[last];

    while (attempt != journal->attempts && are_alike(attempt - 1, attempt))
        attempt--;
    return (uint32_t)(attempt - journal->attempts);
}

/* Those up to `last` that are alike; the details are the first one's. */
static void put_attempts(struct text *text, const struct exit_journal *journal, uint32_t last)
{
    uint32_t first = first_alike(journal, last);

    text_format(text, first != last ? "%lu-%lu" : "%lu", first + 1UL, last + 1UL);
    put_details(text, journal, &journal->attempts[first]);
}

static void put_late_map(struct text *text, const struct exit_journal *journal)
{
    text_put(text, journal->late_map_used ? "late" : PACKED("late, not used"));
    if (journal->late_map.map_calls != 0)
        put_details(text, journal, &journal->late_map);
    else
        text_put(text, PACKED(": not taken\n"));
}

static void put_circumstances(struct text *text, const struct exit_journal *journal)
{
    text_format(text,
                "map: %lu bytes needed, %lu reserved, %lu in reserve\n"
                "before: %lu looks at the map key, %s",
                journal->map_required, journal->map_capacity, journal->reserve_capacity,
                (uint64_t)journal->settle_calls, journal->settled ? "settled" : "never settled");
    if (journal->tpl_repaired)
        text_format(text, PACKED("; task priority was %lu, repaired"), journal->tpl_at_start);
    text_put_char(text, '\n');
    if (journal->still_count > 1)
        text_format(text, PACKED("unchanged: the last %lu refusals\n"),
                    (uint64_t)journal->still_count);
    if (journal->table_cleaned)
        text_put(text, PACKED("the system table had to be cleaned\n"));
    if (journal->late_map_wanted)
        put_late_map(text, journal);
}

/* The bytes that this takes; the buffer is longer than any. */
static size_t attempts_length(const struct exit_journal *journal, uint32_t last)
{
    char line[512];
    struct text text = text_in(line, sizeof(line));

    put_attempts(&text, journal, last);
    return text.length;
}

void exit_journal_put_all(struct text *text, const struct exit_journal *journal)
{
    static const size_t left_out_length = sizeof("4294967295 earlier ones left out\n");
    uint32_t first = journal->attempt_count;

    exit_journal_put_summary(text, journal);
    text_put_char(text, '\n');
    put_circumstances(text, journal);

    size_t room = text->capacity - text->length - 1;
    room = room > left_out_length ? room - left_out_length : 0;
    while (first > 0) {
        size_t length = attempts_length(journal, first - 1);

        if (length > room)
            break;
        room -= length;
        first = first_alike(journal, first - 1);
    }
    if (first > 0)
        text_format(text, PACKED("%lu earlier ones left out\n"), (uint64_t)first);
    for (uint32_t i = first; i < journal->attempt_count; i++)
        if (i + 1 == journal->attempt_count ||
            !are_alike(&journal->attempts[i], &journal->attempts[i + 1]))
            put_attempts(text, journal, i);
}
