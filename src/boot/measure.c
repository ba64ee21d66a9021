/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows what is measured and as what; must not know how (efi/tpm.h). */
#include "boot/measure.h"

#include "core/base/mem.h"
#include "core/base/store.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/pages.h"
#include "efi/wide_text.h"

/* Event types: TCG PC Client Platform Firmware Profile, section 10.4. */
#define EV_EVENT_TAG 0x6U
#define EV_IPL       0xdU

#define PCR_BOOT_CODE      4U  /* the Platform Firmware Profile, 3.3.4.5 */
#define PCR_LOADER_CONFIG  5U  /* systemd: src/fundamental/tpm2-pcr.h */
#define PCR_KERNEL_INITRD  9U  /* Linux: drivers/firmware/efi/libstub/efi-stub-helper.c */
#define PCR_KERNEL_IMAGE   11U /* systemd */
#define PCR_KERNEL_OPTIONS 12U /* systemd */
#define PCR_EXTENSIONS     13U /* systemd */

/* Tags of EV_EVENT_TAG: Linux, drivers/firmware/efi/libstub/efistub.h; systemd, as above. */
#define TAG_INITRD       0x8f3b22ecU
#define TAG_LOAD_OPTIONS 0x8f3b22edU
#define TAG_LOADER_CONF  0xf5bc582aU
#define TAG_UKI_PROFILE  0x13aed6dbU
/* Made for it. */
#define TAG_BATON_CONF 0x6f29ab14U

#define TAG_TEXT_MAX     32U
#define SECTION_NAME_MAX 8U
#define EXTRAS_NAME_MAX  40U

/* An event TCG_PCClientTaggedEvent: tag, size of the text, text. `text` has its NUL. */
static efi_status measure_tagged(struct tpm *tpm, unsigned int pcr, uint32_t tag, struct span text,
                                 struct span data)
{
    uint8_t event[8 + TAG_TEXT_MAX];

    store_u32(event, tag);
    store_u32(event + 4, (uint32_t)text.size);
    memcpy(event + 8, text.data, text.size);
    return tpm_measure(tpm, pcr, EV_EVENT_TAG, data, span_of(event, 8 + text.size));
}

efi_status measure_initrd(struct tpm *tpm, struct span initrd)
{
    static const char text[] = "Linux initrd";

    _Static_assert(sizeof(text) <= TAG_TEXT_MAX, "fits");
    if (initrd.size == 0)
        return tpm->failure;
    return measure_tagged(tpm, PCR_KERNEL_INITRD, TAG_INITRD, span_of(text, sizeof(text)), initrd);
}

/* What does not fit into an event is left out of it, and of no hash. */
static efi_status measure_ipl(struct tpm *tpm, unsigned int pcr, struct span data,
                              struct span event)
{
    if (event.size > TPM_EVENT_MAX)
        event.size = TPM_EVENT_MAX;
    return tpm_measure(tpm, pcr, EV_IPL, data, event);
}

static struct span string_of(const char *string)
{
    return span_of(string, text_length(string) + 1);
}

efi_status measure_kernel(struct tpm *tpm, struct span file, const char *path)
{
    return measure_ipl(tpm, PCR_BOOT_CODE, file, string_of(path));
}

efi_status measure_module(struct tpm *tpm, const char *path, struct span contents)
{
    (void)measure_ipl(tpm, PCR_KERNEL_INITRD, string_of(path), string_of(path));
    return measure_ipl(tpm, PCR_KERNEL_INITRD, contents, string_of(path));
}

static void measure_text(struct tpm *tpm, unsigned int as, struct span text)
{
    static const char name[] = "LOADED_IMAGE::LoadOptions";

    _Static_assert(sizeof(name) <= TAG_TEXT_MAX, "fits");
    if ((as & MEASURE_AS_LOADER) != 0)
        (void)measure_ipl(tpm, PCR_KERNEL_OPTIONS, text, text);
    if ((as & MEASURE_AS_STUB) != 0)
        measure_tagged(tpm, PCR_KERNEL_INITRD, TAG_LOAD_OPTIONS, span_of(name, sizeof(name)), text);
}

efi_status measure_options(struct firmware *firmware, struct tpm *tpm, unsigned int as,
                           const char *options)
{
    struct span text;

    if (*options == '\0' || !tpm_usable(tpm) || tpm->failure != 0)
        return tpm->failure;
    tpm->failure = wide_text_make(firmware, options, &text);
    if (tpm->failure == STATUS_INVALID_PARAMETER) {
        tpm->failure = 0;
        measure_text(tpm, as, string_of(options));
        return tpm->failure;
    }
    if (tpm->failure != 0)
        return tpm->failure;
    measure_text(tpm, as, text);
    pages_free(firmware, (uintptr_t)text.data);
    return tpm->failure;
}

efi_status measure_loader_conf(struct tpm *tpm, struct span file)
{
    static const uint16_t text[] = u"loader.conf";

    _Static_assert(sizeof(text) <= TAG_TEXT_MAX, "fits");
    return measure_tagged(tpm, PCR_LOADER_CONFIG, TAG_LOADER_CONF, span_of(text, sizeof(text)),
                          file);
}

efi_status measure_baton_conf(struct tpm *tpm, struct span file)
{
    static const uint16_t text[] = u"baton.conf";

    return measure_tagged(tpm, PCR_LOADER_CONFIG, TAG_BATON_CONF, span_of(text, sizeof(text)),
                          file);
}

efi_status measure_uki_section(struct tpm *tpm, const char *name, struct span data)
{
    uint16_t wide[SECTION_NAME_MAX + 1];
    struct span event;
    size_t length;

    if (data.size == 0)
        return tpm->failure;
    if (utf8_to_utf16(name, wide, SECTION_NAME_MAX + 1, &length) != UTF_OK)
        return tpm->failure = STATUS_INVALID_PARAMETER;
    event = span_of(wide, (length + 1) * sizeof(wide[0]));
    tpm_measure(tpm, PCR_KERNEL_IMAGE, EV_IPL, span_of(name, length + 1), event);
    return tpm_measure(tpm, PCR_KERNEL_IMAGE, EV_IPL, data, event);
}

efi_status measure_uki_profile(struct tpm *tpm, uint32_t profile)
{
    char buffer[sizeof("4294967295")];
    struct text decimal = text_in(buffer, sizeof(buffer));
    uint16_t wide[sizeof(buffer)];
    struct span text;
    size_t length;

    if (profile == 0)
        return tpm->failure;
    text_put_decimal(&decimal, profile);
    if (utf8_to_utf16(buffer, wide, sizeof(buffer), &length) != UTF_OK)
        return tpm->failure = STATUS_INVALID_PARAMETER;
    text = span_of(wide, (length + 1) * sizeof(wide[0]));
    return measure_tagged(tpm, PCR_KERNEL_OPTIONS, TAG_UKI_PROFILE, text, text);
}

efi_status measure_extras(struct tpm *tpm, bool is_system, const char *name, struct span archive)
{
    uint16_t wide[EXTRAS_NAME_MAX];
    size_t length;

    if (utf8_to_utf16(name, wide, EXTRAS_NAME_MAX, &length) != UTF_OK)
        return tpm->failure = STATUS_INVALID_PARAMETER;
    return measure_ipl(tpm, is_system ? PCR_EXTENSIONS : PCR_KERNEL_OPTIONS, archive,
                       span_of(wide, (length + 1) * sizeof(wide[0])));
}

efi_status measure_close(struct tpm *tpm)
{
    static const uint8_t registers[] = {PCR_BOOT_CODE,    PCR_LOADER_CONFIG,  PCR_KERNEL_INITRD,
                                        PCR_KERNEL_IMAGE, PCR_KERNEL_OPTIONS, PCR_EXTENSIONS};
    efi_status status = 0;

    for (size_t i = 0; i < sizeof(registers) && status == 0; i++)
        status = tpm_close(tpm, registers[i]);
    if (status == 0)
        tpm->closed = true;
    return status;
}
