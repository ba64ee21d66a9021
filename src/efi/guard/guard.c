/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two services that the guard puts into the firmware's table. Knows how they are hooked and
 * what they call; what the program is told is decided in core/guard, how to leave in efi/exit.
 */
#include "efi/guard/guard.h"

#include "arch/arch.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/guard/guard_map.h"
#include "efi/exit/exit_loop.h"
#include "efi/guard/guard_state.h"
#include "efi/pages.h"
#include "efi/services.h"

/* For the stubs' allocations, and before them for the comparison of two maps. */
#define ROOM_SIZE (4ULL << 20)

/*
 * What lies below the hooks. It is never forgotten: shim saves what it finds in the table, so that
 * a hook of ours may be called long after the guard (README.md, "Others who hook").
 */
static struct {
    struct guard *guard;      /* NULL: the hooks only pass on */
    EFI_BOOT_SERVICES *table; /* the one that is hooked */
    EFI_GET_MEMORY_MAP get_map;
    EFI_EXIT_BOOT_SERVICES exit;
    EFI_EXIT_BOOT_SERVICES before; /* what `exit` was before: for one that stands above, calls us */
    bool wrapped;                  /* somebody stands above both, and calls them */
    bool passing;
} below;

static EFI_STATUS EFIAPI exit_hook(EFI_HANDLE image, UINTN key);

/*
 * ExitBootServices of the table is ours again. Who put another one there is asked from now on: shim
 * writes back what it has saved when it starts an image, which takes our hook out, and hooks again
 * when that fails.
 */
static void take_exit(void)
{
    EFI_EXIT_BOOT_SERVICES now = below.table->ExitBootServices;

    if (now == exit_hook)
        return;
    if (now != below.exit) {
        below.before = below.exit != NULL ? below.exit : now;
        below.exit = now;
    }
    below.table->ExitBootServices = exit_hook;
    table_seal(&below.table->Hdr, sizeof(EFI_TABLE_HEADER));
}

/* --- GetMemoryMap ------------------------------------------------------------------------------
 */

/* Where an answer goes; all but the size may be NULL. */
struct caller {
    UINTN *size;
    VOID *buffer;
    UINTN *key;
    UINTN *stride;
    UINT32 *version;
};

static void tell(const struct caller *caller, const struct memory_map *map, uint64_t size)
{
    *caller->size = size;
    if (caller->key != NULL)
        *caller->key = map->key;
    if (caller->stride != NULL)
        *caller->stride = map->descriptor_size;
    if (caller->version != NULL)
        *caller->version = map->descriptor_version;
}

static EFI_STATUS tell_size(struct guard *guard, const struct caller *caller,
                            const struct memory_map *map)
{
    if (guard->state == GUARD_LIVE)
        guard_keys_add(&guard->keys, map->key);
    tell(caller, map, guard_size_to_ask_for(map->size, map->descriptor_size));
    return EFI_BUFFER_TOO_SMALL;
}

static bool fits(const struct caller *caller, const struct memory_map *map)
{
    return caller->buffer != NULL && *caller->size >= map->size;
}

static EFI_STATUS hand_out(struct guard *guard, const struct caller *caller,
                           const struct memory_map *map)
{
    if (!fits(caller, map))
        return tell_size(guard, caller, map);
    memcpy(caller->buffer, map->data, map->size);
    guard_keys_add(&guard->keys, map->key);
    tell(caller, map, map->size);
    return EFI_SUCCESS;
}

/*
 * Not the firmware but the guard says whether the caller's buffer is large enough: a firmware that
 * asks for more and more, or for what it has, is asked again in here.
 */
static EFI_STATUS look(struct guard *guard, const struct caller *caller)
{
    struct exit_map_answer facts;
    struct memory_map map;
    efi_status status;

    /* Only raising it tells what it is; nothing may be called when it matters. */
    guard->tpl = guard->services.RaiseTPL(TPL_HIGH_LEVEL);
    guard->services.RestoreTPL(guard->tpl);
    if (caller->buffer == NULL || *caller->size == 0) {
        map_buffer_get(&guard->firmware, &MAP_BUFFER_NONE, &facts);
        (void)map_buffer_judge(&MAP_BUFFER_NONE, &facts, &map);
        /* Old U-Boot leaves the descriptor size alone, which callers divide by. */
        if (facts.status == EFI_BUFFER_TOO_SMALL && facts.size != 0 && facts.descriptor_size != 0 &&
            facts.size < guard->plan.reserve.capacity)
            return tell_size(guard, caller, &map);
    }
    status = exit_look(&guard->firmware, &guard->plan, &map);
    if (status != EFI_SUCCESS)
        return status;
    if (fits(caller, &map))
        guard->handed = map;
    else if (guard->handed.key != map.key)
        guard->handed.size = 0; /* overwritten by one that the program has not got */
    return hand_out(guard, caller, &map);
}

/* Boot services are gone: the accepted map, in whatever room there is. */
static EFI_STATUS show(struct guard *guard, const struct caller *caller)
{
    struct memory_map map = guard->handed;

    if (!fits(caller, &map)) {
        map.data = guard->plan.previous.data;
        memcpy(map.data, guard->handed.data, map.size);
        if (caller->buffer == NULL || !guard_map_shrink(&map, *caller->size))
            return tell_size(guard, caller, &guard->handed);
    }
    return hand_out(guard, caller, &map);
}

static EFI_STATUS EFIAPI map_hook(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                  UINTN *stride, UINT32 *version)
{
    const struct caller caller = {size, map, key, stride, version};
    struct guard *guard = below.guard;
    EFI_STATUS status;

    if (guard == NULL || guard->busy || (guard->state == GUARD_LIVE && size == NULL))
        return below.get_map(size, map, key, stride, version);
    if (size == NULL || guard->state == GUARD_GONE)
        return EFI_INVALID_PARAMETER;
    if (guard->state == GUARD_LEFT)
        return show(guard, &caller);
    guard->busy = true;
    /* Where somebody stands above both services, that one calls us, with keys of its own. */
    if (below.table->GetMemoryMap == map_hook)
        take_exit();
    status = look(guard, &caller);
    guard->busy = false;
    return status;
}

/* --- ExitBootServices --------------------------------------------------------------------------
 */

/* The services of the moment, for the loop; what others have put there is honoured. */
static void look_at_services(struct guard *guard)
{
    guard->system = *guard->plan.table;
    guard->services = *below.table;
    guard->services.GetMemoryMap = below.get_map;
    guard->services.ExitBootServices = below.exit;
    guard->system.BootServices = &guard->services;
    guard->firmware.system_table = &guard->system;
}

/* The program's map goes out of the way of those to come; what it is none of has no bytes. */
static void keep(const struct guard *guard, struct memory_map *map)
{
    if (map->size > guard->room_size)
        map->size = 0;
    memcpy(guard->room, map->data, map->size);
    map->data = guard->room;
}

static bool is_same(const struct guard *guard, const struct memory_map *held,
                    const struct memory_map *accepted)
{
    uint64_t used = (held->size + 7) & ~7ULL;

    return held->size != 0 &&
           guard_map_same(held, accepted, (uint64_t *)(void *)(guard->room + used),
                          (guard->room_size - used) / sizeof(uint64_t));
}

/* The program believes it now: nothing that it may look at leads to the guard. */
static void finish(struct guard *guard)
{
    guard->state = GUARD_GONE;
    guard->plan.journal->table_cleaned = exit_clean_table(guard->plan.table);
    memset(below.table, 0, guard_table_size(guard));
    arch_interrupts_off();
}

/* The firmware has refused, with whatever status: the loop, at once, and nothing else is called. */
static void insist(struct guard *guard, struct exit_loop *loop, enum exit_answer answer)
{
    exit_loop_set_limit(&guard->plan);
    if (!exit_loop_run(&guard->firmware, &guard->plan, loop, answer))
        give_up(&guard->options.means, guard->plan.journal);
}

static EFI_STATUS leave(struct guard *guard, EFI_HANDLE image, UINTN key)
{
    struct exit_journal *journal = guard->plan.journal;
    struct memory_map held = {0};
    enum exit_answer answer;
    efi_status status;
    bool first;

    guard->busy = true;
    look_at_services(guard);
    guard->firmware.image_handle = image;
    if (guard->tpl > TPL_APPLICATION) /* no exit handler would run */
        guard->services.RestoreTPL(TPL_APPLICATION);
    struct exit_loop loop = exit_loop_begin(&guard->plan);
    loop.map = guard->handed;
    if (loop.map.key != key || loop.map.size == 0)
        loop.map = (struct memory_map){.data = guard->plan.primary.data, .key = key};
    loop.attempt->key = key;
    loop.attempt->map_size = loop.map.size;
    loop.attempt->descriptor_size = loop.map.descriptor_size;
    answer = exit_loop_try(&guard->firmware, &guard->plan, &loop);
    first = answer == EXIT_SAID_LEFT || answer == EXIT_LEFT_UNSAID;
    if (first) {
        journal->outcome = exit_rules[answer].outcome;
        journal->ticks_end = arch_ticks();
    } else {
        held = loop.map;
        keep(guard, &held);
        insist(guard, &loop, answer);
    }
    if (guard->options.debug)
        exit_say(guard->options.means.board.uart, journal);
    status = guard_left(first, !first && is_same(guard, &held, &loop.map), &guard->state);
    guard->handed = loop.map;
    if (guard->state == GUARD_GONE) {
        finish(guard);
    } else {
        guard->keys = (struct guard_keys){0};
        guard_dress(guard, below.table, map_hook, exit_hook);
    }
    guard->busy = false;
    return status;
}

static EFI_STATUS EFIAPI exit_hook(EFI_HANDLE image, UINTN key)
{
    struct guard *guard = below.guard;
    EFI_STATUS status;

    if (below.passing || (guard != NULL && guard->busy))
        return below.before(image, key);
    if (guard == NULL) {
        below.passing = true;
        status = below.exit(image, key);
        below.passing = false;
        return status;
    }
    switch (guard_exit_called(guard->state, guard_keys_have(&guard->keys, key))) {
    case GUARD_ASK:
        return leave(guard, image, key);
    case GUARD_FINISH:
        if (guard->state == GUARD_LEFT)
            finish(guard);
        return EFI_SUCCESS;
    case GUARD_REFUSE:
        break;
    }
    return EFI_INVALID_PARAMETER;
}

/* --- on and off --------------------------------------------------------------------------------
 */

static efi_status reserve(struct firmware *firmware, const struct guard_options *options,
                          struct guard **ret_guard)
{
    struct exit_options exit = options->exit;
    struct exit_plan plan;
    struct guard *guard;
    uint64_t address;
    efi_status status;

    exit.late_map = false;
    status = exit_reserve(firmware, &exit, &plan);
    if (status != EFI_SUCCESS)
        return status;
    status = pages_take(firmware, options->exit.type,
                        pages_for(sizeof(*guard)) * PAGE_SIZE + ROOM_SIZE, &address);
    if (status != EFI_SUCCESS)
        return status;
    guard = (struct guard *)(uintptr_t)address;
    memset(guard, 0, sizeof(*guard));
    guard->plan = plan;
    guard->options = *options;
    guard->room = (uint8_t *)guard + pages_for(sizeof(*guard)) * PAGE_SIZE;
    guard->room_size = ROOM_SIZE;
    *ret_guard = guard;
    return EFI_SUCCESS;
}

efi_status guard_begin(struct firmware *firmware, const struct guard_options *options)
{
    struct guard *guard = NULL;
    efi_status status = reserve(firmware, options, &guard);

    if (status != EFI_SUCCESS)
        return status;
    below.table = boot_services(firmware);
    if (!below.wrapped) {
        below.get_map = below.table->GetMemoryMap;
        below.table->GetMemoryMap = map_hook;
        take_exit();
    }
    look_at_services(guard);
    below.guard = guard;
    return EFI_SUCCESS;
}

void guard_means(const struct give_up_means *means)
{
    below.guard->options.means = *means;
}

void guard_check(void)
{
    if (below.guard != NULL && below.guard->state != GUARD_LIVE)
        guard_abandon(below.guard);
}

void guard_end(void)
{
    guard_check();
    below.guard = NULL;
    below.wrapped = below.table->GetMemoryMap != map_hook;
    if (!below.wrapped)
        below.table->GetMemoryMap = below.get_map;
    if (below.table->ExitBootServices == exit_hook)
        below.table->ExitBootServices = below.exit;
    table_seal(&below.table->Hdr, sizeof(EFI_TABLE_HEADER));
}
