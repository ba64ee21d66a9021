/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the sections of unified kernel images and what systemd's stub does with them; must not know
 * how they are read, measured or booted. */
#include "core/image/uki.h"

#include "core/text/lines.h"
#include "core/text/text.h"
#include "core/text/utf.h"

/* The bits of enum uki_part. */
#define BIT(part) (1U << (part))

/* The stub picks one of these for the machine; all others are there once. */
#define REPEATABLE (BIT(UKI_DTB) | BIT(UKI_DTBAUTO) | BIT(UKI_EFIFW))

static const char names[UKI_PART_COUNT][9] = {
    [UKI_LINUX] = ".linux",     [UKI_OSREL] = ".osrel",     [UKI_CMDLINE] = ".cmdline",
    [UKI_INITRD] = ".initrd",   [UKI_UCODE] = ".ucode",     [UKI_SPLASH] = ".splash",
    [UKI_DTB] = ".dtb",         [UKI_UNAME] = ".uname",     [UKI_SBAT] = ".sbat",
    [UKI_PCRSIG] = ".pcrsig",   [UKI_PCRPKEY] = ".pcrpkey", [UKI_PROFILE] = ".profile",
    [UKI_DTBAUTO] = ".dtbauto", [UKI_HWIDS] = ".hwids",     [UKI_EFIFW] = ".efifw",
    [UKI_SDMAGIC] = ".sdmagic",
};

const char *uki_part_name(enum uki_part part)
{
    return names[part];
}

static enum uki_part part_of(const struct pe_section *section)
{
    unsigned int part = 0;

    while (part < UKI_PART_COUNT && !text_equal(names[part], section->name))
        part++;
    return (enum uki_part)part;
}

/* An empty section counts as absent, for the stub too. */
static struct uki_section content_of(const struct pe_section *section)
{
    uint32_t size =
        section->file_size < section->memory_size ? section->file_size : section->memory_size;

    return (struct uki_section){
        .present = section->memory_size != 0,
        .offset = section->offset,
        .size = size,
        .zeros = section->memory_size - size,
    };
}

enum uki_error uki_parse(const struct pe *pe, uint32_t profile, struct uki *ret_uki)
{
    struct uki uki = {.profile_count = 0};
    uint32_t seen = 0;  /* BIT() of the parts of the profile at hand */
    uint32_t taken = 0; /* BIT() of the parts that are the chosen profile's own */

    for (uint32_t i = 0; i < pe->section_count; i++) {
        struct pe_section section = pe_section(pe, i);
        enum uki_part part = part_of(&section);
        bool own;

        if (part == UKI_PART_COUNT)
            continue;
        if (part == UKI_PROFILE) {
            uki.profile_count++;
            seen = 0;
        }
        if ((seen & BIT(part) & ~REPEATABLE) != 0)
            return UKI_DUPLICATE;
        own = uki.profile_count != 0 && uki.profile_count - 1 == profile;
        if ((uki.profile_count == 0 && (seen & BIT(part)) == 0) ||
            (own && (taken & BIT(part)) == 0))
            uki.sections[part] = content_of(&section);
        if (own)
            taken |= BIT(part);
        seen |= BIT(part);
    }
    if (profile != 0 && profile >= uki.profile_count)
        return UKI_NO_PROFILE;
    *ret_uki = uki;
    return UKI_OK;
}

bool uki_find(struct span head, uint64_t file_size, uint32_t profile, struct uki *ret_uki,
              struct explanation *ret_why)
{
    struct pe pe;
    enum pe_error pe_error = pe_parse(head, file_size, &pe);
    enum uki_error error;

    *ret_why = (struct explanation){0};
    if (pe_error != PE_OK) {
        if (pe_error != PE_MACHINE)
            *ret_why = pe_explain(pe_error);
        return false;
    }
    error = uki_parse(&pe, profile, ret_uki);
    if (error != UKI_OK)
        *ret_why = uki_explain(error);
    return error == UKI_OK;
}

enum uki_error uki_openable(const struct uki *uki)
{
    if (!uki->sections[UKI_LINUX].present)
        return UKI_NO_KERNEL;
    if (uki->sections[UKI_DTB].present || uki->sections[UKI_DTBAUTO].present)
        return UKI_DEVICE_TREE;
    if (uki->sections[UKI_EFIFW].present)
        return UKI_FIRMWARE;
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++) {
        if (part != UKI_LINUX && uki->sections[part].zeros != 0)
            return UKI_ZEROS;
    }
    return UKI_OK;
}

/* Versions of systemd whose stubs have these sections: 252 knows neither of them. */
bool uki_measured(enum uki_part part, uint32_t stub_version)
{
    static const uint16_t measured_by[UKI_PART_COUNT] = {
        [UKI_UCODE] = 256,   [UKI_UNAME] = 254, [UKI_SBAT] = 254,  [UKI_PROFILE] = 257,
        [UKI_DTBAUTO] = 257, [UKI_HWIDS] = 257, [UKI_EFIFW] = 258,
    };

    if (part == UKI_PCRSIG || part >= UKI_SDMAGIC)
        return false;
    return stub_version == 0 || stub_version >= measured_by[part];
}

bool uki_loaded(enum uki_part part)
{
    return part == UKI_LINUX || part == UKI_CMDLINE || part == UKI_INITRD || part == UKI_UCODE;
}

enum uki_error uki_measurable(const struct uki *uki, uint32_t stub_version)
{
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++)
        if (uki->sections[part].present && uki_loaded(part) && !uki_measured(part, stub_version))
            return UKI_UNMEASURED;
    return UKI_OK;
}

/* "#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####" */
uint32_t uki_stub_version(struct span sdmagic)
{
    static const char before[] = "systemd-stub ";
    const size_t length = sizeof(before) - 1;
    struct span digits = {0};
    struct span word;
    uint32_t version;

    for (size_t i = 0; digits.data == NULL && span_part(sdmagic, i, length, &word); i++) {
        if (value_equals(word, before))
            digits = span_of(sdmagic.data + i + length, 0);
    }
    if (digits.data == NULL)
        return 0;
    while (digits.data + digits.size < sdmagic.data + sdmagic.size &&
           digits.data[digits.size] >= '0' && digits.data[digits.size] <= '9')
        digits.size++;
    return value_decimal(digits, UINT16_MAX, &version) ? version : 0;
}

static bool is_white(uint8_t byte)
{
    return byte <= ' ' || byte == 0x7f;
}

enum uki_error uki_cmdline(struct span section, char *buffer, size_t capacity, size_t *ret_length)
{
    struct text text;
    struct span line = span_of(section.data, 0);
    uint32_t code_point;
    size_t size;

    while (line.size < section.size && line.data[line.size] != '\0')
        line.size++;
    while (line.size > 0 && is_white(line.data[line.size - 1]))
        line.size--;
    while (line.size > 0 && is_white(line.data[0]))
        line = span_behind(line, 1);
    if (line.size >= capacity)
        return UKI_CMDLINE_TOO_LONG;
    for (struct span rest = line; rest.size > 0; rest = span_behind(rest, size)) {
        if (utf8_next(rest, &code_point, &size) != UTF_OK)
            return UKI_CMDLINE_ENCODING;
    }
    text = text_in(buffer, capacity);
    for (size_t i = 0; i < line.size; i++)
        text_put_char(&text, is_white(line.data[i]) ? ' ' : (char)line.data[i]);
    *ret_length = text.length;
    return UKI_OK;
}

#define EXPLANATIONS(X)                                                                            \
    X(UKI_OK, "a sound unified kernel image", "nothing to do")                                     \
    X(UKI_DUPLICATE, "it has a section twice that may be there once", "build it again")            \
    X(UKI_NO_PROFILE, "it does not have that profile", "name one of those it has, from 0 on")      \
    X(UKI_NO_KERNEL, "it has no section .linux, so it is no unified kernel image",                 \
      "build it with ukify, or leave it to the firmware")                                          \
    X(UKI_ZEROS, "a section is longer in memory than in the file", "leave it to its own stub")     \
    X(UKI_DEVICE_TREE, "it brings a device tree", AS_BEFORE)                                       \
    X(UKI_FIRMWARE, "it brings firmware for the machine", AS_BEFORE)                               \
    X(UKI_UNMEASURED, "its stub is too old to measure its microcode (.ucode)",                     \
      "build it with the stub of systemd 256 or later")                                            \
    X(UKI_CMDLINE_ENCODING, "its command line is not UTF-8", "build it with another one")          \
    X(UKI_CMDLINE_TOO_LONG, "its command line is too long", "build it with a shorter one")
EXPLAIN_TABLE(EXPLANATIONS)

struct explanation uki_explain(enum uki_error error)
{
    return EXPLAIN(error);
}
