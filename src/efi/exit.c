/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving boot services. Knows the two services, how to ask them, and what to write down; what to
 * do next is decided in core/exit_policy.c. From the first ExitBootServices on nothing here calls
 * anything of the firmware's but GetMemoryMap and ExitBootServices: no console, no allocation (UEFI
 * 2.8, 7.4: after a failed call only these two are allowed; some firmware hangs in others).
 */
#include "efi/exit.h"

#include "core/checked.h"
#include "core/crc32.h"
#include "core/exit_policy.h"
#include "core/mem.h"
#include "efi/pages.h"
#include "efi/services.h"
#include "x86_64/machine.h"
#include "x86_64/tsc.h"

#include <stddef.h>

/*
 * How much more than the size probe asks for the first buffer holds. Firmware is known that adds
 * more than 16 descriptors in its exit; twice the size is what Windows reserves.
 */
#define SPARE_DESCRIPTORS 128U

/* The second buffer: maps of 20,000 descriptors and more have been seen to fit nothing smaller. */
#define RESERVE_SIZE_MIN 0x200000ULL

/* Canaries at both ends of the guard page: the first notices a spill, the second what went past. */
#define CANARY_WORDS 8U
#define CANARY       0x6261746f6e2d2d21ULL /* unlike any address, size or type in a descriptor */

/* Settling: looks at the key before the first attempt, and the pause between while it moves. */
#define SETTLE_CALLS_MAX 16U
#define SETTLE_STALL_US  3000U

_Static_assert(sizeof(EFI_MEMORY_DESCRIPTOR) == sizeof(struct memory_descriptor),
               "core's descriptor is the firmware's");

static uint64_t *canary_head(const struct exit_buffer *buffer)
{
    return (uint64_t *)(void *)(buffer->data + buffer->capacity);
}

static uint64_t *canary_tail(const struct exit_buffer *buffer)
{
    return canary_head(buffer) + PAGE_SIZE / sizeof(uint64_t) - CANARY_WORDS;
}

static void guard_arm(const struct exit_buffer *buffer)
{
    for (unsigned int i = 0; i < CANARY_WORDS; i++) {
        canary_head(buffer)[i] = CANARY ^ i;
        canary_tail(buffer)[i] = CANARY ^ i;
    }
}

static enum exit_guard guard_look(const struct exit_buffer *buffer)
{
    uint64_t head = 0;
    uint64_t tail = 0;

    for (unsigned int i = 0; i < CANARY_WORDS; i++) {
        head |= canary_head(buffer)[i] ^ CANARY ^ i;
        tail |= canary_tail(buffer)[i] ^ CANARY ^ i;
    }
    if (tail != 0)
        return EXIT_GUARD_BROKEN;
    return head != 0 ? EXIT_GUARD_SPILLED : EXIT_GUARD_WHOLE;
}

/* Cuts a buffer and the guard behind it off the memory at *address. */
static struct exit_buffer take_buffer(uint64_t *address, uint64_t capacity)
{
    struct exit_buffer buffer = {(uint8_t *)(uintptr_t)*address, capacity};

    guard_arm(&buffer);
    *address += capacity + PAGE_SIZE;
    return buffer;
}

/* GetMemoryMap without a buffer: cheap, and all it is good for is a size and a hint at the key. */
static efi_status probe(const struct firmware *firmware, UINTN *ret_size, UINTN *ret_key,
                        UINTN *ret_descriptor_size)
{
    UINT32 version = 0;

    *ret_size = 0;
    *ret_key = 0;
    *ret_descriptor_size = 0;
    return boot_services(firmware)->GetMemoryMap(ret_size, NULL, ret_key, ret_descriptor_size,
                                                 &version);
}

/* What the first buffer has to hold. Firmware that does not answer the probe gets a guess: if that
 * is too small there is the reserve. */
static uint64_t first_capacity(const struct firmware *firmware, uint64_t *ret_required)
{
    UINTN required;
    UINTN key;
    UINTN stride;
    efi_status status = probe(firmware, &required, &key, &stride);

    /* Old U-Boot leaves the descriptor size alone when the buffer is too small. */
    if (stride < sizeof(EFI_MEMORY_DESCRIPTOR) || stride > PAGE_SIZE)
        stride = 2 * sizeof(EFI_MEMORY_DESCRIPTOR);
    if (status != EFI_BUFFER_TOO_SMALL || required > RESERVE_SIZE_MIN * 16)
        required = 0;
    *ret_required = required;
    uint64_t spare = required > SPARE_DESCRIPTORS * stride ? required : SPARE_DESCRIPTORS * stride;
    return pages_for(required + spare) * PAGE_SIZE;
}

efi_status exit_reserve(struct firmware *firmware, struct leases *leases, uint64_t tsc_hz,
                        struct exit_plan *ret_plan)
{
    struct exit_plan plan = {0};
    uint64_t required;
    uint64_t primary = first_capacity(firmware, &required);
    uint64_t reserve = primary * 2 > RESERVE_SIZE_MIN ? primary * 2 : RESERVE_SIZE_MIN;
    uint64_t size = sizeof(*plan.journal) + primary + 2 * reserve + 3 * PAGE_SIZE;
    struct page_request request = {.count = pages_for(size), .type = MEMORY_LOADER_DATA};
    uint64_t address;
    efi_status status = pages_allocate(firmware, leases, &request, &address);

    if (status != EFI_SUCCESS)
        return status;
    plan.primary = take_buffer(&address, primary);
    plan.reserve = take_buffer(&address, reserve);
    plan.previous = take_buffer(&address, reserve);
    plan.journal = (struct exit_journal *)(uintptr_t)address;
    memset(plan.journal, 0, sizeof(*plan.journal));
    plan.journal->map_required = required;
    plan.journal->map_capacity = primary;
    plan.journal->reserve_capacity = reserve;
    plan.journal->tsc_hz = tsc_hz;
    plan.descriptors_max = reserve / sizeof(EFI_MEMORY_DESCRIPTOR);
    plan.time_limit = EXIT_TIME_LIMIT_DEFAULT * (tsc_hz != 0 ? tsc_hz : TSC_HZ_FASTEST);
    *ret_plan = plan;
    return EFI_SUCCESS;
}

/* Descriptors before the left-over bytes are what they should be: were the descriptor size wrong,
 * their starts would be no multiples of a page. */
static bool ragged_is_sound(const struct memory_map *map)
{
    for (size_t i = 0; i < memory_map_count(map); i++)
        if (memory_map_at(map, i).physical_start % PAGE_SIZE != 0)
            return false;
    return true;
}

static enum exit_answer get_map(const struct firmware *firmware, const struct exit_buffer *buffer,
                                struct exit_attempt *attempt, struct memory_map *ret_map)
{
    UINTN size = buffer->capacity; /* a constant: never what an earlier call returned */
    UINTN key = 0;
    UINTN descriptor_size = 0;
    UINT32 version = 0;
    EFI_STATUS status = boot_services(firmware)->GetMemoryMap(&size, (void *)buffer->data, &key,
                                                              &descriptor_size, &version);
    struct exit_map_answer facts = {status, size, buffer->capacity, descriptor_size,
                                    guard_look(buffer)};
    enum exit_answer answer = exit_judge_map(&facts);

    attempt->map_status = status;
    attempt->map_calls++;
    attempt->key = key;
    attempt->map_size = size;
    attempt->descriptor_size = descriptor_size;
    attempt->ragged = answer == EXIT_MAP_RAGGED;
    *ret_map = (struct memory_map){buffer->data, size, key, descriptor_size, version};
    if (answer == EXIT_MAP_RAGGED) {
        ret_map->size -= size % descriptor_size;
        if (!ragged_is_sound(ret_map))
            return EXIT_MAP_MALFORMED;
    }
    if (answer == EXIT_MAP_SPILLED)
        guard_arm(buffer);
    return answer;
}

static const struct exit_buffer *buffer_for(const struct exit_plan *plan, enum exit_action action)
{
    return action == EXIT_DO_GET_MAP_RESERVE ? &plan->reserve : &plan->primary;
}

efi_status exit_first_map(struct firmware *firmware, struct exit_plan *plan,
                          struct memory_map *ret_map)
{
    struct exit_policy policy = {0};
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
    struct exit_attempt attempt = {0};
    struct memory_map map;

    do {
        enum exit_answer answer =
            get_map(firmware, buffer_for(plan, decision.action), &attempt, &map);

        decision = exit_policy_next(&policy, answer, false);
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
    UINTN size;
    UINTN key;
    UINTN stride;
    struct exit_attempt attempt = {0};
    struct memory_map map;

    if (!*use_full_map) {
        if (probe(firmware, &size, &key, &stride) == EFI_BUFFER_TOO_SMALL && key != 0) {
            *ret_key = key;
            return true;
        }
        *use_full_map = true;
    }
    if (get_map(firmware, &plan->primary, &attempt, &map) != EXIT_MAP_GOOD &&
        get_map(firmware, &plan->reserve, &attempt, &map) != EXIT_MAP_GOOD)
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

static enum exit_answer leave(const struct firmware *firmware, const struct exit_plan *plan,
                              struct exit_attempt *attempt, const struct memory_map *map)
{
    EFI_STATUS status = boot_services(firmware)->ExitBootServices(firmware->image_handle, map->key);
    bool gone = status == EFI_SUCCESS || services_gone(firmware);
    bool same = false;

    if (gone)
        machine_interrupts_off(); /* some firmware leaves them on, and nobody answers them now */
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

/* A part of the time limit; of the shortest that it can be, where it is a guess. */
static void wait_for_stuck_firmware(const struct exit_plan *plan)
{
    uint64_t guess = plan->journal->tsc_hz != 0 ? 1 : TSC_HZ_FASTEST / TSC_HZ_SLOWEST;
    uint64_t start = machine_tsc();

    while (machine_tsc() - start < plan->time_limit / EXIT_STUCK_WAIT_DIVISOR / guess)
        machine_pause();
}

/* Asks, decides, asks again, until the decision is to finish or to give up. */
static enum exit_outcome attempt_to_leave(const struct firmware *firmware,
                                          const struct exit_plan *plan, struct memory_map *ret_map)
{
    struct exit_policy policy = {0};
    struct exit_decision decision = {.action = EXIT_DO_GET_MAP_PRIMARY};
    struct exit_attempt *attempt = exit_journal_attempt(plan->journal);
    uint64_t begin = machine_tsc();

    plan->journal->tsc_begin = begin;
    attempt->tsc = begin;
    while (decision.action != EXIT_DO_FINISH && decision.action != EXIT_DO_GIVE_UP) {
        enum exit_answer answer;
        bool time_over = false;

        if (decision.action == EXIT_DO_EXIT) {
            answer = leave(firmware, plan, attempt, ret_map);
        } else {
            if (attempt->exit_called) {
                attempt = exit_journal_attempt(plan->journal);
                attempt->tsc = machine_tsc();
            }
            attempt->used_reserve = decision.action == EXIT_DO_GET_MAP_RESERVE;
            answer = get_map(firmware, buffer_for(plan, decision.action), attempt, ret_map);
        }
        if (answer != EXIT_MAP_GOOD)
            time_over = machine_tsc() - begin > plan->time_limit;
        decision = exit_policy_next(&policy, answer, time_over);
        if (decision.wait)
            wait_for_stuck_firmware(plan);
    }
    plan->journal->still_count = policy.still;
    return decision.outcome;
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
    settle(firmware, plan);

    journal->outcome = attempt_to_leave(firmware, plan, &map);
    journal->tsc_end = machine_tsc();
    firmware->system_table = NULL;
    if (journal->outcome != EXIT_OUTCOME_LEFT && journal->outcome != EXIT_OUTCOME_LEFT_UNSAID)
        return false;
    journal->table_cleaned = clean_system_table(table);
    *ret_map = map;
    return true;
}
