/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Linux kernel that its own little EFI program unpacks (Linux, drivers/firmware/efi/libstub/
 * zboot-header.S): a PE file for any machine, with the packed Image in it. Pure; trusts nothing.
 */
#ifndef BATON_CORE_LINUX_ZBOOT_H
#define BATON_CORE_LINUX_ZBOOT_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdint.h>

#define ZBOOT_HEADER 64U

enum zboot_error {
    ZBOOT_OK,
    ZBOOT_NO_MAGIC, /* no such file */
    ZBOOT_CUT,      /* what is packed reaches beyond the file */
    ZBOOT_METHOD,   /* packed by something else than gzip */
};

/* The gzip file inside; bytes. */
struct zboot {
    uint32_t offset;
    uint32_t size;
};

/* `head`: the file's first bytes, ZBOOT_HEADER or more of them unless it is shorter. */
enum zboot_error zboot_parse(struct span head, uint64_t file_size, struct zboot *ret_zboot);

struct explanation zboot_explain(enum zboot_error error);

#endif
