/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/asked.h"

#include "arch/arch.h"
#include "core/entry/oem_strings.h"
#include "core/text/text.h"
#include "core/text/utf.h"
#include "efi/origin.h"
#include "efi/smbios.h"
#include "efi/variable.h"

const char *asked_text(struct firmware *firmware, struct arena *arena, const char *name)
{
    uint16_t wide[LOADER_PATTERN_MAX];
    uint32_t attributes;
    size_t size = 0;
    size_t length;
    char *text;
    efi_status status =
        variable_read(firmware, VARIABLE_SYSTEMD, name, wide, sizeof(wide), &size, &attributes);

    if (status == STATUS_NOT_FOUND)
        return NULL;
    if (status != 0)
        return "";
    text = arena_take(arena, UTF8_CAPACITY_FOR_UTF16(size));
    if (text == NULL ||
        utf16_to_utf8(span_of(wide, size), text, UTF8_CAPACITY_FOR_UTF16(size), &length) != UTF_OK)
        return "";
    return text;
}

/* The same, of what is for one boot. */
static const char *take_text(struct firmware *firmware, struct arena *arena, const char *name)
{
    const char *text = asked_text(firmware, arena, name);

    if (text != NULL)
        (void)variable_delete(firmware_runtime_services(firmware), VARIABLE_SYSTEMD, name);
    return text;
}

static bool take_timeout(const char *text, struct loader_timeout *timeout)
{
    return text != NULL && loader_timeout_parse(span_of(text, text_length(text)), timeout);
}

/* A timeout of the machine's maker goes before the one that is kept in a variable. */
static bool string_timeout(struct span strings, struct loader_timeout *timeout)
{
    struct span value;

    return oem_strings_next(&strings, "io.systemd.boot.timeout=", &value) &&
           loader_timeout_parse(value, timeout);
}

void asked_read(struct firmware *firmware, struct arena *arena, bool confidential,
                struct asked *ret_asked)
{
    const char **patterns;

    *ret_asked = (struct asked){0};
    patterns = ret_asked->wishes.patterns;
    if (firmware_update_failed(firmware))
        patterns[ENTRY_SYS_FAIL] = asked_text(firmware, arena, "LoaderEntrySysFail");
    patterns[ENTRY_ONE_SHOT] = take_text(firmware, arena, "LoaderEntryOneShot");
    patterns[ENTRY_PREFERRED_VARIABLE] = asked_text(firmware, arena, "LoaderEntryPreferred");
    patterns[ENTRY_DEFAULT_VARIABLE] = asked_text(firmware, arena, "LoaderEntryDefault");
    ret_asked->last_booted = asked_text(firmware, arena, "LoaderEntryLastBooted");
    ret_asked->forces_menu =
        take_timeout(take_text(firmware, arena, "LoaderConfigTimeoutOneShot"), &ret_asked->timeout);
    /* Somebody wants to see it: what hides the menu makes this one wait. */
    if (ret_asked->forces_menu && ret_asked->timeout.wait != LOADER_WAIT_SECONDS)
        ret_asked->timeout.wait = LOADER_WAIT_FORCE;
    if (arch_is_virtual() && !confidential)
        ret_asked->strings = oem_strings_find(smbios_table(firmware));
    if (!ret_asked->forces_menu && !string_timeout(ret_asked->strings, &ret_asked->timeout))
        (void)take_timeout(asked_text(firmware, arena, "LoaderConfigTimeout"), &ret_asked->timeout);
}
