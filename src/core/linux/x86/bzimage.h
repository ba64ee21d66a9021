/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognising a Linux kernel (bzImage) and checking what its setup header says, field by field
 * (https://docs.kernel.org/arch/x86/boot.html). Sees the first bytes of the file and its size;
 * reads nothing, places nothing.
 */
#ifndef BATON_CORE_LINUX_X86_BZIMAGE_H
#define BATON_CORE_LINUX_X86_BZIMAGE_H

#include "core/base/span.h"
#include "core/text/explain.h"

#include <stdbool.h>
#include <stdint.h>

#define BZIMAGE_HEADER_START 0x1f1U /* first byte of the setup header in the file and zero page */
#define BZIMAGE_HEADER_LIMIT                                                                       \
    0x290U                      /* where the zero page has other things: no header beyond it       \
                                 */
#define BZIMAGE_ENTRY_64 0x200U /* from the load address; ABI */

#define BZIMAGE_XLF_KERNEL_64              (1U << 0)
#define BZIMAGE_XLF_CAN_BE_LOADED_ABOVE_4G (1U << 1)
#define BZIMAGE_XLF_5LEVEL                 (1U << 5) /* can be entered with five levels */

/* Linux 5.5 brought this version and learned of EFI_MEMORY_SP and of E820_TYPE_SOFT_RESERVED. */
#define BZIMAGE_VERSION_SOFT_RESERVE 0x20fU

enum bzimage_error {
    BZIMAGE_OK = 0,
    BZIMAGE_NO_MAGIC,              /* no HdrS at 0x202: not a bzImage at all */
    BZIMAGE_BAD_BOOT_FLAG,         /* not 0xAA55 at 0x1fe */
    BZIMAGE_BAD_JUMP,              /* not a short jump at 0x200: the header's size is unknown */
    BZIMAGE_OLD_PROTOCOL,          /* before 2.12: no xloadflags, no 64-bit entry to speak of */
    BZIMAGE_HEADER_TOO_SHORT,      /* ends before init_size does */
    BZIMAGE_HEADER_TOO_LONG,       /* would overwrite the zero page behind 0x290 */
    BZIMAGE_HEADER_CUT,            /* the file ends inside the header */
    BZIMAGE_NOT_LOADED_HIGH,       /* a zImage: wants to be at 64 KiB */
    BZIMAGE_NOT_64_BIT,            /* no 64-bit entry point */
    BZIMAGE_SETUP_CUT,             /* setup_sects leaves no code in the file */
    BZIMAGE_NO_CODE,               /* syssize leaves no room for the 64-bit entry */
    BZIMAGE_CODE_CUT,              /* the file is shorter than syssize says */
    BZIMAGE_PAYLOAD_OUTSIDE,       /* compressed kernel not inside the code */
    BZIMAGE_KERNEL_INFO_OUTSIDE,   /* kernel_info not inside the code */
    BZIMAGE_NO_ENTRY,              /* zeros where the 64-bit entry's instructions must be */
    BZIMAGE_PAYLOAD_CUT,           /* no true size at the end of the compressed kernel */
    BZIMAGE_BAD_ALIGNMENT,         /* kernel_alignment 0 or not a power of two */
    BZIMAGE_BAD_MINIMUM_ALIGNMENT, /* min_alignment more than kernel_alignment */
    BZIMAGE_NO_INIT_SIZE,          /* init_size 0 */
    BZIMAGE_INIT_SIZE_TOO_SMALL,   /* less than the code itself */
    BZIMAGE_BAD_PREFERRED_ADDRESS, /* misaligned, missing where it is needed, or beyond memory */
};

struct bzimage {
    uint16_t version;           /* boot protocol: 0x020c or later */
    uint16_t xloadflags;        /* BZIMAGE_XLF_* */
    uint32_t header_end;        /* file offset behind the setup header; copy from 0x1f1 to here */
    uint64_t code_offset;       /* in the file: size of the setup code that nobody needs here */
    uint64_t code_size;         /* bytes to load from code_offset; a signature behind is left */
    bool relocatable;           /* false: runs at preferred_address, to which it moves itself */
    uint64_t alignment;         /* bytes; of the load address */
    uint64_t minimum_alignment; /* bytes; works too if the zero page's kernel_alignment says so */
    uint64_t preferred_address; /* 0 only when relocatable: no preference */
    uint64_t init_size;         /* bytes that the kernel uses from its load address; >= code_size */
    uint32_t command_line_max;  /* bytes without the NUL */
    uint64_t initrd_max;        /* last byte that an initrd may occupy */
    uint32_t kernel_info_offset; /* in the code; 0 when the kernel has none */
    uint32_t payload_offset;     /* of the compressed kernel, in the code */
    uint32_t payload_length;     /* bytes; 0: there is none */
};

/* `head` is the beginning of the file, 4 KiB or the whole file if that is less. */
enum bzimage_error bzimage_parse(struct span head, uint64_t file_size, struct bzimage *ret_image);

/*
 * What only the code can tell, when all of it is there: `code` is code_size bytes. After a power
 * failure a file can have its full length and end in zeros.
 */
enum bzimage_error bzimage_check_code(const struct bzimage *image, struct span code);

/*
 * The highest type of setup_data node that the kernel knows: kernel_info.setup_type_max, without
 * the flag SETUP_DATA_INDIRECT that Linux puts there. `code` is what was loaded from code_offset,
 * all of it. A kernel of a protocol before 2.15 (Linux 5.5) has no kernel_info, and damaged ones
 * count as none: then it is SETUP_DATA_JAILHOUSE, the last type that Linux had by then. Every
 * kernel passes over types that it does not know; this is for not telling it what it has no use
 * for.
 */
uint32_t bzimage_setup_type_max(const struct bzimage *image, struct span code);

struct explanation bzimage_explain(enum bzimage_error error);

#endif
