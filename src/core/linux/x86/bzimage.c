/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/x86/bzimage.h"

#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "core/linux/x86/setup_data.h"
#include "core/memory/memory_map.h"

/* The setup header, https://docs.kernel.org/arch/x86/boot.html "The Real-Mode Kernel Header". */
struct __attribute__((packed)) setup_header {
    uint8_t setup_sects;
    uint16_t root_flags;
    uint32_t syssize;
    uint16_t ram_size;
    uint16_t vid_mode;
    uint16_t root_dev;
    uint16_t boot_flag;
    uint8_t jump;
    uint8_t jump_distance;
    uint32_t header;
    uint16_t version;
    uint32_t realmode_swtch;
    uint16_t start_sys_seg;
    uint16_t kernel_version;
    uint8_t type_of_loader;
    uint8_t loadflags;
    uint16_t setup_move_size;
    uint32_t code32_start;
    uint32_t ramdisk_image;
    uint32_t ramdisk_size;
    uint32_t bootsect_kludge;
    uint16_t heap_end_ptr;
    uint8_t ext_loader_ver;
    uint8_t ext_loader_type;
    uint32_t cmd_line_ptr;
    uint32_t initrd_addr_max;
    uint32_t kernel_alignment;
    uint8_t relocatable_kernel;
    uint8_t min_alignment;
    uint16_t xloadflags;
    uint32_t cmdline_size;
    uint32_t hardware_subarch;
    uint64_t hardware_subarch_data;
    uint32_t payload_offset;
    uint32_t payload_length;
    uint64_t setup_data;
    uint64_t pref_address;
    uint32_t init_size;
    uint32_t handover_offset;
    uint32_t kernel_info_offset;
};
#define OFFSET_OF(field) (BZIMAGE_HEADER_START + offsetof(struct setup_header, field))
#define END_OF(field)    (OFFSET_OF(field) + sizeof(((struct setup_header *)0)->field))
_Static_assert(OFFSET_OF(boot_flag) == 0x1fe, "boot_flag");
_Static_assert(OFFSET_OF(header) == 0x202, "header");
_Static_assert(OFFSET_OF(loadflags) == 0x211, "loadflags");
_Static_assert(OFFSET_OF(initrd_addr_max) == 0x22c, "initrd_addr_max");
_Static_assert(OFFSET_OF(xloadflags) == 0x236, "xloadflags");
_Static_assert(OFFSET_OF(payload_offset) == 0x248, "payload_offset");
_Static_assert(OFFSET_OF(pref_address) == 0x258, "pref_address");
_Static_assert(OFFSET_OF(kernel_info_offset) == 0x268, "kernel_info_offset");

#define MAGIC_HDRS              0x53726448U
#define MAGIC_LTOP              0x506f544cU
#define JUMP_SHORT              0xebU
#define LOADED_HIGH             1U
#define VERSION_XLOADFLAGS      0x20cU
#define VERSION_KERNEL_INFO     0x20fU
#define KERNEL_INFO_HEADER_SIZE 12U /* "LToP", size, size_total */
#define SECTOR                  512U
#define PARAGRAPH               16U
#define ENTRY_CHECKED           8U /* bytes; every kernel's first instructions are longer */
#define PAYLOAD_SIZE_WORD       4U

/* Is there a setup header, is all of it here, and is it for a kernel of our kind? */
OWN_FRAME static enum bzimage_error check_header(const struct setup_header *header, size_t size,
                                                 struct bzimage *image)
{
    if (header->header != MAGIC_HDRS)
        return BZIMAGE_NO_MAGIC;
    if (header->boot_flag != 0xaa55)
        return BZIMAGE_BAD_BOOT_FLAG;
    /* "0xEB followed by a signed offset relative to byte 0x202. This can be used to determine the
     * size of the header." Nothing else can. */
    if (header->jump != JUMP_SHORT)
        return BZIMAGE_BAD_JUMP;
    image->header_end = (uint32_t)OFFSET_OF(header) + header->jump_distance;
    if (size < END_OF(version))
        return BZIMAGE_HEADER_CUT;
    image->version = header->version;
    if (image->version < VERSION_XLOADFLAGS)
        return BZIMAGE_OLD_PROTOCOL;
    if (image->header_end < END_OF(init_size))
        return BZIMAGE_HEADER_TOO_SHORT;
    if (image->header_end > BZIMAGE_HEADER_LIMIT)
        return BZIMAGE_HEADER_TOO_LONG;
    if (size < image->header_end)
        return BZIMAGE_HEADER_CUT;
    if ((header->loadflags & LOADED_HIGH) == 0)
        return BZIMAGE_NOT_LOADED_HIGH;
    image->xloadflags = header->xloadflags;
    if ((image->xloadflags & BZIMAGE_XLF_KERNEL_64) == 0)
        return BZIMAGE_NOT_64_BIT;
    return BZIMAGE_OK;
}

/* Is all of the code in the file, and what the header points to in the code? */
static enum bzimage_error check_code(const struct setup_header *header, uint64_t file_size,
                                     struct bzimage *image)
{
    uint32_t setup_sects = header->setup_sects;
    uint64_t said = (uint64_t)header->syssize * PARAGRAPH;
    uint64_t present;
    uint32_t payload_length = header->payload_length;

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
    image->payload_offset = header->payload_offset;
    image->payload_length = payload_length;
    if (payload_length != 0 && (uint64_t)header->payload_offset + payload_length > image->code_size)
        return BZIMAGE_PAYLOAD_OUTSIDE;
    image->kernel_info_offset = 0;
    if (image->version >= VERSION_KERNEL_INFO && image->header_end >= END_OF(kernel_info_offset))
        image->kernel_info_offset = header->kernel_info_offset;
    if ((uint64_t)image->kernel_info_offset + KERNEL_INFO_HEADER_SIZE > image->code_size)
        return BZIMAGE_KERNEL_INFO_OUTSIDE;
    return BZIMAGE_OK;
}

/* Can the kernel be put where it wants to be? */
OWN_FRAME static enum bzimage_error check_place(const struct setup_header *header,
                                                struct bzimage *image)
{
    uint32_t min_alignment = header->min_alignment;

    image->relocatable = header->relocatable_kernel != 0;
    image->alignment = header->kernel_alignment;
    if (!is_power_of_two(image->alignment))
        return BZIMAGE_BAD_ALIGNMENT;
    image->minimum_alignment = image->alignment;
    if (min_alignment > 31 || 1ULL << min_alignment > image->alignment)
        return BZIMAGE_BAD_MINIMUM_ALIGNMENT;
    if (min_alignment != 0)
        image->minimum_alignment = 1ULL << min_alignment;

    image->init_size = header->init_size;
    if (image->init_size == 0)
        return BZIMAGE_NO_INIT_SIZE;
    if (image->init_size < image->code_size)
        return BZIMAGE_INIT_SIZE_TOO_SMALL;

    image->preferred_address = header->pref_address;
    if (!image->relocatable && image->preferred_address == 0)
        image->preferred_address = header->code32_start;
    if ((!image->relocatable && image->preferred_address == 0) ||
        (image->preferred_address & (image->alignment - 1)) != 0 ||
        (image->preferred_address & (PAGE_SIZE - 1)) != 0 ||
        image->preferred_address > MEMORY_ADDRESS_LIMIT - image->init_size)
        return BZIMAGE_BAD_PREFERRED_ADDRESS;
    return BZIMAGE_OK;
}

/* False only when all of the entry's bytes are in `bytes`, at `offset`, and zero. */
static bool may_have_entry(struct span bytes, uint64_t offset)
{
    uint64_t instructions;

    return !span_u64(bytes, offset + BZIMAGE_ENTRY_64, &instructions) || instructions != 0;
}

enum bzimage_error bzimage_check_code(const struct bzimage *image, struct span code)
{
    uint32_t unpacked;

    if (!may_have_entry(code, 0))
        return BZIMAGE_NO_ENTRY;
    if (image->payload_length < PAYLOAD_SIZE_WORD)
        return BZIMAGE_OK;
    /* Whatever the compressor, what it has made ends with the size of what went in: of gzip that is
     * the format, for all others scripts/Makefile.lib appends it ("size_append"), because
     * arch/x86/boot/compressed/mkpiggy.c reads it there. x86 has no uncompressed payload. The
     * kernel unpacks itself inside init_size. */
    if (!span_u32(code, (uint64_t)image->payload_offset + image->payload_length - PAYLOAD_SIZE_WORD,
                  &unpacked) ||
        unpacked == 0 || unpacked > image->init_size)
        return BZIMAGE_PAYLOAD_CUT;
    return BZIMAGE_OK;
}

enum bzimage_error bzimage_parse(struct span head, uint64_t file_size, struct bzimage *ret_image)
{
    struct bzimage image = {0};
    struct setup_header header = {0}; /* what the file does not have of it reads as 0 */
    struct span present;
    enum bzimage_error error;

    if (head.size > file_size)
        head.size = (size_t)file_size;
    if (!span_covers(head, BZIMAGE_HEADER_START, 1))
        return BZIMAGE_NO_MAGIC;
    if (span_part(head, BZIMAGE_HEADER_START, sizeof(header), &present) ||
        span_part(head, BZIMAGE_HEADER_START, head.size - BZIMAGE_HEADER_START, &present))
        memcpy(&header, present.data, present.size);
    error = check_header(&header, head.size, &image);
    if (error == BZIMAGE_OK)
        error = check_code(&header, file_size, &image);
    if (error == BZIMAGE_OK && !may_have_entry(head, image.code_offset))
        error = BZIMAGE_NO_ENTRY;
    if (error == BZIMAGE_OK)
        error = check_place(&header, &image);
    if (error != BZIMAGE_OK)
        return error;
    image.command_line_max = header.cmdline_size;
    image.initrd_max = header.initrd_addr_max;
    *ret_image = image;
    return BZIMAGE_OK;
}

/* "The kernel_info" in https://docs.kernel.org/arch/x86/boot.html. */
struct kernel_info {
    uint32_t magic;
    uint32_t size;
    uint32_t size_total;
    uint32_t setup_type_max;
};

uint32_t bzimage_setup_type_max(const struct bzimage *image, struct span code)
{
    const uint32_t before_kernel_info = SETUP_DATA_JAILHOUSE;
    struct kernel_info info;

    if (image->kernel_info_offset == 0 ||
        !span_copy(code, image->kernel_info_offset, &info, sizeof(info)) ||
        info.magic != MAGIC_LTOP || info.size < sizeof(info))
        return before_kernel_info;
    return info.setup_type_max & ~SETUP_DATA_INDIRECT;
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
    X(BZIMAGE_NO_ENTRY, "there is nothing at its 64-bit entry point", AS_BEFORE)                   \
    X(BZIMAGE_PAYLOAD_CUT, "the end of the compressed kernel in it is missing", AS_BEFORE)         \
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
