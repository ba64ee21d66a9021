/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map as a Linux kernel wants it: e820 entries, the first 128 in the zero page, the rest
 * in a setup_data node of type SETUP_E820_EXT. Types as the kernel's own EFI stub gives them
 * (setup_e820 in drivers/firmware/efi/libstub/x86-stub.c). Ascending, so that memory below 640 K,
 * which the kernel's trampolines need, is always among the first 128. Pure arithmetic on memory
 * that was reserved before.
 */
#ifndef BATON_CORE_LINUX_X86_E820_H
#define BATON_CORE_LINUX_X86_E820_H

#include "core/memory/ranges.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define E820_ENTRY_SIZE    20U  /* u64 address, u64 size, u32 type; packed */
#define E820_ZERO_PAGE_MAX 128U /* boot_params.e820_table */
#define E820_NODE_HEADER   16U  /* struct setup_data in front of the extension's entries */
#define E820_TYPE_RAM      1U
#define E820_TYPE_RESERVED 2U
#define E820_TYPE_ACPI     3U
#define E820_TYPE_NVS      4U
#define E820_TYPE_UNUSABLE 5U
#define E820_TYPE_PMEM     7U
#define E820_TYPE_SOFT     0xefffffffU /* E820_TYPE_SOFT_RESERVED */

enum e820_error {
    E820_OK = 0,
    E820_NO_MEMORY, /* not one range of usable memory in the whole map */
    E820_TRUNCATED, /* the extension is too small; as many entries as fit were written */
};

struct e820_target {
    uint8_t *table;            /* E820_ZERO_PAGE_MAX entries, in the zero page */
    uint8_t *extension;        /* entries only, behind the node's header; NULL when there is none */
    size_t extension_capacity; /* entries */
    bool soft_reserve;         /* EFI_MEMORY_SP is E820_TYPE_SOFT; false for efi=nosoftreserve */
};

struct e820_counts {
    uint32_t table;     /* entries in the zero page, at most 128 */
    uint32_t extension; /* entries in the extension; 0: it need not be handed over */
};

/* Entries the extension needs at worst for a map of so many descriptors; add E820_NODE_HEADER. */
size_t e820_extension_max(size_t descriptors);

/*
 * Consumes a fresh walk. `ret_counts` is written unless E820_NO_MEMORY. Unaccepted memory is left
 * out, as the stub does without a bitmap: the firmware accepts everything at ExitBootServices.
 */
enum e820_error e820_convert(struct ranges *walk, const struct e820_target *target,
                             struct e820_counts *ret_counts);

#endif
