/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes before the first ExitBootServices, and after the last. */
#include "efi/exit/exit.h"

#include "arch/arch.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/exit/exit_policy.h"
#include "core/text/text.h"
#include "efi/exit/exit_loop.h"
#include "efi/exit/exit_map.h"
#include "efi/pages.h"
#include "efi/services.h"

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
    struct exit_journal *journal;
    uint64_t address;
    efi_status status = pages_take(firmware, options->type, size, &address);

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
    ret_plan->table = firmware->system_table;
    ret_plan->journal = journal;
    ret_plan->late.attempt = &journal->late_map;
    ret_plan->descriptors_max = reserve / sizeof(EFI_MEMORY_DESCRIPTOR);
    ret_plan->clock = options->clock;
    ret_plan->seconds = options->seconds != 0 ? options->seconds : EXIT_TIME_LIMIT_DEFAULT;
    return EFI_SUCCESS;
}

const struct map_buffer *exit_buffer(const struct exit_plan *plan, enum exit_action action)
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
        answer = exit_map_take(firmware, exit_buffer(plan, decision.action), &attempt, &map);
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
    bool left;

    uint64_t tpl = tpl_repair(firmware);
    if (tpl > journal->tpl_at_start)
        journal->tpl_at_start = tpl;
    journal->tpl_repaired = journal->tpl_at_start > TPL_APPLICATION;
    /* A firmware that fails to disarm it is about to do so itself. */
    boot_services(firmware)->SetWatchdogTimer(0, 0, 0, NULL);
    if (journal->late_map_wanted)
        late_map_arm(firmware, &plan->late);
    exit_loop_set_limit(plan);
    settle(firmware, plan);

    struct exit_loop loop = exit_loop_begin(plan);
    left = exit_loop_run(firmware, plan, &loop, EXIT_ANSWERS);
    firmware->system_table = NULL;
    if (!left)
        return false;
    if (!use_late_map(&plan->late, journal, &loop.map)) {
        journal->outcome = EXIT_OUTCOME_OVERRUN;
        return false;
    }
    journal->table_cleaned = exit_clean_table(plan->table);
    *ret_map = loop.map;
    return true;
}

void exit_say(uint64_t uart, const struct exit_journal *journal)
{
    char buffer[160];
    struct text line = text_in(buffer, sizeof(buffer));

    text_put(&line, "baton: ");
    exit_journal_put_summary(&line, journal);
    text_put_char(&line, '\n');
    arch_uart_write(uart, buffer);
}
