/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native protocol: an ELF64 kernel, its own page tables and the hand-off that
 * include/baton-handoff.h promises. Knows that promise and where things are put; ELF, page tables
 * and memory map are made elsewhere, and no firmware service is known by name.
 */
#include "arch/arch.h"
#include "baton-handoff.h"
#include "boot/failure.h"
#include "boot/protocol.h"
#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/image/elf.h"
#include "core/memory/ranges.h"
#include "core/memory/runtime_code.h"
#include "core/native/handoff_journal.h"
#include "core/native/handoff_map.h"
#include "core/native/kernel_note.h"
#include "core/native/kernel_space.h"
#include "core/text/text.h"
#include "efi/linux/random.h"
#include "efi/pages.h"

#define LOWER_HALF_END (1ULL << 47)

_Static_assert(SHORTFALL_NOT_JUDGED == BATON_SHORTFALL_NOT_JUDGED &&
                   SHORTFALL_NOT_MEASURED == BATON_SHORTFALL_NOT_MEASURED &&
                   SHORTFALL_NOT_LOGGED == BATON_SHORTFALL_NOT_LOGGED &&
                   SHORTFALL_NO_TPM_LOG == BATON_SHORTFALL_NO_TPM_LOG &&
                   SHORTFALL_NO_RANDOM_SEED == BATON_SHORTFALL_NO_RANDOM_SEED &&
                   SHORTFALL_NO_MEMORY_OVERWRITE == BATON_SHORTFALL_NO_MEMORY_OVERWRITE &&
                   SHORTFALL_NO_OPTION_ROMS == BATON_SHORTFALL_NO_OPTION_ROMS &&
                   SHORTFALL_MAP_TOO_LARGE == BATON_SHORTFALL_MAP_TOO_LARGE && SHORTFALLS == 8,
               "the public numbers");

/* What a kernel that is large enough is aligned to, so that it can be mapped by large pages. */
#define LARGE_PAGE (1ULL << 21)

/* What finish() writes to, and the scratch it needs: worst case, reserved by prepare(). */
struct native_state {
    struct baton_handoff *handoff;
    struct baton_region *regions;
    size_t region_capacity;
    struct baton_exit *exit;
    struct baton_attempt *attempts;
    uint64_t *events;
    uint64_t *scratch;
    size_t event_capacity;
    struct handoff_holdings holdings;
};

struct loading {
    struct boot *boot;
    struct elf_image image;
    uint64_t stack_size; /* whole pages */
    uint64_t physical;   /* where image.start is */
    uint64_t slide;      /* added to every address of the file */
    uint64_t stack;      /* the unmapped page below it comes first */
    uint64_t highest;    /* end of the highest memory taken */
    struct baton_module modules[BOOT_MODULES_MAX];
    struct native_state *state;
    uint8_t *area; /* the hand-off's memory: what is left of it */
};

static bool fail(struct loading *loading, const char *doing, const char *file,
                 struct explanation why, efi_status status)
{
    return boot_fail(loading->boot, doing, file, why, status);
}

/* --- is it a kernel of ours? ---------------------------------------------------------------------
 */

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

/* Bytes of the kernel file: from its head if they are there, else read into `buffer`. */
static bool read_part(struct loading *loading, uint64_t offset, uint64_t size, uint8_t *buffer,
                      struct span *ret_part)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    efi_status status;

    if (span_part(payload_head(&loading->boot->payload), offset, size, ret_part))
        return true;
    status = boot_file_read(loading->boot->firmware, file, offset, size, buffer);
    if (status != 0)
        return fail(loading, "reading", file->path, FAILURE_UNREADABLE, status);
    *ret_part = span_of(buffer, size);
    return true;
}

static bool refuse_elf(struct loading *loading, enum elf_error error)
{
    return fail(loading, "loading", loading->boot->payload.kernel.path, elf_explain(error), 0);
}

static bool read_note(struct loading *loading)
{
    uint8_t buffer[ELF_NOTE_SIZE_MAX];
    enum kernel_note_error error;
    struct span notes;
    struct span note;

    for (uint32_t i = 0; i < loading->image.note_count; i++) {
        const struct elf_piece *piece = &loading->image.notes[i];

        if (!read_part(loading, piece->offset, piece->size, buffer, &notes))
            return false;
        if (elf_note(notes, BATON_NOTE_OWNER, BATON_NOTE_KERNEL, &note) != ELF_OK)
            continue;
        error = kernel_note_check(note, &loading->stack_size);
        return error == KERNEL_NOTE_OK ||
               fail(loading, "loading", loading->boot->payload.kernel.path,
                    kernel_note_explain(error), 0);
    }
    return refuse_elf(loading, ELF_NO_NOTE);
}

static bool read_headers(struct loading *loading)
{
    const struct boot *boot = loading->boot;
    uint8_t buffer[ELF_PROGRAM_HEADERS_MAX * ELF_PROGRAM_HEADER_SIZE];
    struct elf_header header;
    struct span table;
    enum elf_error error =
        elf_header(payload_head(&boot->payload), boot->payload.kernel.size, &header);

    if (error != ELF_OK)
        return refuse_elf(loading, error);
    if (!read_part(loading, header.table_offset,
                   (uint64_t)header.table_count * ELF_PROGRAM_HEADER_SIZE, buffer, &table))
        return false;
    error = elf_image(&header, table, boot->payload.kernel.size, &loading->image);
    if (error != ELF_OK)
        return refuse_elf(loading, error);
    return read_note(loading);
}

/* --- memory --------------------------------------------------------------------------------------
 */

/* Anywhere the page tables will reach; below 4 GiB first, unless high memory is asked for. */
static efi_status take(struct loading *loading, uint64_t size, uint64_t alignment,
                       uint64_t *ret_address)
{
    struct page_request low = {
        .type = MEMORY_LOADER_DATA, .count = pages_for(size), .alignment = alignment};
    struct page_request high = low;
    efi_status status;

    high.minimum = PAGES_BELOW_4G + 1;
    high.maximum = LOWER_HALF_END - 1;
    high.high = true;
    status = pages_allocate(loading->boot->firmware,
                            loading->boot->entry->place_high ? &high : &low, ret_address);
    if (status != 0)
        status = pages_allocate(loading->boot->firmware,
                                loading->boot->entry->place_high ? &low : &high, ret_address);
    if (status == 0 && *ret_address + size > loading->highest)
        loading->highest = *ret_address + size;
    return status;
}

static efi_status take_exactly(struct loading *loading, uint64_t address, uint64_t size)
{
    struct page_request wanted = {.type = MEMORY_LOADER_DATA,
                                  .count = pages_for(size),
                                  .minimum = address,
                                  .maximum = LOWER_HALF_END - 1,
                                  .exact = true};
    uint64_t taken;
    efi_status status = pages_allocate(loading->boot->firmware, &wanted, &taken);

    if (status == 0 && address + size > loading->highest)
        loading->highest = address + size;
    return status;
}

static bool refuse_address(struct loading *loading, efi_status status)
{
    const struct elf_image *image = &loading->image;
    const struct explanation taken =
        because("the memory that this kernel is linked for is missing or in use by the firmware",
                "link it position-independent or for the upper half of the address space");
    struct text detail;

    (void)fail(loading, "placing", loading->boot->payload.kernel.path, taken, status);
    detail = text_in(loading->boot->failure.detail, sizeof(loading->boot->failure.detail));
    text_put_hex(&detail, image->start);
    text_put(&detail, " to ");
    text_put_hex(&detail, image->start + image->size - 1);
    return false;
}

static bool place_image(struct loading *loading)
{
    const struct elf_image *image = &loading->image;
    const char *path = loading->boot->payload.kernel.path;
    uint64_t alignment = image->alignment;
    efi_status status;

    if (!image->position_independent && !image->upper_half) {
        status = take_exactly(loading, image->start, image->size);
        if (status != 0)
            return refuse_address(loading, status);
        loading->physical = image->start;
        return true;
    }
    if (alignment < LARGE_PAGE && image->size >= LARGE_PAGE)
        alignment = LARGE_PAGE; /* large pages */
    status = take(loading, image->size, alignment, &loading->physical);
    if (status != 0)
        return fail(loading, "placing", path, FAILURE_NO_MEMORY, status);
    if (image->position_independent)
        loading->slide = loading->physical - image->start;
    return true;
}

/* Straight to their places; every byte that the file does not fill is cleared, and no other. */
static bool read_segments(struct loading *loading)
{
    const struct boot_file *file = &loading->boot->payload.kernel;
    uint8_t *base = (uint8_t *)(uintptr_t)loading->physical;
    uint64_t filled = 0;

    for (uint32_t i = 0; i < loading->image.segment_count; i++) {
        const struct elf_segment *segment = &loading->image.segments[i];
        uint64_t offset = segment->address - loading->image.start;
        efi_status status;

        memset(base + filled, 0, offset - filled);
        status = boot_file_read(loading->boot->firmware, file, segment->file_offset,
                                segment->file_size, base + offset);
        if (status != 0)
            return fail(loading, "reading", file->path, FAILURE_UNREADABLE, status);
        filled = offset + segment->file_size;
    }
    memset(base + filled, 0, loading->image.size - filled);
    return true;
}

static bool load_kernel(struct loading *loading)
{
    enum elf_error error;

    if (!read_headers(loading) || !place_image(loading) || !read_segments(loading))
        return false;
    if (!loading->image.position_independent)
        return true;
    error =
        elf_relocate(&loading->image, (uint8_t *)(uintptr_t)loading->physical, loading->physical);
    return error == ELF_OK || refuse_elf(loading, error);
}

static bool load_modules(struct loading *loading)
{

    for (unsigned int i = 0; i < loading->boot->payload.module_count; i++) {
        const struct boot_file *file = &loading->boot->payload.modules[i];
        uint64_t whole = pages_for(file->size == 0 ? 1 : file->size) * PAGE_SIZE;
        uint64_t address;
        efi_status status = take(loading, whole, 0, &address);
        uint8_t *bytes = (uint8_t *)(uintptr_t)address;

        if (status != 0)
            return fail(loading, "placing", file->path, FAILURE_NO_MEMORY, status);
        memset(bytes + file->size, 0, whole - file->size);
        status = boot_file_read_all(loading->boot->firmware, file, bytes);
        if (status != 0)
            return fail(loading, "reading", file->path, FAILURE_UNREADABLE, status);
        loading->modules[i] = (struct baton_module){.address = address, .size = file->size};
    }
    return true;
}

/* --- the hand-off --------------------------------------------------------------------------------
 */

/* The next piece of the hand-off's memory, cleared. area_size() has counted it. */
static void *area_take(struct loading *loading, uint64_t size)
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

static struct baton_string put_string(struct loading *loading, const char *string)
{
    uint64_t size = text_length(string);

    return (struct baton_string){
        .address = (uintptr_t)memcpy(area_take(loading, size + 1), string, size + 1), .size = size};
}

static struct baton_table table_of(const void *entries, size_t count, size_t stride)
{
    return (struct baton_table){.address = count == 0 ? 0 : (uintptr_t)entries,
                                .count = (uint32_t)count,
                                .stride = (uint32_t)stride};
}

static bool hold(struct loading *loading, uint64_t start, uint64_t size, uint32_t type)
{
    const struct explanation defect = because("memory was given out twice", "report this defect");

    return handoff_hold(&loading->state->holdings, start, size, type) ||
           fail(loading, "placing", loading->boot->payload.kernel.path, defect, 0);
}

/* Reserves everything that depends on the final map, and begins the hand-off. */
static bool reserve(struct loading *loading)
{
    uint64_t descriptors = loading->boot->map_descriptors_max;
    size_t events = ranges_events_max(descriptors);
    size_t region_count = handoff_regions_max(descriptors);
    uint64_t regions_size = pages_for(region_count * sizeof(struct baton_region)) * PAGE_SIZE;
    uint64_t area = pages_for(area_size(loading->boot)) * PAGE_SIZE;
    uint64_t stack = PAGE_SIZE + loading->stack_size;
    struct native_state *state;
    uint64_t address;
    uint64_t area_address;
    uint64_t regions_address;
    efi_status status = take(loading, sizeof(*state) + 2 * events * sizeof(uint64_t), 0, &address);

    if (status == 0)
        status = take(loading, area, 0, &area_address);
    if (status == 0)
        status = take(loading, regions_size, 0, &regions_address);
    if (status == 0)
        status = take(loading, stack, 0, &loading->stack);
    if (status != 0)
        return fail(loading, "placing", loading->boot->payload.kernel.path, FAILURE_NO_MEMORY,
                    status);
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
    return hold(loading, area_address, area, BATON_MEMORY_HANDOFF) &&
           hold(loading, regions_address, regions_size, BATON_MEMORY_HANDOFF) &&
           hold(loading, loading->stack + PAGE_SIZE, loading->stack_size, BATON_MEMORY_STACK) &&
           hold(loading, loading->physical, loading->image.size, BATON_MEMORY_KERNEL);
}

static struct baton_channel channel(struct framebuffer_channel from)
{
    return (struct baton_channel){.size = from.size, .position = from.position};
}

/* False for one at an address that can not be mapped: then there is none. */
static bool framebuffer_pages(const struct framebuffer *from, uint64_t *ret_start,
                              uint64_t *ret_end)
{
    uint64_t end;

    if (from->address == 0 || from->size == 0 || !checked_add(from->address, from->size, &end) ||
        !checked_align_up(end, PAGE_SIZE, &end) || end > LOWER_HALF_END)
        return false;
    *ret_start = from->address & ~(PAGE_SIZE - 1);
    *ret_end = end;
    return true;
}

static void put_framebuffer(struct loading *loading)
{
    const struct boot_environment *environment = &loading->boot->environment;
    const struct framebuffer *from = &environment->framebuffer;
    struct baton_framebuffer *to = area_take(loading, sizeof(*to));
    uint8_t *edid = area_take(loading, sizeof(environment->edid));
    uint64_t start;
    uint64_t end;
    bool usable = framebuffer_pages(from, &start, &end);

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
    loading->state->handoff->framebuffers = table_of(to, usable ? 1 : 0, sizeof(*to));
}

static bool put_modules(struct loading *loading)
{
    unsigned int count = loading->boot->payload.module_count;
    struct baton_module *modules = area_take(loading, count * sizeof(*modules));

    for (unsigned int i = 0; i < count; i++) {
        modules[i] = loading->modules[i];
        modules[i].name = put_string(loading, loading->boot->payload.modules[i].path);
        if (!hold(loading, modules[i].address,
                  pages_for(modules[i].size == 0 ? 1 : modules[i].size) * PAGE_SIZE,
                  BATON_MEMORY_MODULE))
            return false;
    }
    loading->state->handoff->modules = table_of(modules, count, sizeof(*modules));
    return true;
}

/* Everything but the memory map, the journal and the page tables. */
static bool fill_handoff(struct loading *loading)
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
    handoff->stack =
        (struct baton_range){.address = loading->stack + PAGE_SIZE, .size = loading->stack_size};
    handoff->acpi_rsdp = environment->acpi_rsdp;
    handoff->smbios = environment->smbios;
    handoff->smbios3 = environment->smbios3;
    handoff->efi_system_table = environment->system_table;
    handoff->exit = table_of(loading->state->exit, 1, sizeof(*loading->state->exit));
    handoff->tsc_hz = environment->ticks_hz;
    handoff->tsc_start = environment->ticks_start;
    handoff->secure_boot = environment->secure_boot;
    if (random_seed(loading->boot->firmware, handoff->random_seed, sizeof(handoff->random_seed)))
        handoff->random_seed_size = sizeof(handoff->random_seed);
    put_framebuffer(loading);
    return put_modules(loading);
}

/* --- page tables ---------------------------------------------------------------------------------
 */

/* Empty unless all runtime code can be mapped without being writable. */
static struct runtime_code find_runtime_code(const struct loading *loading, uint64_t limit)
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
        if (code.ranges[i].end > limit)
            return (struct runtime_code){0};
    }
    return code;
}

static bool build_page_tables(struct loading *loading, uint64_t *ret_root)
{
    const struct explanation no_nx =
        because("the processor does not offer to forbid execution (NX)",
                "turn on \"Execute Disable\" in the firmware's setup");
    const struct boot *boot = loading->boot;
    struct baton_handoff *handoff = loading->state->handoff;
    struct kernel_space space = {
        .image = &loading->image,
        .physical = loading->physical,
        .slide = loading->slide,
        .guard = loading->stack,
        .entry_code = (uintptr_t)arch_enter_start,
    };
    struct address_range ranges[KERNEL_SPACE_RANGES_MAX];
    struct address_space mapped;
    uint64_t end = boot->memory_end > loading->highest ? boot->memory_end : loading->highest;
    uint64_t pages;
    uint64_t pool;
    efi_status status;

    if (!arch_no_execute())
        return fail(loading, "preparing", boot->payload.kernel.path, no_nx, 0);
    (void)framebuffer_pages(&boot->environment.framebuffer, &space.framebuffer_start,
                            &space.framebuffer_end);
    space.identity_end = arch_identity_end(end);
    space.runtime_code = find_runtime_code(loading, space.identity_end);
    kernel_space_ranges(&space, ranges, &mapped);
    pages = arch_space_pages(&mapped);
    status = take(loading, pages * PAGE_SIZE, 0, &pool);
    if (status != 0 || loading->highest > space.identity_end ||
        !arch_space_build(&mapped, (void *)(uintptr_t)pool, pages, ret_root))
        return fail(loading, "placing", boot->payload.kernel.path, FAILURE_NO_MEMORY, status);
    if (space.runtime_code.count != 0)
        handoff->flags |= BATON_FLAG_RUNTIME_CALLABLE;
    handoff->identity_end = space.identity_end;
    handoff->page_tables = *ret_root;
    return hold(loading, pool, pages * PAGE_SIZE, BATON_MEMORY_PAGE_TABLES);
}

/* --- the three steps -----------------------------------------------------------------------------
 */

static bool prepare(struct boot *boot, struct boot_plan *ret_plan)
{
    struct loading loading = {.boot = boot};
    uint64_t root = 0;

    if (!load_kernel(&loading) || !load_modules(&loading) || !reserve(&loading) ||
        !fill_handoff(&loading) || !build_page_tables(&loading, &root))
        return false;
    *ret_plan = (struct boot_plan){
        .state = loading.state,
        .entry = {.entry = loading.image.entry + loading.slide,
                  .stack = loading.stack + PAGE_SIZE + loading.stack_size,
                  .address_space = root,
                  .argument = (uintptr_t)loading.state->handoff,
                  .code = loading.physical,
                  .code_size = loading.image.size},
    };
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
    handoff->memory = table_of(state->regions, count, sizeof(*state->regions));
    handoff->efi_map = (struct baton_range){.address = (uintptr_t)map->data, .size = map->size};
    handoff->efi_descriptor_size = (uint32_t)map->descriptor_size;
    handoff->efi_descriptor_version = map->descriptor_version;
    handoff->shortfalls = plan->shortfalls;
    handoff_journal(journal, state->attempts, state->exit);
    handoff->tsc_enter = arch_ticks();
    return true;
}

const struct boot_protocol boot_native = {
    .name = "native",
    .wants_memory_end = true, /* the hand-off promises all memory in one identity map */
    .recognise = recognise,
    .prepare = prepare,
    .finish = finish};
