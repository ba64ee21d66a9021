/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of the exit and the time stamps: do they tell one story? */
#include "check.h"

static const struct baton_attempt *attempt(const struct baton_exit *journal, uint32_t index)
{
    return at(journal->attempts.address + (uint64_t)index * journal->attempts.stride);
}

static void print_attempt(const struct baton_attempt *this)
{
    put("        key ");
    put_hex(this->key);
    put(", map ");
    put_decimal(this->map_size);
    put(" bytes, status ");
    put_hex(this->exit_status);
    put(", ");
    put_decimal(this->change_count);
    put(" changes\n");
}

/* The map that was taken from inside the last exit is the final one. */
static const struct baton_attempt *check_late_map(const struct baton_exit *journal,
                                                  const struct baton_attempt *last)
{
    const struct baton_attempt *late = &journal->late_map;

    put("        late map:\n");
    print_attempt(late);
    check(late->map_calls >= 1 && late->map_status == 0 && late->tsc >= last->tsc &&
              late->tsc <= journal->tsc_end,
          "the late map was taken during the last exit");
    return late;
}

static void check_attempts(const struct baton_handoff *handoff, const struct baton_exit *journal)
{
    uint32_t count = journal->attempts.count;
    const struct baton_attempt *last;
    const struct baton_attempt *final;
    uint64_t before = journal->tsc_begin;
    bool refused = true;
    bool ordered = true;

    if (!check(count >= 1 && count <= 64 && journal->attempts.stride >= sizeof(*last),
               "there is at least one attempt, and at most 64"))
        return;
    for (uint32_t i = 0; i < count; i++) {
        const struct baton_attempt *this = attempt(journal, i);

        print_attempt(this);
        ordered = ordered && this->tsc >= before && this->map_calls >= 1;
        before = this->tsc;
        if (i + 1 < count && (this->flags & BATON_ATTEMPT_EXIT_CALLED) != 0)
            refused = refused && this->exit_status != 0;
    }
    last = attempt(journal, count - 1);
    final = (journal->flags & BATON_EXIT_LATE_MAP) != 0 ? check_late_map(journal, last) : last;
    check(ordered && journal->tsc_end >= before, "attempts follow each other in time");
    check(refused, "all but the last were refused");
    check((last->flags & BATON_ATTEMPT_EXIT_CALLED) != 0 && last->map_status == 0,
          "the last one called ExitBootServices with a map");
    check((last->exit_status == 0) == (journal->outcome == BATON_EXIT_LEFT),
          "its status fits the outcome");
    /* Some firmware says more bytes than its descriptors have. */
    check(final->map_size - final->map_size % final->descriptor_size == handoff->efi_map.size &&
              final->descriptor_size == handoff->efi_descriptor_size,
          "its map is the one that was handed over");
}

static bool has_seed(const struct baton_handoff *handoff)
{
    uint8_t any = 0;

    for (uint32_t i = 0; i < sizeof(handoff->random_seed); i++)
        any |= handoff->random_seed[i];
    return handoff->random_seed_size == (any == 0 ? 0 : sizeof(handoff->random_seed));
}

void check_exit(const struct baton_handoff *handoff)
{
    const struct baton_exit *journal = at(handoff->exit.address);

    put("exit\n");
    if (check(handoff->exit.count == 1 && handoff->exit.stride >= sizeof(*journal),
              "there is a journal")) {
        check(journal->outcome == BATON_EXIT_LEFT || journal->outcome == BATON_EXIT_LEFT_UNSAID,
              "it says how boot services were left");
        check(journal->map_capacity >= handoff->efi_map.size ||
                  journal->reserve_capacity >= handoff->efi_map.size,
              "the map fits in its buffer");
        check_attempts(handoff, journal);
        check(handoff->tsc_start != 0 && handoff->tsc_start < journal->tsc_begin &&
                  journal->tsc_end <= handoff->tsc_enter && handoff->tsc_enter < ticks(),
              "start, exit, entry and now are in this order");
    }
    check(handoff->secure_boot >= BATON_SECURE_BOOT_UNKNOWN &&
              handoff->secure_boot <= BATON_SECURE_BOOT_ENABLED,
          "Secure Boot has a known state");
    put("        random seed: ");
    put_decimal(handoff->random_seed_size);
    put(" bytes\n");
    check(has_seed(handoff), "the random seed is all there or not there");
}
