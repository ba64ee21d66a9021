/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/linux/runtime_quirk.h"

#include "core/base/mem.h"
#include "core/base/smbios.h"
#include "core/text/text.h"

/* "Processor Information" (SMBIOS 7.5). */
#define TYPE_PROCESSOR 4U
#define AT_ID          8U    /* on ARM the identity of the chip, as SMCCC_ARCH_SOC_ID gives it */
#define AT_VERSION     0x10U /* number of a string */

#define ID_MASK       0xffff000fU
#define ID_ALTRA      0x0a160001U
#define ID_ALTRA_MAX  0x0a160002U
#define VERSION_ALTRA "Ampere(TM) Altra(TM) Processor"
#define VERSION_EMAG  "eMAG"

/* String `number`, counted from 1, and all behind it; empty when there is no such. */
static struct span string_of(struct span strings, uint8_t number)
{
    if (number == 0)
        strings.size = 0;
    for (unsigned int skip = number; skip > 1 && strings.size > 0; skip--) {
        while (strings.size > 0 && *strings.data != 0)
            strings = span_behind(strings, 1);
        if (strings.size > 0)
            strings = span_behind(strings, 1);
    }
    return strings;
}

static bool begins_with(struct span bytes, const char *text)
{
    size_t length = text_length(text);

    return bytes.size >= length && memcmp(bytes.data, text, length) == 0;
}

bool runtime_quirk(struct span smbios)
{
    struct smbios_structure processor;
    struct span version;
    uint32_t id;
    uint8_t number;

    if (!smbios_find(smbios, TYPE_PROCESSOR, &processor) ||
        !span_u32(processor.fields, AT_ID, &id) || !span_u8(processor.fields, AT_VERSION, &number))
        return false;
    version = string_of(processor.strings, number);
    return (id & ID_MASK) == ID_ALTRA || (id & ID_MASK) == ID_ALTRA_MAX ||
           begins_with(version, VERSION_ALTRA) || begins_with(version, VERSION_EMAG);
}
