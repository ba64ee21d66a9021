/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving boot services. Knows the two services, how to ask them, and what to write down; what to
 * do next is decided in core/exit/exit_policy.c. From the first ExitBootServices on nothing here
 * calls anything of the firmware's but GetMemoryMap and ExitBootServices: no console, no allocation
 * (UEFI 2.8, 7.4: after a failed call only these two are allowed; some firmware hangs in others).
 */
#include "efi/exit/exit.h"

#include "arch/arch.h"
#include "core/base/crc32.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/exit/exit_policy.h"
#include "efi/exit/exit_map.h"
#include "efi/pages.h"
#include "efi/services.h"

#include <stddef.h>

/*
 * How much more than the size probe asks for the first buffer holds. Firmware is known that adds
 * more than 16 descriptors in its exit; twice the size is what Windows reserves.
 */
#define SPARE_DESCRIPTORS 128U

/* The second buffer: maps of 20,000 descriptors and more have been seen to fit nothing smaller. */
#define RESERVE_SIZE_MIN 0x200000ULL

/* How long a firmware that gives no first map is asked, in microseconds. */
#define FIRST_MAP_LIMIT_US 1000000U

/* Settling: looks at the key before the first attempt, and the pause between while it moves. */
#define SETTLE_CALLS_MAX 16U
#define SETTLE_STALL_US  3000U

/* GetMemoryMap without a buffer: cheap, and all it is good for is a size and a hint at the key. */
static struct exit_map_answer probe(const struct firmware *firmware)
{
    struct exit_map_answer answer;

    map_buffer_get(firmware, &MAP_BUFFER_NONE, &answer);
    return answer;
}

/* What the first buffer has to hold. Firmware that does not answer the probe gets a guess: if that
 * is too small there is the reserve. */
static uint64_t first_capacity(const struct firmware *firmware, uint64_t *ret_required)
{
    struct exit_map_answer needs = probe(firmware);
    uint64_t stride = needs.descriptor_size;
    uint64_t spare;

    /* Old U-Boot leaves the descriptor size alone when the buffer is too small. */
    if (stride < sizeof(EFI_MEMORY_DESCRIPTOR) || stride > PAGE_SIZE)
        stride = 2 * sizeof(EFI_MEMORY_DESCRIPTOR);
    if (needs.status != EFI_BUFFER_TOO_SMALL || needs.size > RESERVE_SIZE_MIN * 16)
        needs.size = 0;
    *ret_required = needs.size;
    spare = needs.size > SPARE_DESCRIPTORS * stride ? needs.size : SPARE_DESCRIPTORS * stride;
    return pages_for(needs.size + spare) * PAGE_SIZE;
}

efi_status exit_reserve(struct firmware *firmware, const struct exit_options *options,
                        struct exit_plan *ret_plan)
{
    uint64_t required;
    uint64_t primary = first_capacity(firmware, &required);
    uint64_t reserve = primary * 2 > RESERVE_SIZE_MIN ? primary * 2 : RESERVE_SIZE_MIN;
    uint64_t size = sizeof(struct exit_journal) + primary + MAP_BUFFER_GUARD +
                    (options->late_map ? 3 : 2) * (reserve + MAP_BUFFER_GUARD);
    struct page_request request = {.count = pages_for(size), .type = MEMORY_LOADER_DATA};
    struct exit_journal *journal;
    uint64_t address;
    efi_status status = pages_allocate(firmware, &request, &address);

    if (status != EFI_SUCCESS)
        return status;
    memset(ret_plan, 0, sizeof(*ret_plan));
    ret_plan->primary = map_buffer_take(&address, primary);
    ret_plan->reserve = map_buffer_take(&address, reserve);
    ret_plan->previous = map_buffer_take(&address, reserve);
    if (options->late_map)
        ret_plan->late.buffer = map_buffer_take(&address, reserve);
    journal = (struct exit_journal *)(uintptr_t)address;
    memset(journal, 0, sizeof(*journal));
    journal->map_required = required;
    journal->map_capacity = primary;
    journal->reserve_capacity = reserve;
    journal->tpl_at_start = options->tpl_at_start;
    journal->late_map_wanted = options->late_map;
    ret_plan->journal = journal;
    ret_plan->late.attempt = &journal->late_map;
    ret_plan->descriptors_max = reserve / sizeof(EFI_MEMORY_DESCRIPTOR);
    ret_plan->clock = options->clock;
    ret_plan->seconds = options->seconds != 0 ? options->seconds : EXIT_TIME_LIMIT_DEFAULT;
    return EFI_SUCCESS;
}

static const struct map_buffer *buffer_for(const struct exit_plan *plan, enum exit_action action)
{
    return action == EXIT_DO_GET_MAP_RESERVE ? &plan->reserve : &plan->primary;
}

efi_status exit_look(struct firmware *firmware, struct exit_plan *plan, struct memory_map *ret_map)
{
    struct exit_policy policy = {.limit = FIRST_MAP_LIMIT_US};
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
    struct exit_attempt attempt = {0};
    struct memory_map map;
    uint64_t waited = 0;

    do {
        enum exit_answer answer;

        if (decision.due > waited) {
            boot_services(firmware)->Stall(decision.due - waited);
            waited = decision.due;
        }
        answer = exit_map_take(firmware, buffer_for(plan, decision.action), &attempt, &map);
        decision = exit_policy_next(&policy, answer, waited);
    } while (decision.action == EXIT_DO_GET_MAP_PRIMARY ||
             decision.action == EXIT_DO_GET_MAP_RESERVE);
    if (decision.action != EXIT_DO_EXIT)
        return EFI_ERROR(attempt.map_status) ? attempt.map_status : EFI_COMPROMISED_DATA;
    plan->first_key = map.key;
    *ret_map = map;
    return EFI_SUCCESS;
}

uint64_t tpl_repair(const struct firmware *firmware)
{
    /* The only way to read it: raising tells what it was (UEFI 2.10, 7.1). */
    EFI_TPL before = boot_services(firmware)->RaiseTPL(TPL_HIGH_LEVEL);

    boot_services(firmware)->RestoreTPL(TPL_APPLICATION);
    return before;
}

void tpl_restore(const struct firmware *firmware, uint64_t tpl)
{
    if (tpl > TPL_APPLICATION)
        boot_services(firmware)->RaiseTPL(tpl);
}

/* One look at the map key, by the cheap probe while it answers as it should, else by a full map. */
static bool look_at_key(const struct firmware *firmware, const struct exit_plan *plan,
                        bool *use_full_map, uint64_t *ret_key)
{
    struct exit_map_answer hint;
    struct exit_attempt attempt = {0};
    struct memory_map map;

    if (!*use_full_map) {
        hint = probe(firmware);
        if (hint.status == EFI_BUFFER_TOO_SMALL && hint.key != 0) {
            *ret_key = hint.key;
            return true;
        }
        *use_full_map = true;
    }
    if (exit_map_take(firmware, &plan->primary, &attempt, &map) != EXIT_MAP_GOOD &&
        exit_map_take(firmware, &plan->reserve, &attempt, &map) != EXIT_MAP_GOOD)
        return false;
    *ret_key = map.key;
    return true;
}

/*
 * Waits until nobody allocates any more: the first ExitBootServices should succeed, because each
 * failed one is measured into PCR 5 by edk2's TCG driver and sealed secrets depend on that. A hint
 * only; the loop below copes with a map that never rests.
 */
static void settle(const struct firmware *firmware, const struct exit_plan *plan)
{
    struct exit_journal *journal = plan->journal;
    uint64_t last = plan->first_key;
    uint64_t key;
    bool use_full_map = false;

    while (journal->settle_calls < SETTLE_CALLS_MAX && !journal->settled) {
        /* Our own last line on the console may have moved it: no reason to wait yet. */
        if (journal->settle_calls > 1)
            boot_services(firmware)->Stall(SETTLE_STALL_US);
        journal->settle_calls++;
        if (!look_at_key(firmware, plan, &use_full_map, &key))
            return;
        journal->settled = key == last;
        last = key;
    }
}

/* Some firmware clears the boot services table when it leaves, some its pointer, some both. */
static bool services_gone(const struct firmware *firmware)
{
    const EFI_BOOT_SERVICES *services = boot_services(firmware);

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

static enum exit_answer try_exit(const struct firmware *firmware, struct exit_plan *plan,
                                 struct exit_attempt *attempt, const struct memory_map *map)
{
    late_map_forget(&plan->late);
    EFI_STATUS status = boot_services(firmware)->ExitBootServices(firmware->image_handle, map->key);
    bool gone = status == EFI_SUCCESS || services_gone(firmware);
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

/*
 * A kernel must not find what looks like a console or boot services (UEFI 2.10, 7.4.6 asks the
 * firmware to see to it; rust-hypervisor-firmware and old edk2 did not).
 */
static bool clean_system_table(EFI_SYSTEM_TABLE *table)
{
    VOID **fields = &table->ConsoleInHandle;
    size_t size = table->Hdr.HeaderSize;
    bool dirty = false;

    for (unsigned int i = 0; i < TABLE_FIELDS; i++) {
        if (fields[i] == table->RuntimeServices)
            continue;
        dirty = dirty || fields[i] != NULL;
        fields[i] = NULL;
    }
    if (!dirty)
        return false;
    if (size < sizeof(*table) || size > PAGE_SIZE)
        size = sizeof(*table);
    table->Hdr.CRC32 = 0;
    table->Hdr.CRC32 = crc32_update(0, table, size);
    return true;
}

/* The rate of the clock, and the limit in its ticks. */
static void set_limit(struct exit_plan *plan)
{
    uint64_t hz = arch_clock_hz(&plan->clock);

    plan->journal->ticks_hz = hz;
    plan->time_limit = plan->seconds * (hz != 0 ? hz : TICKS_HZ_FASTEST);
}

/* Asks, decides, asks again, until the decision is to finish or to give up. */
static enum exit_outcome attempt_to_leave(const struct firmware *firmware, struct exit_plan *plan,
                                          struct memory_map *ret_map)
{
    struct exit_journal *journal = plan->journal;
    struct exit_policy policy = {.limit = plan->time_limit};
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
    struct exit_attempt *attempt = exit_journal_attempt(journal);
    struct stopwatch watch = stopwatch_begin(arch_ticks());
    uint64_t began = 0;

    journal->ticks_begin = watch.last;
    attempt->ticks = watch.last;
    while (decision.action != EXIT_DO_FINISH && decision.action != EXIT_DO_GIVE_UP) {
        enum exit_answer answer;

        if (decision.action == EXIT_DO_EXIT) {
            answer = try_exit(firmware, plan, attempt, ret_map);
        } else {
            arch_wait(&watch, decision.due);
            began = watch.elapsed;
            if (attempt->exit_called) {
                attempt = exit_journal_attempt(journal);
                attempt->ticks = journal->ticks_begin + began;
            }
            attempt->used_reserve = decision.action == EXIT_DO_GET_MAP_RESERVE;
            answer = exit_map_take(firmware, buffer_for(plan, decision.action), attempt, ret_map);
        }
        decision = exit_policy_next(&policy, answer, began);
    }
    stopwatch_look(&watch, arch_ticks());
    journal->ticks_end = journal->ticks_begin + watch.elapsed;
    journal->still_count = policy.still;
    return decision.outcome;
}

/*
 * The map as our own exit event saw it is the firmware's later word and takes the final map's
 * place: what became reserved in between wins. False: taking it has damaged memory.
 */
static bool use_late_map(const struct late_map *late, struct exit_journal *journal,
                         struct memory_map *map)
{
    if (late->attempt->map_calls == 0)
        return true;
    if (late->answer == EXIT_MAP_GOOD || late->answer == EXIT_MAP_RAGGED) {
        exit_journal_compare(&journal->late_map, map, &late->map);
        journal->late_map_used = true;
        *map = late->map;
    }
    return late->answer != EXIT_MAP_OVERRUN;
}

bool exit_boot_services(struct firmware *firmware, struct exit_plan *plan,
                        struct memory_map *ret_map)
{
    struct exit_journal *journal = plan->journal;
    EFI_SYSTEM_TABLE *table = firmware->system_table;
    struct memory_map map;

    uint64_t tpl = tpl_repair(firmware);
    if (tpl > journal->tpl_at_start)
        journal->tpl_at_start = tpl;
    journal->tpl_repaired = journal->tpl_at_start > TPL_APPLICATION;
    /* A firmware that fails to disarm it is about to do so itself. */
    boot_services(firmware)->SetWatchdogTimer(0, 0, 0, NULL);
    if (journal->late_map_wanted)
        late_map_arm(firmware, &plan->late);
    set_limit(plan);
    settle(firmware, plan);

    journal->outcome = attempt_to_leave(firmware, plan, &map);
    firmware->system_table = NULL;
    if (journal->outcome != EXIT_OUTCOME_LEFT && journal->outcome != EXIT_OUTCOME_LEFT_UNSAID)
        return false;
    if (!use_late_map(&plan->late, journal, &map)) {
        journal->outcome = EXIT_OUTCOME_OVERRUN;
        return false;
    }
    journal->table_cleaned = clean_system_table(table);
    *ret_map = map;
    return true;
}
