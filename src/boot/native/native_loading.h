/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private to the native protocol: a kernel on the way to its place (native_load.c), and the
 * hand-off that it gets (native_handoff.c). Everything here happens with the firmware alive.
 */
#ifndef BATON_BOOT_NATIVE_NATIVE_LOADING_H
#define BATON_BOOT_NATIVE_NATIVE_LOADING_H

#include "baton-handoff.h"
#include "boot/protocol.h"
#include "core/image/elf.h"
#include "core/memory/address_space.h"
#include "core/memory/runtime_code.h"
#include "core/memory/runtime_regions.h"
#include "core/native/handoff_map.h"
#include "core/native/kernel_note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    bool runtime_is_mapped; /* runtime services' code is, and their data as far as it was known */
    /* What is mapped of it: beyond identity_end; all of it, where identity maps are made of ranges.
     */
    struct runtime_regions runtime_regions;
    const struct address_range *identity;
    size_t identity_count;
};

struct native_loading {
    struct boot *boot;
    struct native_state *state;
    uint8_t *area; /* the hand-off's memory: what is left of it */
    struct kernel_wishes wishes;
    uint64_t physical; /* where image.start is */
    uint64_t slide;    /* added to every address of the file */
    uint64_t stack;    /* the unmapped page below it comes first */
    uint64_t highest;  /* end of the highest memory taken */
    struct elf_image image;
    struct baton_module modules[BOOT_MODULES_MAX];
};

static inline struct baton_table handoff_table(const void *entries, size_t count, size_t stride)
{
    return (struct baton_table){.address = count == 0 ? 0 : (uintptr_t)entries,
                                .count = (uint32_t)count,
                                .stride = (uint32_t)stride};
}

/* Memory anywhere the page tables will reach; `alignment` 0: a page's. The caller says what for. */
efi_status native_take(struct native_loading *loading, uint64_t size, uint64_t alignment,
                       uint64_t *ret_address);

/* Writes the failure into the boot, about the kernel's file; always false. */
bool native_fail(struct native_loading *loading, const char *doing, struct explanation why,
                 efi_status status);

/* The kernel and its modules at their places. */
bool native_load(struct native_loading *loading);

/* The memory that the final map will be written to, and the hand-off but for what the map tells. */
bool native_build_handoff(struct native_loading *loading);

/* Writes into the hand-off's map whose that memory is; failing is a defect. */
bool native_hold(struct native_loading *loading, uint64_t start, uint64_t size, uint32_t type);

/* Where it lies, in whole pages; false for one that cannot be mapped: then there is none. */
bool native_framebuffer_pages(const struct framebuffer *from, uint64_t *ret_start,
                              uint64_t *ret_end);

/* Empty unless all runtime code can be mapped without being writable. */
struct runtime_code native_runtime_code(const struct native_loading *loading);

/*
 * Of the folder of the machine's architecture: the page tables that the hand-off promises, and what
 * else only such a machine has, into the hand-off and into `entry`.
 */
bool native_build_space(struct native_loading *loading, struct entry_state *entry);

/* Likewise: are all regions of runtime services in this map mapped? */
bool native_runtime_is_mapped(const struct native_state *state, const struct memory_map *map);

#endif
