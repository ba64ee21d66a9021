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
#include "core/memory/runtime_regions.h"
#include "core/native/handoff_map.h"

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
    struct runtime_regions runtime_regions; /* what is mapped of it beyond identity_end */
};

struct native_loading {
    struct boot *boot;
    struct native_state *state;
    uint8_t *area;       /* the hand-off's memory: what is left of it */
    uint64_t stack_size; /* whole pages */
    uint64_t physical;   /* where image.start is */
    uint64_t slide;      /* added to every address of the file */
    uint64_t stack;      /* the unmapped page below it comes first */
    uint64_t highest;    /* end of the highest memory taken */
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

/* The page tables that the hand-off promises. */
bool native_build_space(struct native_loading *loading, uint64_t *ret_root);

#endif
