/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/uki_open.h"

#include "boot/extras.h"
#include "boot/measure.h"
#include "boot/trust.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "core/image/pe.h"
#include "core/image/uki.h"
#include "core/text/path.h"
#include "core/text/text.h"
#include "efi/pages.h"
#include "efi/variable.h"

struct opening {
    struct boot *boot;
    struct boot_file image;
    const uint8_t *bytes; /* of the whole image, when the firmware had to judge it; else NULL */
    struct span head;     /* headers and section table */
    struct uki uki;
};

static bool fail(struct opening *opening, struct explanation why, efi_status status)
{
    return boot_fail(opening->boot, "opening", opening->image.path, why, status);
}

/* What the image is made of; `head` as it was read first or as it was judged. */
static bool find_parts(struct opening *opening)
{
    enum uki_error error;
    struct explanation why;

    if (!uki_find(opening->head, opening->image.size, opening->boot->entry->profile, &opening->uki,
                  &why))
        return fail(opening, why.at == NULL ? pe_explain(PE_MACHINE) : why, 0);
    error = uki_openable(&opening->uki);
    /* The stub measures the zeros behind its kernel as well; they are not in the file. */
    if (error == UKI_OK && opening->uki.sections[UKI_LINUX].zeros != 0 &&
        tpm_usable(opening->boot->environment.tpm))
        error = UKI_ZEROS;
    return error == UKI_OK || fail(opening, uki_explain(error), 0);
}

/*
 * The whole image in memory, judged by the firmware; from here on nothing is read from disk. It
 * lies so that its initrd begins a page, for then Linux can have it where it is.
 */
OWN_FRAME static bool judge(struct opening *opening)
{
    uint64_t offset = opening->uki.sections[UKI_INITRD].offset;
    struct span whole = {0};

    if (!boot_file_load(opening->boot, &opening->image, opening->image.size,
                        (0 - offset) & (PAGE_SIZE - 1), "opening", &whole) ||
        !trust_image(opening->boot, whole, opening->image.path))
        return false;
    opening->bytes = whole.data;
    opening->head = whole;
    return find_parts(opening);
}

static bool read_head(struct opening *opening)
{
    uint32_t needed = pe_head_needed(payload_head(&opening->boot->payload));

    opening->head = payload_head(&opening->boot->payload);
    if (needed > opening->head.size && needed <= opening->image.size &&
        !boot_file_load(opening->boot, &opening->image, needed, 0, "opening", &opening->head))
        return false;
    return find_parts(opening);
}

/* --- what only the stub could hand over ----------------------------------------------------------
 */

static bool has_files(struct opening *opening, struct file *root, const char *path)
{
    char name[4];
    struct file *directory;
    bool is_directory = true;

    if (directory_open(opening->boot->firmware, root, path, &directory) != 0)
        return false;
    /* "." and ".." come first on FAT, a file may be anywhere behind them. */
    for (unsigned int i = 0; is_directory && i < 64; i++)
        if (directory_next(directory, name, sizeof(name), &is_directory) != 0)
            break;
    file_close(opening->boot->firmware, directory);
    return !is_directory;
}

/* The directory of an image's own companions: "\\EFI\\Linux\\a+3.efi" has "...\\a.efi.extra.d". */
static void put_own_directory(struct text *text, const char *path)
{
    const char *name = path;
    struct entry_name parts;

    for (const char *at = path; *at != '\0'; at++)
        if (*at == '\\')
            name = at + 1;
    if (entry_name_parse(name, ".efi", &parts) && parts.counter.counted) {
        text_put_bytes(text, path, (size_t)(name - path) + parts.stem);
        text_put(text, ".efi");
    } else {
        text_put(text, path);
    }
    text_put(text, ".extra.d");
}

static bool refuse_companions(struct opening *opening, struct file *root)
{
    static const char directories[] =
        "\\loader\\addons\0\\loader\\credentials\0\\loader\\extensions\0";
    const struct explanation policy =
        because("it brings a signed TPM policy, which only its own stub hands over",
                "have it started with `baton-exit firmware`");
    const struct explanation companions =
        because("there are addons or credentials for it, which only its own stub hands over",
                "take them away, or have it started with `baton-exit firmware`");
    const struct uki_section *sections = opening->uki.sections;
    char path[PATH_CAPACITY + 16];
    struct text own = text_in(path, sizeof(path));
    bool found;

    if (sections[UKI_PCRSIG].present || sections[UKI_PCRPKEY].present)
        return fail(opening, policy, 0);
    put_own_directory(&own, opening->image.path);
    found = has_files(opening, root, path);
    for (const char *next = directories; !found && *next != '\0'; next += text_length(next) + 1)
        found = has_files(opening, root, next);
    return !found || fail(opening, companions, 0);
}

/* --- what is handed over -------------------------------------------------------------------------
 */

static bool part_contents(const struct opening *opening, enum uki_part part,
                          struct boot_file *ret_contents)
{
    const struct uki_section *section = &opening->uki.sections[part];

    if (!section->present)
        return false;
    *ret_contents = (struct boot_file){
        .path = opening->image.path,
        .file = opening->image.file,
        .bytes = opening->bytes == NULL ? NULL : opening->bytes + section->offset,
        .offset = section->offset,
        .size = section->size,
        .part = true,
    };
    return true;
}

/* In the stub's order, each part whatever it is for. */
static bool measure_parts(struct opening *opening)
{
    struct tpm *tpm = opening->boot->environment.tpm;
    struct boot_file contents;
    enum uki_error error;
    uint32_t version = 0;

    if (part_contents(opening, UKI_SDMAGIC, &contents))
        version = uki_stub_version(span_of(contents.bytes, contents.size));
    error = uki_measurable(&opening->uki, version);
    if (error != UKI_OK)
        return fail(opening, uki_explain(error), 0);
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++)
        if (uki_measured(part, version) && part_contents(opening, part, &contents))
            (void)measure_uki_section(tpm, uki_part_name(part),
                                      span_of(contents.bytes, contents.size));
    opening->boot->payload.image_is_measured =
        measure_uki_profile(tpm, opening->boot->entry->profile) == 0;
    return true;
}

static bool take_options(struct opening *opening)
{
    struct boot_file contents;
    enum uki_error error;
    struct span text;
    uint64_t address;
    size_t length;
    efi_status status;

    if (!part_contents(opening, UKI_CMDLINE, &contents))
        return true;
    if (!trust_required(opening->boot) && opening->boot->entry->options[0] != '\0')
        return true;
    status =
        pages_take(opening->boot->firmware, MEMORY_LOADER_DATA, 2 * contents.size + 1, &address);
    if (status != 0)
        return fail(opening, FAILURE_NO_MEMORY, status);
    text = span_of((const void *)(uintptr_t)(address + contents.size + 1), contents.size);
    status =
        boot_file_read(opening->boot->firmware, &contents, 0, contents.size, (void *)text.data);
    if (status != 0)
        return fail(opening, FAILURE_UNREADABLE, status);
    error = uki_cmdline(text, (char *)(uintptr_t)address, contents.size + 1, &length);
    if (error != UKI_OK)
        return fail(opening, uki_explain(error), 0);
    opening->boot->payload.command_line = (const char *)(uintptr_t)address;
    opening->boot->payload.options_are_judged = true;
    return true;
}

bool uki_open(struct boot *boot)
{
    struct payload *payload = &boot->payload;
    struct opening opening = {.boot = boot, .image = payload->kernel};

    payload->command_line = boot->entry->options; /* the profile is chosen here */
    if (!read_head(&opening) || !refuse_companions(&opening, payload->root) ||
        (trust_wanted(boot) && !judge(&opening)) ||
        (tpm_usable(boot->environment.tpm) && !measure_parts(&opening)) || !take_options(&opening))
        return false;
    (void)part_contents(&opening, UKI_LINUX, &payload->kernel);
    /* Microcode first: the kernel looks for it at the beginning. */
    payload->module_count = 0;
    if (part_contents(&opening, UKI_UCODE, &payload->modules[payload->module_count]))
        payload->module_count++;
    if (part_contents(&opening, UKI_INITRD, &payload->modules[payload->module_count]))
        payload->module_count++;
    return extras_add(boot) && payload_read_head(boot);
}

void uki_announce(const struct firmware *firmware)
{
    static const uint16_t pcr[] = u"11";

    (void)variable_write(firmware_runtime_services(firmware), VARIABLE_SYSTEMD,
                         "StubPcrKernelImage", VARIABLE_TOLD, pcr, sizeof(pcr));
}
