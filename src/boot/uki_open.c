/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/uki_open.h"

#include "boot/failure.h"
#include "boot/measure.h"
#include "boot/trust.h"
#include "core/base/page.h"
#include "core/image/pe.h"
#include "core/image/uki.h"
#include "core/text/path.h"
#include "core/text/text.h"
#include "efi/pages.h"
#include "efi/variable.h"

#define NO_MEMORY because("there is no memory to open it in", "give the machine more memory")

struct opening {
    struct firmware *firmware;
    const struct boot_environment *environment;
    const struct candidate *candidate;
    struct boot_file image;
    const uint8_t *bytes; /* of the whole image, when the firmware had to judge it; else NULL */
    struct span head;     /* headers and section table */
    struct uki uki;
    struct boot_failure *failure;
};

static bool fail(struct opening *opening, struct explanation why, efi_status status)
{
    return boot_fail(opening->failure, "opening", opening->image.path, why, status);
}

/* `size` bytes of the image's beginning, in memory with `lead` bytes to spare in front of them. */
static bool read_beginning(struct opening *opening, uint64_t size, uint64_t lead,
                           struct span *ret_bytes)
{
    const struct explanation unreadable =
        because("it can not be read", "check the disk for errors and copy the file again");
    struct page_request wanted = {.type = MEMORY_LOADER_DATA, .count = pages_for(size + lead)};
    const struct boot_file *image = &opening->image;
    uint64_t address;
    efi_status status = pages_allocate(opening->firmware, &wanted, &address);

    if (status != 0)
        return fail(opening, NO_MEMORY, status);
    address += lead;
    status = size == image->size
                 ? contents_read_all(opening->firmware, image, (void *)(uintptr_t)address)
                 : contents_read(opening->firmware, image, 0, size, (void *)(uintptr_t)address);
    if (status != 0)
        return fail(opening, unreadable, status);
    *ret_bytes = span_of((const void *)(uintptr_t)address, size);
    return true;
}

/* What the image is made of; `head` as it was read first or as it was judged. */
static bool find_parts(struct opening *opening)
{
    enum uki_error error;
    struct pe pe;
    enum pe_error pe_error = pe_parse(opening->head, opening->image.size, &pe);

    if (pe_error != PE_OK)
        return fail(opening, pe_explain(pe_error), 0);
    error = uki_parse(&pe, opening->candidate->profile, &opening->uki);
    if (error == UKI_OK)
        error = uki_openable(&opening->uki);
    /* The stub measures the zeros behind its kernel as well; they are not in the file. */
    if (error == UKI_OK && opening->uki.sections[UKI_LINUX].zeros != 0 &&
        tpm_usable(opening->environment->tpm))
        error = UKI_ZEROS;
    return error == UKI_OK || fail(opening, uki_explain(error), 0);
}

/*
 * The whole image in memory, judged by the firmware; from here on nothing is read from disk. It
 * lies so that its initrd begins a page, for then Linux can have it where it is.
 */
static bool judge(struct opening *opening, uint32_t *notes)
{
    uint64_t offset = opening->uki.sections[UKI_INITRD].offset;
    struct span whole = {0};

    if (!read_beginning(opening, opening->image.size, (0 - offset) & (PAGE_SIZE - 1), &whole) ||
        !trust_image(opening->firmware, opening->environment, whole, opening->image.path, notes,
                     opening->failure))
        return false;
    opening->bytes = whole.data;
    opening->head = whole;
    return find_parts(opening);
}

static bool read_head(struct opening *opening, const struct opened *opened)
{
    uint32_t needed = pe_head_needed(opened_head(opened));

    opening->head = opened_head(opened);
    if (needed > opening->head.size && needed <= opening->image.size &&
        !read_beginning(opening, needed, 0, &opening->head))
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

    if (directory_open(opening->firmware, root, path, &directory) != 0)
        return false;
    /* "." and ".." come first on FAT, a file may be anywhere behind them. */
    for (unsigned int i = 0; is_directory && i < 64; i++)
        if (directory_next(directory, name, sizeof(name), &is_directory) != 0)
            break;
    file_close(opening->firmware, directory);
    return !is_directory;
}

/* The directory of an image's own companions: "\\EFI\\Linux\\a+3.efi" has "...\\a.efi.extra.d". */
static void put_own_directory(struct text *text, const char *path)
{
    struct bls_counter counter;
    const char *name = path;
    size_t id_length;

    for (const char *at = path; *at != '\0'; at++)
        if (*at == '\\')
            name = at + 1;
    if (bls_file_name_parse(name, ".efi", &id_length, &counter) && counter.counted) {
        text_put_bytes(text, path, (size_t)(name - path) + id_length);
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

/* In the stub's order, each part whatever it is for. True when PCR 11 has them all. */
static bool measure_parts(struct opening *opening)
{
    struct tpm *tpm = opening->environment->tpm;
    struct boot_file contents;
    uint32_t version = 0;

    if (part_contents(opening, UKI_SDMAGIC, &contents))
        version = uki_stub_version(span_of(contents.bytes, contents.size));
    for (unsigned int part = 0; part < UKI_PART_COUNT; part++)
        if (uki_measured(part, version) && part_contents(opening, part, &contents) &&
            measure_uki_section(tpm, uki_part_name(part), span_of(contents.bytes, contents.size)) !=
                0)
            return false;
    return measure_uki_profile(tpm, opening->candidate->profile) == 0;
}

static bool take_options(struct opening *opening, struct opened *opened)
{
    struct boot_file contents;
    enum uki_error error;
    struct span text;
    uint64_t address;
    struct page_request wanted = {.type = MEMORY_LOADER_DATA};
    size_t length;
    efi_status status;

    if (!part_contents(opening, UKI_CMDLINE, &contents))
        return true;
    if (!trust_required(opening->environment) && opening->candidate->command_line[0] != '\0')
        return true;
    wanted.count = pages_for(2 * contents.size + 1);
    status = pages_allocate(opening->firmware, &wanted, &address);
    if (status != 0)
        return fail(opening, NO_MEMORY, status);
    text = span_of((const void *)(uintptr_t)(address + contents.size + 1), contents.size);
    status = contents_read(opening->firmware, &contents, 0, contents.size, (void *)text.data);
    if (status != 0)
        return fail(opening, because("its command line can not be read", "check the disk"), status);
    error = uki_cmdline(text, (char *)(uintptr_t)address, contents.size + 1, &length);
    if (error != UKI_OK)
        return fail(opening, uki_explain(error), 0);
    opened->command_line = (const char *)(uintptr_t)address;
    opened->options_are_judged = true;
    return true;
}

bool uki_open(struct firmware *firmware, const struct boot_environment *environment,
              const struct candidate *candidate, struct opened *opened, uint32_t *notes,
              struct boot_failure *ret_failure)
{
    struct opening opening = {.firmware = firmware,
                              .environment = environment,
                              .candidate = candidate,
                              .image = opened->kernel,
                              .failure = ret_failure};

    if (!read_head(&opening, opened) || !refuse_companions(&opening, opened->root) ||
        (trust_wanted(environment) && !judge(&opening, notes)))
        return false;
    if (tpm_usable(environment->tpm)) {
        opened->image_is_measured = measure_parts(&opening);
        *notes |= opened->image_is_measured ? 0 : NOTE_NOT_MEASURED;
    }
    if (!take_options(&opening, opened))
        return false;
    (void)part_contents(&opening, UKI_LINUX, &opened->kernel);
    /* Microcode first: the kernel looks for it at the beginning. */
    opened->module_count = 0;
    if (part_contents(&opening, UKI_UCODE, &opened->modules[opened->module_count]))
        opened->module_count++;
    if (part_contents(&opening, UKI_INITRD, &opened->modules[opened->module_count]))
        opened->module_count++;
    return opened_read_head(firmware, opened, ret_failure);
}

void uki_announce(const struct firmware *firmware)
{
    static const uint16_t pcr[] = u"11";

    (void)variable_write(firmware_runtime_services(firmware), VARIABLE_SYSTEMD,
                         "StubPcrKernelImage", VARIABLE_TOLD, pcr, sizeof(pcr));
}
