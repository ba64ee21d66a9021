/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux on arm64 and RISC-V, by its Image (Linux, Documentation/arch/arm64/booting.rst and
 * riscv/boot.rst): the file is the memory image, and a device tree tells the rest. Knows no byte of
 * the tree and no firmware service; how the kernel comes into memory is tree_image.c's.
 */
#include "arch/arch.h"
#include "boot/failure.h"
#include "boot/linux/hand_over.h"
#include "boot/linux/initrds.h"
#include "boot/linux/tree/image_kind.h"
#include "boot/linux/tree/tree_image.h"
#include "boot/measure.h"
#include "boot/protocol.h"
#include "boot/trust.h"
#include "core/base/mem.h"
#include "core/base/page.h"
#include "core/linux/device_tree.h"
#include "core/linux/linux_image.h"
#include "core/memory/runtime_identity.h"
#include "efi/linux/random.h"
#include "efi/linux/tree/firmware_tree.h"
#include "efi/pages.h"

/* The kernel finds its initrd in a window of this size that begins at a multiple of 1 GiB and holds
 * the kernel too (booting.rst). */
#define INITRD_WINDOW       (32ULL << 30)
#define INITRD_WINDOW_ALIGN (1ULL << 30)

#define KASLR_SEED_SIZE 8U

/* What finish() writes to. */
struct linux_state {
    struct device_tree_blanks blanks;
};

struct linux_loading {
    struct boot *boot;
    struct linux_image image;
    uint64_t kernel; /* physical addresses, bytes */
    uint64_t initrd;
    uint64_t initrd_size;
    uint64_t tree;
};

static bool load_initrds(struct linux_loading *loading)
{
    struct boot *boot = loading->boot;
    uint64_t window = loading->kernel & ~(INITRD_WINDOW_ALIGN - 1);
    uint64_t last = window + INITRD_WINDOW - 1;
    struct page_request wanted = {.type = MEMORY_LOADER_DATA, .minimum = window, .maximum = last};
    struct initrds initrds;
    efi_status status;

    loading->initrd = initrds_in_place(boot, last);
    if (loading->initrd >= window && loading->initrd != 0) {
        loading->initrd_size = boot->payload.modules[0].size;
        return true;
    }
    if (!initrds_measure_out(boot, &initrds))
        return false;
    loading->initrd_size = initrds.total;
    if (initrds.total == 0)
        return true;
    wanted.count = pages_for(initrds.total);
    status = pages_allocate(boot->firmware, &wanted, &loading->initrd);
    if (status != 0)
        return boot_fail_memory(boot, boot->payload.modules[0].path, status);
    return initrds_read(boot, &initrds, loading->initrd);
}

/* The firmware's tree where there is one; where ACPI describes the machine, an empty one. */
static bool make_tree(struct linux_loading *loading, struct linux_state *state)
{
    struct boot *boot = loading->boot;
    struct span source = firmware_tree(boot->firmware);
    uint8_t seed[KASLR_SEED_SIZE];
    struct device_tree_chosen chosen = {.bootargs = boot->payload.command_line,
                                        .initrd_start = loading->initrd,
                                        .initrd_end = loading->initrd + loading->initrd_size,
                                        .system_table = boot->environment.system_table,
                                        .secure_boot = boot->environment.secure_boot,
                                        .journal_size = LINUX_JOURNAL_CAPACITY};
    enum device_tree_error error;
    efi_status status;
    uint64_t room;

    if (random_seed(boot->firmware, seed, sizeof(seed)))
        chosen.kaslr_seed = span_of(seed, sizeof(seed));
    room = device_tree_room(source.size, &chosen);
    status = pages_take(boot->firmware, MEMORY_LOADER_DATA, room, &loading->tree);
    if (status != 0)
        return boot_fail_room(boot, status);
    error = device_tree_make(source, &chosen, (uint8_t *)(uintptr_t)loading->tree,
                             pages_for(room) * PAGE_SIZE, &state->blanks);
    memset(seed, 0, sizeof(seed));
    return error == DEVICE_TREE_OK || boot_fail(boot, "preparing", "the firmware's device tree",
                                                device_tree_explain(error), 0);
}

/*
 * Is there something that only its own stub can do? It calls SetVirtualAddressMap() where the
 * kernel's address bits, which no header tells, do not reach all runtime services. A kernel that
 * the firmware cannot start is entered all the same.
 */
static bool is_for_its_stub(struct boot *boot)
{
    struct explanation why =
        because("the firmware's services are at addresses that not every kernel can map",
                "have it started with `baton-exit guard`");

    if (!boot_can_start(boot) || (boot->runtime_regions.count == 0 && image_kind_fits(boot, &why)))
        return false;
    boot->start_instead = true;
    (void)boot_refuse(boot, why);
    return true;
}

static bool prepare(struct boot *boot, struct boot_plan *ret_plan)
{
    struct linux_loading loading = {.boot = boot};
    const struct explanation unknown =
        because("the firmware does not tell on which processor it runs", "update the firmware");
    struct linux_state *state;
    uint64_t address;
    uint64_t processor;
    efi_status status;

    if (is_for_its_stub(boot) || !tree_image_load(boot, &loading.image, &loading.kernel) ||
        !load_initrds(&loading))
        return false;
    if (!image_kind_processor(boot, &processor))
        return boot_fail(boot, "preparing", boot->payload.kernel.path, unknown, 0);
    status = pages_take(boot->firmware, MEMORY_LOADER_DATA, sizeof(*state), &address);
    if (status != 0)
        return boot_fail_room(boot, status);
    state = (struct linux_state *)(uintptr_t)address;
    if (!make_tree(&loading, state))
        return false;
    trust_measure_options(boot);
    (void)measure_initrd(boot->environment.tpm,
                         span_of((const void *)(uintptr_t)loading.initrd, loading.initrd_size));
    *ret_plan = (struct boot_plan){
        .state = state,
        .entry = {.entry = loading.kernel,
                  .stack = processor,
                  .argument = loading.tree,
                  .code = loading.kernel,
                  .code_size = loading.image.size},
    };
    return true;
}

static void commit(struct boot *boot)
{
    linux_hand_over(boot);
    (void)memreserve_install(boot->firmware, &boot->tables);
    (void)screen_info_install(boot->firmware, &boot->tables, &boot->environment.framebuffer);
}

static bool finish(struct boot_plan *plan, const struct memory_map *map,
                   const struct exit_journal *journal)
{
    struct linux_state *state = plan->state;

    if (memory_map_end(map) == 0 || map->size > UINT32_MAX)
        return false;
    (void)runtime_identity_set(map);
    device_tree_fill_map(&state->blanks, (uintptr_t)map->data, (uint32_t)map->size,
                         (uint32_t)map->descriptor_size, map->descriptor_version);
    (void)linux_put_journal((char *)state->blanks.journal, journal, plan->shortfalls);
    return true;
}

void boot_linux(struct boot_protocol *ret_protocol)
{
    *ret_protocol = (struct boot_protocol){.wants_memory_end = true,
                                           .signable = true,
                                           .recognise = tree_image_recognise,
                                           .prepare = prepare,
                                           .commit = commit,
                                           .finish = finish};
}
