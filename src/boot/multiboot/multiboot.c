/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 (manual, version 2.0) in its two forms: a kernel that leaves boot services itself, as
 * Xen does, is entered with them alive and gets no map, which would be stale; for every other one
 * Baton leaves, and enters it in protected mode with the final map. Not by the firmware's judgement
 * in any case: nobody signs such kernels.
 */
#include "arch/x86_entry.h"
#include "boot/flat_space.h"
#include "boot/measure.h"
#include "boot/multiboot/multiboot_loading.h"
#include "boot/trust.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/image/gzip.h"
#include "core/memory/ranges.h"
#include "core/multiboot/multiboot_info.h"
#include "efi/pages.h"

/* What finish() writes to, and the scratch it needs: worst case, reserved by prepare(). */
struct multiboot_state {
    struct multiboot_info info; /* all of it but for what the map tells */
    uint64_t *events;
    uint64_t *scratch;
    size_t event_capacity;
    uint64_t inherited_start; /* where the kernel is moved to; all 0 when it is not */
    uint64_t inherited_end;
};

/* A gzip file may hold anything; what it is shows when it is unpacked. */
static bool recognise(struct span head, uint64_t file_size, struct explanation *ret_why)
{
    struct multiboot_header header;
    enum multiboot_header_error error = MULTIBOOT_HEADER_OK;

    (void)file_size;
    if (!gzip_recognise(head))
        error = multiboot_header_find(head, &header);
    *ret_why = (struct explanation){0};
    if (error != MULTIBOOT_HEADER_OK)
        *ret_why = multiboot_header_explain(error);
    return error != MULTIBOOT_NO_HEADER;
}

/* The words of module `index`; NULL: it has none, as an initrd. */
static const char *words_of(const struct boot *boot, unsigned int index)
{
    return index < boot->entry->module_count ? bls_module_words(boot->entry->modules[index]) : NULL;
}

/*
 * Strings. A kernel that keeps boot services gets each path in front of the words: Xen takes the
 * first word of its own line, and of the first module's, for the image's name and throws it away,
 * unless its loader is called GRUB. Other kernels get the words alone, as from GRUB and Limine, and
 * the path only for want of words.
 */
static void put_strings(struct multiboot_loading *loading, struct multiboot_info *info)
{
    const struct boot *boot = loading->boot;
    const struct payload *payload = &boot->payload;
    bool with_paths = loading->header.keeps_services;

    multiboot_info_put_words(info, MULTIBOOT_INFO_COMMAND_LINE,
                             with_paths ? payload->kernel.path : "", payload->command_line);
    multiboot_info_put_words(info, MULTIBOOT_INFO_LOADER, "Baton", BATON_VERSION);
    for (unsigned int i = 0; i < payload->module_count; i++) {
        const char *words = words_of(boot, i);
        uint64_t address = (uintptr_t)loading->modules[i].data;

        loading->names[i] = multiboot_info_put_module(
            info, (uint32_t)address, (uint32_t)(address + loading->modules[i].size),
            with_paths || words == NULL ? payload->modules[i].path : "",
            words == NULL ? "" : words);
    }
}

/* As much of it as its revision says that there is. */
static struct span rsdp_of(const struct boot *boot)
{
    const uint8_t *at = (const uint8_t *)(uintptr_t)boot->environment.acpi_rsdp;
    uint32_t length = MULTIBOOT_RSDP_1_SIZE;

    if (at == NULL)
        return span_of(NULL, 0);
    if (at[15] >= 2)
        memcpy(&length, at + 20, sizeof(length));
    if (length < MULTIBOOT_RSDP_2_SIZE || length > PAGE_SIZE)
        length = MULTIBOOT_RSDP_1_SIZE;
    return span_of(at, length);
}

/* All tags that do not depend on the map; at first into nothing, to know their size. */
static void put_tags(struct multiboot_loading *loading, struct multiboot_info *info)
{
    const struct boot *boot = loading->boot;

    put_strings(loading, info);
    multiboot_info_put_u32(info, MULTIBOOT_INFO_LOAD_BASE, (uint32_t)loading->base);
    multiboot_info_put_u64(info, MULTIBOOT_INFO_SYSTEM_TABLE, boot->environment.system_table);
    multiboot_info_put_rsdp(info, rsdp_of(boot));
    if (loading->header.wants_framebuffer)
        multiboot_info_put_framebuffer(info, &boot->environment.framebuffer);
    if (loading->header.keeps_services) {
        multiboot_info_put(info, MULTIBOOT_INFO_SERVICES, span_of(NULL, 0));
        multiboot_info_put_u64(info, MULTIBOOT_INFO_IMAGE_HANDLE,
                               (uintptr_t)boot->firmware->image_handle);
    }
}

static bool take(struct multiboot_loading *loading, enum memory_type type, uint64_t size,
                 uint64_t *ret_address)
{
    efi_status status = pages_take(loading->boot->firmware, type, size, ret_address);

    return status == 0 || boot_fail_room(loading->boot, status);
}

/* Tags and room for `more` bytes. */
static bool build_info(struct multiboot_loading *loading, uint64_t more,
                       struct multiboot_info *ret_info)
{
    struct multiboot_info info = multiboot_info_in(NULL, 0);
    uint64_t address;

    put_tags(loading, &info);
    more += info.size + MULTIBOOT_INFO_END_SIZE;
    if (!take(loading, MEMORY_LOADER_DATA, more, &address))
        return false;
    *ret_info = multiboot_info_in((uint8_t *)(uintptr_t)address, more);
    put_tags(loading, ret_info);
    return true;
}

/* As the modules of a native kernel, with the names that this one gets. */
static void measure(const struct multiboot_loading *loading)
{
    struct boot *boot = loading->boot;

    trust_measure_options(boot);
    for (unsigned int i = 0; i < boot->payload.module_count; i++)
        (void)measure_module(boot->environment.tpm, loading->names[i], loading->modules[i]);
}

static uint64_t entry_of(const struct multiboot_loading *loading)
{
    return loading->base + (loading->image.entry - loading->image.start);
}

static void enter_alive(const struct entry_state *entry)
{
    arch_enter_alive(entry->entry, MULTIBOOT_BOOTED, (uint32_t)entry->argument);
}

static bool prepare_alive(struct multiboot_loading *loading, struct boot_plan *ret_plan)
{
    struct multiboot_info info;

    if (!build_info(loading, 0, &info))
        return false;
    (void)multiboot_info_finish(&info);
    measure(loading);
    *ret_plan = (struct boot_plan){
        .enter_alive = enter_alive,
        .entry = {.entry = entry_of(loading), .argument = (uintptr_t)info.data},
    };
    return true;
}

static bool reserve_state(struct multiboot_loading *loading, struct multiboot_state **ret_state)
{
    uint64_t descriptors = loading->boot->map_descriptors_max;
    uint64_t events = ranges_events_max(descriptors);
    struct multiboot_state *state;
    uint64_t address;

    if (!take(loading, MEMORY_LOADER_DATA, sizeof(*state) + 2 * events * sizeof(uint64_t),
              &address))
        return false;
    state = (struct multiboot_state *)(uintptr_t)address;
    *state = (struct multiboot_state){.events = (uint64_t *)(void *)(state + 1),
                                      .scratch = (uint64_t *)(void *)(state + 1) + events,
                                      .event_capacity = events};
    if (loading->staged != loading->base) {
        state->inherited_start = loading->base & ~(PAGE_SIZE - 1);
        state->inherited_end = pages_for(multiboot_image_end(loading)) * PAGE_SIZE;
    }
    *ret_state = state;
    return build_info(loading, multiboot_info_maps_max(descriptors), &state->info);
}

static bool prepare_gone(struct multiboot_loading *loading, struct boot_plan *ret_plan)
{
    struct multiboot_state *state = NULL;
    struct protected_entry kernel = {.from = loading->staged,
                                     .to = loading->base,
                                     .entry = (uint32_t)entry_of(loading),
                                     .eax = MULTIBOOT_BOOTED};
    struct boot_plan plan = {0};
    uint64_t page = 0;
    uint64_t root = 0;

    if (!reserve_state(loading, &state) ||
        !take(loading, MEMORY_LOADER_CODE, ARCH_PROTECTED_SIZE, &page) ||
        !flat_space_build(loading->boot, PAGES_BELOW_4G + 1, &root))
        return false;
    measure(loading);
    if (loading->staged != loading->base)
        kernel.size = loading->image.end - loading->image.start;
    kernel.ebx = (uint32_t)(uintptr_t)state->info.data;
    arch_protected_build(&kernel, (void *)(uintptr_t)page, &plan.entry);
    plan.entry.address_space = root;
    plan.state = state;
    *ret_plan = plan;
    return true;
}

static bool prepare(struct boot *boot, struct boot_plan *ret_plan)
{
    const struct explanation no_console =
        because("it requires a console, and this machine has none that it knows",
                "give the machine a display");
    struct multiboot_loading loading = {.boot = boot};
    const struct multiboot_header *header = &loading.header;

    if (!multiboot_load(&loading))
        return false;
    if (header->needs_console &&
        !(header->wants_framebuffer && boot->environment.framebuffer.address != 0))
        return boot_refuse(loading.boot, no_console);
    return header->keeps_services ? prepare_alive(&loading, ret_plan)
                                  : prepare_gone(&loading, ret_plan);
}

static bool finish(struct boot_plan *plan, const struct memory_map *map,
                   const struct exit_journal *journal)
{
    const struct multiboot_state *state = plan->state;
    struct multiboot_info info = state->info;
    struct ranges walk;

    (void)journal;
    if (!ranges_begin(&walk, map, state->events, state->scratch, state->event_capacity) ||
        !ranges_can_be_inherited(&walk, state->inherited_start, state->inherited_end))
        return false;
    return ranges_begin(&walk, map, state->events, state->scratch, state->event_capacity) &&
           multiboot_info_put_maps(&info, map, &walk) && multiboot_info_finish(&info);
}

void boot_multiboot(struct boot_protocol *ret_protocol)
{
    *ret_protocol =
        (struct boot_protocol){.recognise = recognise, .prepare = prepare, .finish = finish};
}
