/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the first bytes of many kinds of files, as file(1) does; must not decide anything. */
#include "core/image/identify.h"

#include "core/base/packed.h"
#include "core/base/target.h"
#include "core/text/utf.h"

#include <stdbool.h>

struct signature {
    uint16_t offset;
    uint8_t size;
    char bytes[9];
    char name[35]; /* in place: a pointer would need a relocation larger than the text */
};

PACKED_BINARY _Alignas(struct signature) static const struct signature signatures[] = {
    {0x202, 4, "HdrS", "a Linux kernel"},
    {0x38, 4, "ARM\x64", "a Linux kernel for arm64"},
    {0x38, 4, "RSC\x05", "a Linux kernel for RISC-V"},
    {0, 2, "\x1f\x8b", "a gzip file"},
    {0, 6,
     "\xfd"
     "7zXZ",
     "an xz file"},
    {0, 4, "\x28\xb5\x2f\xfd", "a zstd file"},
    {0, 4, "\x04\x22\x4d\x18", "an lz4 file"},
    {0, 4, "\x02\x21\x4c\x18", "an lz4 file"},
    {0, 3, "BZh", "a bzip2 file"},
    {0, 4, "\x89LZO", "an lzop file"},
    {0, 3, "]\0", "an lzma file"},
    {0, 5, "07070", "a cpio archive, as initrds are"},
    {257, 5, "ustar", "a tar archive"},
    {0, 7, "!<arch>", "an ar archive or a Debian package"},
    {0, 4, "PK\3\4", "a zip file"},
    {0, 4, "hsqs", "a squashfs image"},
    {0, 8, "ANDROID!", "an Android boot image"},
    {0, 4, "\x27\x05\x19\x56", "a U-Boot image"},
    {0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image"},
    {0, 2, "#!", "a script"},
    {0, 2, "\xff\xfe", "a UTF-16 text file"},
    {0, 2, "\xfe\xff", "a UTF-16 text file"},
};

/* Disk images come after text would have been seen: their one mark is two bytes far inside. */
PACKED_BINARY _Alignas(struct signature) static const
    struct signature boot_sector = {510, 2, "\x55\xaa", "a disk or file system image"};

static bool has_signature(struct span head, const struct signature *signature)
{
    struct span part;

    if (!span_part(head, signature->offset, signature->size, &part))
        return false;
    for (size_t i = 0; i < part.size; i++) {
        if (part.data[i] != (uint8_t)signature->bytes[i])
            return false;
    }
    return true;
}

struct elf_start {
    uint32_t magic;
    uint8_t class;
    uint8_t byte_order;
    uint8_t rest_of_ident[10];
    uint16_t type;
    uint16_t machine;
};

static const char *identify_elf(struct span head)
{
    struct elf_start elf;

    if (!span_u32(head, 0, &elf.magic) || elf.magic != 0x464C457F)
        return NULL;
    if (!span_copy(head, 0, &elf, sizeof(elf)))
        return PACKED("a truncated ELF file");
    if (elf.byte_order != 1)
        return PACKED("a big-endian ELF file");
    if (elf.class == 1)
        return PACKED("a 32-bit ELF file");
    if (elf.machine != TARGET_ELF_MACHINE)
        return PACKED("an ELF file for another machine");
    return elf.type == 1 ? PACKED("an ELF object file") : PACKED("a 64-bit ELF file");
}

static const char *identify_pe(struct span head)
{
    struct {
        uint32_t magic;
        uint16_t machine;
    } __attribute__((packed)) pe;
    uint16_t dos;
    uint32_t offset;

    if (!span_u16(head, 0, &dos) || dos != 0x5A4D)
        return NULL;
    if (!span_u32(head, 0x3C, &offset) || !span_copy(head, offset, &pe, sizeof(pe)) ||
        pe.magic != 0x4550)
        return PACKED("a DOS program");
    return pe.machine == TARGET_PE_MACHINE ? PACKED("a PE image, as EFI programs are")
                                           : PACKED("a PE image for another machine");
}

static bool is_zero(struct span head)
{
    for (size_t i = 0; i < head.size; i++) {
        if (head.data[i] != 0)
            return false;
    }
    return true;
}

/* What there is of a character that the end of `head` cuts off. */
static bool is_cut_off(struct span rest)
{
    uint8_t lead = rest.data[0];
    size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

    for (size_t i = 1; i < rest.size; i++) {
        if ((rest.data[i] & 0xC0) != 0x80)
            return false;
    }
    return lead >= 0xC2 && lead < 0xF5 && rest.size < size;
}

/* UTF-8 with the control characters that texts have. `head` may end inside a character. */
static bool is_text(struct span head)
{
    for (size_t offset = 0, size; offset < head.size; offset += size) {
        uint32_t code_point;
        struct span rest = span_behind(head, offset);

        if (utf8_next(rest, &code_point, &size) != UTF_OK)
            return offset > 0 && is_cut_off(rest);
        if (code_point == 0x7F ||
            (code_point < 0x20 && (code_point < '\t' || code_point > '\r') && code_point != 0x1B))
            return false;
    }
    return true;
}

const char *identify_file(struct span head, uint64_t file_size)
{
    const char *name;

    if (file_size == 0 || head.size == 0)
        return PACKED("an empty file");
    (void)packed_text(signatures);
    name = identify_elf(head);
    for (size_t i = 0; name == NULL && i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        if (has_signature(head, &signatures[i]))
            name = signatures[i].name;
    }
    if (name == NULL)
        name = identify_pe(head);
    if (name != NULL)
        return name;
    if (is_text(head))
        return PACKED("a text file");
    if (is_zero(head))
        return PACKED("a file of zeros");
    return has_signature(head, &boot_sector) ? boot_sector.name : PACKED("nothing Baton can name");
}
