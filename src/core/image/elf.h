/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 executables for this machine (System V gABI chapters 4 and 5; psABI for the relocations):
 * is the file sound, what of it goes where, which note does it carry. Pure; reads what it is given,
 * knows neither memory nor files nor what a Baton kernel is.
 */
#ifndef BATON_CORE_IMAGE_ELF_H
#define BATON_CORE_IMAGE_ELF_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stdint.h>

#define ELF_HEADER_SIZE         64U
#define ELF_PROGRAM_HEADER_SIZE 56U
#define ELF_PROGRAM_HEADERS_MAX 64U
#define ELF_SEGMENTS_MAX        16U
#define ELF_NOTES_MAX           4U
#define ELF_NOTE_SIZE_MAX       4096U
#define ELF_ALIGNMENT_MAX       (1ULL << 30)
#define ELF_LOWEST_ADDRESS      0x100000ULL

/* What has the same remedy stands together: that text is stored once. */
enum elf_error {
    ELF_OK = 0,
    ELF_NO_MAGIC,              /* no 7f 45 4c 46 at 0: not an ELF file at all */
    ELF_HEADER_CUT,            /* the file ends inside the header */
    ELF_PROGRAM_HEADERS_CUT,   /* not all inside the file */
    ELF_SEGMENT_CUT,           /* p_offset, p_filesz: not all inside the file */
    ELF_NOT_64_BIT,            /* EI_CLASS */
    ELF_NOT_LITTLE_ENDIAN,     /* EI_DATA */
    ELF_OTHER_MACHINE,         /* e_machine */
    ELF_NOT_EXECUTABLE,        /* e_type is neither ET_EXEC nor ET_DYN */
    ELF_INTERPRETER,           /* PT_INTERP: a program of an operating system */
    ELF_MOVABLE_UPPER_HALF,    /* position-independent with addresses of the upper half */
    ELF_SEGMENT_NOT_CANONICAL, /* reaches into the hole between the halves, with four levels */
    ELF_SEGMENT_TOO_LOW,       /* a fixed address below 1 MiB */
    ELF_BAD_ALIGNMENT,         /* p_align no power of two, or beyond ELF_ALIGNMENT_MAX */
    ELF_WRITABLE_CODE,         /* PF_W and PF_X */
    ELF_SHARED_PAGE,           /* two segments claim the same page: whose permissions? */
    ELF_BOTH_HALVES,           /* segments in the lower and in the upper half */
    ELF_BAD_ENTRY,             /* e_entry not in an executable segment */
    ELF_NEEDS_LIBRARY,         /* DT_NEEDED */
    ELF_RELOCATION_FORM,       /* DT_REL, DT_RELR, DT_JMPREL or an odd DT_RELAENT, DT_RELASZ */
    ELF_RELOCATION_TYPE, /* not R_<machine>_RELATIVE: a symbol is missing, or it is IFUNC or TLS */
    ELF_NO_NOTE,         /* no such note */
    ELF_MANY_NOTES,      /* more PT_NOTE than ELF_NOTES_MAX, or one too large */
    ELF_BAD_VERSION,     /* EI_VERSION or e_version is not 1 */
    ELF_BAD_HEADER_SIZE, /* e_ehsize or e_phentsize is not that of ELF64 */
    ELF_NO_PROGRAM_HEADERS,   /* e_phnum 0 */
    ELF_MANY_PROGRAM_HEADERS, /* more than ELF_PROGRAM_HEADERS_MAX */
    ELF_SEGMENT_SHRINKS,      /* p_filesz more than p_memsz */
    ELF_SEGMENT_WRAPS,        /* p_vaddr + p_memsz beyond the address space */
    ELF_MISALIGNED,           /* p_vaddr and p_offset differ modulo p_align */
    ELF_UNSORTED,             /* not in ascending order of p_vaddr */
    ELF_OVERLAP,              /* two segments claim the same byte */
    ELF_NO_SEGMENTS,          /* nothing to load */
    ELF_MANY_SEGMENTS,        /* more than ELF_SEGMENTS_MAX */
    ELF_DYNAMIC_OUTSIDE,      /* PT_DYNAMIC not inside the loaded bytes, or not terminated */
    ELF_RELOCATIONS_OUTSIDE,  /* the table is not inside the loaded bytes */
    ELF_RELOCATION_OUTSIDE,   /* one changes bytes outside of the image */
    ELF_BAD_NOTE,             /* a note that goes beyond its segment */
};

struct explanation elf_explain(enum elf_error error);

struct elf_header {
    bool position_independent;
    uint64_t entry;
    uint64_t table_offset; /* program headers, in the file */
    uint32_t table_count;  /* 1 to ELF_PROGRAM_HEADERS_MAX */
};

struct elf_segment {
    uint64_t address; /* virtual, as linked */
    uint64_t memory_size;
    uint64_t file_offset;
    uint64_t file_size; /* <= memory_size; the rest is zero */
    bool writable;
    bool executable;
};

struct elf_piece { /* of the file */
    uint64_t offset;
    uint64_t size;
};

/* Addresses are virtual, as linked; an image that is position-independent adds where it lies. */
struct elf_image {
    bool position_independent;
    bool upper_half;
    uint64_t entry;
    uint64_t start;     /* page of the first segment, less if position-independent: aligned */
    uint64_t size;      /* whole pages, to the end of the last segment */
    uint64_t alignment; /* largest p_align, at least a page */
    uint64_t dynamic;   /* PT_DYNAMIC of a position-independent image */
    uint64_t dynamic_size;
    uint32_t segment_count;
    uint32_t note_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* ascending, no two on one page */
    struct elf_piece notes[ELF_NOTES_MAX];
};

/* `head`: the first bytes of the file, at least ELF_HEADER_SIZE or all there are. */
enum elf_error elf_header(struct span head, uint64_t file_size, struct elf_header *ret_header);

/* `table`: the program headers, table_count * ELF_PROGRAM_HEADER_SIZE bytes. */
enum elf_error elf_image(const struct elf_header *header, struct span table, uint64_t file_size,
                         struct elf_image *ret_image);

/* The descriptor of the first note of this owner and type in the bytes of a PT_NOTE segment. */
enum elf_error elf_note(struct span notes, const char *owner, uint32_t type, struct span *ret_note);

/*
 * `bytes`: the image as loaded, image->size bytes, everything the file does not fill zero. Applies
 * the relocations for an image whose `start` is at `address`.
 */
enum elf_error elf_relocate(const struct elf_image *image, uint8_t *bytes, uint64_t address);

#endif
