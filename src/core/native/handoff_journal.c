/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/native/handoff_journal.h"

_Static_assert(BATON_CHANGES_KEPT == EXIT_JOURNAL_CHANGES, "one is copied to the other");
_Static_assert(BATON_CHANGE_ABSENT == EXIT_CHANGE_ABSENT, "one is copied to the other");

static void convert(const struct exit_attempt *from, struct baton_attempt *ret_attempt)
{
    *ret_attempt = (struct baton_attempt){
        .tsc = from->ticks,
        .map_status = from->map_status,
        .exit_status = from->exit_called ? from->exit_status : 0,
        .key = from->key,
        .map_size = from->map_size,
        .descriptor_size = from->descriptor_size,
        .map_calls = from->map_calls,
        .map_checksum = from->map_checksum,
        .flags = (from->exit_called ? BATON_ATTEMPT_EXIT_CALLED : 0U) |
                 (from->used_reserve ? BATON_ATTEMPT_USED_RESERVE : 0U),
        .change_count = from->change_count,
    };
    for (uint32_t i = 0; i < EXIT_JOURNAL_CHANGES && i < from->change_count; i++)
        ret_attempt->changes[i] = (struct baton_change){.start = from->changes[i].start,
                                                        .end = from->changes[i].end,
                                                        .old_type = from->changes[i].old_type,
                                                        .new_type = from->changes[i].new_type};
}

static uint32_t convert_outcome(enum exit_outcome outcome)
{
    if (outcome == EXIT_OUTCOME_LEFT)
        return BATON_EXIT_LEFT;
    return outcome == EXIT_OUTCOME_LEFT_UNSAID ? BATON_EXIT_LEFT_UNSAID : 0;
}

void handoff_journal(const struct exit_journal *journal, struct baton_attempt *attempts,
                     struct baton_exit *ret_exit)
{
    uint32_t count = journal->attempt_count;

    if (count > EXIT_JOURNAL_ATTEMPTS)
        count = EXIT_JOURNAL_ATTEMPTS;
    for (uint32_t i = 0; i < count; i++)
        convert(&journal->attempts[i], &attempts[i]);
    *ret_exit = (struct baton_exit){
        .outcome = convert_outcome(journal->outcome),
        .flags = (journal->settled ? BATON_EXIT_SETTLED : 0U) |
                 (journal->tpl_repaired ? BATON_EXIT_TPL_REPAIRED : 0U) |
                 (journal->table_cleaned ? BATON_EXIT_TABLE_CLEANED : 0U) |
                 (journal->late_map_used ? BATON_EXIT_LATE_MAP : 0U),
        .attempts = {.address = (uintptr_t)attempts,
                     .count = count,
                     .stride = sizeof(struct baton_attempt)},
        .settle_calls = journal->settle_calls,
        .tpl_at_start = (uint32_t)journal->tpl_at_start,
        .map_capacity = journal->map_capacity,
        .reserve_capacity = journal->reserve_capacity,
        .map_required = journal->map_required,
        .tsc_begin = journal->ticks_begin,
        .tsc_end = journal->ticks_end,
    };
    convert(&journal->late_map, &ret_exit->late_map);
}
