/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/entry/uki_entry.h"

#include "boot/entry/entries.h"
#include "core/base/own_frame.h"
#include "core/entry/baton_conf.h"
#include "core/entry/os_release.h"
#include "core/image/pe.h"
#include "core/image/uki.h"
#include "core/text/text.h"
#include "efi/volumes.h"

#define NO_NAME                                                                                    \
    because("it has no section .osrel that says what it is", "build it with an os-release")

/* One file after the other goes through these. */
struct scratch {
    uint8_t head[PE_HEAD_MAX];
    uint8_t os_release[OS_RELEASE_MAX];
    uint8_t profile[OS_RELEASE_MAX];
};

struct uki_file {
    struct entry_files *files;
    struct scratch *scratch;
    const char *name; /* in the directory */
    const char *path;
    struct file *file;
    uint64_t size;    /* bytes */
    struct span head; /* in the scratch */
};

static bool fail(const struct uki_file *image, struct explanation why, efi_status status)
{
    entry_file_report(image->path, why, NULL, status);
    return false;
}

static bool read_bytes(const struct uki_file *image, uint64_t offset, uint64_t size, void *buffer)
{
    efi_status status = file_read(image->files->firmware, image->file, offset, size, buffer);

    return status == 0 || fail(image, entry_file_why(status), status);
}

/* The headers, all of them that matter. */
static bool read_head(struct uki_file *image)
{
    uint8_t *buffer = image->scratch->head;
    uint64_t size = image->size < PE_HEAD_SIZE ? image->size : PE_HEAD_SIZE;
    uint64_t needed;

    if (!read_bytes(image, 0, size, buffer))
        return false;
    needed = pe_head_needed(span_of(buffer, size));
    if (needed > image->size)
        needed = image->size;
    if (needed > size) {
        if (!read_bytes(image, size, needed - size, buffer + size))
            return false;
        size = needed;
    }
    image->head = span_of(buffer, size);
    return true;
}

/* False for an image of another machine too, of which nothing is said. */
static bool find_sections(const struct uki_file *image, uint32_t profile, struct uki *ret_uki)
{
    struct explanation why;

    if (uki_find(image->head, image->size, profile, ret_uki, &why))
        return true;
    return why.at != NULL && fail(image, why, 0);
}

/* A small section; an empty span where there is none. */
static bool read_section(const struct uki_file *image, const struct uki_section *section,
                         uint8_t *buffer, struct span *ret_text)
{
    uint64_t size = section->present ? section->size : 0;

    if (size > OS_RELEASE_MAX)
        return fail(image, os_release_explain(OS_RELEASE_TOO_LARGE), 0);
    *ret_text = span_of(buffer, size);
    return read_bytes(image, section->offset, size, buffer);
}

/*
 * What tells a profile from the others: the title as systemd-boot shows it, and, of all but the
 * first one, the id. `pool` has room for it.
 */
static void name_profile(struct bls_entry *entry, const struct os_profile *profile,
                         struct string_pool *pool)
{
    struct text text = text_in(pool->next, pool->left);

    if (profile->title[0] == '\0' && entry->profile == 0)
        return;
    if (profile->title[0] != '\0' || profile->id[0] != '\0')
        text_format(&text, "%s (%s)", entry->title,
                    profile->title[0] != '\0' ? profile->title : profile->id);
    else
        text_format(&text, "%s (Profile #%lu)", entry->title, entry->profile + 1UL);
    entry->title = text.data;
    if (entry->profile == 0)
        return;
    text_put_char(&text, '\0');
    entry->id = text.data + text.length;
    text_put(&text, entry->image_id);
    text_put_char(&text, '@');
    if (profile->id[0] == '\0')
        text_put_decimal(&text, entry->profile);
    for (const char *id = profile->id; *id != '\0'; id++)
        text_put_char(&text, text_lower(*id));
}

/* The words of the entry, into `pool`, which has room for all of them. */
OWN_FRAME static bool read_words(const struct uki_file *image, struct span os_release,
                                 struct span profile, struct string_pool *pool,
                                 struct bls_entry *entry)
{
    struct entry_name name;
    struct os_release release;
    struct os_profile names;
    enum os_release_error error = os_release_parse(os_release, pool, &release);

    if (error == OS_RELEASE_OK)
        error = os_profile_parse(profile, pool, &names);
    if (error != OS_RELEASE_OK)
        return fail(image, os_release_explain(error), 0);
    (void)entry_name_parse(image->name, ".efi", &name);
    entry->counter = name.counter;
    entry->id = entry->image_id = entry_name_id(image->name, &name, pool);
    entry->kernel = string_pool_add(pool, span_of(image->path, text_length(image->path)));
    entry->file = entry->kernel + sizeof(UKI_DIRECTORY); /* behind the backslash */
    entry->title = release.title;
    entry->version = release.version;
    entry->sort_key = release.sort_key;
    name_profile(entry, &names, pool);
    baton_conf_apply(&image->files->entries->conf, entry);
    return true;
}

/* NULL when there is nothing to boot in that profile. */
static struct bls_entry *read_profile(const struct uki_file *image, const struct uki *uki,
                                      uint32_t number)
{
    struct string_pool pool;
    struct span os_release;
    struct span profile;
    struct bls_entry *entry;

    if (!uki->sections[UKI_OSREL].present) {
        (void)fail(image, NO_NAME, 0);
        return NULL;
    }
    if (!read_section(image, &uki->sections[UKI_OSREL], image->scratch->os_release, &os_release) ||
        !read_section(image, &uki->sections[UKI_PROFILE], image->scratch->profile, &profile))
        return NULL;
    /* The texts of a profile go into its entry's title and its id once more. */
    pool.left = (size_t)4 * ENTRY_NAME_MAX + sizeof(UKI_DIRECTORY) + 64 +
                2 * OS_RELEASE_CAPACITY(os_release.size) + 2 * OS_RELEASE_CAPACITY(profile.size);
    entry = arena_take(image->files->arena, sizeof(*entry));
    pool.next = arena_take(image->files->arena, pool.left);
    if (entry == NULL || pool.next == NULL) {
        (void)fail(image, FAILURE_NO_MEMORY, 0);
        return NULL;
    }
    *entry = (struct bls_entry){.is_image = true,
                                .machine_id = "",
                                .kind = BLS_UKI,
                                .options = "",
                                .volume = image->files->firmware->volume,
                                .profile = number};
    return read_words(image, os_release, profile, &pool, entry) ? entry : NULL;
}

OWN_FRAME static void read_image(struct uki_file *image)
{
    struct uki uki = {.profile_count = 0};
    uint32_t number = 0;

    if (!read_head(image))
        return;
    do {
        struct bls_entry *entry;

        if (!find_sections(image, number, &uki))
            return;
        entry = read_profile(image, &uki, number);
        if (entry != NULL)
            entries_add(image->files, entry);
    } while (++number < uki.profile_count && number <= BLS_PROFILE_MAX);
}

/* Opens the image; false, and it has been said why, when it cannot be. */
static bool begin(struct uki_file *image, struct file *directory, const char *name)
{
    struct entry_files *files = image->files;
    efi_status status;

    if (files->scratch == NULL)
        files->scratch = arena_take(files->arena, sizeof(struct scratch));
    image->scratch = files->scratch;
    if (image->scratch == NULL)
        return fail(image, FAILURE_NO_MEMORY, 0);
    status = file_open(files->firmware, directory, name, &image->file);
    if (status != 0)
        return fail(image, entry_file_why(status), status);
    status = file_size(image->file, &image->size);
    if (status == 0)
        return true;
    file_close(files->firmware, image->file);
    return fail(image, entry_file_why(status), status);
}

void uki_entry_read(struct entry_files *files, const char *name)
{
    char path_buffer[sizeof(UKI_DIRECTORY) + ENTRY_NAME_MAX];
    struct text path = text_in(path_buffer, sizeof(path_buffer));
    struct uki_file image = {.files = files, .name = name, .path = path.data};

    text_format(&path, UKI_DIRECTORY "\\%s", name);
    if (!begin(&image, files->directory, name))
        return;
    read_image(&image);
    file_close(files->firmware, image.file);
}

static const char *read_options(struct uki_file *image, uint32_t profile)
{
    struct span section;
    struct uki uki;
    size_t length;
    char *options;
    enum uki_error error;

    if (!read_head(image) || !find_sections(image, profile, &uki) ||
        !read_section(image, &uki.sections[UKI_CMDLINE], image->scratch->os_release, &section))
        return NULL;
    options = arena_take(image->files->arena, section.size + 1);
    if (options == NULL) {
        (void)fail(image, FAILURE_NO_MEMORY, 0);
        return NULL;
    }
    error = uki_cmdline(section, options, section.size + 1, &length);
    if (error == UKI_OK)
        return options;
    (void)fail(image, uki_explain(error), 0);
    return NULL;
}

const char *uki_entry_options(struct firmware *firmware, struct arena *arena,
                              const struct bls_entry *entry)
{
    struct entry_files files = {.firmware = firmware, .arena = arena};
    struct uki_file image = {.files = &files, .path = entry->kernel};
    const char *options = NULL;
    efi_status status;

    firmware->volume = entry->volume;
    status = volume_open(firmware, &files.root);
    firmware->volume = VOLUME_OWN;
    if (status != 0) {
        (void)fail(&image, entry_file_why(status), status);
        return NULL;
    }
    if (begin(&image, files.root, entry->kernel)) {
        options = read_options(&image, entry->profile);
        file_close(firmware, image.file);
    }
    file_close(firmware, files.root);
    return options;
}
