/* SPDX-License-Identifier: BSD-2-Clause */
/* The hand-off that include/baton-handoff.h promises. Knows that promise; page tables and memory
 * map are made elsewhere. */
#include "boot/native/native_loading.h"

#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/memory/ranges.h"
#include "core/text/text.h"
#include "efi/linux/random.h"

/* The next piece of the hand-off's memory, cleared. area_size() has counted it. */
static void *area_take(struct native_loading *loading, uint64_t size)
{
    uint8_t *piece = loading->area;

    loading->area += (size + 7) & ~7ULL;
    memset(piece, 0, size);
    return piece;
}

static uint64_t area_piece(uint64_t size)
{
    return (size + 7) & ~7ULL;
}

static uint64_t area_size(const struct boot *boot)
{
    uint64_t size = sizeof(struct baton_handoff) + sizeof(struct baton_exit) +
                    EXIT_JOURNAL_ATTEMPTS * sizeof(struct baton_attempt) +
                    boot->payload.module_count * sizeof(struct baton_module) +
                    sizeof(struct baton_framebuffer) + sizeof(boot->environment.edid);

    size += area_piece(sizeof("Baton " BATON_VERSION));
    size += area_piece(text_length(boot->payload.command_line) + 1);
    size += area_piece(text_length(boot->payload.kernel.path) + 1);
    for (unsigned int i = 0; i < boot->payload.module_count; i++)
        size += area_piece(text_length(boot->payload.modules[i].path) + 1);
    return size;
}

static struct baton_string put_string(struct native_loading *loading, const char *string)
{
    uint64_t size = text_length(string);

    return (struct baton_string){
        .address = (uintptr_t)memcpy(area_take(loading, size + 1), string, size + 1), .size = size};
}

bool native_hold(struct native_loading *loading, uint64_t start, uint64_t size, uint32_t type)
{
    const struct explanation defect = because("memory was given out twice", "report this defect");

    return handoff_hold(&loading->state->holdings, start, size, type) ||
           native_fail(loading, "placing", defect, 0);
}

/* Reserves everything that depends on the final map, and begins the hand-off. */
static bool reserve(struct native_loading *loading)
{
    uint64_t descriptors = loading->boot->map_descriptors_max;
    size_t events = ranges_events_max(descriptors);
    size_t region_count = handoff_regions_max(descriptors);
    uint64_t regions_size = pages_for(region_count * sizeof(struct baton_region)) * PAGE_SIZE;
    uint64_t area = pages_for(area_size(loading->boot)) * PAGE_SIZE;
    uint64_t stack = PAGE_SIZE + loading->wishes.stack_size;
    struct native_state *state;
    uint64_t address;
    uint64_t area_address;
    uint64_t regions_address;
    efi_status status =
        native_take(loading, sizeof(*state) + 2 * events * sizeof(uint64_t), 0, &address);

    if (status == 0)
        status = native_take(loading, area, 0, &area_address);
    if (status == 0)
        status = native_take(loading, regions_size, 0, &regions_address);
    if (status == 0)
        status = native_take(loading, stack, 0, &loading->stack);
    if (status != 0)
        return boot_fail_room(loading->boot, status);
    state = (struct native_state *)(uintptr_t)address;
    memset(state, 0, sizeof(*state));
    state->events = (uint64_t *)(void *)(state + 1);
    state->scratch = state->events + events;
    state->event_capacity = events;
    loading->state = state;
    loading->area = (uint8_t *)(uintptr_t)area_address;
    state->handoff = area_take(loading, sizeof(struct baton_handoff));
    state->handoff->total_size = area;
    state->exit = area_take(loading, sizeof(struct baton_exit));
    state->attempts = area_take(loading, EXIT_JOURNAL_ATTEMPTS * sizeof(struct baton_attempt));
    state->regions = (struct baton_region *)(uintptr_t)regions_address;
    state->region_capacity = region_count;
    return native_hold(loading, area_address, area, BATON_MEMORY_HANDOFF) &&
           native_hold(loading, regions_address, regions_size, BATON_MEMORY_HANDOFF) &&
           native_hold(loading, loading->stack + PAGE_SIZE, loading->wishes.stack_size,
                       BATON_MEMORY_STACK) &&
           native_hold(loading, loading->physical, loading->image.size, BATON_MEMORY_KERNEL);
}

static struct baton_channel channel(struct framebuffer_channel from)
{
    return (struct baton_channel){.size = from.size, .position = from.position};
}

bool native_framebuffer_pages(const struct framebuffer *from, uint64_t *ret_start,
                              uint64_t *ret_end)
{
    uint64_t end;

    if (from->address == 0 || from->size == 0 || !checked_add(from->address, from->size, &end) ||
        !checked_align_up(end, PAGE_SIZE, &end) || end > ADDRESS_SPACE_LOWER_END)
        return false;
    *ret_start = from->address & ~(PAGE_SIZE - 1);
    *ret_end = end;
    return true;
}

static void put_framebuffer(struct native_loading *loading)
{
    const struct boot_environment *environment = &loading->boot->environment;
    const struct framebuffer *from = &environment->framebuffer;
    struct baton_framebuffer *to = area_take(loading, sizeof(*to));
    uint8_t *edid = area_take(loading, sizeof(environment->edid));
    uint64_t start;
    uint64_t end;
    bool usable = native_framebuffer_pages(from, &start, &end);

    *to = (struct baton_framebuffer){
        .address = from->address,
        .size = from->size,
        .width = from->width,
        .height = from->height,
        .pitch = from->pitch,
        .bits_per_pixel = from->bits_per_pixel,
        .red = channel(from->red),
        .green = channel(from->green),
        .blue = channel(from->blue),
        .unused = channel(from->reserved),
    };
    memcpy(edid, environment->edid, sizeof(environment->edid));
    if (edid[1] == 0xff) /* EDID begins 00 ff ff ff ff ff ff 00; unknown is all zero */
        to->edid =
            (struct baton_range){.address = (uintptr_t)edid, .size = sizeof(environment->edid)};
    loading->state->handoff->framebuffers = handoff_table(to, usable ? 1 : 0, sizeof(*to));
}

static bool put_modules(struct native_loading *loading)
{
    unsigned int count = loading->boot->payload.module_count;
    struct baton_module *modules = area_take(loading, count * sizeof(*modules));

    for (unsigned int i = 0; i < count; i++) {
        modules[i] = loading->modules[i];
        modules[i].name = put_string(loading, loading->boot->payload.modules[i].path);
        if (!native_hold(loading, modules[i].address,
                         pages_for(modules[i].size == 0 ? 1 : modules[i].size) * PAGE_SIZE,
                         BATON_MEMORY_MODULE))
            return false;
    }
    loading->state->handoff->modules = handoff_table(modules, count, sizeof(*modules));
    return true;
}

/* Everything but the memory map, the journal and the page tables. */
static bool fill_handoff(struct native_loading *loading)
{
    const struct boot *boot = loading->boot;
    const struct boot_environment *environment = &boot->environment;
    struct baton_handoff *handoff = loading->state->handoff;

    handoff->magic = BATON_HANDOFF_MAGIC;
    handoff->version_major = BATON_VERSION_MAJOR;
    handoff->version_minor = BATON_VERSION_MINOR;
    handoff->header_size = sizeof(*handoff);
    handoff->loader = put_string(loading, "Baton " BATON_VERSION);
    handoff->command_line = put_string(loading, boot->payload.command_line);
    handoff->kernel_path = put_string(loading, boot->payload.kernel.path);
    handoff->kernel_virtual = loading->image.start + loading->slide;
    handoff->kernel_physical = loading->physical;
    handoff->kernel_size = loading->image.size;
    handoff->kernel_slide = loading->slide;
    handoff->stack = (struct baton_range){.address = loading->stack + PAGE_SIZE,
                                          .size = loading->wishes.stack_size};
    handoff->acpi_rsdp = environment->acpi_rsdp;
    handoff->smbios = environment->smbios;
    handoff->smbios3 = environment->smbios3;
    handoff->efi_system_table = environment->system_table;
    handoff->exit = handoff_table(loading->state->exit, 1, sizeof(*loading->state->exit));
    handoff->tsc_start = environment->ticks_start;
    handoff->secure_boot = environment->secure_boot;
    if (random_seed(loading->boot->firmware, handoff->random_seed, sizeof(handoff->random_seed)))
        handoff->random_seed_size = sizeof(handoff->random_seed);
    put_framebuffer(loading);
    return put_modules(loading);
}

bool native_build_handoff(struct native_loading *loading)
{
    return reserve(loading) && fill_handoff(loading);
}

struct runtime_code native_runtime_code(const struct native_loading *loading)
{
    const uint8_t *table = (const uint8_t *)(uintptr_t)loading->boot->environment.memory_attributes;
    struct runtime_code code = {0};
    uint64_t size;

    if (table == NULL)
        return code;
    size = runtime_code_table_size(span_of(table, RUNTIME_CODE_HEADER_SIZE));
    if (size == 0 || !runtime_code_find(span_of(table, size), &code))
        return (struct runtime_code){0};
    for (uint32_t i = 0; i < code.count; i++) {
        if (code.ranges[i].end > ADDRESS_SPACE_LOWER_END)
            return (struct runtime_code){0};
    }
    return code;
}
