/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The beginning of an EFI program, and what it is as a unified kernel image; texts of it that are
 * in the beginning are read as well. Input: u8 profile, u32 that the file is longer than its head,
 * head.
 */
#include "core/image/uki.h"

#include "core/text/utf.h"
#include "fuzz/fuzz.h"

struct extent {
    uint64_t start;
    uint64_t size;
};

static void require_apart(struct extent a, struct extent b)
{
    if (a.size == 0 || b.size == 0)
        return;
    REQUIRE(a.start >= b.start + b.size || b.start >= a.start + a.size);
}

static void require_sections(const struct pe *pe, uint64_t file_size)
{
    const struct extent headers = {.start = 0, .size = pe->headers_size};

    for (uint32_t i = 0; i < pe->section_count; i++) {
        struct pe_section section = pe_section(pe, i);
        struct extent in_file = {section.offset, section.file_size};
        struct extent in_memory = {section.address, section.memory_size};

        REQUIRE(strlen(section.name) <= 8);
        REQUIRE(in_file.size == 0 || in_file.start + in_file.size <= file_size);
        REQUIRE(in_memory.size == 0 || in_memory.start + in_memory.size <= pe->image_size);
        require_apart(in_file, headers);
        require_apart(in_memory, headers);
        for (uint32_t other = 0; other < i; other++) {
            struct pe_section before = pe_section(pe, other);

            require_apart(in_file, (struct extent){before.offset, before.file_size});
            require_apart(in_memory, (struct extent){before.address, before.memory_size});
        }
    }
}

static void read_texts(const struct uki *uki, struct span head)
{
    const struct uki_section *cmdline = &uki->sections[UKI_CMDLINE];
    struct span text;
    uint32_t code_point;
    size_t length;
    size_t size;

    if (span_part(head, uki->sections[UKI_SDMAGIC].offset, uki->sections[UKI_SDMAGIC].size, &text))
        REQUIRE(uki_stub_version(text) <= UINT16_MAX);
    if (!cmdline->present || !span_part(head, cmdline->offset, cmdline->size, &text))
        return;
    char *buffer = (char *)exact(NULL, text.size + 1);
    enum uki_error error = uki_cmdline(text, buffer, text.size + 1, &length);

    require_explanation(uki_explain(error));
    REQUIRE(error == UKI_OK || error == UKI_CMDLINE_ENCODING);
    if (error == UKI_OK) {
        REQUIRE(strlen(buffer) == length && buffer[0] != ' ');
        REQUIRE(length == 0 || buffer[length - 1] != ' ');
        for (size_t i = 0; i < length; i += size) {
            REQUIRE(utf8_next(span_of(buffer + i, length - i), &code_point, &size) == UTF_OK);
            REQUIRE(code_point >= ' ' && code_point != 0x7f);
        }
        REQUIRE(length == 0 || uki_cmdline(text, buffer, length, &length) == UKI_CMDLINE_TOO_LONG);
    }
    free(buffer);
}

static void require_uki(const struct uki *uki, uint32_t profile, uint64_t file_size)
{
    REQUIRE(uki->sections[UKI_LINUX].present || uki_openable(uki) != UKI_OK);
    REQUIRE(profile == 0 || profile < uki->profile_count);
    REQUIRE(uki->sections[UKI_PROFILE].present <= (uki->profile_count != 0));
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++) {
        const struct uki_section *section = &uki->sections[part];

        if (!section->present)
            continue;
        REQUIRE(section->size + section->zeros != 0);
        REQUIRE(section->size == 0 || section->offset + section->size <= file_size);
        REQUIRE(uki_openable(uki) != UKI_OK || part == UKI_LINUX || section->zeros == 0);
    }
    require_explanation(uki_explain(uki_openable(uki)));
    require_explanation(uki_explain(uki_measurable(uki, 252)));
    REQUIRE(uki_measurable(uki, 0) == UKI_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    uint32_t profile = (uint32_t)take(&input, 1) % 4;
    uint64_t file_size = take(&input, 4) + input.left;
    uint8_t *bytes = exact(input.data, input.left);
    struct span head = span_of(bytes, input.left);
    uint32_t needed = pe_head_needed(head);
    struct uki uki;
    struct pe pe;
    enum pe_error error = pe_parse(head, file_size, &pe);

    require_explanation(pe_explain(error));
    REQUIRE(needed <= PE_HEAD_MAX);
    if (error == PE_OK) {
        REQUIRE(pe.section_count != 0 && pe.section_count <= PE_SECTIONS_MAX);
        REQUIRE(needed != 0 && needed <= head.size && needed <= pe.headers_size);
        REQUIRE(pe.headers_size <= file_size && pe.headers_size <= pe.image_size);
        REQUIRE(pe.sections.data + pe.sections.size == bytes + needed);
        require_sections(&pe, file_size);
        enum uki_error uki_error = uki_parse(&pe, profile, &uki);

        require_explanation(uki_explain(uki_error));
        if (uki_error == UKI_OK) {
            require_uki(&uki, profile, file_size);
            read_texts(&uki, head);
        }
    } else if (needed > head.size && head.size < file_size) {
        /* More of the file could be read: that it is not here is all that is wrong so far. */
        REQUIRE(error != PE_NO_MAGIC);
    }
    free(bytes);
    return 0;
}
