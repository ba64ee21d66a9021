/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/bzimage.h"

#include "core/checked.h"
#include "core/memory_map.h"

/* Offsets in the file, https://docs.kernel.org/arch/x86/boot.html "The Real-Mode Kernel Header". */
#define SETUP_SECTS        0x1f1U
#define SYSSIZE            0x1f4U
#define BOOT_FLAG          0x1feU
#define JUMP               0x200U
#define HEADER             0x202U
#define VERSION            0x206U
#define LOADFLAGS          0x211U
#define CODE32_START       0x214U
#define INITRD_ADDR_MAX    0x22cU
#define KERNEL_ALIGNMENT   0x230U
#define RELOCATABLE_KERNEL 0x234U
#define MIN_ALIGNMENT      0x235U
#define XLOADFLAGS         0x236U
#define CMDLINE_SIZE       0x238U
#define PAYLOAD_OFFSET     0x248U
#define PAYLOAD_LENGTH     0x24cU
#define PREF_ADDRESS       0x258U
#define INIT_SIZE          0x260U
#define KERNEL_INFO_OFFSET 0x268U

#define MAGIC_HDRS              0x53726448U
#define JUMP_SHORT              0xebU
#define LOADED_HIGH             1U
#define VERSION_XLOADFLAGS      0x20cU
#define VERSION_KERNEL_INFO     0x20fU
#define KERNEL_INFO_HEADER_SIZE 12U /* "LToP", size, size_total */
#define SECTOR                  512U
#define PARAGRAPH               16U

/* Only for offsets below 0x200 + 127 + 2, which bzimage_parse() has made sure of. */
static uint32_t get8(struct span head, uint32_t offset)
{
    uint8_t value = 0;

    (void)span_u8(head, offset, &value);
    return value;
}

static uint32_t get16(struct span head, uint32_t offset)
{
    return get8(head, offset) | get8(head, offset + 1) << 8;
}

static uint32_t get32(struct span head, uint32_t offset)
{
    return get16(head, offset) | get16(head, offset + 2) << 16;
}

/* Is there a setup header, is all of it here, and is it for a kernel of our kind? */
static enum bzimage_error check_header(struct span head, struct bzimage *image)
{
    if (!span_covers(head, HEADER, 4) || get32(head, HEADER) != MAGIC_HDRS)
        return BZIMAGE_NO_MAGIC;
    if (get16(head, BOOT_FLAG) != 0xaa55)
        return BZIMAGE_BAD_BOOT_FLAG;
    /* "0xEB followed by a signed offset relative to byte 0x202. This can be used to determine the
     * size of the header." Nothing else can. */
    if (get8(head, JUMP) != JUMP_SHORT)
        return BZIMAGE_BAD_JUMP;
    image->header_end = HEADER + get8(head, JUMP + 1);
    if (!span_covers(head, VERSION, 2))
        return BZIMAGE_HEADER_CUT;
    image->version = (uint16_t)get16(head, VERSION);
    if (image->version < VERSION_XLOADFLAGS)
        return BZIMAGE_OLD_PROTOCOL;
    if (image->header_end < INIT_SIZE + 4)
        return BZIMAGE_HEADER_TOO_SHORT;
    if (image->header_end > BZIMAGE_HEADER_LIMIT)
        return BZIMAGE_HEADER_TOO_LONG;
    if (!span_covers(head, 0, image->header_end))
        return BZIMAGE_HEADER_CUT;
    if ((get8(head, LOADFLAGS) & LOADED_HIGH) == 0)
        return BZIMAGE_NOT_LOADED_HIGH;
    image->xloadflags = (uint16_t)get16(head, XLOADFLAGS);
    if ((image->xloadflags & BZIMAGE_XLF_KERNEL_64) == 0)
        return BZIMAGE_NOT_64_BIT;
    return BZIMAGE_OK;
}

/* Is all of the code in the file, and what the header points to in the code? */
static enum bzimage_error check_code(struct span head, uint64_t file_size, struct bzimage *image)
{
    uint32_t setup_sects = get8(head, SETUP_SECTS);
    uint64_t said = (uint64_t)get32(head, SYSSIZE) * PARAGRAPH;
    uint64_t present;
    uint32_t payload_length = get32(head, PAYLOAD_LENGTH);

    if (setup_sects == 0)
        setup_sects = 4; /* "For backwards compatibility" */
    image->code_offset = (uint64_t)(setup_sects + 1) * SECTOR;
    if (file_size <= image->code_offset)
        return BZIMAGE_SETUP_CUT;
    if (said <= BZIMAGE_ENTRY_64)
        return BZIMAGE_NO_CODE;
    /* The last paragraph need not be complete (memtest86+ lacks 8 bytes); more than the code may
     * follow (the signature of Debian's kernels) and is not part of it. */
    present = file_size - image->code_offset;
    if (present + PARAGRAPH <= said)
        return BZIMAGE_CODE_CUT;
    image->code_size = present < said ? present : said;
    if (payload_length != 0 &&
        (uint64_t)get32(head, PAYLOAD_OFFSET) + payload_length > image->code_size)
        return BZIMAGE_PAYLOAD_OUTSIDE;
    image->kernel_info_offset = 0;
    if (image->version >= VERSION_KERNEL_INFO && image->header_end >= KERNEL_INFO_OFFSET + 4)
        image->kernel_info_offset = get32(head, KERNEL_INFO_OFFSET);
    if ((uint64_t)image->kernel_info_offset + KERNEL_INFO_HEADER_SIZE > image->code_size)
        return BZIMAGE_KERNEL_INFO_OUTSIDE;
    return BZIMAGE_OK;
}

/* Can the kernel be put where it wants to be? */
static enum bzimage_error check_place(struct span head, struct bzimage *image)
{
    uint32_t min_alignment = get8(head, MIN_ALIGNMENT);

    image->relocatable = get8(head, RELOCATABLE_KERNEL) != 0;
    image->alignment = get32(head, KERNEL_ALIGNMENT);
    if (!is_power_of_two(image->alignment))
        return BZIMAGE_BAD_ALIGNMENT;
    image->minimum_alignment = image->alignment;
    if (min_alignment > 31 || 1ULL << min_alignment > image->alignment)
        return BZIMAGE_BAD_MINIMUM_ALIGNMENT;
    if (min_alignment != 0)
        image->minimum_alignment = 1ULL << min_alignment;

    image->init_size = get32(head, INIT_SIZE);
    if (image->init_size == 0)
        return BZIMAGE_NO_INIT_SIZE;
    if (image->init_size < image->code_size)
        return BZIMAGE_INIT_SIZE_TOO_SMALL;

    image->preferred_address = get32(head, PREF_ADDRESS) | (uint64_t)get32(head, PREF_ADDRESS + 4)
                                                               << 32;
    if (!image->relocatable && image->preferred_address == 0)
        image->preferred_address = get32(head, CODE32_START);
    if ((!image->relocatable && image->preferred_address == 0) ||
        (image->preferred_address & (image->alignment - 1)) != 0 ||
        (image->preferred_address & (PAGE_SIZE - 1)) != 0 ||
        image->preferred_address > MEMORY_ADDRESS_LIMIT - image->init_size)
        return BZIMAGE_BAD_PREFERRED_ADDRESS;
    return BZIMAGE_OK;
}

enum bzimage_error bzimage_parse(struct span head, uint64_t file_size, struct bzimage *ret_image)
{
    struct bzimage image = {0};
    enum bzimage_error error;

    if (head.size > file_size)
        head.size = (size_t)file_size;
    error = check_header(head, &image);
    if (error == BZIMAGE_OK)
        error = check_code(head, file_size, &image);
    if (error == BZIMAGE_OK)
        error = check_place(head, &image);
    if (error != BZIMAGE_OK)
        return error;
    image.command_line_max = get32(head, CMDLINE_SIZE);
    image.initrd_max = get32(head, INITRD_ADDR_MAX);
    *ret_image = image;
    return BZIMAGE_OK;
}

#define EXPLANATIONS(X)                                                                            \
    X(BZIMAGE_OK, "a sound Linux kernel", "nothing to do")                                         \
    X(BZIMAGE_NO_MAGIC, "no HdrS at 0x202", "use a bzImage as the kernel's build makes it")        \
    X(BZIMAGE_BAD_BOOT_FLAG, "no 0xAA55 at 0x1fe", "copy the kernel to the volume again")          \
    X(BZIMAGE_BAD_JUMP, "no jump at 0x200, so the setup header has no size", AS_BEFORE)            \
    X(BZIMAGE_OLD_PROTOCOL, "its boot protocol is older than 2.12", "use Linux 3.8 or later")      \
    X(BZIMAGE_HEADER_TOO_SHORT, "its setup header ends before init_size",                          \
      "copy the kernel to the volume again")                                                       \
    X(BZIMAGE_HEADER_TOO_LONG, "its setup header ends behind 0x290", AS_BEFORE)                    \
    X(BZIMAGE_HEADER_CUT, "the file ends inside the setup header", AS_BEFORE)                      \
    X(BZIMAGE_NOT_LOADED_HIGH, "it is a zImage", "use a bzImage as the kernel's build makes it")   \
    X(BZIMAGE_NOT_64_BIT, "it has no 64-bit entry point", "use a kernel built for x86-64")         \
    X(BZIMAGE_SETUP_CUT, "the file ends inside the setup code",                                    \
      "copy the kernel to the volume again")                                                       \
    X(BZIMAGE_NO_CODE, "its syssize leaves no room for code", AS_BEFORE)                           \
    X(BZIMAGE_CODE_CUT, "the file is shorter than the kernel in it", AS_BEFORE)                    \
    X(BZIMAGE_PAYLOAD_OUTSIDE, "the compressed kernel is not inside the code", AS_BEFORE)          \
    X(BZIMAGE_KERNEL_INFO_OUTSIDE, "kernel_info is not inside the code", AS_BEFORE)                \
    X(BZIMAGE_BAD_ALIGNMENT, "its kernel_alignment is not a power of two", AS_BEFORE)              \
    X(BZIMAGE_BAD_MINIMUM_ALIGNMENT, "its min_alignment is more than kernel_alignment", AS_BEFORE) \
    X(BZIMAGE_NO_INIT_SIZE, "its init_size is 0", AS_BEFORE)                                       \
    X(BZIMAGE_INIT_SIZE_TOO_SMALL, "its init_size is less than its code", AS_BEFORE)               \
    X(BZIMAGE_BAD_PREFERRED_ADDRESS, "its pref_address is no place for a kernel", AS_BEFORE)
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation bzimage_explain(enum bzimage_error error)
{
    return EXPLAIN(error);
}
