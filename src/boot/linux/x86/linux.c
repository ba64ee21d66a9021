/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux boot protocol by its 64-bit entry (https://docs.kernel.org/arch/x86/boot.html): puts
 * the pieces where core/linux/x86/linux_placement.h says, and the final map into what was reserved
 * for it. Knows no offset of the zero page and no firmware service.
 */
#include "arch/arch.h"
#include "boot/failure.h"
#include "boot/flat_space.h"
#include "boot/linux/hand_over.h"
#include "boot/linux/x86/linux_loading.h"
#include "boot/linux/x86/linux_nodes.h"
#include "boot/measure.h"
#include "boot/trust.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/linux/x86/e820.h"
#include "core/linux/x86/efi_map_shrink.h"
#include "core/linux/x86/linux_options.h"
#include "core/linux/x86/zero_page.h"
#include "core/memory/ranges.h"
#include "core/text/text.h"
#include "efi/pages.h"

/* What finish() writes to, and the scratch it needs: worst case, reserved by prepare(). */
struct linux_state {
    uint8_t *zero_page;
    uint8_t *extension;        /* a setup_data node: SETUP_E820_EXT */
    size_t extension_capacity; /* entries */
    uint64_t *events;
    uint64_t *scratch;
    size_t event_capacity;
    uint8_t *journal;  /* a setup_data node: the exit's journal as text */
    uint8_t *map_copy; /* for a map that Linux cannot take as it is */
    uint64_t map_copy_capacity;
    uint64_t first_node;      /* of the setup_data nodes that are ready before the exit; 0: none */
    uint64_t inherited_start; /* memory that was the boot services' and is to be the kernel's */
    uint64_t inherited_end;
    bool soft_reserve; /* memory for special purposes is kept apart */
};

/*
 * The type of the node with the journal, "BATN". Linux passes over types it does not know and shows
 * every node under /sys/kernel/boot_params/setup_data, which is all that is wanted of it. It is the
 * one node above kernel_info.setup_type_max, which no kernel will ever give a meaning to.
 */
#define SETUP_DATA_BATON 0x4e544142U

/* Layout of `zero_area`. */
#define AREA_ZERO_PAGE    0U
#define AREA_STACK        (AREA_ZERO_PAGE + ZERO_PAGE_SIZE)
#define AREA_COMMAND_LINE (AREA_STACK + PAGE_SIZE)

static bool recognise(struct span head, uint64_t file_size, struct explanation *ret_why)
{
    struct bzimage image;
    enum bzimage_error error = bzimage_parse(head, file_size, &image);

    *ret_why = (struct explanation){0};
    if (error != BZIMAGE_OK)
        *ret_why = bzimage_explain(error);
    return error != BZIMAGE_NO_MAGIC;
}

static bool build_zero_area(struct linux_loading *loading)
{
    const struct explanation too_long =
        because("the command line is longer than this kernel takes", "shorten it");
    struct boot *boot = loading->boot;
    uint64_t length = text_length(boot->payload.command_line);
    struct linux_places places;
    struct zero_page_input input;
    efi_status status;

    if (length > loading->image.command_line_max)
        return boot_refuse(loading->boot, too_long);
    linux_table_places(&loading->image, AREA_COMMAND_LINE + length + 1, &places);
    if (!linux_take_place(loading, &places, MEMORY_LOADER_DATA, &loading->zero_area, &status))
        return boot_fail_room(loading->boot, status);
    memcpy((void *)(uintptr_t)(loading->zero_area.address + AREA_COMMAND_LINE),
           boot->payload.command_line, length + 1);
    input = (struct zero_page_input){
        .head = payload_head(&boot->payload),
        .image = &loading->image,
        .load_address = loading->kernel.address,
        .alignment = loading->kernel.alignment,
        .initrd_address = loading->initrd.address,
        .initrd_size = loading->initrd.size,
        .command_line = loading->zero_area.address + AREA_COMMAND_LINE,
        .acpi_rsdp = boot->environment.acpi_rsdp,
        .system_table = boot->environment.system_table,
        .framebuffer = &boot->environment.framebuffer,
        .edid = boot->environment.edid,
        .secure_boot = boot->environment.secure_boot,
    };
    zero_page_build(&input, (uint8_t *)(uintptr_t)(loading->zero_area.address + AREA_ZERO_PAGE));
    return true;
}

/* As the kernel's own stub does, in its order: the options, then the initrd. */
static void measure(struct linux_loading *loading)
{
    trust_measure_options(loading->boot);
    (void)measure_initrd(
        loading->boot->environment.tpm,
        span_of((const void *)(uintptr_t)loading->initrd.address, loading->initrd.size));
}

/* What lies outside the zero page and does not depend on the map. */
static void add_nodes(struct linux_loading *loading, struct linux_state *state)
{
    struct span code =
        span_of((const void *)(uintptr_t)loading->kernel.address, loading->image.code_size);

    if (!linux_nodes_gather(loading->boot->firmware, bzimage_setup_type_max(&loading->image, code),
                            &state->first_node))
        loading->boot->shortfalls |= SHORTFALL_NO_OPTION_ROMS;
    /* Older kernels take it for memory like any other through their own stub too. */
    state->soft_reserve = loading->image.version >= BZIMAGE_VERSION_SOFT_RESERVE &&
                          linux_options_soft_reserve(loading->boot->payload.command_line);
}

/* Takes `bytes` from the run of pages at *next, on a page boundary. */
static void *carve(uint64_t *next, uint64_t bytes)
{
    uint64_t piece = *next;

    *next += pages_for(bytes) * PAGE_SIZE;
    return (void *)(uintptr_t)piece;
}

/* One reservation for everything that depends on the final map; never touched unless it is needed.
 */
static bool reserve_state(struct linux_loading *loading, struct linux_state **ret_state)
{
    uint64_t descriptors = loading->boot->map_descriptors_max;
    uint64_t events = ranges_events_max(descriptors);
    uint64_t extension = e820_extension_max(descriptors);
    uint64_t extension_bytes = E820_NODE_HEADER + extension * E820_ENTRY_SIZE;
    uint64_t map_bytes = (descriptors + 1) * sizeof(struct memory_descriptor);
    struct linux_state *state;
    uint64_t pages;
    uint64_t next;
    efi_status status;

    pages = pages_for(sizeof(*state)) + pages_for(extension_bytes) +
            pages_for(SETUP_DATA_HEADER_SIZE + LINUX_JOURNAL_CAPACITY) +
            2 * pages_for(events * sizeof(uint64_t)) + pages_for(map_bytes);
    status = pages_take(loading->boot->firmware, MEMORY_LOADER_DATA, pages * PAGE_SIZE, &next);
    if (status != 0)
        return boot_fail_room(loading->boot, status);
    state = carve(&next, sizeof(*state));
    state->zero_page = (uint8_t *)(uintptr_t)(loading->zero_area.address + AREA_ZERO_PAGE);
    state->extension = carve(&next, extension_bytes);
    state->extension_capacity = extension;
    state->journal = carve(&next, SETUP_DATA_HEADER_SIZE + LINUX_JOURNAL_CAPACITY);
    state->events = carve(&next, events * sizeof(uint64_t));
    state->scratch = carve(&next, events * sizeof(uint64_t));
    state->event_capacity = events;
    state->map_copy = carve(&next, map_bytes);
    state->map_copy_capacity = map_bytes;
    state->inherited_start = loading->inherited_start;
    state->inherited_end = loading->inherited_end;
    add_nodes(loading, state);
    *ret_state = state;
    return true;
}

/* Linux builds its own from it at once, and maps what else it meets on demand, so it has to cover
 * only what is ours. */
static bool build_page_table(struct linux_loading *loading, uint64_t *ret_root)
{
    return flat_space_build(loading->boot, linux_mapped_end(loading), ret_root);
}

static bool check_kernel(struct boot *boot, struct bzimage *ret_image)
{
    /* What finds itself with more levels than it knows loads tables that mean something else. */
    const struct explanation four_levels = because(
        "the firmware runs with five levels of page tables, and this kernel knows only four",
        "use Linux 5.3 or later, or turn 5-level paging (LA57) off in the firmware's setup");
    enum bzimage_error error =
        bzimage_parse(payload_head(&boot->payload), boot->payload.kernel.size, ret_image);

    if (error != BZIMAGE_OK)
        return boot_refuse(boot, bzimage_explain(error));
    return arch_space_levels() < 5 || (ret_image->xloadflags & BZIMAGE_XLF_5LEVEL) != 0 ||
           boot_refuse(boot, four_levels);
}

static bool prepare(struct boot *boot, struct boot_plan *ret_plan)
{
    struct linux_loading loading = {.boot = boot};
    struct linux_state *state = NULL;
    uint64_t address_space = 0;

    if (!check_kernel(boot, &loading.image) || !linux_load_kernel(&loading) ||
        !linux_load_initrds(&loading) || !build_zero_area(&loading) ||
        !reserve_state(&loading, &state) || !build_page_table(&loading, &address_space))
        return false;
    measure(&loading);
    *ret_plan = (struct boot_plan){
        .state = state,
        .entry = {.entry = loading.kernel.address + BZIMAGE_ENTRY_64,
                  .stack = loading.zero_area.address + AREA_STACK + PAGE_SIZE,
                  .address_space = address_space,
                  .argument = loading.zero_area.address + AREA_ZERO_PAGE,
                  .code = loading.kernel.address,
                  .code_size = loading.image.code_size},
    };
    return true;
}

/* The map itself, unless it is more than Linux can map: then a copy that is made to fit. */
static struct memory_map map_for_linux(const struct linux_state *state,
                                       const struct memory_map *map, uint32_t *shortfalls)
{
    struct memory_map copy = {.data = state->map_copy};

    if (map->size > state->map_copy_capacity)
        return *map;
    switch (efi_map_shrink(map, state->events, state->scratch, state->event_capacity, &copy)) {
    case EFI_MAP_STILL_TOO_LARGE:
        *shortfalls |= SHORTFALL_MAP_TOO_LARGE;
        return *map;
    case EFI_MAP_FITS:
        return *map;
    default:
        return copy;
    }
}

/* How the exit went, as text that userspace can read. */
static void add_journal(const struct linux_state *state, uint32_t shortfalls,
                        const struct exit_journal *journal)
{
    size_t length =
        linux_put_journal((char *)state->journal + SETUP_DATA_HEADER_SIZE, journal, shortfalls);

    zero_page_add_setup_data(state->zero_page, state->journal, (uintptr_t)state->journal,
                             SETUP_DATA_BATON, (uint32_t)length);
}

/* What boot services were to leave behind: is it still nobody's else? */
static bool inherits(const struct linux_state *state, const struct memory_map *map)
{
    struct ranges walk;

    return state->inherited_end == 0 ||
           (ranges_begin(&walk, map, state->events, state->scratch, state->event_capacity) &&
            ranges_can_be_inherited(&walk, state->inherited_start, state->inherited_end));
}

static bool finish(struct boot_plan *plan, const struct memory_map *map,
                   const struct exit_journal *journal)
{
    struct linux_state *state = plan->state;
    struct e820_target target = {.table = zero_page_e820(state->zero_page),
                                 .extension = state->extension + SETUP_DATA_HEADER_SIZE,
                                 .extension_capacity = state->extension_capacity,
                                 .soft_reserve = state->soft_reserve};
    uint32_t shortfalls = plan->shortfalls;
    struct memory_map handed_over;
    struct e820_counts counts;
    struct ranges walk;

    if (!inherits(state, map) ||
        !ranges_begin(&walk, map, state->events, state->scratch, state->event_capacity) ||
        e820_convert(&walk, &target, &counts) != E820_OK)
        return false;
    zero_page_set_e820_count(state->zero_page, counts.table);
    zero_page_set_setup_data(state->zero_page, state->first_node);
    if (counts.extension > 0)
        zero_page_add_setup_data(state->zero_page, state->extension, (uintptr_t)state->extension,
                                 SETUP_DATA_E820_EXT, counts.extension * E820_ENTRY_SIZE);
    handed_over = map_for_linux(state, map, &shortfalls);
    add_journal(state, shortfalls, journal);
    zero_page_set_efi_map(state->zero_page, &handed_over);
    return true;
}

void boot_linux(struct boot_protocol *ret_protocol)
{
    *ret_protocol = (struct boot_protocol){.signable = true,
                                           .recognise = recognise,
                                           .prepare = prepare,
                                           .commit = linux_hand_over,
                                           .finish = finish};
}
