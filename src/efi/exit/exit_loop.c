/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Knows the two services, how to ask them, and what to write down; what to do next is decided in
 * core/exit/exit_policy.c. From the first ExitBootServices on nothing here calls anything of the
 * firmware's but GetMemoryMap and ExitBootServices: no console, no allocation (UEFI 2.8, 7.4: after
 * a failed call only these two are allowed; some firmware hangs in others).
 */
#include "efi/exit/exit_loop.h"

#include "arch/arch.h"
#include "core/base/crc32.h"
#include "core/base/mem.h"
#include "efi/exit/exit_map.h"
#include "efi/services.h"

#include <stddef.h>

/* Some firmware clears the boot services table when it leaves, some its pointer, some both. */
static bool services_gone(const struct exit_plan *plan)
{
    const EFI_BOOT_SERVICES *services = plan->table->BootServices;

    return services == NULL || services->GetMemoryMap == NULL || services->ExitBootServices == NULL;
}

static bool same_refusal(const struct exit_attempt *before, const struct exit_attempt *now)
{
    return before->exit_status == now->exit_status && before->key == now->key &&
           before->map_size == now->map_size && before->map_checksum == now->map_checksum;
}

/*
 * The time to look closely, with the answer in hand and before the next GetMemoryMap overwrites the
 * map: is this refusal the same as the one before, and what changed in between.
 */
static bool compare_with_previous(const struct exit_plan *plan, struct exit_attempt *attempt,
                                  const struct memory_map *map)
{
    bool same = false;

    attempt->map_checksum = crc32_update(0, map->data, map->size);
    if (attempt != plan->journal->attempts) {
        const struct exit_attempt *before = attempt - 1;
        struct memory_map old = {plan->previous.data, before->map_size, before->key,
                                 before->descriptor_size, map->descriptor_version};

        exit_journal_compare(attempt, &old, map);
        same = same_refusal(before, attempt);
    }
    return same;
}

enum exit_answer exit_loop_try(const struct firmware *firmware, struct exit_plan *plan,
                               struct exit_loop *loop)
{
    struct exit_attempt *attempt = loop->attempt;
    const struct memory_map *map = &loop->map;

    late_map_forget(&plan->late);
    EFI_STATUS status = boot_services(firmware)->ExitBootServices(firmware->image_handle, map->key);
    bool gone = status == EFI_SUCCESS || services_gone(plan);
    bool same = false;

    if (gone)
        arch_interrupts_off(); /* some firmware leaves them on, and nobody answers them now */
    attempt->exit_called = true;
    attempt->exit_status = status;
    if (!gone || attempt != plan->journal->attempts)
        same = compare_with_previous(plan, attempt, map);
    if (!gone && !same)
        memcpy(plan->previous.data, map->data, map->size);
    return exit_judge_exit(status, gone, same);
}

/*
 * The console's handles and protocols, runtime services and boot services lie side by side in the
 * table (UEFI 2.10, 4.3): all but runtime services have to be NULL.
 */
#define TABLE_FIELDS 8U
_Static_assert(offsetof(EFI_SYSTEM_TABLE, BootServices) -
                       offsetof(EFI_SYSTEM_TABLE, ConsoleInHandle) ==
                   (TABLE_FIELDS - 1) * sizeof(void *),
               "from ConsoleInHandle to BootServices");

bool exit_clean_table(EFI_SYSTEM_TABLE *table)
{
    VOID **fields = &table->ConsoleInHandle;
    bool dirty = false;

    for (unsigned int i = 0; i < TABLE_FIELDS; i++) {
        if (fields[i] == table->RuntimeServices)
            continue;
        dirty = dirty || fields[i] != NULL;
        fields[i] = NULL;
    }
    if (dirty)
        table_seal(&table->Hdr, sizeof(*table));
    return dirty;
}

void exit_loop_set_limit(struct exit_plan *plan)
{
    uint64_t hz = arch_clock_hz(&plan->clock);

    plan->journal->ticks_hz = hz;
    plan->time_limit = plan->seconds * (hz != 0 ? hz : TICKS_HZ_FASTEST);
}

struct exit_loop exit_loop_begin(const struct exit_plan *plan)
{
    struct exit_loop loop = {.attempt = exit_journal_attempt(plan->journal),
                             .watch = stopwatch_begin(arch_ticks())};

    plan->journal->ticks_begin = loop.watch.last;
    loop.attempt->ticks = loop.watch.last;
    return loop;
}

/* One GetMemoryMap, when it is due; the first after an exit begins the next attempt. */
static enum exit_answer take_map(const struct firmware *firmware, const struct exit_plan *plan,
                                 struct exit_loop *loop, const struct exit_decision *decision)
{
    struct exit_journal *journal = plan->journal;

    arch_wait(&loop->watch, decision->due);
    loop->began = loop->watch.elapsed;
    if (loop->attempt->exit_called) {
        loop->attempt = exit_journal_attempt(journal);
        loop->attempt->ticks = journal->ticks_begin + loop->began;
    }
    loop->attempt->used_reserve = decision->action == EXIT_DO_GET_MAP_RESERVE;
    return exit_map_take(firmware, exit_buffer(plan, decision->action), loop->attempt, &loop->map);
}

bool exit_loop_run(const struct firmware *firmware, struct exit_plan *plan, struct exit_loop *loop,
                   enum exit_answer answer)
{
    struct exit_journal *journal = plan->journal;
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};

    loop->policy.limit = plan->time_limit;
    if (answer != EXIT_ANSWERS)
        decision = exit_policy_next(&loop->policy, answer, loop->began);
    while (decision.action != EXIT_DO_FINISH && decision.action != EXIT_DO_GIVE_UP) {
        if (decision.action == EXIT_DO_EXIT)
            answer = exit_loop_try(firmware, plan, loop);
        else
            answer = take_map(firmware, plan, loop, &decision);
        decision = exit_policy_next(&loop->policy, answer, loop->began);
    }
    stopwatch_look(&loop->watch, arch_ticks());
    journal->ticks_end = journal->ticks_begin + loop->watch.elapsed;
    journal->still_count = loop->policy.still;
    journal->outcome = decision.outcome;
    return decision.action == EXIT_DO_FINISH;
}
