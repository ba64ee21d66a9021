/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images that UEFI firmware starts: PE32+ for this machine. Sees the beginning of the file and its
 * size: headers and section table. Reads no section's contents, loads and relocates nothing.
 *
 * Source of all facts: Microsoft's "PE Format" specification
 * (https://learn.microsoft.com/en-us/windows/win32/debug/pe-format), sections "MS-DOS Stub",
 * "COFF File Header", "Optional Header" and "Section Table". Where the specification leaves room,
 * the rule is at least as strict as the loader of EDK II (MdePkg/Library/BasePeCoffLib), so that
 * what is taken apart here is what the firmware has verified: no byte of the file belongs to two
 * sections, none of a section to the headers, and the same holds in memory.
 */
#ifndef BATON_CORE_IMAGE_PE_H
#define BATON_CORE_IMAGE_PE_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdint.h>

#define PE_HEAD_SIZE    4096U  /* bytes to read first: the headers of nearly every image */
#define PE_HEAD_MAX     65536U /* bytes of the largest headers that are looked at */
#define PE_SECTIONS_MAX 256U   /* Windows takes 96; a UKI with many profiles has more */

enum pe_error {
    PE_OK = 0,
    PE_NO_MAGIC,           /* no MZ at 0, or no PE\0\0 where e_lfanew says: not an image at all */
    PE_HEADERS_CUT,        /* the file, or the head that was given, ends inside the headers */
    PE_HEADERS_TOO_LARGE,  /* more than PE_HEAD_MAX */
    PE_MACHINE,            /* for another machine */
    PE_32_BIT,             /* an optional header that is not PE32+ (0x20b) */
    PE_OPTIONAL_HEADER,    /* SizeOfOptionalHeader leaves no room for its own fields */
    PE_NOT_EFI,            /* a subsystem that is none of EFI's: a program for Windows */
    PE_BOOT_DRIVER,        /* EFI boot service driver (11): stays resident, is not booted */
    PE_RUNTIME_DRIVER,     /* EFI runtime driver (12): the same */
    PE_ROM,                /* EFI ROM (13) */
    PE_NO_SECTIONS,        /* no section */
    PE_TOO_MANY_SECTIONS,  /* more than PE_SECTIONS_MAX */
    PE_HEADERS_SIZE,       /* SizeOfHeaders is less than the headers, or more than file or image */
    PE_SECTION_CUT,        /* a section's bytes are not all in the file */
    PE_SECTION_IN_HEADERS, /* a section begins inside the headers, in the file or in memory */
    PE_SECTION_BEYOND,     /* a section ends behind SizeOfImage or wraps around 4 GiB */
    PE_SECTIONS_IN_FILE,   /* two sections share bytes of the file */
    PE_SECTIONS_IN_MEMORY, /* two sections share bytes in memory */
};

struct explanation pe_explain(enum pe_error error);

/* `sections` points into the head that was parsed, which the caller keeps alive. */
struct pe {
    struct span sections;   /* the section table, whole */
    uint32_t section_count; /* 1 to PE_SECTIONS_MAX */
    uint32_t headers_size;  /* bytes: SizeOfHeaders */
    uint32_t image_size;    /* bytes in memory: SizeOfImage */
    uint32_t entry;         /* bytes from the image's start: AddressOfEntryPoint */
};

/* All numbers are bytes; what has a size lies inside the file and inside the image. */
struct pe_section {
    char name[9];         /* as in the table, up to 8 bytes of anything, NUL-terminated */
    uint32_t address;     /* from the image's start in memory: VirtualAddress */
    uint32_t memory_size; /* VirtualSize; what the file lacks of it is zeros in memory */
    uint32_t offset;      /* in the file: PointerToRawData; means nothing if file_size is 0 */
    uint32_t file_size;   /* SizeOfRawData; what is more than memory_size is padding */
};

/*
 * How many bytes of the beginning of the file pe_parse() looks at, judged from the first of them:
 * at most PE_HEAD_MAX, which it is too when `head` is too short to tell; 0 when it is not the
 * beginning of an image. Callers with a longer file than head read again when it is more.
 */
uint32_t pe_head_needed(struct span head);

/* `head` is the beginning of the file; ret_pe is untouched on every error. */
enum pe_error pe_parse(struct span head, uint64_t file_size, struct pe *ret_pe);

/*
 * Whether `file`, a whole PE file, has the program that lies in memory at `loaded`: the same bytes
 * in .text, which nothing relocates. A signature or another name makes no difference.
 */
bool pe_is_loaded(struct span file, struct span loaded);

/* `index` is below section_count. */
struct pe_section pe_section(const struct pe *pe, uint32_t index);

#endif
