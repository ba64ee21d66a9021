/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native protocol: an ELF64 kernel, its own page tables and the hand-off of
 * include/baton-handoff.h. Its three steps; what they are made of is in the files beside this one.
 */
#include "boot/measure.h"
#include "boot/native/native_loading.h"
#include "boot/trust.h"
#include "core/base/page.h"
#include "core/memory/ranges.h"
#include "core/native/handoff_journal.h"
#include "core/text/text.h"
#include "core/text/utf.h"

_Static_assert(SHORTFALL_NOT_JUDGED == BATON_SHORTFALL_NOT_JUDGED &&
                   SHORTFALL_NOT_MEASURED == BATON_SHORTFALL_NOT_MEASURED &&
                   SHORTFALL_NOT_LOGGED == BATON_SHORTFALL_NOT_LOGGED &&
                   SHORTFALL_NO_TPM_LOG == BATON_SHORTFALL_NO_TPM_LOG &&
                   SHORTFALL_NO_RANDOM_SEED == BATON_SHORTFALL_NO_RANDOM_SEED &&
                   SHORTFALL_NO_MEMORY_OVERWRITE == BATON_SHORTFALL_NO_MEMORY_OVERWRITE &&
                   SHORTFALL_NO_OPTION_ROMS == BATON_SHORTFALL_NO_OPTION_ROMS &&
                   SHORTFALL_MAP_TOO_LARGE == BATON_SHORTFALL_MAP_TOO_LARGE && SHORTFALLS == 8,
               "the public numbers");

/* What can be said from the head alone; prepare() looks at the rest. */
static bool recognise(struct span head, uint64_t file_size, struct explanation *ret_why)
{
    struct elf_header header;
    struct elf_image image;
    struct span table;
    enum elf_error error = elf_header(head, file_size, &header);

    *ret_why = (struct explanation){0};
    if (error == ELF_OK &&
        span_part(head, header.table_offset, (uint64_t)header.table_count * ELF_PROGRAM_HEADER_SIZE,
                  &table))
        error = elf_image(&header, table, file_size, &image);
    if (error != ELF_OK)
        *ret_why = elf_explain(error);
    return error != ELF_NO_MAGIC;
}

/* As a Linux kernel's, but that modules have names, which the kernel is told. */
static void measure(const struct native_loading *loading)
{
    struct boot *boot = loading->boot;

    trust_measure_options(boot);
    for (unsigned int i = 0; i < boot->payload.module_count; i++) {
        const struct baton_module *module = &loading->modules[i];

        (void)measure_module(boot->environment.tpm, boot->payload.modules[i].path,
                             span_of((const void *)(uintptr_t)module->address, module->size));
    }
}

static bool prepare(struct boot *boot, struct boot_plan *ret_plan)
{
    const struct explanation no_text =
        because("its options are not UTF-8, as the native protocol promises",
                "save the entry as UTF-8 text");
    const char *options = boot->payload.command_line;
    struct native_loading loading = {.boot = boot};
    struct entry_state entry = {0};

    if (!utf8_is_sound(span_of(options, text_length(options))))
        return boot_refuse(boot, no_text);
    if (!native_load(&loading) || !native_build_handoff(&loading) ||
        !native_build_space(&loading, &entry))
        return false;
    measure(&loading);
    entry.entry = loading.image.entry + loading.slide;
    entry.stack = loading.stack + PAGE_SIZE + loading.wishes.stack_size;
    entry.argument = (uintptr_t)loading.state->handoff;
    entry.code = loading.physical;
    entry.code_size = loading.image.size;
    *ret_plan = (struct boot_plan){.state = loading.state, .entry = entry};
    return true;
}

static bool finish(struct boot_plan *plan, const struct memory_map *map,
                   const struct exit_journal *journal)
{
    struct native_state *state = plan->state;
    struct baton_handoff *handoff = state->handoff;
    struct handoff_holdings holdings = state->holdings;
    uint64_t map_start = (uintptr_t)map->data & ~(PAGE_SIZE - 1);
    uint64_t map_end = (uintptr_t)map->data + map->size;
    struct ranges walk;
    size_t count;

    if (!handoff_hold(&holdings, map_start, pages_for(map_end - map_start) * PAGE_SIZE,
                      BATON_MEMORY_HANDOFF) ||
        !ranges_begin(&walk, map, state->events, state->scratch, state->event_capacity))
        return false;
    count = handoff_map(&walk, &holdings, state->regions, state->region_capacity);
    if (count == 0)
        return false;
    /* What is mapped is what the map said before the exit: the last one decides. */
    handoff->flags = 0;
    if (state->runtime_is_mapped && native_runtime_is_mapped(state, map))
        handoff->flags = BATON_FLAG_RUNTIME_CALLABLE;
    handoff->memory = handoff_table(state->regions, count, sizeof(*state->regions));
    handoff->efi_map = (struct baton_range){.address = (uintptr_t)map->data, .size = map->size};
    handoff->efi_descriptor_size = (uint32_t)map->descriptor_size;
    handoff->efi_descriptor_version = map->descriptor_version;
    handoff->shortfalls = plan->shortfalls;
    handoff_journal(journal, state->attempts, state->exit);
    handoff->tsc_hz = journal->ticks_hz;
    handoff->tsc_enter = arch_ticks();
    return true;
}

void boot_native(struct boot_protocol *ret_protocol)
{
    *ret_protocol = (struct boot_protocol){
        .wants_memory_end = true, /* the hand-off promises all memory in one identity map */
        .recognise = recognise,
        .prepare = prepare,
        .finish = finish};
}
